//! dom0's own files, as the installer leaves them: what a simulated dom0 has besides its qubesd.

use std::path::Path;

use thiserror::Error;

use crate::disk::{self, DiskError, Mode};
use crate::model::Release;
use crate::qrexec::stock_files;

/// Why no files of a dom0 were made.
#[derive(Debug, Error)]
pub enum BadRoot {
    /// A file.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Something else is there.
    #[error("`{0}` is neither empty nor the root of a dom0")]
    Occupied(String),
}

/// Begins dom0's files below `root`, unless they are there already: the stock policy, and last the file that names the release.
///
/// # Errors
/// If something else is there, or a file cannot be written.
pub fn begin_root(root: &Path, release: Release) -> Result<(), BadRoot> {
    let named = root.join("etc/qubes-release");
    if disk::read_if_there(&named, 4096)?.is_some() {
        return Ok(());
    }
    disk::make_directory(root)?;
    if !disk::list(root)?.is_empty() {
        return Err(BadRoot::Occupied(root.display().to_string()));
    }
    let policies = root.join("etc/qubes/policy.d");
    disk::make_directory(&policies)?;
    for (name, rules) in stock_files(release) {
        disk::replace_volatile(&policies.join(name), rules.as_bytes())?;
    }
    let version = release.as_str().trim_start_matches('r');
    disk::replace(&named, format!("Qubes release {version} (R{version})\n").as_bytes(), Mode::Public)?;
    Ok(())
}
