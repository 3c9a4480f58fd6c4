//! Making a bundle: from a desired state and files to the parts of its container.

use std::collections::BTreeMap;
use std::io;

use super::limits;
use super::manifest::{FORMAT, File, Manifest};
use super::payload::Contents;
use super::statement::Statement;
use super::write::write_container;
use crate::base::{BundleId, BundleName, Digest, FileMode, Text};
use crate::model::{Desired, Release};

/// The level of zstd. Part of no identity: a bundle's id does not depend on the compressed bytes.
const LEVEL: i32 = 3;

/// What a bundle is made from.
#[derive(Debug, Clone)]
pub struct Unsealed {
    /// The bundle's name.
    pub name: BundleName,
    /// The release it is for.
    pub release: Release,
    /// Its serial.
    pub serial: u32,
    /// One line that says what it is for.
    pub summary: Text,
    /// What dom0 is to look like.
    pub desired: Desired,
    /// The payload's files, all of mode 0644.
    pub files: Contents,
    /// The day after which a newer bundle should be there.
    pub expires: Option<String>,
}

/// A finished bundle without signatures.
#[derive(Debug, Clone)]
pub struct Sealed {
    statement: Statement,
    manifest: Vec<u8>,
    payload: Vec<u8>,
}

impl Unsealed {
    /// Makes the bundle.
    ///
    /// # Errors
    /// If it would break a limit of the format; the text says which.
    pub fn seal(self) -> Result<Sealed, String> {
        let expires = self.expires.clone();
        let (manifest, files) = self.manifest();
        let bytes = manifest.to_bytes();
        // Reading back what is about to be sealed finds here, not in dom0, whatever the format does not allow.
        Manifest::parse(&bytes).map_err(|error| format!("the manifest would be refused: {error}"))?;
        let payload = compress(&manifest.files, &files).map_err(|error| format!("cannot compress the payload: {error}"))?;
        let statement = Statement {
            name: manifest.name,
            release: manifest.release,
            serial: manifest.serial,
            built_with: concat!("halite/", env!("CARGO_PKG_VERSION")).to_owned(),
            expires,
            manifest: Digest::of(&bytes),
            payload: Digest::of(&payload),
        };
        Statement::parse(statement.to_string().as_bytes()).map_err(|error| format!("the statement would be refused: {error}"))?;
        if bytes.len() as u64 > limits::MANIFEST || payload.len() as u64 > limits::BUNDLE / 2 {
            return Err(format!("it would be too large: {} bytes of manifest, {} of payload", bytes.len(), payload.len()));
        }
        Ok(Sealed { statement, manifest: bytes, payload })
    }

    /// The id that the bundle would have.
    pub fn id(self) -> BundleId {
        BundleId(Digest::of(&self.manifest().0.to_bytes()))
    }

    /// Its manifest, and its payload's files.
    fn manifest(self) -> (Manifest, Contents) {
        let table = self.files.iter().map(|(path, contents)| {
            let file = File { mode: FileMode::Plain, size: contents.len() as u64, blake3: Digest::of(contents) };
            (path.clone(), file)
        });
        let files = table.collect();
        let Self { name, release, serial, summary, desired, .. } = self;
        (Manifest { format: FORMAT, name, release, serial, summary, desired, files }, self.files)
    }
}

impl Sealed {
    /// The bundle's id.
    pub fn id(&self) -> BundleId {
        self.statement.id()
    }

    /// The statement, which is what gets signed.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The file's bytes, with these signatures (names without `signatures/`, contents).
    pub fn to_bytes(&self, signatures: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let (statement, size) = (self.statement.to_string(), self.payload.len() as u64);
        write_container(&mut bytes, statement.as_bytes(), &self.manifest, signatures, self.payload.as_slice(), size)
            .expect("writing to memory does not fail");
        bytes
    }
}

/// The payload: files in the order of their paths, with nothing of this machine in their headers.
fn compress(table: &BTreeMap<crate::base::BundlePath, File>, files: &Contents) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(zstd::Encoder::new(Vec::new(), LEVEL)?);
    for (path, contents) in files {
        let mut header = tar::Header::new_ustar();
        header.set_path(path.as_str())?;
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(table.get(path).map_or(FileMode::Plain, |file| file.mode).bits());
        header.set_size(contents.len() as u64);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        archive.append(&header, contents.as_slice())?;
    }
    archive.into_inner()?.finish()
}
