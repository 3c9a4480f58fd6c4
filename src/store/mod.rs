//! Bundles as files, each under its id: `ID.halite`, packed, never unpacked.
//!
//! ```text
//! STORE/
//!   2f1c…e9.halite     a bundle, as it travelled, with the signatures that are known
//!   .2f1c…e9….new      one that is being written; never looked at
//! ```
//!
//! A bundle is one file, so importing is one rename, checking is verifying again, and removing is unlinking. A name in the store
//! proves nothing: whoever opens a bundle verifies it again.
//!
//! **Architecture invariant:** in dom0 there is no door into the store for anything but a [`crate::trust::Verified`].

mod doors;
#[cfg(feature = "dom0")]
mod import;
mod selector;

pub use doors::{Put, StoreError};
#[cfg(feature = "dom0")]
pub use import::{Arrived, NotCopied, Quarantined};
pub use selector::{BadSelector, Selector};

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::base::BundleId;
use crate::bundle::{Container, Statement};
use crate::disk::{self, DiskError};

/// A directory of bundles.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
}

/// The ending of a bundle's file.
pub const EXTENSION: &str = "halite";

fn file_name(id: BundleId) -> String {
    format!("{id}.{EXTENSION}")
}

impl Store {
    /// The store in `directory`, which need not exist yet.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where the bundle with this id is, or would be.
    pub fn path_of(&self, id: BundleId) -> PathBuf {
        self.directory.join(file_name(id))
    }

    /// The ids of all bundles, sorted. Files of other names are not the store's, and are left out.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn ids(&self) -> Result<Vec<BundleId>, DiskError> {
        let names = disk::list(&self.directory)?;
        let id = |name: &String| name.strip_suffix(EXTENSION)?.strip_suffix('.')?.parse().ok();
        Ok(names.iter().filter_map(id).collect())
    }

    /// Whether there is a bundle's file, whatever is in it.
    pub fn holds(&self, id: BundleId) -> bool {
        self.open(id).is_ok()
    }

    /// Removes bundles, durably. What is not there is no error.
    ///
    /// # Errors
    /// If one cannot be removed.
    #[cfg(feature = "dom0")]
    pub fn remove(&self, ids: impl IntoIterator<Item = BundleId>) -> Result<(), DiskError> {
        disk::remove_all(&self.directory, ids.into_iter().map(file_name))
    }

    /// The file of a bundle.
    ///
    /// # Errors
    /// If it is not there.
    pub fn open(&self, id: BundleId) -> Result<File, DiskError> {
        disk::open(&self.path_of(id))
    }

    /// What a bundle says of itself, unproven. Good to find a bundle with, and for nothing else.
    ///
    /// # Errors
    /// If the file is not there. One that is damaged gives `None`.
    pub fn unproven_statement(&self, id: BundleId) -> Result<Option<Statement>, DiskError> {
        let Ok(mut container) = Container::open(self.open(id)?) else { return Ok(None) };
        let Ok(bytes) = container.untrusted_statement() else { return Ok(None) };
        Ok(Statement::parse(&bytes).ok().filter(|statement| statement.id() == id))
    }

    /// The one bundle that `selector` means.
    ///
    /// # Errors
    /// If there is none, or more than one.
    pub fn find(&self, selector: &Selector) -> Result<BundleId, StoreError> {
        let mut found = Vec::new();
        for id in self.ids()? {
            let matches = match selector {
                Selector::Prefix(prefix) => id.to_string().starts_with(prefix),
                Selector::NameSerial { name, serial, release } => self.unproven_statement(id)?.is_some_and(|statement| {
                    statement.name == *name
                        && statement.serial == *serial
                        && release.is_none_or(|release| release == statement.release)
                }),
            };
            if matches {
                found.push(id);
            }
        }
        match found[..] {
            [id] => Ok(id),
            [] => Err(StoreError::NotFound { selector: selector.clone(), directory: self.directory.clone() }),
            _ => Err(StoreError::Ambiguous { selector: selector.clone(), ids: found.iter().map(BundleId::short).collect() }),
        }
    }
}
