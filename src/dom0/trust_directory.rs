//! The trust directory: keys as files, in a folder for each role.
//!
//! ```text
//! /etc/halite/trust/
//!   author/E7620F1842B4E81F.pub    a minisign public key, under its id
//!   author/threshold               how many must have signed: a number; 1 if there is no such file
//!   rebuilder/…                    the same; 0 if there is no such file
//! ```

use std::path::PathBuf;

use thiserror::Error;

use crate::disk::{self, DiskError, Mode};
use crate::trust::{Anchors, BadAnchor, BadKey, KeyId, PublicKey, Role};

/// The largest file in the trust directory, in bytes.
const FILE_MOST: u64 = 4096;
/// The file that holds a threshold.
const THRESHOLD: &str = "threshold";

/// The trust directory.
#[derive(Debug, Clone)]
pub struct TrustDirectory {
    path: PathBuf,
}

/// Why the trust directory cannot be used. As long as anything is wrong with it, nothing is trusted.
#[derive(Debug, Error)]
pub enum BadTrustDirectory {
    /// A file.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A key.
    #[error("`{}`: {why}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: BadKey,
    },
    /// A key or threshold that is not taken.
    #[error("`{}`: {why}", path.display())]
    Anchor {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: BadAnchor,
    },
    /// A file that is neither.
    #[error("`{}`: {why}", path.display())]
    Stranger {
        /// The file.
        path: PathBuf,
        /// What it should be.
        why: &'static str,
    },
    /// No such key.
    #[error("no key with the id {0} is trusted")]
    NoSuchKey(KeyId),
}

impl TrustDirectory {
    /// The directory at `path`, which need not exist yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder of a role.
    pub fn of(&self, role: Role) -> PathBuf {
        self.path.join(role.as_str())
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// If anything in it is not as it must be.
    pub fn load(&self) -> Result<Anchors, BadTrustDirectory> {
        let mut anchors = Anchors::default();
        for role in Role::ALL {
            let directory = self.of(role);
            for name in disk::list(&directory)? {
                let path = directory.join(&name);
                let text = String::from_utf8_lossy(&disk::read(&path, FILE_MOST)?).into_owned();
                if name == THRESHOLD {
                    let why = "it should hold a number from 0 to 255 and a line feed";
                    let number = text
                        .trim_end_matches('\n')
                        .parse()
                        .map_err(|_| BadTrustDirectory::Stranger { path: path.clone(), why })?;
                    anchors.set_threshold(role, number).map_err(|why| BadTrustDirectory::Anchor { path, why })?;
                    continue;
                }
                let key = PublicKey::parse(&text).map_err(|why| BadTrustDirectory::Key { path: path.clone(), why })?;
                if name != file_name(key.id()) {
                    return Err(BadTrustDirectory::Stranger { path, why: "it should be named `KEYID.pub`, after the key in it" });
                }
                anchors.add(role, key).map_err(|why| BadTrustDirectory::Anchor { path, why })?;
            }
        }
        Ok(anchors)
    }

    /// Trusts `key` in `role` from now on.
    ///
    /// # Errors
    /// If it is trusted already, or cannot be written.
    pub fn add(&self, role: Role, key: &PublicKey) -> Result<(), BadTrustDirectory> {
        let path = self.of(role).join(file_name(key.id()));
        self.load()?.add(role, key.clone()).map_err(|why| BadTrustDirectory::Anchor { path: path.clone(), why })?;
        disk::make_directory(&self.of(role))?;
        Ok(disk::replace(&path, key.to_file().as_bytes(), Mode::Public)?)
    }

    /// Trusts the key no more. Returns its role.
    ///
    /// # Errors
    /// If it was not trusted, or cannot be removed.
    pub fn remove(&self, id: KeyId) -> Result<Role, BadTrustDirectory> {
        let (role, _) = self.load()?.get(id).map(|(role, key)| (role, key.id())).ok_or(BadTrustDirectory::NoSuchKey(id))?;
        disk::remove(&self.of(role).join(file_name(id)))?;
        Ok(role)
    }

    /// Requires signatures of `threshold` keys of `role` from now on.
    ///
    /// # Errors
    /// If that would let a bundle pass without any author, or cannot be written.
    pub fn set_threshold(&self, role: Role, threshold: u8) -> Result<(), BadTrustDirectory> {
        let path = self.of(role).join(THRESHOLD);
        self.load()?.set_threshold(role, threshold).map_err(|why| BadTrustDirectory::Anchor { path: path.clone(), why })?;
        disk::make_directory(&self.of(role))?;
        Ok(disk::replace(&path, format!("{threshold}\n").as_bytes(), Mode::Public)?)
    }
}

fn file_name(id: KeyId) -> String {
    format!("{id}.pub")
}
