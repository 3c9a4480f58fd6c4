//! Where something stands in a recipe: which of its files, and which bytes of it.

use std::ops::Range;

/// One of the files that a recipe is read from. The first one is `halite.toml` itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(pub(super) usize);

/// Bytes of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Its bytes.
    pub span: Range<usize>,
}

/// A value and where it was written.
#[derive(Debug, Clone)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub place: Place,
}

impl FileId {
    /// The file at this place among those that are read, counted from 0.
    pub fn nth(number: usize) -> Self {
        Self(number)
    }

    /// The place of the file among those that are read, counted from 0.
    pub fn number(self) -> usize {
        self.0
    }

    /// Bytes of this file.
    pub fn at(self, span: Range<usize>) -> Place {
        Place { file: self, span }
    }
}

impl Place {
    /// What the faults of a recipe are sorted by.
    pub fn order(&self) -> (FileId, usize, usize) {
        (self.file, self.span.start, self.span.end)
    }
}
