//! `halite sign`

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use serde::Serialize;

use super::passphrase;
use crate::base::BundleId;
use crate::bundle::Statement;
use crate::cli::verbs::judge::{Judged, judge_anywhere};
use crate::cli::verbs::target;
use crate::cli::{Failure, Output, Progress};
use crate::disk::{self, Mode, NewFile};
use crate::store::Store;
use crate::trust::{BadSecretKey, KeyId, SecretKey, Signature, add_signatures};

/// Sign a bundle
///
/// Adds a signature to the bundle's file. Before that, everything in the bundle is checked: nobody should vouch for a damaged one.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("how").required(true).args(["key", "add"]),
    after_help = "Examples:\n  halite sign 2f1c --key author.key\n  halite sign anonymity-modes@1 --add statement.minisig"
)]
pub struct Sign {
    /// A bundle's file, or the first digits of its id or NAME@SERIAL in the store
    bundle: String,
    /// The secret key to sign with
    #[arg(long, value_name = "KEY")]
    key: Option<PathBuf>,
    /// Add this signature, which `minisign -S` made of the bundle's `statement`
    #[arg(long, value_name = "FILE")]
    add: Option<PathBuf>,
    /// The directory that bundles are in
    #[arg(long, value_name = "DIR", default_value = "store")]
    store: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    id: BundleId,
    key: KeyId,
}

/// The largest key or signature file that is read, in bytes.
const FILE_MOST: u64 = 4096;

/// A secret key's file. Asks for its passphrase where it has one.
pub fn read_key(path: &Path) -> Result<SecretKey, Failure> {
    let text = disk::read(path, FILE_MOST)?;
    let prompt = format!("Passphrase of {}: ", path.display());
    let key = std::str::from_utf8(&text).map_err(|_| BadSecretKey::Shape);
    let mut working = None;
    let key = key.and_then(|text| {
        SecretKey::parse(text, || {
            let passphrase = passphrase::ask(&prompt)?;
            // Stock minisign's keys take a GiB and seconds from here on.
            working = Some(Progress::of("reading the key (scrypt)"));
            Ok(passphrase)
        })
    });
    drop(working);
    key.map_err(|error| Failure::new(error).about(format!("cannot sign with `{}`", path.display())))
}

/// Adds the signature that `sign` gives to the bundle in `path`, after checking everything in that bundle.
pub fn add_to(
    path: &Path,
    sign: impl FnOnce(&Statement) -> Result<Signature, Failure>,
) -> Result<(Statement, Signature), Failure> {
    let about = |failure: Failure| failure.about(format!("cannot sign `{}`", path.display()));
    let working = Progress::of("checking the bundle");
    let mut bundle = target::look_into(path).map_err(about)?;
    judge_anywhere(&mut bundle).and_then(Judged::accept).map_err(about)?;
    drop(working); // A passphrase may be asked now.
    let signature = sign(bundle.statement())?;
    let statement = bundle.statement().clone();
    let mut new = NewFile::beside(path, Mode::Public)?;
    add_signatures(&mut bundle.into_container(), std::slice::from_ref(&signature), new.file())
        .map_err(|error| about(error.into()))?;
    new.commit()?;
    Ok((statement, signature))
}

impl Sign {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the bundle is damaged, or there is nothing to sign with.
    pub fn run(self) -> Result<Output, Failure> {
        let path = target::locate(&self.bundle, &Store::at(&self.store), Failure::from)?.path;
        let (statement, signature) = add_to(&path, |statement| self.signature(statement))?;
        let (id, key) = (statement.id(), signature.key_id());
        if self.json {
            return Ok(Output::json(&Json { format: 1, id, key }));
        }
        let what = format!("{} {}, serial {}", statement.name, statement.release, statement.serial);
        Ok(Output::text(format!("{id}\n")).remarks(format!("signed {what} with key {key}\n")))
    }

    fn signature(&self, statement: &Statement) -> Result<Signature, Failure> {
        match (&self.key, &self.add) {
            (Some(key), _) => read_key(key)?.sign(statement).map_err(Failure::new),
            (None, Some(file)) => {
                let text = String::from_utf8_lossy(&disk::read(file, FILE_MOST)?).into_owned();
                let failed = |error| Failure::new(error).about(format!("cannot add `{}`", file.display()));
                Signature::parse(&text).map_err(failed)
            }
            (None, None) => Err(Failure::usage("give a key, `--key`, or a signature, `--add`")),
        }
    }
}
