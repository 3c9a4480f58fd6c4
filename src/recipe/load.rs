//! A recipe from its folder.

use std::path::Path;

use thiserror::Error;

use super::fault::{Fault, Faults};
use super::language::{FILE, FILE_MOST, Recipe};
use crate::base::BundlePath;
use crate::check::Code;
use crate::disk::{DiskError, Folder};

/// A recipe, with the text that it was read from.
#[derive(Debug, Clone)]
pub struct Source {
    /// What it says.
    pub recipe: Recipe,
    /// The file, relative to the folder.
    pub file: BundlePath,
    /// The folder as the user gave it.
    pub folder: String,
    /// The file's text, which is packed into the bundle.
    pub text: String,
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
    /// The same text with these faults.
    pub fn faults(&self, faults: Vec<Fault>) -> Faults {
        Faults { file: self.file.clone(), folder: self.folder.clone(), text: self.text.clone(), faults }
    }
}

/// Reads the recipe in `folder`.
///
/// # Errors
/// If it cannot be read, or has faults.
pub fn load(folder: &Path) -> Result<Source, LoadError> {
    let file: BundlePath = FILE.parse().expect("a literal in this crate");
    let bytes = Folder::open(folder)?.read(&file, FILE_MOST)?;
    let folder = folder.display().to_string();
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let fault = Fault::new(Code::Syntax, at..at.saturating_add(1), "a recipe is UTF-8 text, and here are other bytes");
            return Err(LoadError::Faults(Faults { file, folder, text, faults: vec![fault] }));
        }
    };
    match Recipe::parse(&text) {
        Ok(recipe) => Ok(Source { recipe, file, folder, text }),
        Err(faults) => Err(LoadError::Faults(Faults { file, folder, text, faults })),
    }
}
