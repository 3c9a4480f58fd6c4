//! `halite-dom0 recover`

use clap::Args;
use serde::Serialize;

use crate::apply::{Deed, Journal, Recovered};
use crate::cli::here::Where;
use crate::cli::{Failure, Output};

/// Bring what was interrupted to an end
///
/// Every command that changes something does this first. By itself it is for what runs when the machine starts: see
/// `halite-recover.service`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite-dom0 recover")]
pub struct Recover {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    recovered: Recovered,
    #[serde(skip_serializing_if = "Option::is_none")]
    deed: Option<Deed>,
}

impl Recover {
    /// Runs the verb.
    ///
    /// # Errors
    /// If something cannot be put right.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let lock = here.lock()?;
        let deed = Journal::find(&here.layout)?.map(|found| found.header.task.deed);
        let recovered = here.settle(lock)?.recovered;
        if self.json {
            return Ok(Output::json(&Json { format: 1, recovered, deed }));
        }
        let deed = deed.map(|deed| deed.to_string()).unwrap_or_default();
        Ok(Output::text(match recovered {
            Recovered::Nothing => "nothing was interrupted\n".to_owned(),
            Recovered::Finished => format!("finished: {deed}\n"),
            Recovered::UndoneWithoutGone => {
                format!("undone: {deed}; but for what hung on qubes that are gone: see `halite-dom0 status`\n")
            }
            Recovered::Undone => format!("undone: {deed}; everything is as it was before it\n"),
        }))
    }
}
