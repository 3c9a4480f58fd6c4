//! Files that grow record by record.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{DiskError, Mode, because, replace};

/// A file that grows record by record, each synced before [`Log::append`] returns.
#[derive(Debug)]
pub struct Log {
    file: File,
    path: PathBuf,
}

impl Log {
    /// Begins a new log. There must be none.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(path: &Path, first: &[u8]) -> Result<Self, DiskError> {
        replace(path, first, Mode::Private)?;
        let file = because("write", path, OpenOptions::new().append(true).open(path))?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Adds `record`, durably.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn append(&mut self, record: &[u8]) -> Result<(), DiskError> {
        because("write", &self.path, self.file.write_all(record).and_then(|()| self.file.sync_data()))
    }
}
