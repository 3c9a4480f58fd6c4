//! `halite-dom0 history`

use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use crate::apply::{Deed, Outcome, history};
use crate::cli::here::Where;
use crate::cli::{Failure, Output, terminal};

/// Show what was done in this dom0, and when
///
/// The latest comes last. Some hundred of the latest are kept.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite-dom0 history")]
pub struct History {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    history: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    begun: u64,
    deed: Deed,
    outcome: Outcome,
}

impl History {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let entries = history::load(&place.find()?.layout)?;
        if self.json {
            let row = |entry: history::Entry| Row { begun: entry.task.begun, deed: entry.task.deed, outcome: entry.outcome };
            return Ok(Output::json(&Json { format: 1, history: entries.into_iter().map(row).collect() }));
        }
        let remarks = if entries.is_empty() { "nothing was done yet\n" } else { "" };
        let mut text = String::new();
        for entry in entries {
            let when = terminal::day_and_time(entry.task.begun);
            writeln!(text, "{when}  {}: {}", entry.task.deed, entry.outcome).expect("writing to a string");
        }
        Ok(Output::text(text).remarks(remarks))
    }
}
