//! `halite-dom0 status`

use std::collections::BTreeSet;
use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use super::manner::{self, Change, Manner};
use super::prospect::{self, Consent, Prospect};
use crate::apply::{Current, Deed, Found, Head, Header, Journal, Standing};
use crate::base::{BundleId, BundleName, Digest, PropertyName, QubeName};
use crate::cli::here::{Here, Where};
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
    /// Whether a command was interrupted, and nobody is at work any more.
    interrupted: bool,
    /// What is done, and waits for `confirm`. Then `state` and `drift` are told of it, and not of the generation in place.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<Waiting<'a>>,
}

/// A generation that is in place once somebody confirms it.
#[derive(Serialize)]
struct Waiting<'a> {
    generation: u32,
    deed: &'a Deed,
    /// Who waits, and until when, as they say it.
    who: &'a str,
    #[serde(skip)]
    next: &'a Current,
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
        let (generation, in_place) = (current.generation, prospect::in_place(&here, &current)?);
        let (journal, who) = found(&here)?;
        let waiting = waiting(journal.as_ref(), who.as_deref());
        // What is done, and waits for a word, is what dom0 is to be now.
        let current = waiting.as_ref().map_or(current, |waiting| waiting.next.clone());
        let wanted = current.ledger.managed.clone();
        let prospect = Prospect::after(&mut here, current.clone(), wanted, Vec::new(), &Consent::default())?;
        let state = prospect.observed.restricted_to(&prospect.wanted, &prospect.current.ledger).digest();
        let is_settled = prospect.plan.is_empty() && journal.is_none() && current.pending.is_empty();
        let exit = if is_settled { Exit::Done } else { Exit::Drift };
        let drift = prospect.plan.to_text();
        if self.json {
            let (id, name) = (in_place.as_ref().map(|one| one.id), in_place.as_ref().map(|one| one.name.clone()));
            let json = Json {
                format: 1,
                generation,
                id,
                name,
                serial: in_place.as_ref().map(|one| one.serial),
                state,
                drift: drift.lines().map(str::to_owned).collect(),
                mine: mine(&prospect),
                pending: &current.pending,
                waiting,
                interrupted: journal.is_some() && who.is_none(),
            };
            return Ok(Output::json(&json).exit(exit));
        }
        let mut text = title(generation, in_place.as_ref());
        text.push_str(&under_way(journal.as_ref(), waiting.as_ref(), who.as_deref()));
        text.push_str(&manner::left_to_do(&current.pending));
        for Mine { qube, property, is, bundle } in mine(&prospect) {
            let bundle = bundle.map_or(String::new(), |bundle| format!(", where the bundle says {bundle}"));
            writeln!(text, "kept as it was set by hand: {property} of {qube} is {is}{bundle}").expect("writing to a string");
        }
        match prospect.plan.is_empty() {
            true if current.generation == 0 => text.push_str("nothing is managed\n"),
            true if waiting.is_some() => text.push_str(&format!("dom0 is as what waits says; state {state}\n")),
            true => text.push_str(&format!("dom0 is as it says; state {state}\n")),
            false if waiting.is_some() => text.push_str(&format!("dom0 was changed since:\n\n{drift}\n")),
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
                self.manner.carry_out(&mut here, &mine, prospect, change)?
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

/// The journal that is there, and who writes it.
fn found(here: &Here) -> Result<(Option<Found>, Option<String>), Failure> {
    if Journal::find(&here.layout)?.is_none() {
        return Ok((None, None));
    }
    let who = here.at_work()?;
    // Once more: whoever it was may just have finished.
    Ok((Journal::find(&here.layout)?, who))
}

/// What somebody waits with for a word. Where nobody is there any more, no word counts.
fn waiting<'a>(journal: Option<&'a Found>, who: Option<&'a str>) -> Option<Waiting<'a>> {
    let (found, who) = (journal.filter(|found| found.standing == Standing::Waiting)?, who?);
    let Header { task, next, .. } = &found.header;
    Some(Waiting { generation: next.generation, deed: &task.deed, who, next })
}

fn under_way(journal: Option<&Found>, waiting: Option<&Waiting>, who: Option<&str>) -> String {
    match (journal, waiting, who) {
        (None, ..) => String::new(),
        (_, Some(Waiting { deed, who, .. }), _) => format!(
            "done, and not confirmed yet: {deed}; `halite-dom0 confirm` says that it works, otherwise it is put back\nby {who}\n"
        ),
        (Some(found), None, Some(who)) => format!("under way: {}\nby {who}\n", found.header.task.deed),
        (Some(_), None, None) => {
            "a command was interrupted; the next one that changes something puts it right first\n".to_owned()
        }
    }
}

fn mine(prospect: &Prospect) -> Vec<Mine<'_>> {
    let mine = prospect.current.ledger.mine().map(|(qube, property, is)| {
        let bundle = prospect.wanted.qubes.get(qube).and_then(|settings| settings.properties.get(property));
        Mine { qube, property, is, bundle }
    });
    mine.collect()
}
