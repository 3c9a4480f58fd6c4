//! Acting on dom0: reading it, carrying out plans, the journal, generations, recovery.
//!
//! Everything that changes goes through [`activate`]: the journal is written before the first step, each step is done, dom0 is read
//! back, and only then does the new generation count. Whatever interrupts this, [`recover`] ends with the old state or the new one,
//! whole.
//!
//! **Architecture invariant:** nothing here decides what should be: that is `plan`'s.

mod activate;
mod clone_template;
mod execute;
mod generation;
mod journal;
mod look;
mod recover;

pub use activate::{Next, activate};
pub use generation::{Current, Generation, Generations};
pub use journal::{Header, Journal};
pub use look::{look, policy};
pub use recover::{Recovered, recover};

use std::fmt::Display;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::base::QubeName;
use crate::disk::DiskError;
use crate::plan::{Problem, Step};
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
    /// Packages.
    #[error("the packages of `{0}` cannot be installed: {1}")]
    Install(QubeName, Unreachable),
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
    /// dom0 does not say what it is.
    #[error("{0}")]
    Dom0(String),
    /// There is no way to the wanted state.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<Problem>),
    /// Qubes must be halted first.
    #[error("these qubes must be shut down first: {}", .0.iter().map(QubeName::as_str).collect::<Vec<_>>().join(", "))]
    Running(Vec<QubeName>),
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
