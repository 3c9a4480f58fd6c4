//! The bundle as a file: an outer archive, a statement, a manifest, signatures, a payload. `docs/format.md` is its specification.
//!
//! Reading goes in layers that trust no more than the one before has proven: [`Container`] finds where members lie and looks into
//! none; [`crate::trust`] decides over the statement's signatures; only with its [`Vouched`] does [`Bundle`] parse anything.
//!
//! **Architecture invariant:** pure (any `Read + Seek` will do), and no knowledge of keys.

mod container;
pub mod layout;
pub mod limits;
mod manifest;
mod opened;
mod payload;
#[cfg(feature = "build")]
mod seal;
mod statement;
mod ustar;
mod write;

pub use container::{BadContainer, Container};
pub use manifest::{BadManifest, File, Manifest};
pub use opened::{BadBundle, Bundle, Vouched};
pub use payload::{BadPayload, Contents};
#[cfg(feature = "build")]
pub use seal::{Sealed, Unsealed};
pub use statement::{BadStatement, Statement};
pub use write::write_container;
