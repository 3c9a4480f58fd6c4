//! `halite-dom0 pin` and `halite-dom0 unpin`

use clap::Args;

use crate::apply::{ApplyError, Current, Generations};
use crate::cli::here::Where;
use crate::cli::{Failure, Output};

/// Keep a generation until it is unpinned
///
/// `gc` then removes neither it nor its bundle.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite-dom0 pin 2")]
pub struct Pin {
    /// The generation
    generation: u32,
}

/// Let a generation go once nothing else keeps it
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite-dom0 unpin 2")]
pub struct Unpin {
    /// The generation
    generation: u32,
}

impl Pin {
    /// Runs the verb.
    ///
    /// # Errors
    /// If there is no such generation.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let number = self.generation;
        if number == 0 {
            return Err(Failure::usage("generation 0 is dom0 as it was before halite").hint("it is always kept"));
        }
        changed(place, number, |current| current.pinned.insert(number), ["pinned", "pinned already"])
    }
}

impl Unpin {
    /// Runs the verb.
    ///
    /// # Errors
    /// If what is pinned cannot be read or written.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let number = self.generation;
        changed(place, number, |current| current.pinned.remove(&number), ["not pinned any more", "not pinned"])
    }
}

fn changed(
    place: &Where,
    number: u32,
    change: impl Fn(&mut Current) -> bool,
    [new, known]: [&str; 2],
) -> Result<Output, Failure> {
    let mut here = place.find()?;
    let mine = here.take()?;
    let mut current = Current::load(&here.layout)?;
    let is_changed = change(&mut current);
    if is_changed {
        if current.pinned.contains(&number) {
            Generations::of(&here.layout).head(number).map_err(|error| match error {
                ApplyError::NoGeneration(_) => {
                    Failure::from(error).hint("`halite-dom0 generations --all` shows those that there are")
                }
                error => error.into(),
            })?;
        }
        current.save(&here.layout)?;
    }
    Ok(mine.report(Output::text(format!("generation {number} is {}\n", if is_changed { new } else { known }))))
}
