//! Locks between processes.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{DiskError, Why, because, refuse};

/// A lock that other processes respect, held until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or refuses at once.
    ///
    /// # Errors
    /// If another process has it ([`DiskError::is_locked`]), or the file cannot be made.
    pub fn take(path: &Path) -> Result<Self, DiskError> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
        let file = because("lock", path, file)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(fs::TryLockError::WouldBlock) => refuse("lock", path, Why::Locked),
            Err(fs::TryLockError::Error(error)) => because("lock", path, Err(error)),
        }
    }
}
