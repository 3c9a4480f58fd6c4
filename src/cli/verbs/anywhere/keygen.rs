//! `halite keygen`

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::passphrase;
use crate::cli::{Failure, Output, Progress};
use crate::disk::{self, Mode};
use crate::trust::{BadSecretKey, KeyId, SecretKey};

/// Make a key to sign bundles with
///
/// Writes NAME.key, the secret key, and NAME.pub, which dom0 is told to trust. Both are minisign's own files, and `minisign` can use
/// them. The passphrase is asked at the terminal, or read from the first line of stdin.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  halite keygen author\n  halite keygen --no-passphrase test")]
pub struct Keygen {
    /// Where to write the key, without `.key` and `.pub`
    name: String,
    /// Protect the key by nothing but its file's permissions
    #[arg(long, short = 'W')]
    no_passphrase: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    id: KeyId,
    secret: String,
    public: String,
}

impl Keygen {
    /// Runs the verb.
    ///
    /// # Errors
    /// If a key of that name exists, or none can be made.
    pub fn run(self) -> Result<Output, Failure> {
        let [secret, public] = ["key", "pub"].map(|ending| PathBuf::from(format!("{}.{ending}", self.name)));
        for path in [&secret, &public] {
            // Before anybody types a passphrase in vain; what decides is how the files are made.
            if path.symlink_metadata().is_ok() {
                return Err(exists(path));
            }
        }
        let passphrase = match self.no_passphrase {
            true => None,
            false => Some(passphrase::ask_new().map_err(|error| Failure::new(BadSecretKey::NoPassphrase(error)))?),
        };
        let working = Progress::of("making the key (scrypt)");
        let (key, file) = SecretKey::generate(passphrase).map_err(Failure::new)?;
        drop(working);
        make(&secret, &file, Mode::Private)?;
        if let Err(failure) = make(&public, &key.public().to_file(), Mode::Public) {
            disk::remove(&secret)?;
            return Err(failure);
        }
        let id = key.public().id();
        let [secret, public] = [secret, public].map(|path| path.display().to_string());
        if self.json {
            return Ok(Output::json(&Json { format: 1, id, secret, public }));
        }
        Ok(Output::text(format!("{id}\n")).remarks(format!("{secret} is secret: keep it out of dom0 and out of the recipe's folder\n{public} is for dom0: halite-dom0 trust add {public} --role author\n")))
    }
}

fn make(path: &Path, text: &str, mode: Mode) -> Result<(), Failure> {
    disk::create(path, text.as_bytes(), mode).map_err(|error| if error.is_already_there() { exists(path) } else { error.into() })
}

fn exists(path: &Path) -> Failure {
    Failure::new(format!("`{}` exists already", path.display())).hint("keys are never overwritten; choose another name")
}
