//! Verifying a bundle and saying what was found, in both programs.

use std::fmt::Write;
use std::fs::File;
use std::path::Path;

use clap::Args;
use serde::Serialize;

use super::target::{self, Located};
use crate::base::{BundleId, BundleName};
use crate::bundle::BadBundle;
use crate::cli::{Counted, Failure, Output, Progress};
use crate::disk;
use crate::model::Release;
use crate::trust::{Anchors, PublicKey, Signer, Verified, verify};

/// What `verify` takes in both programs.
#[derive(Debug, Args)]
pub struct Request {
    /// Demand this id, besides the signatures
    #[arg(long, value_name = "ID")]
    pub id: Option<BundleId>,
    /// Decompress the payload, too, and check each file in it
    #[arg(long)]
    pub contents: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Json<'a> {
    format: u32,
    id: BundleId,
    name: &'a BundleName,
    release: Release,
    serial: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<&'a str>,
    signers: &'a [Signer],
    contents_checked: bool,
}

/// A public key's file.
pub fn read_public_key(path: &Path) -> Result<PublicKey, Failure> {
    let text = disk::read(path, 4096)?;
    let text = String::from_utf8_lossy(&text);
    PublicKey::parse(&text).map_err(|error| Failure::new(error).about(format!("cannot read the key `{}`", path.display())))
}

impl Request {
    /// Verifies the bundle in `located` under `anchors`, and says what was found.
    ///
    /// # Errors
    /// If it is damaged, or not trusted.
    pub fn run(&self, located: &Located, anchors: &Anchors) -> Result<Output, Failure> {
        let Located { path, id } = located;
        let about = |failure: Failure| failure.about(format!("`{}` is not verified", path.display()));
        // Once for the digest of the payload, and once more to look into it.
        let times = if self.contents { 2 } else { 1 };
        let file = Progress::of_reading("verifying", target::open(path)?, times);
        let (_working, file) = file.map_err(|error| about(BadBundle::from(error).into()))?;
        let mut verified = verify(file, anchors, self.id.or(*id)).map_err(|refusal| about(refusal.into()))?;
        if self.contents {
            verified.bundle_mut().contents(|_| false).map_err(|error| about(error.into()))?;
        }
        Ok(match self.json {
            true => Output::json(&self.json(&verified)),
            false => Output::text(self.text(&verified)),
        })
    }

    fn json<'a>(&self, verified: &'a Verified<Counted<File>>) -> Json<'a> {
        let statement = verified.bundle().statement();
        Json {
            format: 1,
            id: statement.id(),
            name: &statement.name,
            release: statement.release,
            serial: statement.serial,
            expires: statement.expires.as_deref(),
            signers: verified.signers(),
            contents_checked: self.contents,
        }
    }

    fn text(&self, verified: &Verified<Counted<File>>) -> String {
        let statement = verified.bundle().statement();
        let mut text = format!("verified {} {}, serial {}\n", statement.name, statement.release, statement.serial);
        let mut line = |key: &str, value: &str| writeln!(text, "  {key:<10} {value}").expect("writing to a string");
        line("id", &statement.id().to_string());
        for signer in verified.signers() {
            line(signer.role.as_str(), &format!("{}  “{}”", signer.key, signer.comment));
        }
        if let Some(day) = &statement.expires {
            line("expires", day);
        }
        let files = verified.bundle().manifest().files.len();
        let contents = if self.contents { "each one checked" } else { "vouched for as a whole; `--contents` checks each one" };
        line("files", &format!("{files}, {contents}"));
        text
    }
}
