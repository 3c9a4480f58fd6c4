//! The way into dom0's store: quarantine, verification, one rename.

use std::fs::File;
use std::io::{self, Read};

use thiserror::Error;

use super::doors::{Put, StoreError};
use super::{EXTENSION, Store};
use crate::base::BundleId;
use crate::bundle::{BadContainer, Container, limits};
use crate::disk::{self, DiskError, Mode, NewFile};
use crate::trust::{Anchors, Refusal, Verified, add_signatures, verify};

/// A copy of a stranger's file, inside the store under a name that nobody looks at. Dropped, it is gone.
pub struct Quarantined {
    new: NewFile,
}

/// A quarantined bundle that was verified.
pub struct Arrived {
    new: NewFile,
    verified: Verified<File>,
}

/// Why there is no copy in quarantine.
#[derive(Debug, Error)]
pub enum NotCopied {
    /// It is no bundle, or cannot be read.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// dom0 has no place for it, which is no fault of the bundle's.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl Store {
    /// Copies `untrusted` into quarantine, at most as many bytes as a bundle may have.
    ///
    /// # Errors
    /// If it is larger, or cannot be read or written.
    pub fn quarantine(&self, untrusted: impl Read) -> Result<Quarantined, NotCopied> {
        disk::make_directory(self.directory())?;
        let mut new = NewFile::beside(&self.directory().join(format!("import.{EXTENSION}")), Mode::Public)?;
        let copied = io::copy(&mut untrusted.take(limits::BUNDLE.saturating_add(1)), &mut new);
        new.is_written()?;
        match copied.map_err(Refusal::from)? {
            copied if copied > limits::BUNDLE => Err(NotCopied::Refused(BadContainer::TooLarge(copied).into())),
            _ => Ok(Quarantined { new }),
        }
    }

    /// Puts a verified bundle into the store. Of one that is here already, the signatures are united. What is here counts only as far
    /// as `anchors` still vouch for it: a revoked key's bundle blocks nobody's serial.
    ///
    /// # Errors
    /// If another bundle has its name, release and serial, or it cannot be written.
    pub fn import(&self, arrived: Arrived, anchors: &Anchors) -> Result<Put, StoreError> {
        let Arrived { new, verified } = arrived;
        let (id, statement) = (verified.bundle().id(), verified.bundle().statement());
        for known in self.ids()?.into_iter().filter(|known| *known != id) {
            let other = self.unproven_statement(known)?;
            let same = |other: &crate::bundle::Statement| {
                (&other.name, other.release, other.serial) == (&statement.name, statement.release, statement.serial)
            };
            if other.as_ref().is_some_and(same) && verify(self.open(known)?, anchors, Some(known)).is_ok() {
                return Err(StoreError::Equivocation { serial: statement.serial, known });
            }
        }
        match self.unite(id, &verified, anchors)? {
            Some(put) => Ok(put),
            None => {
                new.commit_as(&self.path_of(id))?;
                Ok(Put::New)
            }
        }
    }

    /// Adds the signatures of `verified` to the bundle with this id, if it is here. One with another statement, as another version of
    /// halite writes it, stays as it is while it is trusted: the id is the same, so what it asks for is.
    fn unite(&self, id: BundleId, verified: &Verified<File>, anchors: &Anchors) -> Result<Option<Put>, StoreError> {
        let Ok(mut container) = self.open(id).map_err(drop).and_then(|file| Container::open(file).map_err(drop)) else {
            return Ok(None);
        };
        if container.untrusted_statement().ok() != Some(verified.bundle().statement().to_string().into_bytes()) {
            let trusted = verify(self.open(id)?, anchors, Some(id)).is_ok();
            return Ok(trusted.then_some(Put::Known));
        }
        let here = container.untrusted_signatures().unwrap_or_default();
        let more: Vec<_> = (verified.signatures().iter())
            .filter(|signature| here.iter().all(|(name, _)| *name != signature.file_name()))
            .cloned()
            .collect();
        if more.is_empty() {
            return Ok(Some(Put::Known));
        }
        let mut new = NewFile::beside(&self.path_of(id), Mode::Public)?;
        match add_signatures(&mut container, &more, &mut new) {
            Ok(()) => {
                new.commit()?;
                Ok(Some(Put::MoreSignatures))
            }
            // What is here is damaged, unless it is the disk that is full; the bundle that arrived takes its place.
            Err(_) => new.is_written().map(|()| None).map_err(StoreError::from),
        }
    }
}

impl Quarantined {
    /// Verifies the bundle under `anchors`, and every file in it.
    ///
    /// # Errors
    /// At the first fault; the copy is then gone.
    pub fn verify(mut self, anchors: &Anchors, wanted: Option<BundleId>) -> Result<Arrived, Refusal> {
        let mut verified = verify(self.new.file().try_clone()?, anchors, wanted)?;
        verified.bundle_mut().contents(|_| false)?;
        Ok(Arrived { new: self.new, verified })
    }
}

impl Arrived {
    /// The bundle.
    pub fn verified(&mut self) -> &mut Verified<File> {
        &mut self.verified
    }
}
