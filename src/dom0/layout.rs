//! Where everything is in dom0.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::disk::{self, DiskError};
use crate::model::{Fact, Release};
use crate::qrexec::POLICY_FILE;
use crate::salt;
use crate::store::Store;

/// The paths of dom0, below a root that tests and the simulation move.
///
/// ```text
/// /etc/qubes-release                     which release this is
/// /etc/qubes/policy.d/32-halite.policy   the policy in place, among the others that dom0 reads
/// /run/qubes/policy.d/                   on R4.3, more of them
/// /etc/qubes-rpc/policy/                 those of old, where a policy includes them
/// /etc/halite/trust/                     whom dom0 believes; see [`super::TrustDirectory`]
/// /etc/halite/labels.toml                who is behind the handles, if the user wrote that down
/// /srv/salt/halite/                      what Salt is to do inside a qube, while it does it
/// /var/lib/halite/
///   store/ID.halite                      bundles; see [`Store`]
///   generations/N.cbor                   what was activated, and when
///   current.cbor                         which generation is in place, and the ledger
///   history                              what was done, and when
///   journal                              an activation that is under way; see [`crate::apply`]
///   lock                                 held while anything is changed
/// ```
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

/// dom0 does not say which release it is.
#[derive(Debug, Error)]
pub enum UnknownDom0 {
    /// The file cannot be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The file says something else.
    #[error("`{}` names no release of Qubes OS that this halite knows", .0.display())]
    Release(PathBuf),
}

impl Layout {
    /// Below `root`, which is `/` in a real dom0.
    pub fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The file that names the release.
    pub fn qubes_release(&self) -> PathBuf {
        self.root.join("etc/qubes-release")
    }

    /// The release of this dom0.
    ///
    /// # Errors
    /// If the file that names it cannot be read, or names another.
    pub fn release(&self) -> Result<Release, UnknownDom0> {
        let text = disk::read(&self.qubes_release(), 4096)?;
        Release::from_qubes_release(&String::from_utf8_lossy(&text)).ok_or_else(|| UnknownDom0::Release(self.qubes_release()))
    }

    /// The file that says who is behind the handles.
    pub fn labels(&self) -> PathBuf {
        self.root.join("etc/halite/labels.toml")
    }

    /// The directory of policy files.
    pub fn policy_directory(&self) -> PathBuf {
        self.root.join("etc/qubes/policy.d")
    }

    /// All directories of policy files that a release reads. A file masks those of the same name in later ones.
    pub fn policy_directories(&self, release: Release) -> Vec<PathBuf> {
        let runtime = release.has(Fact::RuntimePolicy).then(|| self.root.join("run/qubes/policy.d"));
        runtime.into_iter().chain([self.policy_directory()]).collect()
    }

    /// The directory of policies as Qubes had them before R4.1.
    pub fn old_policy_directory(&self) -> PathBuf {
        self.root.join("etc/qubes-rpc/policy")
    }

    /// The policy file that is halite's.
    pub fn policy(&self) -> PathBuf {
        self.policy_directory().join(POLICY_FILE)
    }

    /// The policy that `qubesctl` writes while it runs (qubes-mgmt-salt, `qubessalt/__init__.py`, `qrexec_policy`).
    pub fn qubesctl_policy(&self) -> PathBuf {
        self.policy_directory().join("30-qubesctl-salt.policy")
    }

    /// What Salt is to do at the moment.
    pub fn salt(&self) -> PathBuf {
        self.root.join("srv").join(salt::FOLDER)
    }

    /// What the user says to halite.
    pub fn halite(&self) -> PathBuf {
        self.root.join("etc/halite")
    }

    /// The trusted keys.
    pub fn trust(&self) -> PathBuf {
        self.halite().join("trust")
    }

    /// Halite's own state.
    pub fn state(&self) -> PathBuf {
        self.root.join("var/lib/halite")
    }

    /// The bundles.
    pub fn store(&self) -> Store {
        Store::at(self.state().join("store"))
    }

    /// The generations.
    pub fn generations(&self) -> PathBuf {
        self.state().join("generations")
    }

    /// Which generation is in place.
    pub fn current(&self) -> PathBuf {
        self.state().join("current.cbor")
    }

    /// What was done, and when.
    pub fn history(&self) -> PathBuf {
        self.state().join("history")
    }

    /// An activation that is under way.
    pub fn journal(&self) -> PathBuf {
        self.state().join("journal")
    }

    /// The lock.
    pub fn lock(&self) -> PathBuf {
        self.state().join("lock")
    }
}
