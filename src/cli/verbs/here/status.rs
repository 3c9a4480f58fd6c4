//! `halite-dom0 status`

use clap::Args;
use serde::Serialize;

use super::prospect::{self, Prospect};
use crate::apply::{Current, Journal, Standing};
use crate::base::{BundleId, BundleName, Digest};
use crate::cli::here::Where;
use crate::cli::{Exit, Failure, Output};

/// Show which generation is in place, and whether dom0 still is as it says
///
/// Changes nothing. Exit code 3 if something was changed since, or a command was interrupted.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite-dom0 status")]
pub struct Status {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    generation: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<BundleId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<BundleName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<u32>,
    /// The digest of all that the generation in place manages, as it is now.
    state: Digest,
    drift: Vec<String>,
    interrupted: bool,
}

impl Status {
    /// Runs the verb.
    ///
    /// # Errors
    /// If dom0 cannot be read.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let current = Current::load(&here.layout)?;
        let in_place = prospect::in_place(&here, &current)?;
        let journal = Journal::find(&here.layout)?;
        let interrupted = journal.is_some();
        let prospect = Prospect::of(&mut here, current.ledger.managed.clone(), Vec::new(), &[])?;
        let state = prospect.observed.restricted_to(&prospect.wanted, &prospect.current.ledger).digest();
        let drift = prospect.plan.to_text();
        let exit = if prospect.plan.is_empty() && !interrupted { Exit::Done } else { Exit::Drift };
        let generation = current.generation;
        if self.json {
            let drift = drift.lines().map(str::to_owned).collect();
            let (id, name) = (in_place.as_ref().map(|one| one.id), in_place.as_ref().map(|one| one.name.clone()));
            let serial = in_place.as_ref().map(|one| one.serial);
            return Ok(Output::json(&Json { format: 1, generation, id, name, serial, state, drift, interrupted }).exit(exit));
        }
        let mut text = match &in_place {
            Some(one) => {
                format!("generation {generation}: {} {}, serial {} ({})\n", one.name, one.release, one.serial, one.id.short())
            }
            None => "no generation is in place\n".to_owned(),
        };
        match &journal {
            None => {}
            Some(found) if found.standing == Standing::Waiting => text.push_str(&format!(
                "done, and not confirmed yet: {}; `halite-dom0 confirm` says that it works, otherwise it is put back\n",
                found.header.task.deed
            )),
            Some(_) => text.push_str("a command was interrupted; the next one that changes something puts it right first\n"),
        }
        match prospect.plan.is_empty() {
            true if generation == 0 => text.push_str("nothing is managed\n"),
            true => text.push_str(&format!("dom0 is as it says; state {state}\n")),
            false => text.push_str(&format!("dom0 was changed since; to put it back:\n\n{drift}\n")),
        }
        Ok(Output::text(text).exit(exit))
    }
}
