//! `halite-dom0 confirm`

use clap::Args;
use serde::Serialize;

use crate::apply::{self, Confirmed, Current, Deed, Outcome, Recovered, Task, history};
use crate::cli::here::{Here, Where};
use crate::cli::{Failure, Output, terminal};
use crate::disk::Lock;

/// Say that the generation in place works
///
/// What `switch --confirm-within` or `rollback --confirm-within` waits for, in another terminal. Where nothing waits, the generation in
/// place is marked as the one that was last confirmed, which `gc` never removes.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite-dom0 confirm")]
pub struct Confirm {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    generation: u32,
}

impl Confirm {
    /// Runs the verb.
    ///
    /// # Errors
    /// If what waited for it is not there any more, or something else is being done.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let generation = match here.lock() {
            Err(error) if error.is_locked() => match apply::confirm(&here.layout)? {
                Confirmed::InTime(generation) => generation,
                Confirmed::TooEarly | Confirmed::Nothing => return Err(error.into()),
                Confirmed::TooLate => {
                    let failure = Failure::new("nothing was confirmed: it is too late, and everything is being put back");
                    return Err(failure.hint("`halite-dom0 history` shows what came of it"));
                }
            },
            lock => in_place(&mut here, lock?)?,
        };
        Ok(match self.json {
            true => Output::json(&Json { format: 1, generation }),
            false => Output::text(format!("generation {generation} is confirmed\n")),
        })
    }
}

/// Marks the generation in place, while nobody else is at work.
fn in_place(here: &mut Here, lock: Lock) -> Result<u32, Failure> {
    let mine = here.settle(lock)?;
    let current = Current::load(&here.layout)?;
    let generation = current.generation;
    if mine.recovered != Recovered::Nothing {
        // What somebody wanted to confirm may be what was just undone.
        let failure = Failure::new(format!("nothing was confirmed: {}now generation {generation} is in place", mine.remark()));
        return Err(failure.hint("see whether it works, and say so with `halite-dom0 confirm`"));
    }
    if current.confirmed != Some(generation) {
        current.confirmed().save(&here.layout)?;
        history::add(&here.layout, Task { begun: terminal::now(), deed: Deed::Confirm { generation } }, Outcome::Done)?;
    }
    Ok(generation)
}
