//! `halite-dom0 import`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::inspect;
use crate::base::BundleId;
use crate::bundle::BadBundle;
use crate::cli::here::Where;
use crate::cli::verbs::target;
use crate::cli::{Failure, Output, Progress};
use crate::store::Put;

/// Verify a bundle and put it into dom0's store
///
/// The file is copied into quarantine, its signatures and everything in it are checked there, and every rule is checked again. Only
/// then does it count. Nothing else in dom0 changes.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite-dom0 import bundle.halite")]
pub struct Import {
    /// The bundle's file
    file: PathBuf,
    /// Demand this id, besides the signatures
    #[arg(long, value_name = "ID")]
    id: Option<BundleId>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    id: BundleId,
    format: u32,
    new: bool,
}

impl Import {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the bundle is not verified, or breaks a rule.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let mine = here.take()?;
        let about = |failure: Failure| failure.about(format!("`{}` is not imported", self.file.display()));
        let anchors = here.anchors()?;
        let store = here.layout.store();
        let unread = |error: std::io::Error| about(BadBundle::from(error).into());
        let (copying, file) = Progress::of_reading("copying", target::open(&self.file)?, 1).map_err(unread)?;
        let quarantined = store.quarantine(file).map_err(|error| about(error.into()))?;
        drop(copying);
        let working = Progress::of("verifying the bundle");
        let mut arrived = quarantined.verify(&anchors, self.id).map_err(|refusal| about(refusal.into()))?;
        let judged = inspect::inspect(arrived.verified(), here.release).map_err(about)?;
        let statement = arrived.verified().bundle().statement().clone();
        let put = store.import(arrived, &anchors).map_err(|error| about(error.into()))?;
        drop(working);
        let how = match put {
            Put::New => "imported",
            Put::Known => "already imported",
            Put::MoreSignatures => "already imported; new signatures added",
        };
        let id = statement.id();
        let output = match self.json {
            true => Output::json(&Json { id, format: 1, new: put == Put::New }),
            false => Output::text(format!("{id}\n")),
        };
        let what = format!("{} {}, serial {}", statement.name, statement.release, statement.serial);
        let remarks = format!("{}{how} {what}\n", judged.remarks());
        Ok(mine.report(output.remarks(remarks)))
    }
}
