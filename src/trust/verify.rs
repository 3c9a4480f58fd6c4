//! From untrusted bytes to a [`Verified`] bundle: the only way there.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use serde::Serialize;
use thiserror::Error;

use super::anchors::{Anchors, Role};
use super::key::KeyId;
use super::signature::{BadSignature, Signature};
use crate::base::BundleId;
use crate::bundle::{BadBundle, BadContainer, Bundle, Container, Vouched};

/// A bundle for whose statement enough trusted keys vouched, and whose parts are those that the statement names.
pub struct Verified<R> {
    bundle: Bundle<R>,
    signers: Vec<Signer>,
    signatures: Vec<Signature>,
}

/// A trusted key that signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// The key's id.
    pub key: KeyId,
    /// Its role.
    pub role: Role,
    /// The comment that it signed along, cleaned for showing.
    pub comment: String,
}

/// Why a bundle is not verified.
#[derive(Debug, Error)]
pub enum Refusal {
    /// It is damaged, or no bundle at all.
    #[error("{0}")]
    Damaged(#[from] BadBundle),
    /// A signature file is not as it must be.
    #[error("its signature `{file}` is refused: {why}")]
    Signature {
        /// The file's name, as the bundle has it.
        file: String,
        /// What is wrong with it.
        why: BadSignature,
    },
    /// A signature file under a name that is not its key's.
    #[error("its signature `{0}` is not named after the key that made it")]
    SignatureName(String),
    /// No key is trusted yet.
    #[error("no key is trusted yet, so nothing can be verified")]
    NoKeys,
    /// A trusted key's signature is wrong: somebody changed something.
    #[error(
        "the signature of {role} {key} does not match; the statement was changed after it was signed, or the signature is forged"
    )]
    Forged {
        /// The key.
        key: KeyId,
        /// Its role.
        role: Role,
    },
    /// Too few trusted keys signed.
    #[error("{have} of the {need} signatures needed from a trusted {role} are there{}", also_signed(.unknown))]
    TooFew {
        /// The role of which too few signed.
        role: Role,
        /// How many did.
        have: usize,
        /// How many must.
        need: u8,
        /// Keys that signed and are not trusted.
        unknown: Vec<KeyId>,
    },
    /// The bundle is another one than was asked for.
    #[error("its id is {found}, not the wanted {wanted}")]
    OtherId {
        /// The id it has.
        found: BundleId,
        /// The id it should have.
        wanted: BundleId,
    },
}

fn also_signed(keys: &[KeyId]) -> String {
    match keys {
        [] => String::new(),
        keys => {
            format!("; keys that are not trusted signed: {}", keys.iter().map(KeyId::to_string).collect::<Vec<_>>().join(", "))
        }
    }
}

impl From<BadContainer> for Refusal {
    fn from(error: BadContainer) -> Self {
        Self::Damaged(error.into())
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::Damaged(error.into())
    }
}

/// Verifies `untrusted` under `anchors`: sizes, signatures, statement, manifest, the payload's digest, in this order, stopping at the
/// first fault. `wanted` is a further demand and replaces none of the others.
///
/// # Errors
/// At the first fault.
pub fn verify<R: Read + Seek>(untrusted: R, anchors: &Anchors, wanted: Option<BundleId>) -> Result<Verified<R>, Refusal> {
    let mut container = Container::open(untrusted)?;
    let untrusted_statement = container.untrusted_statement()?;
    let signatures = read_signatures(&mut container)?;
    let signers = signers(&untrusted_statement, &signatures, anchors)?;
    let bundle = Bundle::open(container, Vouched::by_signatures(untrusted_statement))?;
    match wanted {
        Some(wanted) if wanted != bundle.id() => Err(Refusal::OtherId { found: bundle.id(), wanted }),
        _ => {
            let is_signer = |signature: &Signature| signers.iter().any(|signer| signer.key == signature.key_id());
            let signatures = signatures.into_iter().filter(is_signer).collect();
            Ok(Verified { bundle, signers, signatures })
        }
    }
}

/// The signatures in a container, each well-formed and under its own name. Nothing is said yet about who made them.
pub(super) fn read_signatures<R: Read + Seek>(container: &mut Container<R>) -> Result<Vec<Signature>, Refusal> {
    let read = |(untrusted_name, bytes): (String, Vec<u8>)| {
        let file = crate::base::cleaned(&untrusted_name);
        let signature = Signature::parse_exact(&bytes).map_err(|why| Refusal::Signature { file: file.clone(), why })?;
        if signature.file_name() == untrusted_name { Ok(signature) } else { Err(Refusal::SignatureName(file)) }
    };
    container.untrusted_signatures()?.into_iter().map(read).collect()
}

/// Who of the trusted signed `statement`, if they are enough.
fn signers(statement: &[u8], signatures: &[Signature], anchors: &Anchors) -> Result<Vec<Signer>, Refusal> {
    if anchors.is_empty() {
        return Err(Refusal::NoKeys);
    }
    let mut signers = Vec::new();
    let mut unknown = BTreeSet::new();
    for signature in signatures {
        let id = signature.key_id();
        let Some((role, key)) = anchors.get(id) else {
            unknown.insert(id);
            continue;
        };
        if !signature.is_by(key, statement) {
            return Err(Refusal::Forged { key: id, role });
        }
        signers.push(Signer { key: id, role, comment: signature.trusted_comment() });
    }
    for role in Role::ALL {
        let have = signers.iter().filter(|signer| signer.role == role).count();
        let need = anchors.threshold(role);
        if have < usize::from(need) {
            return Err(Refusal::TooFew { role, have, need, unknown: unknown.into_iter().collect() });
        }
    }
    Ok(signers)
}

impl<R: Read + Seek> Verified<R> {
    /// The bundle.
    pub fn bundle(&self) -> &Bundle<R> {
        &self.bundle
    }

    /// The bundle, to read its contents.
    pub fn bundle_mut(&mut self) -> &mut Bundle<R> {
        &mut self.bundle
    }

    /// The signatures that trusted keys made; those of other keys are left out.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The trusted keys that signed it.
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }
}
