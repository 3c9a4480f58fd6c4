//! `halite-dom0 capture`

use std::path::PathBuf;

use clap::Args;

use crate::apply::{ApplyError, Current};
use crate::cli::here::Where;
use crate::cli::verbs::policy::PolicyFiles;
use crate::cli::{Failure, Output, Progress, counted};
use crate::disk::{self, Mode};
use crate::observe::{Aliases, Books, draft, redact, take};

/// Write down this dom0, to study it elsewhere
///
/// All qubes with their settings, all policy files, and what halite manages, as JSON: what `halite check --against`, `halite plan --against`
/// and `halite policy … --capture` read. It holds every name that is in dom0, unless it is redacted. Changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  halite-dom0 capture --output dom0.json\n  \
    halite-dom0 capture --redact --output to-show.json\n  halite-dom0 capture --recipe --output halite.toml")]
pub struct TakeCapture {
    /// Write to this file, which is then for its owner alone
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace all names but those that every system has, and leave out comments, other texts, and what halite manages
    ///
    /// `qube-3` and `tag-2` are the same everywhere, so that the policy says of them what it said of the real ones. How many qubes there
    /// are, which are together, and what their sizes are still shows.
    #[arg(long)]
    redact: bool,
    /// Write a recipe to begin with instead: identities of what is there already, with comments where something is a guess
    #[arg(long, conflicts_with = "redact")]
    recipe: bool,
}

impl TakeCapture {
    /// Runs the verb.
    ///
    /// # Errors
    /// If dom0 cannot be read, or the file not be written.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let working = Progress::of("reading dom0");
        let Current { generation, ledger, .. } = Current::load(&here.layout)?;
        let policy = PolicyFiles::of(&here.layout, here.release)?.tree(here.release);
        let books = Books { generation, ledger };
        let capture = take(here.qubesd.as_mut(), here.release, policy, books).map_err(ApplyError::from)?;
        drop(working);
        let bytes = match (self.recipe, self.redact) {
            (true, _) => draft(&capture).into_bytes(),
            (false, true) => redact(&capture, &mut Aliases::default()).to_json(),
            (false, false) => capture.to_json(),
        };
        let Some(path) = &self.output else {
            return Ok(Output::text(String::from_utf8_lossy(&bytes)));
        };
        disk::create(path, &bytes, Mode::Private)?;
        let qubes = counted(capture.qubes.len(), "qube", "qubes");
        Ok(Output::done().remarks(format!("{qubes} of {} written to `{}`\n", capture.release, path.display())))
    }
}
