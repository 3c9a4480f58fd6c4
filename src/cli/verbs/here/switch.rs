//! `halite-dom0 switch`

use clap::Args;
use serde::Serialize;

use super::manner::{self, Change, Manner};
use super::prospect::{self, Consent, Opened, Prospect};
use crate::apply::{Current, Deed, Generation};
use crate::base::BundleId;
use crate::bundle::Statement;
use crate::cli::here::{Here, Where};
use crate::cli::{Failure, Output, counted, terminal};
use crate::store::Selector;

/// Make dom0 what a bundle says
///
/// Verifies the bundle again, makes the plan, carries it out, and reads dom0 back. If anything is refused, everything is put back. What
/// was there before is kept for `rollback`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  halite-dom0 switch 2f1c\n  halite-dom0 switch anonymity-modes@2 --confirm-within 10m\n  halite-dom0 switch anonymity-modes@2 --dry-run"
)]
pub struct Switch {
    /// The first digits of a bundle's id, or NAME@SERIAL
    bundle: Selector,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    manner: Manner,
    /// Switch although a newer serial was activated before
    #[arg(long)]
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
        let opened = prospect::open(&mut here, &self.bundle)?;
        let Opened { statement, wanted, dangers, remarks, .. } = opened;
        prospect::check_serial(&statement, &Current::load(&here.layout)?, self.allow_older)?;
        let prospect = Prospect::of(&mut here, wanted, dangers, &self.consent.adopt)?;
        prospect.check(&self.consent)?;
        let in_place = prospect::in_place(&here, &prospect.current)?;
        let what = format!("{} {}, serial {}", statement.name, statement.release, statement.serial);
        let id = statement.id();
        if prospect.plan.is_empty() && in_place.is_some_and(|head| head.id == id) {
            let generation = prospect.current.generation;
            let text = format!("generation {generation} is in place already: {what}");
            return Ok(mine.report(self.output(generation, id, 0, &text)));
        }
        let number = prospect.current.next();
        let ledger = prospect.current.ledger.after(&prospect.wanted, &prospect.observed.state());
        let generation = Generation::new(number, &statement, terminal::now(), prospect.wanted.clone());
        let current = prospect.current.then(number, ledger).activating(&statement);
        let change = Change { deed: Deed::switch(&generation), current, generation: Some(generation) };
        let steps = self.manner.carry_out(&mut here, prospect, change)?;
        let text = format!("generation {number} is in place: {what} ({})", counted(steps, "step", "steps"));
        Ok(mine.report(self.output(number, id, steps, &text).remarks(remarks)))
    }

    fn rehearse(&self, here: &mut Here) -> Result<Output, Failure> {
        manner::check_settled(here)?;
        let opened = prospect::open(here, &self.bundle)?;
        let Opened { statement, wanted, dangers, decider, remarks: said } = opened;
        let older = prospect::check_serial(&statement, &Current::load(&here.layout)?, self.allow_older).err();
        let prospect = Prospect::of(here, wanted, dangers, &self.consent.adopt)?;
        let plan = prospect.plan.clone().with_flows(&prospect.target, &prospect.observed, &decider, here.release);
        let prospect = Prospect { plan, ..prospect };
        let refusals = older.into_iter().chain(prospect.refusals(&self.consent)).collect();
        let Statement { name, release, serial, .. } = &statement;
        let title = format!("{name} {release}, serial {serial} ({})", statement.id().short());
        let output = manner::rehearsed(here, &prospect, &title, self.json.then(|| Some(statement.id())), refusals)?;
        let remarks = output.remarks.clone() + &said;
        Ok(output.remarks(remarks))
    }

    fn output(&self, generation: u32, id: BundleId, steps: usize, text: &str) -> Output {
        match self.json {
            true => Output::json(&Json { format: 1, generation, id, steps }),
            false => Output::text(format!("{text}\n")),
        }
    }
}
