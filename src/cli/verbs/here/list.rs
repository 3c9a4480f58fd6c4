//! `halite-dom0 list`

use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use super::prospect;
use crate::apply::Current;
use crate::base::{BundleId, BundleName};
use crate::cli::here::Where;
use crate::cli::{Failure, Output, Progress};
use crate::model::Release;
use crate::trust::verify;

/// List the bundles in dom0's store
///
/// Each is verified again under the trust of today.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite-dom0 list")]
pub struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
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
        let in_place = prospect::in_place(&here, &Current::load(&here.layout)?)?.map(|generation| generation.id);
        let mut bundles = Vec::new();
        let working = Progress::of("verifying the bundles");
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
        drop(working);
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
