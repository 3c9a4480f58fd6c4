//! `halite-dom0 status`

use std::collections::BTreeSet;
use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use super::manner::{self, Change, Manner};
use super::prospect::{self, Consent, Prospect};
use crate::apply::{Current, Deed, Found, Head, Journal, Standing};
use crate::base::{BundleId, BundleName, Digest, PropertyName, QubeName};
use crate::cli::here::Where;
use crate::cli::{Exit, Failure, Output, counted};
use crate::plan::Property;

/// Show which generation is in place, and whether dom0 still is as it says
///
/// Changes nothing, unless `--fix` is given: then everything that was changed or lost since is put back. Exit code 3 if something was
/// changed, is left to do, or was interrupted.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  halite-dom0 status\n  halite-dom0 status --fix --dry-run\n  halite-dom0 status --fix --keep-mine"
)]
pub struct Status {
    /// Put back what was changed or lost since
    #[arg(long)]
    fix: bool,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    manner: Manner,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json<'a> {
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
    /// What the user keeps as they set it.
    mine: Vec<Mine<'a>>,
    /// Qubes of which something is left to do.
    pending: &'a BTreeSet<QubeName>,
    interrupted: bool,
}

/// A property that the user keeps as they set it.
#[derive(Serialize)]
struct Mine<'a> {
    qube: &'a QubeName,
    property: &'a PropertyName,
    is: &'a Property,
    #[serde(skip_serializing_if = "Option::is_none")]
    bundle: Option<&'a Property>,
}

#[derive(Serialize)]
struct Fixed {
    format: u32,
    generation: u32,
    steps: usize,
}

impl Status {
    /// Runs the verb.
    ///
    /// # Errors
    /// If dom0 cannot be read; with `--fix`, if nobody consents, or a step was refused.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        match self.fix {
            true => self.fix(place),
            false if self.consent.is_given() || self.manner.is_given() => {
                Err(Failure::usage("without `--fix`, `status` changes nothing, and takes no other option than `--json`"))
            }
            false => self.show(place),
        }
    }

    fn show(&self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let current = Current::load(&here.layout)?;
        let in_place = prospect::in_place(&here, &current)?;
        let journal = Journal::find(&here.layout)?;
        let prospect = Prospect::of(&mut here, current.ledger.managed.clone(), Vec::new(), &Consent::default())?;
        let state = prospect.observed.restricted_to(&prospect.wanted, &prospect.current.ledger).digest();
        let is_settled = prospect.plan.is_empty() && journal.is_none() && current.pending.is_empty();
        let exit = if is_settled { Exit::Done } else { Exit::Drift };
        let drift = prospect.plan.to_text();
        if self.json {
            let (id, name) = (in_place.as_ref().map(|one| one.id), in_place.as_ref().map(|one| one.name.clone()));
            let json = Json {
                format: 1,
                generation: current.generation,
                id,
                name,
                serial: in_place.as_ref().map(|one| one.serial),
                state,
                drift: drift.lines().map(str::to_owned).collect(),
                mine: mine(&prospect),
                pending: &current.pending,
                interrupted: journal.is_some(),
            };
            return Ok(Output::json(&json).exit(exit));
        }
        let mut text = title(current.generation, in_place.as_ref());
        text.push_str(&under_way(journal.as_ref()));
        text.push_str(&manner::left_to_do(&current.pending));
        for Mine { qube, property, is, bundle } in mine(&prospect) {
            let bundle = bundle.map_or(String::new(), |bundle| format!(", where the bundle says {bundle}"));
            writeln!(text, "kept as it was set by hand: {property} of {qube} is {is}{bundle}").expect("writing to a string");
        }
        match prospect.plan.is_empty() {
            true if current.generation == 0 => text.push_str("nothing is managed\n"),
            true => text.push_str(&format!("dom0 is as it says; state {state}\n")),
            false => text.push_str(&format!("dom0 was changed since; `status --fix` puts it back:\n\n{drift}\n")),
        }
        Ok(Output::text(text).exit(exit))
    }

    fn fix(&self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let mine = if self.manner.dry_run {
            manner::check_settled(&here)?;
            None
        } else {
            Some(here.take()?)
        };
        let current = Current::load(&here.layout)?;
        let generation = current.generation;
        let prospect = Prospect::of(&mut here, current.ledger.managed.clone(), Vec::new(), &self.consent)?;
        let Some(mine) = mine else {
            let refusals = prospect.refusals(&self.consent);
            let title = format!("back to what generation {generation} says");
            return manner::rehearsed(&here, &prospect, &title, self.json.then_some(None), refusals);
        };
        prospect.check(&self.consent)?;
        let ledger = prospect.current.ledger.after(&prospect.wanted, &prospect.observed.state());
        let next = current.then(generation, ledger).deferring(current.pending.clone());
        let steps = match prospect.plan.is_empty() && next == current {
            true => 0,
            false => {
                let change = Change { deed: Deed::Repair { generation }, current: next, generation: None };
                self.manner.carry_out(&mut here, prospect, change)?
            }
        };
        let output = match self.json {
            true => Output::json(&Fixed { format: 1, generation, steps }),
            false => Output::text(format!("dom0 is as generation {generation} says ({})\n", counted(steps, "step", "steps"))),
        };
        Ok(mine.report(output))
    }
}

fn title(generation: u32, in_place: Option<&Head>) -> String {
    match in_place {
        Some(one) => {
            format!("generation {generation}: {} {}, serial {} ({})\n", one.name, one.release, one.serial, one.id.short())
        }
        None => "no generation is in place\n".to_owned(),
    }
}

fn under_way(journal: Option<&Found>) -> String {
    match journal {
        None => String::new(),
        Some(found) if found.standing == Standing::Waiting => format!(
            "done, and not confirmed yet: {}; `halite-dom0 confirm` says that it works, otherwise it is put back\n",
            found.header.task.deed
        ),
        Some(_) => "a command was interrupted; the next one that changes something puts it right first\n".to_owned(),
    }
}

fn mine(prospect: &Prospect) -> Vec<Mine<'_>> {
    let mine = prospect.current.ledger.mine().map(|(qube, property, is)| {
        let bundle = prospect.wanted.qubes.get(qube).and_then(|settings| settings.properties.get(property));
        Mine { qube, property, is, bundle }
    });
    mine.collect()
}
