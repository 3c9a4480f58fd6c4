//! What is done inside a template or a qube.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::StagedFile;
use crate::base::{FilePath, PackageName};

/// What is to be inside a template or a qube, beyond what it has from where it comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inside {
    /// What is installed; nothing in a qube, which keeps no packages.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub packages: BTreeSet<PackageName>,
    /// The files that are put into it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<FilePath, StagedFile>,
    /// Files that halite once put there, and that are not to be there any more. No bundle says so.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub absent: BTreeSet<FilePath>,
}

impl Inside {
    /// Whether nothing is done.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty() && self.files.is_empty() && self.absent.is_empty()
    }

    /// The same, without those of these files that it does not want.
    #[must_use]
    pub fn without<'a>(mut self, files: impl IntoIterator<Item = &'a FilePath>) -> Self {
        self.absent.extend(files.into_iter().filter(|path| !self.files.contains_key(*path)).cloned());
        self
    }

    /// The files that it speaks of, wanted or not.
    pub fn paths(&self) -> impl Iterator<Item = &FilePath> {
        self.files.keys().chain(&self.absent)
    }
}
