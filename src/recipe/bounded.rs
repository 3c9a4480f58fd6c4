//! How much one recipe may be made of: how many files, and how large.

use super::folder_path::FolderPath;
use super::shelf::{Shelf, Unreadable};
use super::source_path::SourcePath;
use crate::disk::DiskError;

/// The most files that one recipe is made of, whether they can be read or not.
const FILES_MOST: usize = 1_000;

/// What a file is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It declares something.
    Text,
    /// It is put into qubes.
    Staged,
}

impl Use {
    /// The most bytes of each such file, and of all together. Of texts less: a text needs up to a thousand times its size while it is
    /// parsed, and all that texts declare has to fit into a manifest.
    fn most(self) -> (u64, u64) {
        match self {
            Self::Text => (1 << 20, 4 << 20),
            Self::Staged => (4 << 20, 64 << 20),
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Text => "the files that a recipe is read from",
            Self::Staged => "the files that a recipe puts into qubes",
        }
    }
}

/// A shelf from which one recipe is read.
pub struct Bounded<S> {
    shelf: S,
    asked: usize,
    texts: u64,
    staged: u64,
}

/// Why a file that a recipe names is not read.
pub enum Refused {
    /// The disk says so.
    Disk(DiskError),
    /// Its folder is one that is known by this name.
    SameFolder(FolderPath),
    /// For this reason.
    Because(String),
}

impl<S: Shelf> Bounded<S> {
    /// Nothing has been read from `shelf` yet.
    pub fn new(shelf: S) -> Self {
        Self { shelf, asked: 0, texts: 0, staged: 0 }
    }

    /// The contents of a file, as long as all of them together are within bounds.
    pub fn read(&mut self, folder: &FolderPath, file: &SourcePath, usage: Use) -> Result<Vec<u8>, Refused> {
        self.asked += 1;
        if self.asked > FILES_MOST {
            return Err(Refused::Because(format!("a recipe has at most {FILES_MOST} files, with those that it extends")));
        }
        let (each, together) = usage.most();
        let size = match usage {
            Use::Text => &mut self.texts,
            Use::Staged => &mut self.staged,
        };
        // What comes behind a file too many is not read any more.
        if *size <= together {
            let bytes = self.shelf.read(folder, file.as_path(), each).map_err(|error| match error {
                Unreadable::Disk(error) => Refused::Disk(error),
                Unreadable::SameFolder(other) => Refused::SameFolder(other),
                Unreadable::NoFiles => Refused::Because("there are no files beside this text".to_owned()),
            })?;
            *size += bytes.len() as u64;
            if *size <= together {
                return Ok(bytes);
            }
        }
        Err(Refused::Because(format!("{} have at most {together} bytes together", usage.what())))
    }

    /// A file as messages name it.
    pub fn shown(&self, folder: &FolderPath, file: &SourcePath) -> String {
        self.shelf.shown(folder, file.as_path())
    }
}
