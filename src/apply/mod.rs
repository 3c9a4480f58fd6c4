//! Acting on dom0: reading it, carrying out plans, the journal, generations, recovery.
//!
//! Everything that changes goes through [`activate`]: the journal is written before the first step, each step is done, dom0 is read
//! back, and only then does the new generation count. Whatever interrupts this, [`recover`] ends with the old state or the new one,
//! whole.
//!
//! **Architecture invariant:** nothing here decides what should be: that is `plan`'s.

mod activate;
mod books;
mod clone_template;
mod collect;
mod confirm;
mod current;
mod deed;
mod execute;
mod generation;
pub mod history;
mod inside;
mod journal;
mod look;
mod prune;
mod recover;
mod sequence;

pub use activate::{Next, activate};
pub use collect::{Garbage, Keep, Unused, collect, garbage};
pub use confirm::{Confirmed, Counts, Moment, Wait, confirm};
pub use current::Current;
pub use deed::{Deed, Outcome, Task};
pub use generation::{Generation, Generations, Head};
pub use journal::{Found, Header, Journal, Standing};
pub use look::{look, policy};
pub use prune::{There, Unprunable, check_prunable, prune};
pub use recover::{Recovered, recover};

use std::fmt::Display;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::base::{Digest, QubeName};
use crate::disk::DiskError;
use crate::plan::{Problem, Running, Step};
use crate::qubesd::{AdminError, Unreachable};

/// Why something could not be done in dom0.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// A file.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// qubesd.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// What is to be inside a qube.
    #[error("`{0}` cannot be set up inside: {1}")]
    Provision(QubeName, Unreachable),
    /// A qube runs where nobody but Salt should have started it.
    #[error("`{0}` was started while it was set up, and runs")]
    Started(QubeName),
    /// The contents of a file are in no bundle that is kept.
    #[error("the contents {0} of a file are in no bundle of a kept generation")]
    NoContents(Digest),
    /// Somebody else's states are where halite's belong.
    #[error("`{}` holds something that is not halite-dom0's; move it away, since Salt would show it to every qube that is set up", .0.display())]
    Occupied(PathBuf),
    /// One of halite's own files is not as it was written.
    #[error("`{}` is damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// No such generation.
    #[error("there is no generation {0}")]
    NoGeneration(u32),
    /// Something is not removed.
    #[error("`{qube}` is not removed: {why}")]
    Unprunable {
        /// What was to be removed.
        qube: QubeName,
        /// Why it is not.
        why: Unprunable,
    },
    /// dom0 does not say what it is.
    #[error("{0}")]
    Dom0(String),
    /// There is no way to the wanted state.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<Problem>),
    /// Qubes must be halted first.
    #[error("qubes must be shut down first, in this order:\n{0}")]
    Running(Running),
    /// A step was refused.
    #[error("{}{step}: {why}", .step.qube().map(|qube| format!("{qube}: ")).unwrap_or_default())]
    Step {
        /// The step.
        step: Box<Step>,
        /// The reason.
        why: Box<ApplyError>,
    },
    /// All steps were done, and yet dom0 is not as it should be.
    #[error("every step was accepted, but {0}")]
    NotInEffect(String),
    /// It was to end before all was done.
    #[error("stopped after {done} of {all} steps: {why}")]
    Stopped {
        /// How many steps were done.
        done: usize,
        /// How many there are.
        all: usize,
        /// Why it was to end.
        why: String,
    },
    /// All was done, and nobody confirmed it.
    #[error("all was done, and not confirmed: {0}")]
    NotConfirmed(String),
    /// All was done, and could not be written down. The journal is still there.
    #[error(
        "everything was done, but it could not be written down yet: {0}\nthe next command that changes something does so first"
    )]
    Unbooked(Box<ApplyError>),
    /// Something failed, and everything is as it was before.
    #[error("{0}\neverything was put back as it was")]
    Reverted(Box<ApplyError>),
    /// Something failed, and so did putting everything back. The journal is still there.
    #[error("{error}\nit could not be put back yet: {why}\nthe next command that changes something tries again")]
    Stuck {
        /// What failed.
        error: Box<ApplyError>,
        /// Why it could not be put back.
        why: Box<ApplyError>,
    },
}

impl ApplyError {
    fn damaged(path: &Path, why: impl Display) -> Self {
        Self::Damaged { path: path.to_owned(), why: why.to_string() }
    }
}
