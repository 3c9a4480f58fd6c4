//! Locks between processes.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{DiskError, Why, because, refuse};

/// The longest that is read of what a holder says, in bytes.
const MOST: u64 = 1024;

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
        match file.try_lock() {
            Ok(()) => {
                // What is said is for people, and may be lost; what one said that was killed must be gone.
                because("lock", path, file.set_len(0).and_then(|()| file.write_all(holder.as_bytes())))?;
                Ok(Self { file })
            }
            Err(fs::TryLockError::WouldBlock) => refuse("lock", path, Why::Locked(holder_of(&file))),
            Err(fs::TryLockError::Error(error)) => because("lock", path, Err(error)),
        }
    }
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
        holder if read.is_ok() && !holder.is_empty() => format!(": {holder}"),
        _ => String::new(),
    }
}
