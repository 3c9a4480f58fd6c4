//! Texts that people wrote, as messages show them: the files that a recipe is read from, and others.

use std::sync::Arc;

use super::place::{FileId, Place};

/// One file of text.
#[derive(Debug, Clone)]
pub struct TextFile {
    /// Its path for messages, as the user would give it.
    pub shown: String,
    /// Its text.
    pub text: String,
}

/// Files, by their [`FileId`]. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files(Arc<[Indexed]>);

#[derive(Debug)]
struct Indexed {
    file: TextFile,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Files {
    /// These files. Of a recipe, the first is its `halite.toml`.
    pub fn new(files: Vec<TextFile>) -> Self {
        let indexed = |file: TextFile| {
            let further = file.text.match_indices('\n').map(|(at, _)| at + 1);
            Indexed { lines: [0].into_iter().chain(further).collect(), file }
        };
        Self(files.into_iter().map(indexed).collect())
    }

    /// The file with this number. There is one for every number that the recipe was read with.
    pub fn get(&self, file: FileId) -> &TextFile {
        &self.indexed(file).file
    }

    fn indexed(&self, file: FileId) -> &Indexed {
        self.0.get(file.0).expect("a place is in one of the files that were read")
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &TextFile> {
        self.0.iter().map(|indexed| &indexed.file)
    }

    /// Line and column of where a place begins, both from 1, columns in characters.
    pub fn line_and_column(&self, place: &Place) -> (usize, usize) {
        let (file, line) = (self.get(place.file), self.line(place.file, place.span.start));
        let start = self.line_start(place.file, line);
        let before = file.text.get(start..file.floor(place.span.start)).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The line, from 1, that a byte is in.
    pub fn line(&self, file: FileId, at: usize) -> usize {
        self.indexed(file).lines.partition_point(|&start| start <= at)
    }

    /// The byte at which a line, from 1, begins; behind the last one, the end of the text.
    pub fn line_start(&self, file: FileId, line: usize) -> usize {
        let indexed = self.indexed(file);
        indexed.lines.get(line.saturating_sub(1)).copied().unwrap_or(indexed.file.text.len())
    }
}

impl TextFile {
    /// The last boundary between characters at or before byte `at`.
    pub fn floor(&self, at: usize) -> usize {
        (0..=at.min(self.text.len())).rev().find(|&at| self.text.is_char_boundary(at)).unwrap_or(0)
    }
}
