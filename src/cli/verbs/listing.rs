//! `halite-dom0 list`, `show` and `verify`

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::show;
use super::target;
use super::verify::Request;
use crate::apply::Current;
use crate::apply::Generations;
use crate::base::{BundleId, BundleName};
use crate::cli::here::Where;
use crate::cli::{Failure, Output};
use crate::model::Release;
use crate::trust::verify;

/// List the bundles in dom0's store
///
/// Each is verified again under the trust of today.
#[derive(Debug, Args)]
pub struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Show what a bundle in dom0's store asks for
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite-dom0 show anonymity-modes@1")]
pub struct ShowStored {
    /// A bundle's file, or the first digits of its id or NAME@SERIAL in the store
    bundle: String,
    /// Print this file of the payload, and nothing else
    #[arg(long, value_name = "PATH")]
    file: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Verify a bundle with the keys that this dom0 trusts
///
/// Changes nothing. Exit code 4 if not enough of the keys vouch for it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite-dom0 verify bundle.halite")]
pub struct VerifyHere {
    /// A bundle's file, or the first digits of its id or NAME@SERIAL in the store
    bundle: String,
    #[command(flatten)]
    request: Request,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    bundles: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: BundleId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<BundleName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<Release>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<u32>,
    in_place: bool,
    /// Why it is not verified, if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

impl List {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the store or the trust directory cannot be read.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let here = place.find()?;
        let (store, anchors) = (here.layout.store(), here.anchors()?);
        let current = Current::load(&here.layout)?.generation;
        let in_place = if current == 0 { None } else { Some(Generations::of(&here.layout).load(current)?.id) };
        let mut bundles = Vec::new();
        for id in store.ids()? {
            let mut row = Row { id, name: None, release: None, serial: None, in_place: in_place == Some(id), refused: None };
            match verify(store.open(id)?, &anchors, Some(id)) {
                Ok(verified) => {
                    let statement = verified.bundle().statement();
                    row.name = Some(statement.name.clone());
                    row.release = Some(statement.release);
                    row.serial = Some(statement.serial);
                }
                Err(refusal) => row.refused = Some(refusal.to_string()),
            }
            bundles.push(row);
        }
        if self.json {
            return Ok(Output::json(&Json { format: 1, bundles }));
        }
        let mut text = String::new();
        for row in &bundles {
            let mark = if row.in_place { '*' } else { ' ' };
            let what = match (&row.name, row.release, row.serial, &row.refused) {
                (Some(name), Some(release), Some(serial), None) => format!("{name}@{serial} {release}"),
                (.., refused) => format!("NOT VERIFIED: {}", refused.as_deref().unwrap_or_default()),
            };
            writeln!(text, "{mark} {}  {what}", row.id.short()).expect("writing to a string");
        }
        let remarks =
            if bundles.is_empty() { "the store is empty; `halite-dom0 import FILE` puts a bundle into it\n" } else { "" };
        Ok(Output::text(text).remarks(remarks))
    }
}

impl ShowStored {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the bundle is not verified.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let here = place.find()?;
        let path = target::locate(&self.bundle, &here.layout.store())?;
        let about = |failure: Failure| failure.about(format!("`{}` is not verified", path.display()));
        let mut verified = verify(target::open(&path)?, &here.anchors()?, None).map_err(|refusal| about(refusal.into()))?;
        show::output(verified.bundle_mut(), self.file.as_deref(), self.json)
    }
}

impl VerifyHere {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the bundle is damaged, or not enough trusted keys vouch for it.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let here = place.find()?;
        let path: PathBuf = target::locate(&self.bundle, &here.layout.store())?;
        self.request.run(&path, &here.anchors()?)
    }
}
