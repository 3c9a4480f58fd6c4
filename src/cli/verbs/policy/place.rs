//! Where a policy and the system that it is for are read from.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::Failure;
use crate::disk;
use crate::model::Release;
use crate::qrexec::{Directories, Files, Policy, System};

/// The largest policy file that is read, in bytes.
const POLICY_MOST: u64 = 16 << 20;
/// The largest system information that is read, in bytes.
const SYSTEM_MOST: u64 = 256 << 20;

/// Where policies lie in dom0, those first that win.
const POLICY: [&str; 2] = ["/run/qubes/policy.d", "/etc/qubes/policy.d"];

/// Which policy.
#[derive(Debug, Args)]
pub struct PolicyPlace {
    /// A directory with policy files; may be given more than once, and a file masks those of the same name in later ones [default:
    /// those of dom0]
    #[arg(long, value_name = "DIR")]
    policy_dir: Vec<PathBuf>,
    /// The directory that `!compat-4.0` stands for
    #[arg(long, value_name = "DIR", default_value = "/etc/qubes-rpc/policy", hide_default_value = true)]
    compat_dir: PathBuf,
}

/// Which policy, for which system.
#[derive(Debug, Args)]
pub struct Place {
    #[command(flatten)]
    policy: PolicyPlace,
    /// The system, as the JSON that qubesd gives Qubes' own tools
    #[arg(long, value_name = "FILE")]
    system_info: PathBuf,
}

impl PolicyPlace {
    /// Reads the policy, with all that is wrong with it.
    ///
    /// # Errors
    /// If a directory is not there.
    pub fn policy(&self, release: Release) -> Result<Policy, Failure> {
        let compat = disk::resolved(&self.compat_dir).unwrap_or_else(|_| self.compat_dir.clone()).display().to_string();
        Ok(Policy::load(&OnDisk, &Directories { policy: self.directories()?, compat, release }))
    }

    /// Links that look like policy files, and lead nowhere.
    ///
    /// # Errors
    /// If a directory cannot be read.
    pub fn dangling(&self) -> Result<Vec<String>, Failure> {
        let mut dangling = Vec::new();
        for directory in self.directories()? {
            let directory = Path::new(&directory);
            let files = disk::list_files(directory)?;
            let is_lost = |name: &String| name.ends_with(".policy") && !files.contains(name) && !directory.join(name).exists();
            dangling.extend(disk::list(directory)?.into_iter().filter(is_lost));
        }
        Ok(dangling)
    }

    fn directories(&self) -> Result<Vec<String>, Failure> {
        let own = POLICY.iter().map(PathBuf::from).filter(|directory| directory.is_dir());
        let given: Vec<PathBuf> = if self.policy_dir.is_empty() { own.collect() } else { self.policy_dir.clone() };
        if given.is_empty() {
            return Err(Failure::usage("there is no /etc/qubes/policy.d here").hint("name a directory, with `--policy-dir DIR`"));
        }
        let resolve = |directory: &PathBuf| match disk::resolved(directory) {
            Ok(directory) => Ok(directory.display().to_string()),
            Err(error) => Err(Failure::from(error).hint("name a directory with policy files, such as `--policy-dir policy.d`")),
        };
        given.iter().map(resolve).collect()
    }
}

impl Place {
    /// Reads the policy, with all that is wrong with it, and the system. The policy is read as the system's release reads it.
    ///
    /// # Errors
    /// If a directory is not there, or the system cannot be read, or is none.
    pub fn read(&self) -> Result<(Policy, System), Failure> {
        let system = system(&self.system_info)?;
        Ok((self.policy.policy(system.release())?, system))
    }
}

/// Reads a system from a file.
pub fn system(path: &Path) -> Result<System, Failure> {
    let json = disk::read(path, SYSTEM_MOST)?;
    System::parse(&json).map_err(|error| {
        let hint = "it is what `internal.GetSystemInfo` answers: {\"domains\": {NAME: {…}}}";
        Failure::new(error).about(format!("`{}`", path.display())).hint(hint)
    })
}

/// All that is wrong with a policy, for people; nothing if it is right.
pub fn faults(policy: &Policy) -> String {
    let mut text: String = policy.faults.iter().take(100).map(|fault| format!("error: {fault}\n")).collect();
    if policy.faults.len() > 100 {
        text.push_str(&format!("… and {} more\n", policy.faults.len() - 100));
    }
    if policy.is_void() {
        text.push_str("error: with this, Qubes denies every call of every qube\n");
    }
    text
}

/// Policy files on the disk.
struct OnDisk;

impl Files for OnDisk {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        disk::list_files(Path::new(directory)).map_err(|error| error.to_string())
    }

    fn link(&self, path: &str) -> Option<String> {
        disk::link(Path::new(path)).map(|link| link.display().to_string())
    }

    fn is_directory(&self, path: &str) -> bool {
        Path::new(path).is_dir()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        disk::read(Path::new(path), POLICY_MOST).map_err(|error| error.to_string())
    }
}
