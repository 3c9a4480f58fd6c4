//! `halite-dom0 rollback`

use clap::Args;
use serde::Serialize;

use super::going_back;
use super::manner::{self, Manner};
use super::prospect::Consent;
use crate::apply::{Current, Deed, Generations};
use crate::cli::here::{Here, Where};
use crate::cli::{Failure, Output, counted};

/// Go back to an earlier generation
///
/// Settings, tags, features and the policy become what they were. Qubes that the earlier generation does not know are put away, not
/// deleted; no data of any qube is touched. Needs nothing but what dom0 has.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  halite-dom0 rollback\n  halite-dom0 rollback 1 --confirm-within 10m\n  halite-dom0 rollback 0    as before halite, as `uninstall` does"
)]
pub struct Rollback {
    /// The generation to go back to; 0 is dom0 as it was before halite [default: the one before the one in place]
    generation: Option<u32>,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    manner: Manner,
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
    /// If there is no such generation, its bundle is not trusted any more, a step was refused, or nobody confirmed it.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        if self.manner.dry_run {
            manner::check_settled(&here)?;
            let number = self.number(&here)?;
            let prospect = going_back::prospect(&mut here, number, &self.consent)?;
            let refusals = prospect.refusals(&self.consent);
            let title = format!("back to generation {number}");
            return manner::rehearsed(&here, &prospect, &title, self.json.then_some(None), refusals);
        }
        let mine = here.take()?;
        let number = self.number(&here)?;
        let prospect = going_back::prospect(&mut here, number, &self.consent)?;
        prospect.check(&self.consent)?;
        let change = going_back::change(&prospect, number, Deed::Rollback { generation: number });
        let steps = self.manner.carry_out(&mut here, &mine, prospect, change)?;
        let output = match self.json {
            true => Output::json(&Json { format: 1, generation: number, steps }),
            false => Output::text(format!("generation {number} is in place ({})\n", counted(steps, "step", "steps"))),
        };
        Ok(mine.report(output))
    }

    /// The generation that is meant: if none is named, the one before the one in place.
    fn number(&self, here: &Here) -> Result<u32, Failure> {
        if let Some(number) = self.generation {
            return Ok(number);
        }
        let current = Current::load(&here.layout)?.generation;
        if current == 0 {
            return Err(Failure::new("nothing is in place, so there is nothing to go back from")
                .hint("`halite-dom0 generations` shows what there is"));
        }
        let numbers = Generations::of(&here.layout).numbers()?;
        Ok(numbers.into_iter().filter(|number| *number < current).max().unwrap_or(0))
    }
}
