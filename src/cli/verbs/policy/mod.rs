//! `policy`: what a qrexec policy allows. Where policies are read from stands in `place`; each verb has a file of its own.

mod eval;
mod graph;
mod lint;
mod place;
mod reach;

use clap::{Args, Subcommand};

use crate::cli::{Failure, Output};

/// Study a qrexec policy
///
/// Reads policy directories as dom0 does, and decides calls as it would. Changes nothing.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:\n  halite policy graph --policy-dir policy.d --system-info system.json --include-ask\n  halite policy eval --policy-dir policy.d --system-info system.json < calls.jsonl"
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
    pub fn run(self) -> Result<Output, Failure> {
        match self.verb {
            Verb::Graph(verb) => verb.run(),
            Verb::Eval(verb) => verb.run(),
            Verb::Lint(verb) => verb.run(),
            Verb::Reach(verb) => verb.run(),
        }
    }
}
