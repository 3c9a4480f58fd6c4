//! The ways into the store.

use std::path::PathBuf;

use thiserror::Error;

#[cfg(feature = "build")]
use super::Store;
use super::selector::Selector;
use crate::disk::DiskError;

/// Something is wrong with the store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A file.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Nothing matches.
    #[error("there is no bundle `{selector}` in `{}`", directory.display())]
    NotFound {
        /// What was looked for.
        selector: Selector,
        /// Where.
        directory: PathBuf,
    },
    /// More than one matches.
    #[error("`{selector}` means more than one bundle: {}", ids.join(", "))]
    Ambiguous {
        /// What was looked for.
        selector: Selector,
        /// The first digits of the ids that match.
        ids: Vec<String>,
    },
    /// Another bundle has the same name, release and serial.
    #[error(
        "serial {serial} of this name and release is already taken by bundle {known}; somebody signed two different bundles with one serial"
    )]
    Equivocation {
        /// The serial.
        serial: u32,
        /// The bundle that came first.
        known: crate::base::BundleId,
    },
}

/// What came of putting a bundle into the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is new.
    New,
    /// It was there already.
    Known,
    /// It was there already, and has more signatures now.
    MoreSignatures,
}

#[cfg(feature = "build")]
mod built {
    use std::io;

    use super::{Put, Store, StoreError};
    use crate::base::BundleId;
    use crate::bundle::{Bundle, Container, Sealed, Vouched};
    use crate::disk::{self, Mode};
    use crate::trust::Signature;

    impl Store {
        /// Puts a bundle here that was just made, signed by `signature` if there is one. A bundle of the same id that is here already,
        /// and undamaged, stays as it is, with the signatures that it has: it may even have another statement, since the id does not
        /// depend on the version of halite or of the compressor.
        ///
        /// # Errors
        /// If it cannot be written.
        pub fn put(&self, sealed: &Sealed, signature: Option<&Signature>) -> Result<Put, StoreError> {
            if self.holds_undamaged(sealed.id()) {
                return Ok(Put::Known);
            }
            let files: Vec<_> = signature.iter().map(|one| (one.file_name(), one.to_file().into_bytes())).collect();
            disk::make_directory(self.directory())?;
            disk::replace(&self.path_of(sealed.id()), &sealed.to_bytes(&files), Mode::Public)?;
            Ok(Put::New)
        }

        fn holds_undamaged(&self, id: BundleId) -> bool {
            let open = || {
                let mut container = Container::open(self.open(id).ok()?).ok()?;
                let statement: io::Result<Vec<u8>> = container.untrusted_statement();
                Bundle::open(container, Vouched::by_the_user(statement.ok()?)).ok()
            };
            open().is_some_and(|bundle| bundle.id() == id)
        }
    }
}
