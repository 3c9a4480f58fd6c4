//! The files that a recipe is read from, as they are shown in messages and packed into a bundle.

use std::sync::Arc;

use super::place::{FileId, Place};
use crate::base::BundlePath;

/// One file of a recipe: `halite.toml`, or a further one that it includes.
#[derive(Debug, Clone)]
pub struct RecipeFile {
    /// Its path for messages, as the user would give it.
    pub shown: String,
    /// Where a bundle's payload keeps it.
    pub packed: BundlePath,
    /// Where a bundle's payload keeps the folder of the recipe that it belongs to.
    pub root: String,
    /// Its text.
    pub text: String,
}

/// The files of a recipe, by their [`FileId`]. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files(Arc<[RecipeFile]>);

impl Files {
    /// These files, the first of which is `halite.toml`.
    pub fn new(files: Vec<RecipeFile>) -> Self {
        Self(files.into())
    }

    /// The file with this number. There is one for every number that the recipe was read with.
    pub fn get(&self, file: FileId) -> &RecipeFile {
        self.0.get(file.0).expect("a place is in one of the files that were read")
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &RecipeFile> {
        self.0.iter()
    }

    /// Line and column of where a place begins, both from 1, columns in characters.
    pub fn line_and_column(&self, place: &Place) -> (usize, usize) {
        let file = self.get(place.file);
        let before = file.text.get(..file.floor(place.span.start)).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }
}

impl RecipeFile {
    /// The last boundary between characters at or before byte `at`.
    pub fn floor(&self, at: usize) -> usize {
        (0..=at.min(self.text.len())).rev().find(|&at| self.text.is_char_boundary(at)).unwrap_or(0)
    }
}
