//! A recipe with all that it was read from.

use std::collections::BTreeMap;

use thiserror::Error;

use super::fault::{Fault, Faults};
use super::files::Files;
use super::language::{Recipe, StagedFile};
use super::place::At;
use crate::base::BundlePath;
use crate::check::Finding;
use crate::disk::DiskError;

/// A recipe, with everything that it was read from.
#[derive(Debug, Clone)]
pub struct Source {
    /// What it says.
    pub recipe: Recipe,
    pub(super) files: Files,
    /// Where a bundle keeps each of the files, by their numbers.
    pub(super) packed: Vec<Packed>,
    /// Files that are put into qubes, by where a bundle keeps them.
    pub(super) staged: BTreeMap<BundlePath, Vec<u8>>,
}

/// Where a bundle's payload keeps a file.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    pub path: BundlePath,
    /// The folder of the recipe that it belongs to.
    pub root: String,
}

/// Why there is no recipe.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The folder or the file cannot be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// It is read, and wrong.
    #[error("the recipe has faults")]
    Faults(Faults),
}

impl Source {
    /// These faults, with the texts that they are in.
    pub fn faults(&self, faults: Vec<Fault>) -> Faults {
        Faults { files: self.files.clone(), faults }
    }

    /// What the rules find wrong with what the recipe comes to, each at its place.
    pub fn found(&self, findings: Vec<Finding>) -> Faults {
        let faults = findings.into_iter().map(|finding| {
            let place = self.recipe.place_of(&finding.subject, finding.part.as_ref());
            let fault = Fault::new(finding.code, place, finding.to_string());
            let fault = match &finding.see {
                Some((subject, part)) => fault.see(self.recipe.place_of(subject, part.as_ref()), "the other one"),
                None => fault,
            };
            fault.help(finding.help)
        });
        self.faults(faults.collect())
    }

    /// The contents of a file that the recipe puts into a qube.
    pub fn contents(&self, file: &At<StagedFile>) -> &[u8] {
        let packed = file.value.source.value.below(&self.packed[file.place.file.0].root);
        self.staged.get(&packed).expect("every file that a recipe names was read with it")
    }

    /// The texts that it was read from, by the numbers of their files.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.text.as_str())
    }

    /// Every file that the recipe puts into a qube or a template, with its contents.
    pub(super) fn staged_files(&self) -> impl Iterator<Item = (&At<StagedFile>, &[u8])> {
        self.recipe.staged().map(|file| (file, self.contents(file)))
    }

    /// Everything that it was read from, by where a bundle keeps it: enough to compile it again.
    pub fn packed(&self) -> impl Iterator<Item = (&BundlePath, &[u8])> {
        let texts = self.packed.iter().zip(self.files.iter()).map(|(packed, file)| (&packed.path, file.text.as_bytes()));
        texts.chain(self.staged.iter().map(|(path, contents)| (path, contents.as_slice())))
    }
}
