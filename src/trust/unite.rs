//! Adding signatures to a bundle: the same statement, manifest and payload in a new container.

use std::collections::BTreeMap;
use std::io::{Read, Seek, Write};

use super::key::KeyId;
use super::signature::Signature;
use super::verify::{Refusal, read_signatures};
use crate::bundle::{BadContainer, Container, limits, write_container};

/// Writes `container` to `out` again with `more` signatures; one by a key that signed before takes the place of the old one. The
/// container's own signatures must be well-formed; nothing is said about who made them.
///
/// # Errors
/// If the container cannot be read, one of its signatures is malformed, they would be more than a bundle may have, or `out` cannot be
/// written.
pub fn add_signatures<R: Read + Seek>(
    container: &mut Container<R>,
    more: &[Signature],
    out: &mut impl Write,
) -> Result<(), Refusal> {
    let old = read_signatures(container)?;
    let by_key: BTreeMap<KeyId, &Signature> = old.iter().chain(more).map(|signature| (signature.key_id(), signature)).collect();
    if by_key.len() > limits::SIGNATURES {
        return Err(BadContainer::TooManySignatures.into());
    }
    let files: Vec<_> = by_key.values().map(|signature| (signature.file_name(), signature.to_file().into_bytes())).collect();
    let statement = container.untrusted_statement()?;
    let manifest = container.untrusted_manifest()?;
    let payload = container.untrusted_payload()?;
    let size = payload.limit();
    Ok(write_container(out, &statement, &manifest, &files, payload, size)?)
}
