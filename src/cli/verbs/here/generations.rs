//! `halite-dom0 generations`

use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use crate::apply::{Current, Generations, Head};
use crate::base::{BundleId, BundleName};
use crate::cli::here::Where;
use crate::cli::{Failure, Output, counted, terminal};

/// So many of the latest are shown, besides those that are always kept.
const LATEST: usize = 20;

/// List the generations
///
/// The one in place is marked with `*`. The latest 20 are shown, the one in place, the one that was last confirmed, and those that are
/// pinned.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite-dom0 generations")]
pub struct ListGenerations {
    /// Show all of them
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    in_place: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed: Option<u32>,
    /// How many there are besides those that are listed.
    further: usize,
    generations: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    number: u32,
    id: BundleId,
    name: BundleName,
    serial: u32,
    activated: u64,
    pinned: bool,
    /// Whether its bundle is still in the store, without which there is no going back to it.
    stored: bool,
}

impl ListGenerations {
    /// Runs the verb.
    ///
    /// # Errors
    /// If a generation cannot be read.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let here = place.find()?;
        let current = Current::load(&here.layout)?;
        let generations = Generations::of(&here.layout);
        let numbers = generations.numbers()?;
        let latest = if self.all { 0 } else { numbers.len().saturating_sub(LATEST) };
        let shown = numbers.iter().enumerate().filter(|(at, number)| *at >= latest || current.keeps(**number));
        let rows: Result<Vec<Row>, Failure> = shown
            .map(|(_, number)| {
                let Head { number, id, name, serial, activated, .. } = generations.head(*number)?;
                let (pinned, stored) = (current.pinned.contains(&number), here.layout.store().holds(id));
                Ok(Row { number, id, name, serial, activated, pinned, stored })
            })
            .collect();
        let (rows, in_place, confirmed) = (rows?, current.generation, current.confirmed);
        let further = numbers.len().saturating_sub(rows.len());
        if self.json {
            return Ok(Output::json(&Json { format: 1, in_place, confirmed, further, generations: rows }));
        }
        let mark = |number| if number == in_place { '*' } else { ' ' };
        let confirmed = |number| if confirmed == Some(number) { "  confirmed" } else { "" };
        let mut text = format!("{} 0  dom0 as it was before halite{}\n", mark(0), confirmed(0));
        for Row { number, id, name, serial, activated, pinned, stored } in rows {
            let when = terminal::day_and_time(activated);
            let pinned = if pinned { "  pinned" } else { "" };
            let stored = if stored { "" } else { "  BUNDLE IS GONE" };
            let (mark, confirmed) = (mark(number), confirmed(number));
            writeln!(text, "{mark} {number}  {when}  {name}@{serial} ({}){confirmed}{pinned}{stored}", id.short())
                .expect("writing to a string");
        }
        let remarks = match further {
            0 => String::new(),
            _ => format!("{} not shown; `--all` shows all\n", counted(further, "older generation is", "older generations are")),
        };
        Ok(Output::text(text).remarks(remarks))
    }
}
