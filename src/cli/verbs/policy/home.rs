//! What is studied where no option names anything: the dom0 that the program is in, or was told of.

use std::path::PathBuf;

use crate::cli::Failure;
#[cfg(feature = "dom0")]
use crate::cli::here::Where;
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

/// Wherever `halite` runs: there may be a policy, and there is no qubesd.
#[cfg(feature = "build")]
#[derive(Debug)]
pub struct Anywhere;

#[cfg(feature = "build")]
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

#[cfg(feature = "dom0")]
impl Home for Where {
    fn root(&self) -> PathBuf {
        self.layout().root().to_owned()
    }

    fn policy_directories(&self) -> Result<Vec<PathBuf>, Failure> {
        let here = self.find()?;
        let (own, all) = (here.layout.policy_directory(), here.layout.policy_directories(here.release));
        // Where the one in /run is not there, nothing is masked.
        Ok(all.into_iter().filter(|directory| *directory == own || directory.is_dir()).collect())
    }

    fn system(&self) -> Result<Option<System>, Failure> {
        let mut here = self.find()?;
        let system = crate::qubesd::Admin::new(here.qubesd.as_mut()).system().map_err(|error| {
            Failure::new(error).hint("qubesd's sockets are for root and the group `qubes`; or name a file, with `--system-info`")
        })?;
        Ok(Some(system))
    }
}
