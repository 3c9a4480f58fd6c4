//! How a change is carried out, or only rehearsed: what `switch`, `rollback` and `uninstall` have in common.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;

use super::prospect::Prospect;
use crate::apply::{Counts, Current, Deed, Generation, Journal, Moment, Next, Task, activate};
use crate::base::{BundleId, QubeName};
use crate::cli::here::{Here, Mine, patience};
use crate::cli::verbs::planned;
use crate::cli::waiting::Waiting;
use crate::cli::{Exit, Failure, Output, Progress, terminal};

/// How a change is carried out.
#[derive(Debug, Clone, Default, Args)]
pub struct Manner {
    /// Put everything back unless `halite-dom0 confirm` says in time, as in `10m`, that it works
    #[arg(long, value_name = "DURATION", value_parser = patience, conflicts_with = "dry_run")]
    confirm_within: Option<Duration>,
    /// Show the plan and everything that would be refused, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// A change that may be carried out.
pub struct Change {
    /// What it is.
    pub deed: Deed,
    /// What is in place then.
    pub current: Current,
    /// The generation to record, if it is a new one.
    pub generation: Option<Generation>,
}

impl Manner {
    /// Whether anything was said of it.
    pub fn is_given(&self) -> bool {
        self.dry_run || self.confirm_within.is_some()
    }

    /// Carries out `prospect`, and waits until somebody confirms it, if it is to be so. Says in how many steps.
    pub fn carry_out(&self, here: &mut Here, mine: &Mine, prospect: Prospect, change: Change) -> Result<usize, Failure> {
        let Prospect { target, observed, plan, .. } = prospect;
        let Change { deed, current, generation } = change;
        let what = format!("generation {}", current.generation);
        let next = Next { task: Task { begun: terminal::now(), deed }, current, generation, target };
        let (qubesd, layout) = (here.qubesd.as_mut(), &here.layout);
        let progress = Progress::of("changing dom0");
        match self.confirm_within {
            None => activate(qubesd, layout, &plan, &observed, next, Counts::AtOnce)?,
            Some(within) => {
                let mut waiting = Waiting::begin(within, progress)?;
                let mut go_on = |moment| match moment {
                    Moment::BetweenSteps => waiting.is_wanted(),
                    Moment::Done => waiting.go_on(&what, mine),
                };
                activate(qubesd, layout, &plan, &observed, next, Counts::WhenConfirmed(&mut go_on))?;
            }
        }
        Ok(plan.steps.len())
    }
}

/// Refuses to rehearse anything while what is there is not what it is going to be: nothing is recovered for a rehearsal.
pub fn check_settled(here: &Here) -> Result<(), Failure> {
    match Journal::find(&here.layout)? {
        None => Ok(()),
        Some(found) => {
            let failure = Failure::new(format!("something is under way, or was interrupted: {}", found.header.task.deed));
            Err(failure.hint("`halite-dom0 recover` brings what was interrupted to an end").exit(Exit::Drift))
        }
    }
}

/// What is left to do, for people, if anything is.
pub fn left_to_do(pending: &BTreeSet<QubeName>) -> String {
    let names: Vec<&str> = pending.iter().map(QubeName::as_str).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!("left to do, once these are shut down: {}; `halite-dom0 switch --resume` does it\n", names.join(", ")),
    }
}

/// The plan, and everything that would be refused.
pub fn rehearsed(
    here: &Here,
    prospect: &Prospect,
    title: &str,
    json: Option<Option<BundleId>>,
    refusals: Vec<Failure>,
) -> Result<Output, Failure> {
    let output = match json {
        Some(id) => planned::to_json(&prospect.plan, id),
        None => planned::to_text(&prospect.plan, title, here.release),
    };
    let mut refusals = refusals.into_iter();
    let Some(mut failure) = refusals.next() else { return Ok(output) };
    for other in refusals {
        failure.message = format!("{}\n{}", failure.message, other.message);
        failure.hints.extend(other.hints);
    }
    failure.drawn = output.remarks;
    failure.data = output.data;
    Err(failure)
}
