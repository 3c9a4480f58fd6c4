//! Files that grow record by record.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{DiskError, Mode, because, read_from, replace};

/// A file that grows record by record, each synced before [`Log::append`] returns. Of what several processes append, the kernel keeps
/// one order (`O_APPEND`), which all of them read alike.
#[derive(Debug)]
pub struct Log {
    file: File,
    path: PathBuf,
}

impl Log {
    /// Begins a new log, in the place of one that is there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(path: &Path, first: &[u8]) -> Result<Self, DiskError> {
        replace(path, first, Mode::Private)?;
        Self::open(path)
    }

    /// Goes on with the log at `path`. Whoever removes or replaces the file then, this one stays what it was.
    ///
    /// # Errors
    /// If there is none ([`DiskError::is_not_found`]), or it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, DiskError> {
        let file = because("write", path, OpenOptions::new().read(true).append(true).open(path))?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Adds `record`, durably.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn append(&mut self, record: &[u8]) -> Result<(), DiskError> {
        because("write", &self.path, self.file.write_all(record).and_then(|()| self.file.sync_data()))
    }

    /// Makes durable whatever it holds, whoever appended it: they may have been killed before they did.
    ///
    /// # Errors
    /// If it cannot.
    pub fn sync(&self) -> Result<(), DiskError> {
        because("write", &self.path, self.file.sync_data())
    }

    /// How many bytes it has by now, whoever appended them.
    ///
    /// # Errors
    /// If it cannot be told.
    pub fn length(&self) -> Result<u64, DiskError> {
        Ok(because("read", &self.path, self.file.metadata())?.len())
    }

    /// All of it, at most `most` bytes.
    ///
    /// # Errors
    /// If it cannot be read, or is larger.
    pub fn contents(&self, most: u64) -> Result<Vec<u8>, DiskError> {
        let mut file = because("read", &self.path, self.file.try_clone())?;
        because("read", &self.path, file.seek(SeekFrom::Start(0)))?;
        read_from(file, &self.path, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_append_is_read_in_one_order_even_once_the_file_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        assert!(Log::open(&path).unwrap_err().is_not_found());
        let mut one = Log::create(&path, b"head").unwrap();
        let mut other = Log::open(&path).unwrap();
        for (log, record) in [(&mut other, b" one"), (&mut one, b" two")] {
            log.append(record).unwrap();
        }
        super::super::remove(&path).unwrap();
        other.append(b" end").unwrap();
        for log in [&one, &other] {
            assert_eq!((log.contents(16).unwrap().as_slice(), log.length().unwrap()), (&b"head one two end"[..], 16));
        }
        assert!(one.contents(15).is_err());
    }
}
