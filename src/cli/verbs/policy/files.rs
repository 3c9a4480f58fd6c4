//! Policy files on the disk.

use std::collections::BTreeSet;
use std::path::{self, Path, PathBuf};

use crate::cli::Failure;
use crate::disk::{self, DiskError};
#[cfg(feature = "dom0")]
use crate::dom0::Layout;
use crate::model::Release;
use crate::qrexec::{Directories, Files, Policy, PolicyTree};

/// The largest policy file that is read, in bytes.
const MOST: u64 = 16 << 20;

/// The directories of a policy, and how paths in it are meant.
pub struct PolicyFiles {
    /// What absolute paths in the policy are below, without links.
    root: PathBuf,
    policy: Vec<String>,
    /// What `!compat-4.0` stands for.
    old: String,
}

/// A policy that is there, wherever.
pub enum Found {
    /// On the disk.
    Files(PolicyFiles),
    /// In a capture.
    #[cfg(feature = "build")]
    Captured(PolicyTree),
}

impl Found {
    /// Reads the policy as this release does, with all that is wrong with it.
    pub fn load(&self, release: Release) -> Policy {
        match self {
            Self::Files(files) => files.load(release),
            #[cfg(feature = "build")]
            Self::Captured(tree) => tree.load(release),
        }
    }

    /// What lies in the directories, looks like a policy file, and is not read. Of a capture, that is not known.
    ///
    /// # Errors
    /// If a directory cannot be read.
    pub fn unread(&self) -> Result<Vec<Unread>, DiskError> {
        match self {
            Self::Files(files) => files.unread(),
            #[cfg(feature = "build")]
            Self::Captured(_) => Ok(Vec::new()),
        }
    }
}

/// A file that looks like a part of a policy, and is none.
pub struct Unread {
    /// Its name.
    pub name: String,
    /// Why it is not read.
    pub why: &'static str,
}

impl PolicyFiles {
    /// Those in `policy`, and in `old` where `!compat-4.0` says so, of a dom0 with this root.
    ///
    /// # Errors
    /// If a directory is not there.
    pub fn find(root: &Path, policy: &[PathBuf], old: &Path) -> Result<Self, Failure> {
        let root = disk::resolved(root)?;
        let resolve = |directory: &PathBuf| match disk::resolved(directory) {
            Ok(directory) => Ok(seen(&root, &directory)),
            Err(error) => Err(Failure::from(error).hint("name a directory with policy files, such as `--policy-dir policy.d`")),
        };
        let policy = policy.iter().map(resolve).collect::<Result<_, _>>()?;
        // Whether it is there matters only where it is included.
        let old = disk::resolved(old).or_else(|_| path::absolute(old)).unwrap_or_else(|_| old.to_owned());
        let old = seen(&root, &old);
        Ok(Self { root, policy, old })
    }

    /// Those of a dom0.
    ///
    /// # Errors
    /// If its directory is not there.
    #[cfg(feature = "dom0")]
    pub fn of(layout: &Layout, release: Release) -> Result<Self, Failure> {
        Self::find(layout.root(), &directories(layout, release), &layout.old_policy_directory())
    }

    /// All of them as a value.
    #[cfg(feature = "dom0")]
    pub fn tree(&self, release: Release) -> PolicyTree {
        let directories = Directories { policy: self.policy.clone(), compat: self.old.clone(), release };
        PolicyTree::recorded(self, &directories)
    }

    /// Reads the policy as this release does, with all that is wrong with it.
    pub fn load(&self, release: Release) -> Policy {
        Policy::load(self, &Directories { policy: self.policy.clone(), compat: self.old.clone(), release })
    }

    /// What lies in the directories, looks like a policy file, and is not read, without a word from Qubes.
    ///
    /// # Errors
    /// If a directory cannot be read.
    pub fn unread(&self) -> Result<Vec<Unread>, DiskError> {
        let mut unread = Vec::new();
        let mut known = BTreeSet::new();
        for directory in &self.policy {
            let directory = self.real(directory);
            let files = disk::list_files(&directory)?;
            for name in disk::list(&directory)?.into_iter().filter(|name| name.ends_with(".policy")) {
                let is_file = files.contains(&name);
                if !is_file && !directory.join(&name).exists() {
                    unread.push(Unread { name, why: "it is a link to nothing; Qubes passes it by without a word" });
                } else if is_file && !known.insert(name.clone()) {
                    unread.push(Unread { name, why: "a file of the same name in an earlier directory masks it" });
                }
            }
        }
        Ok(unread)
    }

    fn real(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }
}

impl Files for PolicyFiles {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        disk::list_files(&self.real(directory)).map_err(|error| error.to_string())
    }

    fn link(&self, path: &str) -> Option<String> {
        disk::link(&self.real(path)).map(|link| link.display().to_string())
    }

    fn is_directory(&self, path: &str) -> bool {
        self.real(path).is_dir()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        disk::read(&self.real(path), MOST).map_err(|error| error.to_string())
    }
}

/// The directories of a dom0's policy. Where the one in /run is not there, nothing is masked.
#[cfg(feature = "dom0")]
pub fn directories(layout: &Layout, release: Release) -> Vec<PathBuf> {
    let (own, all) = (layout.policy_directory(), layout.policy_directories(release));
    all.into_iter().filter(|directory| *directory == own || directory.is_dir()).collect()
}

/// A path as it is seen from below `root`; one outside of it is left as it is.
fn seen(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).map_or_else(|_| path.display().to_string(), |rest| format!("/{}", rest.display()))
}
