//! The whole state of a simulated qubesd.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use super::audit::BadState;
use super::label::Label;
use super::methods;
use super::qube::Qube;
use super::value::Value;
use super::volume::{Disk, VolumeName};
use crate::base::{Digest, FilePath, PackageName, QubeName};
use crate::model::Release;
use crate::qubesd::{Call, Qubesd, Reply, Unreachable};
use crate::salt::Staged;

/// A simulated qubesd: its state, and the door to it. The state is JSON that people can read and edit; whatever is not written
/// there has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct Simulation {
    /// The version of the state file.
    format: Format,
    /// The release that is simulated.
    pub(super) release: Release,
    /// The kernels in `/var/lib/qubes/vm-kernels`.
    pub(super) kernels: BTreeSet<String>,
    /// The disk that volumes are on.
    #[serde(default, skip_serializing_if = "Disk::is_stock")]
    pub(super) disk: Disk,
    /// The properties of the system that are set.
    pub(super) globals: BTreeMap<String, Value>,
    /// Labels beyond the stock ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) labels_made: Vec<Label>,
    /// How many tokens and disposables were made so far.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) count: u32,
    /// Tokens that `admin.vm.volume.CloneFrom` gave and nobody took yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) clones: BTreeMap<String, Source>,
    /// All qubes.
    pub(super) qubes: BTreeMap<QubeName, Qube>,
}

/// The volume that a token stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    /// Whose it is.
    pub(super) qube: QubeName,
    /// Which one.
    pub(super) volume: VolumeName,
}

/// The version of the state file: 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Format;

/// A version that is not known.
#[derive(Debug, Error)]
#[error("it has format {0}, and this program knows only 1")]
struct UnknownFormat(u32);

impl TryFrom<u32> for Format {
    type Error = UnknownFormat;

    fn try_from(number: u32) -> Result<Self, UnknownFormat> {
        if number == 1 { Ok(Self) } else { Err(UnknownFormat(number)) }
    }
}

impl From<Format> for u32 {
    fn from(_: Format) -> u32 {
        1
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's `skip_serializing_if` passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Simulation {
    /// The system as the installer leaves it, with Whonix: the one that the recorded conversations begin with.
    pub fn stock(release: Release) -> Self {
        let json = match release {
            Release::R4_2 => include_str!("stock-r4.2.json"),
            Release::R4_3 => include_str!("stock-r4.3.json"),
        };
        Self::from_json(json.as_bytes()).expect("the stock systems are part of the program")
    }

    /// Reads a state file.
    ///
    /// # Errors
    /// If it is none, or one in which something refers to what is not there.
    pub fn from_json(untrusted: &[u8]) -> Result<Self, BadState> {
        serde_json::from_slice(untrusted).map_err(BadState::from)
    }

    /// The state file: the same state always has the same bytes.
    ///
    /// # Panics
    /// Never: the state is plain data.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("the state is plain data");
        json.push(b'\n');
        json
    }

    /// The release that is simulated.
    pub fn release(&self) -> Release {
        self.release
    }

    /// What [`provision`](Qubesd::provision) installed in a qube; nothing where there is no such qube.
    pub fn installed(&self, qube: &QubeName) -> impl Iterator<Item = &PackageName> {
        self.qubes.get(qube).into_iter().flat_map(|qube| &qube.packages)
    }

    /// The files that [`provision`](Qubesd::provision) put into a qube; none where there is no such qube.
    pub fn files(&self, qube: &QubeName) -> impl Iterator<Item = (&FilePath, Digest)> {
        self.qubes.get(qube).into_iter().flat_map(|qube| &qube.files).map(|(path, digest)| (path, *digest))
    }

    /// What a start of qubesd does: tokens are lost, and extensions see every qube anew.
    pub fn restart(&mut self) {
        self.clones.clear();
        let names: Vec<QubeName> = self.views().map(|view| view.name.clone()).collect();
        for name in names {
            self.tag_with_references(&name);
            // qubesd would log a refusal here; there is none, for nothing is set that has rules.
            let _ = self.whonix_loaded(&name);
            if self.release < Release::R4_3 {
                let _ = self.mark_service_qube(&name);
            }
        }
    }

    /// The next number for something that is derived.
    pub(super) fn next_count(&mut self) -> u32 {
        self.count = self.count.wrapping_add(1);
        self.count
    }
}

impl Qubesd for Simulation {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        Ok(methods::answer(self, call))
    }

    fn provision(&mut self, qube: &QubeName, state: &Staged) -> Result<(), Unreachable> {
        self.salt(qube, &state.text)
    }
}

impl Serialize for Simulation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Simulation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The inherent function is serde's, which knows nothing of references.
        let state = Self::deserialize(deserializer)?;
        state.audit().map_err(de::Error::custom)?;
        Ok(state)
    }
}
