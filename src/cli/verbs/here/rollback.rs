//! `halite-dom0 rollback`

use clap::Args;
use serde::Serialize;

use super::guard;
use super::prospect::{self, Consent, Prospect};
use crate::apply::{ApplyError, Current, Generations, Next, activate};
use crate::cli::here::{Here, Where};
use crate::cli::{Failure, Output, Progress, counted};
use crate::plan::{Danger, State};

/// Go back to an earlier generation
///
/// Settings, tags, features and the policy become what they were. Qubes that the earlier generation does not know are put away, not
/// deleted; no data of any qube is touched. Needs nothing but what dom0 has.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  halite-dom0 rollback\n  halite-dom0 rollback 1\n  halite-dom0 rollback 0    as before halite"
)]
pub struct Rollback {
    /// The generation to go back to; 0 is dom0 as it was before halite [default: the one before the one in place]
    generation: Option<u32>,
    #[command(flatten)]
    consent: Consent,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    generation: u32,
    steps: usize,
}

impl Rollback {
    /// Runs the verb.
    ///
    /// # Errors
    /// If there is no such generation, its bundle is not trusted any more, or a step was refused.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let mine = here.take()?;
        let number = match self.generation {
            Some(number) => number,
            None => previous(&here)?,
        };
        let (wanted, dangers) = recorded(&mut here, number)?;
        let prospect = Prospect::of(&mut here, wanted, dangers, &self.consent.adopt)?;
        prospect.check(&self.consent)?;
        let Prospect { current, wanted, target, observed, plan } = prospect;
        let ledger = current.ledger.after(&wanted, &observed.state());
        let next = Next { current: current.then(number, ledger), generation: None, target };
        let steps = plan.steps.len();
        let working = Progress::of("changing dom0");
        activate(here.qubesd.as_mut(), &here.layout, &plan, &observed, next)?;
        drop(working);
        let output = match self.json {
            true => Output::json(&Json { format: 1, generation: number, steps }),
            false => Output::text(format!("generation {number} is in place ({})\n", counted(steps, "step", "steps"))),
        };
        Ok(mine.report(output))
    }
}

/// The generation before the one in place.
fn previous(here: &Here) -> Result<u32, Failure> {
    let current = Current::load(&here.layout)?.generation;
    if current == 0 {
        return Err(Failure::new("nothing is in place, so there is nothing to go back from")
            .hint("`halite-dom0 generations` shows what there is"));
    }
    let numbers = Generations::of(&here.layout).numbers()?;
    Ok(numbers.into_iter().filter(|number| *number < current).max().unwrap_or(0))
}

/// The state of a generation, if its bundle is still trusted; and the rules of today that it would break.
fn recorded(here: &mut Here, number: u32) -> Result<(State, Vec<Danger>), Failure> {
    if number == 0 {
        return Ok((State::default(), Vec::new()));
    }
    let generation = Generations::of(&here.layout).load(number).map_err(|error| match error {
        ApplyError::NoGeneration(_) => Failure::from(error).hint("`halite-dom0 generations` shows those that there are"),
        error => error.into(),
    })?;
    if generation.release != here.release {
        let message = format!("generation {number} is of {}, and this dom0 is {}", generation.release, here.release);
        return Err(Failure::new(message).hint("build the recipe for this release, and switch to that"));
    }
    let mut verified = prospect::verify_stored(here, generation.id)?;
    Ok((generation.state, guard::broken(here, &mut verified)?))
}
