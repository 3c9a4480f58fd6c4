//! The contents of all files that a desired state puts somewhere, by their digest.

use std::collections::BTreeMap;

use crate::base::{Digest, FileMode, FilePath};
use crate::model::StagedFile;
use crate::recipe::{self, At, Source, Staged};

/// Contents by digest, each once.
#[derive(Debug, Default)]
pub struct Kept(BTreeMap<Digest, Vec<u8>>);

impl Kept {
    /// The files that a recipe puts somewhere.
    pub fn staged(&mut self, source: &Source, files: &Staged) -> BTreeMap<FilePath, StagedFile> {
        let file = |(path, file): (&FilePath, &At<recipe::StagedFile>)| {
            let staged = self.keep(source.contents(file), file.value.mode, file.value.sensitive);
            (path.clone(), staged)
        };
        files.iter().map(file).collect()
    }

    /// A file with these contents.
    pub fn keep(&mut self, contents: &[u8], mode: FileMode, sensitive: bool) -> StagedFile {
        let blake3 = Digest::of(contents);
        self.0.entry(blake3).or_insert_with(|| contents.to_vec());
        StagedFile { blake3, mode, sensitive }
    }

    /// All of them.
    pub fn into_contents(self) -> BTreeMap<Digest, Vec<u8>> {
        self.0
    }
}
