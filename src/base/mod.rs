//! The words everything else is spelled with: digests, ids, names, paths, text that is safe to show, canonical
//! CBOR.
//!
//! Each type here has one door, a parse that names what it refuses, so that code above never asks twice whether a name is
//! well-formed.
//!
//! **Architecture invariant:** pure. No files, no clock, no environment, and no import from any other room.

pub mod canonical;
mod digest;
mod file;
mod names;
mod path;
mod text;

pub use digest::{BadDigest, BundleId, Digest, Hashing};
pub use file::{BadFilePath, FileMode, FilePath};
pub use names::{
    BadName, BundleName, CheckCode, FeatureName, Handle, PackageName, PoolName, PropertyName, QubeName, ServiceName, Tag, class,
};
pub use path::{BadPath, BundlePath};
pub use text::{BadText, Text, cleaned, is_direction_mark, is_invisible, visible_json};
