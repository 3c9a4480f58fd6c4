//! `halite-dom0 switch`

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;

use super::manner::{self, Change, Manner};
use super::prospect::{self, Consent, Opened, Prospect};
use crate::apply::{Current, Deed, Generation};
use crate::base::{BundleId, QubeName};
use crate::bundle::Statement;
use crate::cli::here::{Here, Where};
use crate::cli::{Exit, Failure, Output, counted, terminal};
use crate::plan::{Danger, Decider, State};
use crate::store::Selector;

/// Make dom0 what a bundle says
///
/// Verifies the bundle again, makes the plan, carries it out, and reads dom0 back. If anything is refused, everything is put back. What
/// was there before is kept for `rollback`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  halite-dom0 switch 2f1c\n  halite-dom0 switch anonymity-modes@2 --confirm-within 10m\n  halite-dom0 switch anonymity-modes@2 --dry-run\n  halite-dom0 switch anonymity-modes@2 --defer\n  halite-dom0 switch --resume"
)]
pub struct Switch {
    /// The first digits of a bundle's id, or NAME@SERIAL
    #[arg(required_unless_present = "resume", conflicts_with = "resume")]
    bundle: Option<Selector>,
    /// Leave qubes that run as they are, and do the rest
    #[arg(long)]
    defer: bool,
    /// Do what was left to do of the generation in place
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    manner: Manner,
    /// Switch although a newer serial was activated before
    #[arg(long, conflicts_with = "resume")]
    allow_older: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    generation: u32,
    id: BundleId,
    steps: usize,
    /// Qubes of which something is left to do.
    pending: BTreeSet<QubeName>,
}

/// What is brought about.
struct Aim {
    statement: Statement,
    wanted: State,
    dangers: Vec<Danger>,
    decider: Decider,
    remarks: String,
    /// The generation that is in place already, and of which the rest is done.
    resumed: Option<u32>,
}

impl Switch {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the bundle is not verified, there is no way to it, a step was refused, or nobody confirmed it.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        if self.manner.dry_run {
            return self.rehearse(&mut here);
        }
        let mine = here.take()?;
        let before = Current::load(&here.layout)?;
        if self.resume && before.pending.is_empty() {
            return Ok(mine.report(Output::text("nothing is left to do\n".to_owned())));
        }
        let aim = self.aim(&mut here, &before)?;
        self.check_serial(&aim, &before)?;
        let (prospect, pending) = self.prospect(&mut here, &aim)?;
        prospect.check(&self.consent)?;
        let Aim { statement, wanted, remarks, resumed, .. } = aim;
        let what = format!("{} {}, serial {}", statement.name, statement.release, statement.serial);
        let id = statement.id();
        let is_in_place = prospect::in_place(&here, &before)?.is_some_and(|head| head.id == id);
        if prospect.plan.is_empty() && is_in_place && before.pending.is_empty() && prospect.current == before {
            let generation = before.generation;
            return Ok(mine.report(self.output(
                generation,
                id,
                0,
                pending,
                &format!("generation {generation} is in place already: {what}"),
            )));
        }
        let number = resumed.unwrap_or_else(|| before.next());
        let ledger = prospect.current.ledger.after(&prospect.wanted, &prospect.observed.state());
        let current = prospect.current.then(number, ledger).activating(&statement).deferring(pending.clone());
        let change = match resumed {
            Some(generation) => Change { deed: Deed::Resume { generation }, current, generation: None },
            None => {
                let generation = Generation::new(number, &statement, terminal::now(), wanted);
                Change { deed: Deed::switch(&generation), current, generation: Some(generation) }
            }
        };
        let steps = self.manner.carry_out(&mut here, &mine, prospect, change)?;
        let text = format!("generation {number} is in place: {what} ({})", counted(steps, "step", "steps"));
        Ok(mine.report(self.output(number, id, steps, pending, &text).remarks(remarks)))
    }

    /// What is to be brought about.
    fn aim(&self, here: &mut Here, before: &Current) -> Result<Aim, Failure> {
        let (selector, resumed) = match (&self.bundle, prospect::in_place(here, before)?) {
            (Some(selector), _) => (selector.clone(), None),
            (None, Some(head)) => (Selector::of(head.id), Some(head.number)),
            (None, None) => return Err(Failure::new("no generation is in place, so nothing is left to do")),
        };
        let Opened { statement, wanted, dangers, decider, remarks } = prospect::open(here, &selector)?;
        Ok(Aim { statement, wanted, dangers, decider, remarks, resumed })
    }

    fn check_serial(&self, aim: &Aim, before: &Current) -> Result<(), Failure> {
        match aim.resumed {
            Some(_) => Ok(()),
            None => prospect::check_serial(&aim.statement, before, self.allow_older),
        }
    }

    /// The way there, and the qubes that are left as they are.
    fn prospect(&self, here: &mut Here, aim: &Aim) -> Result<(Prospect, BTreeSet<QubeName>), Failure> {
        let prospect = Prospect::of(here, aim.wanted.clone(), aim.dangers.clone(), &self.consent)?;
        match self.defer {
            true => prospect.deferred(here, aim.dangers.clone(), &self.consent),
            false => Ok((prospect, BTreeSet::new())),
        }
    }

    fn rehearse(&self, here: &mut Here) -> Result<Output, Failure> {
        manner::check_settled(here)?;
        let before = Current::load(&here.layout)?;
        let aim = self.aim(here, &before)?;
        let (prospect, pending) = self.prospect(here, &aim)?;
        let older = self.check_serial(&aim, &before).err();
        let refusals = older.into_iter().chain(prospect.refusals(&self.consent)).collect();
        let plan = prospect.plan.clone().with_flows(&prospect.target, &prospect.observed, &aim.decider, here.release);
        let prospect = Prospect { plan, ..prospect };
        let Statement { name, release, serial, .. } = &aim.statement;
        let id = aim.statement.id();
        let title = format!("{name} {release}, serial {serial} ({})", id.short());
        let output = manner::rehearsed(here, &prospect, &title, self.json.then_some(Some(id)), refusals)?;
        let remarks = output.remarks.clone() + &manner::left_to_do(&pending) + &aim.remarks;
        Ok(output.remarks(remarks))
    }

    fn output(&self, generation: u32, id: BundleId, steps: usize, pending: BTreeSet<QubeName>, text: &str) -> Output {
        let exit = if pending.is_empty() { Exit::Done } else { Exit::Drift };
        let output = match self.json {
            true => Output::json(&Json { format: 1, generation, id, steps, pending }),
            false => Output::text(format!("{text}\n{}", manner::left_to_do(&pending))),
        };
        output.exit(exit)
    }
}
