//! The manifest: everything that a bundle asks for, and the table of its files. Its digest is the bundle's id.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{layout, limits};
use crate::base::canonical::{self, NotCanonical};
use crate::base::{BundleId, BundleName, BundlePath, Digest, FileMode, Text};
use crate::model::{Desired, Release};

/// The version of the manifest's form that this halite reads and writes.
pub const FORMAT: u32 = 1;

/// A bundle's manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The bundle's name.
    pub name: BundleName,
    /// The release it is for.
    pub release: Release,
    /// Its serial.
    pub serial: u32,
    /// One line that says what it is for.
    pub summary: Text,
    /// What dom0 is to look like.
    pub desired: Desired,
    /// The files of the payload.
    pub files: BTreeMap<BundlePath, File>,
}

/// One file of the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its permissions.
    pub mode: FileMode,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of its contents.
    pub blake3: Digest,
}

/// Why a manifest is refused.
#[derive(Debug, Error)]
pub enum BadManifest {
    /// No canonical CBOR of this form.
    #[error(transparent)]
    Encoding(#[from] NotCanonical),
    /// Another version of the format.
    #[error("its format is {0}, and this halite reads {FORMAT}")]
    Format(u32),
    /// More files, or larger ones, than a bundle may hold.
    #[error("it lists more than a payload may hold ({} files, {} bytes)", limits::FILES, limits::PAYLOAD_CONTENTS)]
    TooMuch,
    /// A file that is a directory to another one.
    #[error("it lists `{0}` as a file and as a directory")]
    FileAndDirectory(String),
    /// A file that does not follow from the desired state.
    #[error("its file `{0}` {1}")]
    OtherFile(BundlePath, &'static str),
}

impl Manifest {
    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::encode(self)
    }

    /// Reads a manifest that somebody vouched for.
    ///
    /// # Errors
    /// If it is not canonical, of another format, or lists what no payload may hold.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadManifest> {
        let manifest: Self = canonical::decode(bytes)?;
        if manifest.format != FORMAT {
            return Err(BadManifest::Format(manifest.format));
        }
        manifest.check_files()?;
        Ok(manifest)
    }

    fn check_files(&self) -> Result<(), BadManifest> {
        let contents = self.files.values().try_fold(0_u64, |sum, file| sum.checked_add(file.size));
        if self.files.len() > limits::FILES || contents.is_none_or(|sum| sum > limits::PAYLOAD_CONTENTS) {
            return Err(BadManifest::TooMuch);
        }
        let also_file = |parent: &&str| parent.parse().is_ok_and(|path: BundlePath| self.files.contains_key(&path));
        if let Some(parent) = self.files.keys().flat_map(BundlePath::parents).find(also_file) {
            return Err(BadManifest::FileAndDirectory(parent.to_owned()));
        }
        match layout::first_difference(&self.desired, &self.files) {
            Some((path, how)) => Err(BadManifest::OtherFile(path, how)),
            None => Ok(()),
        }
    }

    /// The bundle's id.
    pub fn id(&self) -> BundleId {
        BundleId(Digest::of(&self.to_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(files: &[(&str, u64)]) -> Manifest {
        let file = |size| File { mode: FileMode::Plain, size, blake3: Digest::of(b"") };
        Manifest {
            format: FORMAT,
            name: "b".parse().unwrap(),
            release: Release::R4_3,
            serial: 1,
            summary: "a sample".parse().unwrap(),
            desired: Desired::default(),
            files: files.iter().map(|&(path, size)| (path.parse().unwrap(), file(size))).collect(),
        }
    }

    #[test]
    fn a_manifest_reads_back() {
        let manifest = manifest(&[("recipe/b", 1), ("recipe/c", 2)]);
        let bytes = manifest.to_bytes();
        assert_eq!(Manifest::parse(&bytes).unwrap(), manifest);
        assert_eq!(manifest.id(), BundleId(Digest::of(&bytes)));
    }

    #[test]
    fn what_no_payload_may_hold_is_refused() {
        let refusal = |manifest: Manifest| Manifest::parse(&manifest.to_bytes()).unwrap_err().to_string();
        assert_eq!(refusal(manifest(&[("recipe/a", 1), ("recipe/a/c", 1)])), "it lists `recipe/a` as a file and as a directory");
        assert_eq!(refusal(manifest(&[("bin/sh", 1)])), "its file `bin/sh` is nothing that its desired state asks for");
        assert_eq!(
            refusal(manifest(&[("policy/32-halite.policy", 1), ("salt/halite.top", 1)])),
            "its file `salt/halite.top` is not what its desired state asks for"
        );
        assert!(refusal(manifest(&[("a", limits::PAYLOAD_CONTENTS), ("b", 1)])).starts_with("it lists more"));
        assert!(refusal(manifest(&[("a", u64::MAX), ("b", 1)])).starts_with("it lists more"));
        assert_eq!(refusal(Manifest { format: 2, ..manifest(&[]) }), "its format is 2, and this halite reads 1");
    }
}
