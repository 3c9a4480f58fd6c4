//! `halite-dom0 generations`

use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use crate::apply::{Current, Generation, Generations};
use crate::base::{BundleId, BundleName};
use crate::cli::here::Where;
use crate::cli::{Failure, Output, terminal};

/// List the generations
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite-dom0 generations")]
pub struct ListGenerations {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
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

impl ListGenerations {
    /// Runs the verb.
    ///
    /// # Errors
    /// If a generation cannot be read.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let here = place.find()?;
        let in_place = Current::load(&here.layout)?.generation;
        let generations = Generations::of(&here.layout).all()?;
        if self.json {
            let row = |one: Generation| Row {
                number: one.number,
                id: one.id,
                name: one.name,
                serial: one.serial,
                activated: one.activated,
            };
            return Ok(Output::json(&Json { format: 1, in_place, generations: generations.into_iter().map(row).collect() }));
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
