//! A bundle whose statement somebody vouched for, opened up in the order that the format prescribes.

use std::io::{self, Read, Seek};

use thiserror::Error;

use super::container::{BadContainer, Container};
use super::manifest::{BadManifest, Manifest};
use super::payload::{self, BadPayload, Contents};
use super::statement::{BadStatement, Statement};
use crate::base::{BundleId, BundlePath, Digest};

/// The permission to look inside a bundle: a witness that somebody vouched for exactly these bytes of its statement.
#[derive(Debug)]
pub struct Vouched {
    statement: Vec<u8>,
}

impl Vouched {
    /// Enough trusted keys signed `statement`. Only [`crate::trust`] may say so.
    pub(crate) fn by_signatures(statement: Vec<u8>) -> Self {
        Self { statement }
    }

    /// This dom0 had the bundle with this id verified before, and wrote down the id, which is the digest of the manifest: and that vouches
    /// for every file in the bundle, by its digest.
    ///
    /// # Errors
    /// If it is another bundle, or cannot be read.
    #[cfg(feature = "dom0")]
    pub(crate) fn by_the_record<R: Read + Seek>(container: &mut Container<R>, id: BundleId) -> Result<Self, BadBundle> {
        if Digest::of(&container.untrusted_manifest()?) != id.0 {
            return Err(BadBundle::OtherManifest);
        }
        Ok(Self { statement: container.untrusted_statement()? })
    }

    /// The user asked to look at a file of their own, signed or not. Not part of `halite-dom0`.
    #[cfg(feature = "build")]
    pub(crate) fn by_the_user(statement: Vec<u8>) -> Self {
        Self { statement }
    }
}

/// An opened bundle: statement, manifest and payload belong together.
#[derive(Debug)]
pub struct Bundle<R> {
    container: Container<R>,
    statement: Statement,
    manifest: Manifest,
}

/// Why a bundle is refused. Each names the part at fault.
#[derive(Debug, Error)]
pub enum BadBundle {
    /// The file as a whole.
    #[error("{0}")]
    Container(#[from] BadContainer),
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Its statement.
    #[error("its statement is malformed: {0}")]
    Statement(#[from] BadStatement),
    /// The manifest is not the one of the statement.
    #[error("its manifest.cbor is not the one that its statement names")]
    OtherManifest,
    /// Its manifest.
    #[error("its manifest.cbor is malformed: {0}")]
    Manifest(#[from] BadManifest),
    /// Manifest and statement contradict each other.
    #[error("its statement and its manifest.cbor have different {0}")]
    Contradiction(&'static str),
    /// The payload is not the one of the statement.
    #[error("its payload.tar.zst is not the one that its statement names")]
    OtherPayload,
    /// Its payload.
    #[error("its payload.tar.zst is malformed: {0}")]
    Payload(#[from] BadPayload),
}

impl<R: Read + Seek> Bundle<R> {
    /// Opens `container`: the statement's grammar, the manifest's digest, only then the manifest, which must agree with the statement,
    /// and the payload's digest. The payload is not decompressed.
    ///
    /// # Errors
    /// At the first of these that fails.
    pub fn open(mut container: Container<R>, vouched: Vouched) -> Result<Self, BadBundle> {
        let statement = Statement::parse(&vouched.statement)?;
        let manifest = container.untrusted_manifest()?;
        if Digest::of(&manifest) != statement.manifest {
            return Err(BadBundle::OtherManifest);
        }
        let manifest = Manifest::parse(&manifest)?;
        for (agrees, what) in [
            (manifest.name == statement.name, "names"),
            (manifest.release == statement.release, "releases"),
            (manifest.serial == statement.serial, "serials"),
        ] {
            if !agrees {
                return Err(BadBundle::Contradiction(what));
            }
        }
        if Digest::of_reader(container.untrusted_payload()?)? != statement.payload {
            return Err(BadBundle::OtherPayload);
        }
        Ok(Self { container, statement, manifest })
    }

    /// The statement.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The bundle's id.
    pub fn id(&self) -> BundleId {
        self.statement.id()
    }

    /// Decompresses the payload, checks every file in it against the manifest, and returns those that `wanted` says yes to.
    ///
    /// # Errors
    /// If the payload holds anything else than what the manifest lists.
    pub fn contents(&mut self, wanted: impl Fn(&BundlePath) -> bool) -> Result<Contents, BadBundle> {
        Ok(payload::read(self.container.untrusted_payload()?, &self.manifest.files, wanted)?)
    }

    /// The file itself.
    pub fn into_container(self) -> Container<R> {
        self.container
    }
}
