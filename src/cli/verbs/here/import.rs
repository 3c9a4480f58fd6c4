//! `halite-dom0 import`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::inspect;
use crate::base::{BundleId, QubeName, cleaned};
use crate::bundle::BadBundle;
use crate::cli::here::Where;
use crate::cli::verbs::target;
use crate::cli::{Failure, Output, Progress};
use crate::qubesd::QvmRun;
use crate::store::Put;

/// Verify a bundle and put it into dom0's store
///
/// The file, or what comes out of a running qube, is copied into quarantine, its signatures and everything in it are checked there, and every rule is checked again. Only
/// then does it count. Nothing else in dom0 changes.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  halite-dom0 import bundle.halite\n  halite-dom0 import --from-qube work:/home/user/bundle.halite"
)]
pub struct Import {
    /// The bundle's file
    #[arg(required_unless_present = "from_qube", conflicts_with = "from_qube")]
    file: Option<PathBuf>,
    /// Take the bundle out of a running qube
    #[arg(long, value_name = "QUBE:PATH", value_parser = there)]
    from_qube: Option<There>,
    /// The program that takes it out
    #[arg(long, value_name = "PROGRAM", default_value = "/usr/bin/qvm-run", hide_default_value = true)]
    qvm_run: PathBuf,
    /// Demand this id, besides the signatures
    #[arg(long, value_name = "ID")]
    id: Option<BundleId>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A file in a qube.
#[derive(Debug, Clone)]
struct There {
    qube: QubeName,
    path: String,
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
        let about = |failure: Failure| failure.about(format!("`{}` is not imported", self.what()));
        let anchors = here.anchors()?;
        let store = here.layout.store();
        let unread = |error: std::io::Error| about(BadBundle::from(error).into());
        let quarantined = match (&self.file, &self.from_qube) {
            (Some(file), _) => {
                let (copying, file) = Progress::of_reading("copying", target::open(file)?, 1).map_err(unread)?;
                let quarantined = store.quarantine(file);
                drop(copying);
                quarantined
            }
            (None, Some(There { qube, path })) => {
                let _working = Progress::of("taking it out of the qube");
                store.quarantine(QvmRun::at(&self.qvm_run, place.timeout()).read(qube, path).map_err(unread)?)
            }
            (None, None) => return Err(Failure::usage("name the bundle's file, or the qube that has it")),
        };
        let quarantined = quarantined.map_err(|error| about(error.into()))?;
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

    /// What is imported, for people.
    fn what(&self) -> String {
        match (&self.file, &self.from_qube) {
            (Some(file), _) => file.display().to_string(),
            (None, Some(There { qube, path })) => format!("{qube}:{}", cleaned(path)),
            (None, None) => String::new(),
        }
    }
}

fn there(text: &str) -> Result<There, String> {
    let (qube, path) = text.split_once(':').ok_or("it is not QUBE:PATH")?;
    let qube = qube.parse().map_err(|error| format!("`{}`: {error}", cleaned(qube)))?;
    match path.starts_with('/') {
        true => Ok(There { qube, path: path.to_owned() }),
        false => Err("the path in the qube is the whole one, from `/` on".to_owned()),
    }
}
