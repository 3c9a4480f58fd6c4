//! A dom0 as one value: what qubesd says of its qubes, its policy, and halite's own books.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::base::{FeatureName, PropertyName, QubeName, Tag, cleaned, visible_json};
use crate::model::Release;
use crate::plan::{Ledger, Policy, Supplies};
use crate::qrexec::{BadSystem, Contents, POLICY_DIRECTORY, POLICY_FILE, PolicyTree, System};

/// The version of the JSON.
const FORMAT: u32 = 1;

/// A dom0 as it was when it was captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    format: u32,
    /// The release.
    pub release: Release,
    /// All qubes, dom0 included.
    pub qubes: BTreeMap<QubeName, Captured>,
    /// What qubesd tells the daemon that decides calls, as it tells it.
    pub system: serde_json::Value,
    /// The files of its policy.
    pub policy: PolicyTree,
    /// What new qubes can be made of; none if it is not known, and then no plan fails for want of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplies: Option<Supplies>,
    /// What halite knows of it.
    #[serde(default)]
    pub books: Books,
}

/// A qube.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Captured {
    /// Its class, as Qubes spells it.
    pub class: String,
    /// Whether it is halted; anything else counts as running.
    pub is_halted: bool,
    /// Its properties.
    pub properties: BTreeMap<PropertyName, Value>,
    /// Its tags.
    pub tags: BTreeSet<Tag>,
    /// Its features.
    pub features: BTreeMap<FeatureName, String>,
    /// The rules of its firewall, a line each; none of what has no network of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firewall: Option<String>,
    /// The size of its private volume in bytes; none of what has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_volume: Option<u64>,
}

/// The value of a property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// Whether nobody set it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_default: bool,
    /// As the Admin API spells it; empty for no qube.
    pub value: String,
}

/// Which generation was in place, and what was there before halite.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Books {
    /// The generation; 0 if none was.
    pub generation: u32,
    /// The ledger.
    pub ledger: Ledger,
}

/// Why a text is no capture.
#[derive(Debug, Error)]
pub enum BadCapture {
    /// It is no JSON of this form.
    #[error("it is no capture: {}", cleaned(&.0.to_string()))]
    Json(#[from] serde_json::Error),
    /// It is of a form that another halite knows.
    #[error("it is a capture of format {0}, and this halite reads {FORMAT}")]
    Format(u64),
    /// The policy file that was halite's is none any more.
    #[error("its `{POLICY_FILE}` is not UTF-8 text")]
    Policy,
    /// What qubesd said of the system makes no sense.
    #[error(transparent)]
    System(#[from] BadSystem),
}

impl Capture {
    /// A capture of this form.
    pub fn new(
        release: Release,
        qubes: BTreeMap<QubeName, Captured>,
        system: serde_json::Value,
        policy: PolicyTree,
        books: Books,
    ) -> Self {
        Self { format: FORMAT, release, qubes, system, policy, supplies: None, books }
    }

    /// The same with what new qubes can be made of.
    #[must_use]
    pub fn with_supplies(self, supplies: Supplies) -> Self {
        Self { supplies: Some(supplies), ..self }
    }

    /// Reads the JSON.
    ///
    /// # Errors
    /// If it is none of this form.
    pub fn from_json(untrusted: &[u8]) -> Result<Self, BadCapture> {
        #[derive(Deserialize)]
        struct Version {
            format: u64,
        }
        let Version { format } = serde_json::from_slice(untrusted)?;
        if format != u64::from(FORMAT) {
            return Err(BadCapture::Format(format));
        }
        let capture: Self = serde_json::from_slice(untrusted)?;
        capture.system().map(drop)?;
        Ok(capture)
    }

    /// The JSON: of the same dom0 always the same bytes.
    ///
    /// # Panics
    /// Never: it is plain data.
    pub fn to_json(&self) -> Vec<u8> {
        let json = serde_json::to_string_pretty(self).expect("it is plain data");
        (visible_json(&json) + "\n").into_bytes()
    }

    /// The policy file that was halite's.
    ///
    /// # Errors
    /// If it is no text.
    pub fn halite_policy(&self) -> Result<Policy, BadCapture> {
        match self.policy.files.get(&format!("{POLICY_DIRECTORY}/{POLICY_FILE}")) {
            None => Ok(Policy::Absent),
            Some(Contents::Text(text)) => Ok(Policy::Text(text.clone())),
            Some(Contents::Bytes(_)) => Err(BadCapture::Policy),
        }
    }

    /// Its qubes, as policies see them.
    ///
    /// # Errors
    /// If qubesd said what makes no sense.
    pub fn system(&self) -> Result<System, BadSystem> {
        Ok(System::parse(self.system.to_string().as_bytes())?.with_aliases())
    }
}
