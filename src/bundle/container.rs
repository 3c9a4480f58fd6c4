//! The outer archive: where each member lies. Nothing here looks inside a member.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::unwrap_used)]

use std::io::{self, Read, Seek, SeekFrom, Take};

use thiserror::Error;

use super::limits;
use super::ustar::{BLOCK, BadHeader, Header, padding};

/// Where a member's contents lie in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Bytes from the beginning of the file.
    pub offset: u64,
    /// Length in bytes.
    pub size: u64,
}

/// A bundle's file, of which only the headers have been read.
#[derive(Debug)]
pub struct Container<R> {
    untrusted: R,
    statement: Extent,
    manifest: Extent,
    signatures: Vec<(String, Extent)>,
    payload: Extent,
}

/// Why a file is no bundle.
#[derive(Debug, Error)]
pub enum BadContainer {
    /// It could not be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Larger than any bundle.
    #[error("it has {0} bytes; a bundle has at most {most}", most = limits::BUNDLE)]
    TooLarge(u64),
    /// It ends where there should be more.
    #[error("it ends in the middle of `{0}`; it was not copied whole")]
    Truncated(&'static str),
    /// The header where this member should begin is none that halite writes, or names another member.
    #[error("it is not a bundle: at byte {at} there is no header of `{expected}`")]
    Header {
        /// The member that should have come.
        expected: &'static str,
        /// Where, in bytes from the beginning.
        at: u64,
    },
    /// A member is larger than its limit.
    #[error("its `{member}` has {size} bytes, and at most {most} are allowed")]
    MemberTooLarge {
        /// The member.
        member: &'static str,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        most: u64,
    },
    /// Bytes between members, or after the last one, that are not the zeros that belong there.
    #[error("there are bytes after `{0}` that do not belong to it")]
    Padding(&'static str),
    /// More signatures than a bundle may have.
    #[error("it has more than {} signatures", limits::SIGNATURES)]
    TooManySignatures,
    /// Signatures out of order, or one name twice.
    #[error("its signatures are not sorted by name")]
    SignatureOrder,
}

const STATEMENT: &str = "statement";
const MANIFEST: &str = "manifest.cbor";
const SIGNATURES: &str = "signatures/";
const PAYLOAD: &str = "payload.tar.zst";

impl<R: Read + Seek> Container<R> {
    /// Finds the members of a bundle in `untrusted`, reading nothing but their headers.
    ///
    /// # Errors
    /// If it is not laid out exactly as halite would have written it.
    pub fn open(untrusted: R) -> Result<Self, BadContainer> {
        let mut scan = Scan::start(untrusted)?;
        let statement = scan.member(STATEMENT, limits::STATEMENT)?;
        let manifest = scan.member(MANIFEST, limits::MANIFEST)?;
        let mut signatures: Vec<(String, Extent)> = Vec::new();
        let payload = loop {
            let (name, extent) = scan.next(PAYLOAD, limits::BUNDLE)?;
            if name == PAYLOAD {
                break extent;
            }
            let Some(file) = name.strip_prefix(SIGNATURES) else {
                return Err(scan.no_header(PAYLOAD, extent));
            };
            if extent.size > limits::SIGNATURE {
                let (size, most) = (extent.size, limits::SIGNATURE);
                return Err(BadContainer::MemberTooLarge { member: SIGNATURES, size, most });
            }
            if signatures.len() >= limits::SIGNATURES {
                return Err(BadContainer::TooManySignatures);
            }
            if signatures.last().is_some_and(|(last, _)| last.as_str() >= file) {
                return Err(BadContainer::SignatureOrder);
            }
            signatures.push((file.to_owned(), extent));
        };
        let untrusted = scan.end()?;
        Ok(Self { untrusted, statement, manifest, signatures, payload })
    }

    /// The bytes of `statement`.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn untrusted_statement(&mut self) -> io::Result<Vec<u8>> {
        self.read(self.statement)
    }

    /// The bytes of `manifest.cbor`.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn untrusted_manifest(&mut self) -> io::Result<Vec<u8>> {
        self.read(self.manifest)
    }

    /// The signature files: names without `signatures/`, and contents.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn untrusted_signatures(&mut self) -> io::Result<Vec<(String, Vec<u8>)>> {
        let signatures = self.signatures.clone();
        signatures.into_iter().map(|(name, extent)| Ok((name, self.read(extent)?))).collect()
    }

    /// A reader over `payload.tar.zst`.
    ///
    /// # Errors
    /// If the file cannot be positioned.
    pub fn untrusted_payload(&mut self) -> io::Result<Take<&mut R>> {
        self.untrusted.seek(SeekFrom::Start(self.payload.offset))?;
        Ok(self.untrusted.by_ref().take(self.payload.size))
    }

    /// The file itself.
    pub fn into_inner(self) -> R {
        self.untrusted
    }

    fn read(&mut self, extent: Extent) -> io::Result<Vec<u8>> {
        self.untrusted.seek(SeekFrom::Start(extent.offset))?;
        let mut bytes = Vec::new();
        self.untrusted.by_ref().take(extent.size).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == extent.size { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// A walk over the headers.
struct Scan<R> {
    untrusted: R,
    length: u64,
    at: u64,
}

impl<R: Read + Seek> Scan<R> {
    fn start(mut untrusted: R) -> Result<Self, BadContainer> {
        let length = untrusted.seek(SeekFrom::End(0))?;
        if length > limits::BUNDLE {
            return Err(BadContainer::TooLarge(length));
        }
        Ok(Self { untrusted, length, at: 0 })
    }

    /// The member that must come now.
    fn member(&mut self, name: &'static str, most: u64) -> Result<Extent, BadContainer> {
        let (found, extent) = self.next(name, most)?;
        if found == name { Ok(extent) } else { Err(self.no_header(name, extent)) }
    }

    /// Whatever member comes now, with the zeros behind it checked; `expected` is for messages.
    fn next(&mut self, expected: &'static str, most: u64) -> Result<(String, Extent), BadContainer> {
        let at = self.at;
        let block: [u8; BLOCK] = self.take(expected)?;
        let header = Header::parse(&block).map_err(|_| BadContainer::Header { expected, at })?;
        if header.size > most {
            return Err(BadContainer::MemberTooLarge { member: expected, size: header.size, most });
        }
        let extent = Extent { offset: self.at, size: header.size };
        let end = self.at.checked_add(header.size).filter(|&end| end <= self.length);
        self.at = end.ok_or(BadContainer::Truncated(expected))?;
        let mut zeros = vec![0; usize::try_from(padding(header.size)).unwrap_or(BLOCK)];
        self.fill(expected, &mut zeros)?;
        if zeros.iter().any(|&byte| byte != 0) {
            return Err(BadContainer::Padding(expected));
        }
        Ok((header.name, extent))
    }

    /// The two blocks of zeros, and nothing after them.
    fn end(mut self) -> Result<R, BadContainer> {
        for _ in 0..2 {
            let block: [u8; BLOCK] = self.take("the end of the archive")?;
            if Header::parse(&block) != Err(BadHeader::End) {
                return Err(BadContainer::Padding(PAYLOAD));
            }
        }
        if self.at == self.length { Ok(self.untrusted) } else { Err(BadContainer::Padding("the end of the archive")) }
    }

    fn take(&mut self, expected: &'static str) -> Result<[u8; BLOCK], BadContainer> {
        let mut block = [0; BLOCK];
        self.fill(expected, &mut block)?;
        Ok(block)
    }

    fn fill(&mut self, expected: &'static str, buffer: &mut [u8]) -> Result<(), BadContainer> {
        self.untrusted.seek(SeekFrom::Start(self.at))?;
        self.untrusted.read_exact(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => BadContainer::Truncated(expected),
            _ => BadContainer::Io(error),
        })?;
        self.at = self.at.saturating_add(buffer.len() as u64);
        Ok(())
    }

    fn no_header(&self, expected: &'static str, found: Extent) -> BadContainer {
        BadContainer::Header { expected, at: found.offset.saturating_sub(BLOCK as u64) }
    }
}
