//! What is studied where no option names anything.

use std::path::PathBuf;

use crate::cli::Failure;
use crate::qrexec::System;

/// A dom0, as far as a policy needs one.
pub trait Home {
    /// What its paths are below.
    fn root(&self) -> PathBuf;

    /// The directories of its policy, those first whose files mask the others'.
    ///
    /// # Errors
    /// If it is no dom0.
    fn policy_directories(&self) -> Result<Vec<PathBuf>, Failure>;

    /// Its system, as it is now; none where there is nobody to ask.
    ///
    /// # Errors
    /// If qubesd does not answer.
    fn system(&self) -> Result<Option<System>, Failure>;
}
