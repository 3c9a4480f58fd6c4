//! The command line: verbs, one a file, and the only room that prints.
//!
//! A verb takes its arguments apart, calls the rooms below, and returns what is to be printed. [`run`] prints it and turns it into an
//! exit code. The binaries only list their verbs.

#![allow(clippy::disallowed_methods, reason = "this is the room for the terminal, the environment and the clock")]

mod failure;
#[cfg(feature = "dom0")]
pub mod here;
mod output;
mod progress;
mod stream;
mod terminal;
#[cfg(feature = "dom0")]
mod typed;
pub mod verbs;
#[cfg(feature = "dom0")]
mod waiting;

use std::process::ExitCode;

use clap::Parser;

pub use failure::Failure;
pub use output::{Exit, Output, counted};
pub use progress::{Counted, Progress};

/// Runs a program: parses its arguments, calls `dispatch`, prints what comes of it.
pub fn run<P: Parser>(dispatch: impl FnOnce(P) -> Result<Output, Failure>) -> ExitCode {
    let program = match P::try_parse() {
        Ok(program) => program,
        Err(error) => {
            // clap prints help and faults alike; only a fault of usage is one for the exit code.
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            let _ = error.print();
            return code.into();
        }
    };
    match dispatch(program) {
        Ok(output) => terminal::print(&output),
        Err(failure) => terminal::print_failure(&failure),
    }
}
