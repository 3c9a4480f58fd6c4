//! `halite-dom0 switch`

use clap::Args;
use serde::Serialize;

use super::prospect::{self, Consent, Opened, Prospect};
use crate::apply::{Current, Generation, Generations, Next, activate};
use crate::base::BundleId;
use crate::cli::here::Where;
use crate::cli::{Failure, Output, Progress, counted, terminal};
use crate::store::Selector;

/// Make dom0 what a bundle says
///
/// Verifies the bundle again, makes the plan, carries it out, and reads dom0 back. If anything is refused, everything is put back. What
/// was there before is kept for `rollback`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  halite-dom0 switch 2f1c\n  halite-dom0 switch anonymity-modes@2")]
pub struct Switch {
    /// The first digits of a bundle's id, or NAME@SERIAL
    bundle: Selector,
    #[command(flatten)]
    consent: Consent,
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
    /// If the bundle is not verified, there is no way to it, or a step was refused.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let mine = here.take()?;
        let opened = prospect::open(&mut here, &self.bundle)?;
        let Opened { statement, wanted, dangers, remarks } = opened;
        prospect::check_serial(&statement, &Current::load(&here.layout)?, self.allow_older)?;
        let prospect = Prospect::of(&mut here, wanted, dangers, &self.consent.adopt)?;
        prospect.check(&self.consent)?;
        let Prospect { current, wanted, target, observed, plan } = prospect;
        let in_place = prospect::in_place(&here, &current)?;
        let what = format!("{} {}, serial {}", statement.name, statement.release, statement.serial);
        let (number, steps, id) = (Generations::of(&here.layout).next()?, plan.steps.len(), statement.id());
        if plan.is_empty() && in_place.is_some_and(|generation| generation.id == id) {
            let generation = current.generation;
            return Ok(mine.report(self.output(
                generation,
                id,
                0,
                &format!("generation {generation} is in place already: {what}"),
            )));
        }
        let ledger = current.ledger.after(&wanted, &observed.state());
        let generation = Generation::new(number, &statement, terminal::now(), wanted);
        let next = Next { current: current.then(number, ledger).activating(&statement), generation: Some(generation), target };
        let working = Progress::of("changing dom0");
        activate(here.qubesd.as_mut(), &here.layout, &plan, &observed, next)?;
        drop(working);
        let text = format!("generation {number} is in place: {what} ({})", counted(steps, "step", "steps"));
        Ok(mine.report(self.output(number, id, steps, &text).remarks(remarks)))
    }

    fn output(&self, generation: u32, id: BundleId, steps: usize, text: &str) -> Output {
        match self.json {
            true => Output::json(&Json { format: 1, generation, id, steps }),
            false => Output::text(format!("{text}\n")),
        }
    }
}
