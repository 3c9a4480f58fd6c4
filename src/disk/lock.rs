//! Locks between processes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::{DiskError, Why, because, refuse};

/// The longest that is read of what a holder says, in bytes.
const MOST: u64 = 1024;
/// How often the lock is tried again, and after how long.
const LOOKS: usize = 3;
const LOOK: Duration = Duration::from_millis(5);

/// A lock that other processes respect, held until dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock, or refuses at once. `holder` says to others who has it, as long as it is held.
    ///
    /// # Errors
    /// If another process has it ([`DiskError::is_locked`]), or the file cannot be made.
    pub fn take(path: &Path, holder: &str) -> Result<Self, DiskError> {
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(path);
        let mut file = because("lock", path, file)?;
        match tried(&file) {
            Ok(()) => {
                // What is said is for people, and may be lost; what one said that was killed must be gone.
                because("lock", path, file.set_len(0).and_then(|()| file.write_all(holder.as_bytes())))?;
                Ok(Self { file })
            }
            Err(TryLockError::WouldBlock) => match holder_of(&file) {
                holder if holder.is_empty() => refuse("lock", path, Why::Locked(holder)),
                holder => refuse("lock", path, Why::Locked(format!(": {holder}"))),
            },
            Err(TryLockError::Error(error)) => because("lock", path, Err(error)),
        }
    }

    /// Says more to others of who has it, and what for.
    pub fn say(&self, more: &str) {
        // It is for people, and stops nothing.
        let _ = (&self.file).write_all(more.as_bytes());
    }

    /// What the holder says of itself, if there is one. Takes nothing.
    ///
    /// # Errors
    /// If the file cannot be opened or asked.
    pub fn holder(path: &Path) -> Result<Option<String>, DiskError> {
        let file = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => because("read", path, file)?,
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(holder_of(&file))),
            Err(TryLockError::Error(error)) => because("read", path, Err(error)),
        }
    }
}

/// Takes the lock of `file`. Who only looks whether somebody has it ([`Lock::holder`]) is gone in a moment.
fn tried(file: &File) -> Result<(), TryLockError> {
    for _ in 0..LOOKS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(LOOK),
            other => return other,
        }
    }
    file.try_lock()
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The lock goes with the file. That what was said stays would do no harm.
        let _ = self.file.set_len(0);
    }
}

/// What the holder says of itself; nothing, in the moment before it does.
fn holder_of(file: &File) -> String {
    let mut bytes = Vec::new();
    let read = file.take(MOST).read_to_end(&mut bytes);
    match String::from_utf8_lossy(&bytes).trim() {
        holder if read.is_ok() => holder.to_owned(),
        _ => String::new(),
    }
}
