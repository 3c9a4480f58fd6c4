//! `policy`: what a qrexec policy allows, in both programs. Each verb has a file of its own. `place` is the options that say which policy and
//! which system are meant, `home` what is meant without them, `files` the policy's files; `picture` writes what `graph` prints.

mod eval;
mod files;
mod graph;
mod home;
mod lint;
mod picture;
mod place;
mod reach;

use clap::{Args, Subcommand};

#[cfg(feature = "build")]
pub use home::Anywhere;
pub use home::Home;

use crate::cli::{Failure, Output};

/// Study a qrexec policy
///
/// Reads policy directories as dom0 does, and decides calls as it would. Changes nothing. `halite-dom0` studies the policy and the system of
/// its dom0, if no option says otherwise.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:\n  halite policy graph --policy-dir policy.d --system-info system.json --include-ask\n  halite policy eval --policy-dir policy.d --system-info system.json < calls.jsonl\n  halite-dom0 policy reach --from work --to vault"
)]
pub struct Policy {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Graph(graph::Graph),
    Eval(eval::Eval),
    Lint(lint::Lint),
    Reach(reach::Reach),
}

impl Policy {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the policy or the system information cannot be read.
    pub fn run(self, home: &dyn Home) -> Result<Output, Failure> {
        match self.verb {
            Verb::Graph(verb) => verb.run(home),
            Verb::Eval(verb) => verb.run(home),
            Verb::Lint(verb) => verb.run(home),
            Verb::Reach(verb) => verb.run(home),
        }
    }
}
