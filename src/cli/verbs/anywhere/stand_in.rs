//! `halite stand-in`, which `halite simulate --programs` has called.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::{Exit, Failure, Output};
use crate::qubesd::Socket;
use crate::sim::qubesctl;

/// Be one of dom0's programs for a simulated dom0
///
/// What `halite simulate --programs DIR` puts into DIR calls this.
#[derive(Debug, Args)]
pub struct StandIn {
    /// The socket of the simulated qubesd
    #[arg(long, value_name = "SOCKET")]
    socket: PathBuf,
    /// The directory with the files of the simulated dom0
    #[arg(long, value_name = "DIR")]
    root: PathBuf,
    /// Which program
    program: Program,
    /// Its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// A program of dom0's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Program {
    Qubesctl,
}

impl StandIn {
    /// Runs the verb.
    ///
    /// # Errors
    /// Never: what goes wrong is said as the real program says it.
    pub fn run(self) -> Result<Output, Failure> {
        let mut door = Socket::at(&self.socket);
        let ended = match self.program {
            Program::Qubesctl => qubesctl(&mut door, &self.root, &self.arguments),
        };
        let exit = match ended.code {
            0 => Exit::Done,
            2 => Exit::Usage,
            _ => Exit::Failed,
        };
        Ok(Output::text(ended.said).exit(exit))
    }
}
