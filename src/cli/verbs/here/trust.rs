//! `halite-dom0 trust`

use std::fmt::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::here::Where;
use crate::cli::verbs::verification::read_public_key;
use crate::cli::{Failure, Output};
use crate::dom0::TrustDirectory;
use crate::trust::{Anchors, KeyId, Role};

/// Say whom this dom0 believes
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  halite-dom0 trust add author.pub --role author\n  halite-dom0 trust list")]
pub struct Trust {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Trust a public key in a role
    ///
    /// Compare its id with the one that its owner told you in person, or on another way than the key came.
    #[command(after_help = "Example:\n  halite-dom0 trust add author.pub --role author")]
    Add {
        /// The public key's file, as `halite keygen` or `minisign -G` writes it
        file: PathBuf,
        /// What the key vouches for: `author` or `rebuilder`
        #[arg(long)]
        role: Role,
    },
    /// Show the trusted keys and the thresholds
    #[command(after_help = "Example:\n  halite-dom0 trust list")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Trust a key no more
    #[command(after_help = "Example:\n  halite-dom0 trust remove 0123456789ABCDEF")]
    Remove {
        /// The key's id
        id: KeyId,
    },
    /// Say how many keys of a role must have signed a bundle
    #[command(after_help = "Example:\n  halite-dom0 trust threshold author 2")]
    Threshold {
        /// `author` or `rebuilder`
        role: Role,
        /// How many
        number: u8,
    },
}

#[derive(Serialize)]
struct Json {
    format: u32,
    thresholds: Vec<(Role, u8)>,
    keys: Vec<JsonKey>,
}

#[derive(Serialize)]
struct JsonKey {
    id: KeyId,
    role: Role,
}

impl Trust {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the trust directory is not as it must be, or a key is not taken.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let here = place.find()?;
        let directory = TrustDirectory::at(here.layout.trust());
        // A key must be revocable whatever else is wrong in dom0, so nothing is recovered first.
        let _lock = match self.verb {
            Verb::List { .. } => None,
            _ => Some(here.lock()?),
        };
        match self.verb {
            Verb::Add { file, role } => {
                let key = read_public_key(&file)?;
                directory.add(role, &key)?;
                Ok(Output::text(format!("trusted as {role}: {}\n", key.id())))
            }
            Verb::List { json } => Ok(list(&directory.load()?, json)),
            Verb::Remove { id } => {
                let role = directory.remove(id)?;
                Ok(Output::text(format!("no longer trusted as {role}: {id}\n")))
            }
            Verb::Threshold { role, number } => {
                directory.set_threshold(role, number)?;
                Ok(Output::text(format!("needed from now on: {number} of role {role}\n")))
            }
        }
    }
}

fn list(anchors: &Anchors, json: bool) -> Output {
    if json {
        let keys = anchors.keys().map(|(role, key)| JsonKey { id: key.id(), role }).collect();
        let thresholds = Role::ALL.map(|role| (role, anchors.threshold(role)));
        return Output::json(&Json { format: 1, thresholds: thresholds.to_vec(), keys });
    }
    let mut text = String::new();
    for role in Role::ALL {
        writeln!(text, "{role}: {} needed", anchors.threshold(role)).expect("writing to a string");
        for (_, key) in anchors.keys().filter(|(other, _)| *other == role) {
            writeln!(text, "  {}", key.id()).expect("writing to a string");
        }
    }
    Output::text(text)
}
