//! `halite-dom0 policy`: of this dom0 as it is now, where no option names another policy or system.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::files::directories;
use super::home::Home;
use super::{eval, graph, lint, reach};
use crate::cli::here::Where;
use crate::cli::{Failure, Output};
use crate::qrexec::System;
use crate::qubesd::Admin;

/// Study the qrexec policy of this dom0, or another one
///
/// Reads /run/qubes/policy.d (R4.3) and /etc/qubes/policy.d, asks qubesd which qubes there are, and decides calls as dom0 would. Changes
/// nothing.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:\n  halite-dom0 policy reach --from work --to vault\n  halite-dom0 policy lint"
)]
pub struct Policy {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(
        after_help = "Examples:\n  halite-dom0 policy graph --include-ask > graph.dot\n  halite-dom0 policy graph --include-ask --source work --service qubes.Filecopy"
    )]
    Graph(graph::Graph),
    #[command(
        after_help = "Example:\n  echo '{\"source\": \"work\", \"service\": \"qubes.Filecopy\", \"argument\": \"+\", \"target\": \"vault\"}' |\n    halite-dom0 policy eval"
    )]
    Eval(eval::Eval),
    #[command(after_help = "Example:\n  halite-dom0 policy lint")]
    Lint(lint::Lint),
    #[command(
        after_help = "Examples:\n  halite-dom0 policy reach --from work --to vault\n  halite-dom0 policy reach --from work --what control --without-ask"
    )]
    Reach(reach::Reach),
}

impl Policy {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the policy or the system cannot be read.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        match self.verb {
            Verb::Graph(verb) => verb.run(place),
            Verb::Eval(verb) => verb.run(place),
            Verb::Lint(verb) => verb.run(place),
            Verb::Reach(verb) => verb.run(place),
        }
    }
}

impl Home for Where {
    fn root(&self) -> PathBuf {
        self.layout().root().to_owned()
    }

    fn policy_directories(&self) -> Result<Vec<PathBuf>, Failure> {
        let here = self.find()?;
        Ok(directories(&here.layout, here.release))
    }

    fn system(&self) -> Result<Option<System>, Failure> {
        let mut here = self.find()?;
        let system = Admin::new(here.qubesd.as_mut()).system().map_err(|error| {
            Failure::new(error).hint("qubesd's sockets are for root and the group `qubes`; or name a file, with `--system-info`")
        })?;
        Ok(Some(system))
    }
}
