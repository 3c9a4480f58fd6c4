//! The payload: a zstd-compressed tar archive of regular files, checked entry by entry against the manifest's table.
//!
//! Read only after its digest was found to be the one that the statement names. Nothing is ever unpacked: files are hashed as they
//! stream by, and those that are asked for come back in memory, once all of them have been checked.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use thiserror::Error;

use super::limits;
use super::manifest::File;
use super::ustar::{BLOCK, padding};
use crate::base::{BundlePath, Hashing, cleaned};

/// The two blocks of zeros that end an archive.
const END: u64 = 2 * BLOCK as u64;

/// The contents of files, by path.
pub type Contents = BTreeMap<BundlePath, Vec<u8>>;

/// Why a payload is refused.
#[derive(Debug, Error)]
pub enum BadPayload {
    /// It cannot be read or decompressed.
    #[error("it cannot be decompressed: {0}")]
    Undecodable(String),
    /// An entry that the manifest does not list at this place.
    #[error("it holds `{found}` where the manifest lists `{expected}`")]
    Unexpected {
        /// What the archive has, cleaned for showing.
        found: String,
        /// What should have come.
        expected: String,
    },
    /// An entry that is no regular file with the mode that the manifest gives.
    #[error("`{0}` is not a regular file of the listed mode, owned by 0:0, with the time 0")]
    NotListedMode(BundlePath),
    /// A file with another size or other contents.
    #[error("the contents of `{0}` are not those that the manifest lists")]
    OtherContents(BundlePath),
    /// Bytes behind the last entry, inside the archive or behind the compressed frame.
    #[error("there is something after its last file")]
    Trailing,
}

impl From<io::Error> for BadPayload {
    fn from(error: io::Error) -> Self {
        Self::Undecodable(cleaned(&error.to_string()))
    }
}

/// Checks the whole `payload` against `files`, and returns the contents of those that `wanted` says yes to.
///
/// # Errors
/// If it holds anything else than exactly `files`, in their order.
pub fn read(
    payload: impl Read,
    files: &BTreeMap<BundlePath, File>,
    wanted: impl Fn(&BundlePath) -> bool,
) -> Result<Contents, BadPayload> {
    let mut compressed = BufReader::with_capacity(1 << 16, payload);
    let mut frame = FrameDecoder::new();
    frame.set_max_window_size(limits::WINDOW);
    let decoder = StreamingDecoder::new_with_decoder(&mut compressed, &mut frame)
        .map_err(|error| BadPayload::Undecodable(error.to_string()))?;
    let mut archive = tar::Archive::new(decoder.take(archive_size(files).saturating_add(1)));
    let mut contents = Contents::new();
    let mut expected = files.iter();
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        let found = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some((path, file)) = expected.next().filter(|(path, _)| path.as_str() == found) else {
            return Err(unexpected(&found, files));
        };
        let header = entry.header();
        let nobodys = (header.mtime().ok(), header.uid().ok(), header.gid().ok()) == (Some(0), Some(0), Some(0));
        let regular = header.as_ustar().is_some() && header.entry_type() == tar::EntryType::Regular && nobodys;
        if !regular || header.mode().ok() != Some(file.mode.bits()) {
            return Err(BadPayload::NotListedMode(path.clone()));
        }
        let mut hashing = Hashing::new(&mut entry);
        let mut kept = Vec::new();
        if wanted(path) {
            hashing.read_to_end(&mut kept)?;
            contents.insert(path.clone(), kept);
        } else {
            io::copy(&mut hashing, &mut io::sink())?;
        }
        if hashing.finish() != (file.blake3, file.size) {
            return Err(BadPayload::OtherContents(path.clone()));
        }
    }
    if let Some((path, _)) = expected.next() {
        return Err(BadPayload::Unexpected { found: "nothing".to_owned(), expected: path.to_string() });
    }
    // The reader above stops at the first zeros; what follows may only be the rest of the archive's two blocks of them, and then
    // exactly one of the bytes that were allowed is left.
    let mut rest = archive.into_inner();
    let mut tail = Vec::new();
    rest.read_to_end(&mut tail)?;
    if rest.limit() != 1 || tail.iter().any(|&byte| byte != 0) || !compressed.fill_buf()?.is_empty() {
        return Err(BadPayload::Trailing);
    }
    Ok(contents)
}

fn unexpected(found: &str, files: &BTreeMap<BundlePath, File>) -> BadPayload {
    let after = files.keys().find(|path| path.as_str() >= found);
    BadPayload::Unexpected { found: cleaned(found), expected: after.map_or("nothing".to_owned(), ToString::to_string) }
}

/// The size of the archive in bytes before compression: a header, the contents and padding for each file, and two blocks of zeros.
fn archive_size(files: &BTreeMap<BundlePath, File>) -> u64 {
    let one = |file: &File| file.size.saturating_add(padding(file.size)).saturating_add(BLOCK as u64);
    files.values().map(one).fold(END, u64::saturating_add)
}
