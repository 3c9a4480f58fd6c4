//! Who vouches for a bundle: keys, signatures, roles and thresholds.
//!
//! [`verify`] is the only way from untrusted bytes to a [`Verified`] bundle, and the store takes nothing else. Cryptography is
//! minisign's (Ed25519 over BLAKE2b); none of it is written here.
//!
//! **Architecture invariant:** secret keys exist only in `secret.rs`, which `halite-dom0` does not contain.

mod anchors;
mod key;
#[cfg(feature = "build")]
mod secret;
mod signature;
mod unite;
mod verify;

pub use anchors::{Anchors, BadAnchor, Role};
pub use key::{BadKey, BadKeyId, KeyId, PublicKey};
#[cfg(feature = "build")]
pub use secret::{BadSecretKey, SecretKey};
pub use signature::{BadSignature, Signature};
pub use unite::add_signatures;
pub use verify::{Refusal, Signer, Verified, verify};
