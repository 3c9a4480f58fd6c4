//! One qube as the state keeps it: only what is not a default.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::features::Features;
use super::firewall::Rule;
use super::value::Value;
use super::volume::{Snapshot, VolumeName};
use crate::base::{Digest, FilePath, PackageName};

/// A qube.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Qube {
    /// Its class.
    pub(super) class: Class,
    /// Its number, from which its address comes.
    pub(super) qid: u32,
    /// The number of a disposable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dispid: Option<u32>,
    /// Whether it runs. Not looked at for dom0 and remote qubes, which always do.
    #[serde(default, skip_serializing_if = "Power::is_halted")]
    pub(super) power: Power,
    /// The properties that are set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) properties: BTreeMap<String, Value>,
    /// Its tags. Texts, since qubesd takes more than [`Tag`](crate::base::Tag).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) tags: BTreeSet<String>,
    /// Its features.
    #[serde(default, skip_serializing_if = "Features::is_empty")]
    pub(super) features: Features,
    /// Its firewall; none set means the single rule `action=accept`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) firewall: Option<Vec<Rule>>,
    /// The sizes of volumes that are not those of a new qube of its class.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) sizes: BTreeMap<VolumeName, u64>,
    /// The volumes that it runs on and that began as a snapshot.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) snapshots: BTreeMap<VolumeName, Snapshot>,
    /// What Salt installed in its root volume.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) packages: BTreeSet<PackageName>,
    /// The files that Salt put into it, by the digests of their contents.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) files: BTreeMap<FilePath, Digest>,
    /// The user's notes (R4.3).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) notes: String,
}

impl Qube {
    /// A halted qube with nothing set.
    pub(super) fn new(class: Class, qid: u32) -> Self {
        Self {
            class,
            qid,
            dispid: None,
            power: Power::Halted,
            properties: BTreeMap::new(),
            tags: BTreeSet::new(),
            features: Features::default(),
            firewall: None,
            sizes: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            packages: BTreeSet::new(),
            files: BTreeMap::new(),
            notes: String::new(),
        }
    }

    /// The rules of its firewall.
    pub(super) fn rules(&self) -> Vec<Rule> {
        self.firewall.clone().unwrap_or_else(|| vec![Rule::accept()])
    }
}

/// The class of a qube. Source: `qubes/vm/*.py`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Class {
    /// dom0.
    AdminVM,
    /// A template.
    TemplateVM,
    /// A qube on a template; also a disposable template.
    AppVM,
    /// A qube with a root of its own.
    StandaloneVM,
    /// A disposable.
    DispVM,
    /// A qube on another computer (R4.3).
    RemoteVM,
}

impl Class {
    /// All classes, in the order of `admin.vmclass.List`.
    pub(super) const ALL: [Self; 6] =
        [Self::AdminVM, Self::AppVM, Self::DispVM, Self::RemoteVM, Self::StandaloneVM, Self::TemplateVM];

    /// As Qubes spells it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::AdminVM => "AdminVM",
            Self::TemplateVM => "TemplateVM",
            Self::AppVM => "AppVM",
            Self::StandaloneVM => "StandaloneVM",
            Self::DispVM => "DispVM",
            Self::RemoteVM => "RemoteVM",
        }
    }

    /// Whether it is a virtual machine of this computer (`QubesVM`), with volumes and a network.
    pub(super) fn is_machine(self) -> bool {
        !matches!(self, Self::AdminVM | Self::RemoteVM)
    }

    /// Whether its qubes have the property `template`.
    pub(super) fn has_template(self) -> bool {
        matches!(self, Self::AppVM | Self::DispVM)
    }

    /// Whether its qubes can be disposable templates.
    pub(super) fn makes_disposables(self) -> bool {
        matches!(self, Self::AppVM | Self::StandaloneVM)
    }
}

/// Whether a qube runs. The states in between are over at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Power {
    /// Off.
    #[default]
    Halted,
    /// On.
    Running,
    /// On, but standing still.
    Paused,
}

impl Power {
    /// As Qubes spells it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Halted => "Halted",
            Self::Running => "Running",
            Self::Paused => "Paused",
        }
    }

    /// Whether it is off.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's `skip_serializing_if` passes a reference")]
    pub(super) fn is_halted(&self) -> bool {
        *self == Self::Halted
    }
}
