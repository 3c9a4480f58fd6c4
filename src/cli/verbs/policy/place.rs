//! Which policy, and the system that it is for: the options that say so, in all four verbs.

use std::path::{Path, PathBuf};

use clap::Args;

use super::files::{Found, PolicyFiles};
use super::home::Home;
use crate::base::cleaned;
use crate::cli::Failure;
#[cfg(feature = "build")]
use crate::cli::verbs::captured;
use crate::disk;
use crate::qrexec::{Policy, System};

/// The largest system information that is read, in bytes.
const SYSTEM_MOST: u64 = 256 << 20;

/// Which policy, for which system.
#[derive(Debug, Args)]
pub struct Place {
    /// A directory with policy files; may be given more than once, and a file masks those of the same name in later ones [default:
    /// those of dom0]
    #[arg(long, value_name = "DIR")]
    policy_dir: Vec<PathBuf>,
    /// The directory that `!compat-4.0` stands for [default: /etc/qubes-rpc/policy]
    #[arg(long, value_name = "DIR")]
    compat_dir: Option<PathBuf>,
    /// The system, as the JSON that qubesd answers to `internal.GetSystemInfo` [default: `halite-dom0` asks qubesd]
    #[arg(long, value_name = "FILE")]
    system_info: Option<PathBuf>,
    /// A dom0, as `halite-dom0 capture` wrote it down: its policy and its system
    #[cfg(feature = "build")]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["policy_dir", "compat_dir", "system_info"])]
    capture: Option<PathBuf>,
}

impl Place {
    /// Finds the policy's files.
    ///
    /// # Errors
    /// If a directory is not there.
    pub fn policy(&self, home: &dyn Home) -> Result<Found, Failure> {
        #[cfg(feature = "build")]
        if let Some(path) = &self.capture {
            return Ok(Found::Captured(captured::load(path)?.policy));
        }
        self.files(home).map(Found::Files)
    }

    fn files(&self, home: &dyn Home) -> Result<PolicyFiles, Failure> {
        let old = self.compat_dir.clone().unwrap_or_else(|| home.root().join("etc/qubes-rpc/policy"));
        if self.policy_dir.is_empty() {
            PolicyFiles::find(&home.root(), &home.policy_directories()?, &old)
        } else {
            PolicyFiles::find(Path::new("/"), &self.policy_dir, &old)
        }
    }

    /// Reads the policy, with all that is wrong with it, and the system. The policy is read as the system's release reads it.
    ///
    /// # Errors
    /// If a directory is not there; if the system cannot be read, is none, or is not to be had.
    pub fn read(&self, home: &dyn Home) -> Result<(Policy, System), Failure> {
        let policy = self.policy(home)?;
        let system = self.known_system(home)?.ok_or_else(|| {
            Failure::usage("no system is named")
                .hint("name a file, with `--system-info FILE`; in dom0, `halite-dom0 policy` asks qubesd by itself")
        })?;
        Ok((policy.load(system.release()), system))
    }

    /// The same; none where none is named, and there is nobody to ask.
    ///
    /// # Errors
    /// If it cannot be read, or is none.
    pub fn known_system(&self, home: &dyn Home) -> Result<Option<System>, Failure> {
        #[cfg(feature = "build")]
        if let Some(path) = &self.capture {
            return captured::load(path)?.system().map(Some).map_err(Failure::new);
        }
        let Some(path) = &self.system_info else { return home.system() };
        let json = disk::read(path, SYSTEM_MOST)?;
        let system = System::parse(&json).map_err(|error| {
            let hint = "it is what `internal.GetSystemInfo` answers: {\"domains\": {NAME: {…}}}";
            Failure::new(error).about(format!("`{}`", path.display())).hint(hint)
        })?;
        Ok(Some(system))
    }
}

/// All that is wrong with a policy, for people; nothing if it is right.
pub fn faults(policy: &Policy) -> String {
    let mut text: String =
        policy.faults.iter().take(100).map(|fault| format!("error: {}\n", cleaned(&fault.to_string()))).collect();
    if policy.faults.len() > 100 {
        text.push_str(&format!("… and {} more\n", policy.faults.len() - 100));
    }
    if policy.is_void() {
        text.push_str("error: with this, Qubes denies every call of every qube\n");
    }
    text
}
