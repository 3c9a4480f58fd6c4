//! `halite policy`: of any policy and any system, on any machine.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::home::Home;
use super::{eval, graph, lint, reach};
use crate::cli::{Failure, Output};
use crate::qrexec::System;

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
    #[command(after_help = "Example:\n  halite policy graph --policy-dir policy.d --system-info system.json --output graph.dot")]
    Graph(graph::Graph),
    #[command(
        after_help = "Example:\n  echo '{\"source\": \"work\", \"service\": \"qubes.Filecopy\", \"argument\": \"+\", \"target\": \"vault\"}' |\n    halite policy eval --policy-dir policy.d --system-info system.json"
    )]
    Eval(eval::Eval),
    #[command(after_help = "Example:\n  halite policy lint --policy-dir policy.d --system-info system.json")]
    Lint(lint::Lint),
    #[command(
        after_help = "Examples:\n  halite policy reach --policy-dir policy.d --system-info system.json --from work --to vault\n  halite policy reach --policy-dir policy.d --system-info system.json --from work --what control"
    )]
    Reach(reach::Reach),
}

impl Policy {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the policy or the system cannot be read.
    pub fn run(self) -> Result<Output, Failure> {
        match self.verb {
            Verb::Graph(verb) => verb.run(&Anywhere),
            Verb::Eval(verb) => verb.run(&Anywhere),
            Verb::Lint(verb) => verb.run(&Anywhere),
            Verb::Reach(verb) => verb.run(&Anywhere),
        }
    }
}

/// Wherever `halite` runs: there may be a policy, and there is no qubesd.
struct Anywhere;

impl Home for Anywhere {
    fn root(&self) -> PathBuf {
        "/".into()
    }

    fn policy_directories(&self) -> Result<Vec<PathBuf>, Failure> {
        let known = ["/run/qubes/policy.d", "/etc/qubes/policy.d"].map(PathBuf::from);
        let there: Vec<PathBuf> = known.into_iter().filter(|directory| directory.is_dir()).collect();
        if there.is_empty() {
            return Err(Failure::usage("there is no /etc/qubes/policy.d here").hint("name a directory, with `--policy-dir DIR`"));
        }
        Ok(there)
    }

    fn system(&self) -> Result<Option<System>, Failure> {
        Ok(None)
    }
}
