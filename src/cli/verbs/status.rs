//! `halite-dom0 status` and `generations`

use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use super::prospect::{self, Prospect};
use crate::apply::{Current, Generation, Journal};
use crate::base::{BundleId, BundleName, Digest};
use crate::cli::here::Where;
use crate::cli::{Exit, Failure, Output, terminal};

/// Show which generation is in place, and whether dom0 still is as it says
///
/// Changes nothing. Exit code 3 if something was changed since, or a command was interrupted.
#[derive(Debug, Args)]
pub struct Status {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// List the generations
#[derive(Debug, Args)]
pub struct ListGenerations {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct StatusJson {
    format: u32,
    generation: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<BundleId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<BundleName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<u32>,
    /// The digest of all that is managed, as it is now.
    state: Digest,
    drift: Vec<String>,
    interrupted: bool,
}

#[derive(Serialize)]
struct GenerationsJson {
    format: u32,
    in_place: u32,
    generations: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    number: u32,
    id: BundleId,
    name: BundleName,
    serial: u32,
    activated: u64,
}

impl Status {
    /// Runs the verb.
    ///
    /// # Errors
    /// If dom0 cannot be read.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let current = Current::load(&here.layout)?;
        let earlier = prospect::generations(&here)?;
        let in_place = earlier.into_iter().find(|generation| generation.number == current.generation);
        let interrupted = Journal::find(&here.layout)?.is_some();
        let prospect = Prospect::of(&mut here, current.ledger.managed.clone(), &[])?;
        let state = prospect.observed.restricted_to(&prospect.target).digest();
        let drift = prospect.plan.to_text();
        let exit = if prospect.plan.is_empty() && !interrupted { Exit::Done } else { Exit::Drift };
        let generation = current.generation;
        if self.json {
            let drift = drift.lines().map(str::to_owned).collect();
            let (id, name) = (in_place.as_ref().map(|one| one.id), in_place.as_ref().map(|one| one.name.clone()));
            let serial = in_place.as_ref().map(|one| one.serial);
            return Ok(
                Output::json(&StatusJson { format: 1, generation, id, name, serial, state, drift, interrupted }).exit(exit)
            );
        }
        let mut text = match &in_place {
            Some(one) => {
                format!("generation {generation}: {} {}, serial {} ({})\n", one.name, one.release, one.serial, one.id.short())
            }
            None => "no generation is in place\n".to_owned(),
        };
        if interrupted {
            text.push_str("a command was interrupted; the next one that changes something puts it right first\n");
        }
        match prospect.plan.is_empty() {
            true => writeln!(text, "dom0 is as it says; state {state}").expect("writing to a string"),
            false => writeln!(text, "dom0 was changed since; to put it back:\n\n{drift}").expect("writing to a string"),
        }
        Ok(Output::text(text).exit(exit))
    }
}

impl ListGenerations {
    /// Runs the verb.
    ///
    /// # Errors
    /// If a generation cannot be read.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let here = place.find()?;
        let in_place = Current::load(&here.layout)?.generation;
        let generations = prospect::generations(&here)?;
        if self.json {
            let row = |one: Generation| Row {
                number: one.number,
                id: one.id,
                name: one.name,
                serial: one.serial,
                activated: one.activated,
            };
            return Ok(Output::json(&GenerationsJson {
                format: 1,
                in_place,
                generations: generations.into_iter().map(row).collect(),
            }));
        }
        let mark = |number| if number == in_place { '*' } else { ' ' };
        let mut text = format!("{} 0  dom0 as it was before halite\n", mark(0));
        for one in generations {
            let when = terminal::day_and_time(one.activated);
            writeln!(text, "{} {}  {when}  {}@{} ({})", mark(one.number), one.number, one.name, one.serial, one.id.short())
                .expect("writing to a string");
        }
        Ok(Output::text(text))
    }
}
