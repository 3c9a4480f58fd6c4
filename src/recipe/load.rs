//! A recipe from its folder, with all files that it names: those it includes, the recipes it extends, and those it puts into qubes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use thiserror::Error;

use super::fault::{Fault, Faults};
use super::files::{Files, RecipeFile};
use super::folder_path::FolderPath;
use super::language::{FILE, Recipe, StagedFile};
use super::merge::merge;
use super::parts::Parts;
use super::place::{At, FileId};
use super::read::{self, Bundle, FileKind};
use super::reader::Sink;
use super::references;
use super::shelf::{Disk, OneText, Shelf, Unreadable};
use crate::base::{BadPath, BundlePath, is_direction_mark};
use crate::check::Code;
use crate::disk::DiskError;
use crate::model::Release;

/// The most bytes of a recipe's file, and of a file that it puts into a qube.
const FILE_MOST: u64 = 4 << 20;
/// The most bytes of everything that one recipe is made of.
const ALL_MOST: u64 = 64 << 20;
/// The most files that a recipe is read from, and the most that it puts into qubes.
const FILES_MOST: usize = 1_000;
/// The most recipes that one extends, directly or not.
const EXTENDED_MOST: usize = 32;

/// A recipe, with everything that it was read from.
#[derive(Debug, Clone)]
pub struct Source {
    /// What it says.
    pub recipe: Recipe,
    files: Files,
    /// Files that are put into qubes, by where a bundle keeps them.
    staged: BTreeMap<BundlePath, Vec<u8>>,
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

    /// The contents of a file that the recipe puts into a qube.
    pub fn contents(&self, file: &At<StagedFile>) -> &[u8] {
        let packed = packed(self.files.get(file.place.file), &file.value.source).ok();
        packed.and_then(|path| self.staged.get(&path)).expect("every file that a recipe names was read with it")
    }

    /// Everything that it was read from, by where a bundle keeps it: enough to compile it again.
    pub fn packed(&self) -> impl Iterator<Item = (&BundlePath, &[u8])> {
        let texts = self.files.iter().map(|file| (&file.packed, file.text.as_bytes()));
        texts.chain(self.staged.iter().map(|(path, contents)| (path, contents.as_slice())))
    }
}

/// Reads the recipe in `folder`.
///
/// # Errors
/// If it cannot be read, or has faults.
pub fn load(folder: &Path) -> Result<Source, LoadError> {
    Loader::new(Disk::at(folder)).load()
}

/// Reads a recipe that is one text.
///
/// # Errors
/// If it has faults; naming other files is one.
pub fn parse(text: &str) -> Result<Source, LoadError> {
    Loader::new(OneText(text.to_owned())).load()
}

struct Loader<S> {
    shelf: S,
    sink: Sink,
    files: Vec<RecipeFile>,
    /// Which recipe each file belongs to.
    recipe_of: Vec<usize>,
    recipes: Vec<Loaded>,
    parts: Vec<Parts>,
    staged: BTreeMap<BundlePath, Vec<u8>>,
    size: u64,
}

/// A recipe that was read: the one that is loaded, or one that it extends.
struct Loaded {
    folder: FolderPath,
    /// Where a bundle keeps its folder.
    root: String,
    /// The recipes that it extends itself.
    extends: BTreeSet<usize>,
}

impl<S: Shelf> Loader<S> {
    fn new(shelf: S) -> Self {
        Self {
            shelf,
            sink: Sink::default(),
            files: Vec::new(),
            recipe_of: Vec::new(),
            recipes: Vec::new(),
            parts: Vec::new(),
            staged: BTreeMap::new(),
            size: 0,
        }
    }

    fn load(mut self) -> Result<Source, LoadError> {
        let main: BundlePath = FILE.parse().expect("a literal in this crate");
        let bytes = match self.shelf.read(&FolderPath::default(), &main, FILE_MOST) {
            Ok(bytes) => bytes,
            Err(Unreadable::Disk(error)) => return Err(error.into()),
            Err(_) => unreachable!("it is the first folder that is opened, and every shelf has it"),
        };
        self.recipes.push(Loaded { folder: FolderPath::default(), root: "recipe".to_owned(), extends: BTreeSet::new() });
        let bundle = self.recipe(0, &main, bytes, None, &mut vec![0]);
        let is_whole = !self.sink.has(Code::Syntax);
        let recipes = &self.recipes;
        let recipe_of = &self.recipe_of;
        let extends = |one: FileId, other: FileId| reaches(recipes, recipe_of[one.0], recipe_of[other.0]);
        let parts = merge(self.parts, &extends, &self.sink);
        // Faults of meaning in half-read text would mislead.
        if is_whole {
            references::check(&parts, &self.sink);
        }
        let files = Files::new(self.files);
        match (self.sink.into_faults(), bundle) {
            (faults, Some(bundle)) if faults.is_empty() => {
                Ok(Source { recipe: read::recipe(bundle, parts), files, staged: self.staged })
            }
            (faults, _) => Err(LoadError::Faults(Faults { files, faults })),
        }
    }

    /// Reads the recipe with this number: its `halite.toml`, which has these contents, and what that names.
    fn recipe(
        &mut self,
        number: usize,
        main: &BundlePath,
        bytes: Vec<u8>,
        releases: Option<&[Release]>,
        path: &mut Vec<usize>,
    ) -> Option<Bundle> {
        let kind = if number == 0 { FileKind::Main } else { FileKind::Extended };
        let bundle = self.file(number, main, bytes, kind, releases);
        let header = bundle.as_ref().map(|bundle| bundle.header.clone()).unwrap_or_default();
        let all = Release::ALL.to_vec();
        let releases = releases.map(<[Release]>::to_vec).or(bundle.as_ref().map(|bundle| bundle.releases.clone())).unwrap_or(all);
        for include in &header.include {
            if let Some(bytes) = self.read(number, include) {
                self.file(number, &include.value, bytes, FileKind::Included, Some(&releases));
            }
        }
        for extended in &header.extends {
            self.extended(number, extended, main, &releases, path);
        }
        bundle
    }

    /// Reads a recipe that the one with this number extends, if it was not read yet.
    fn extended(&mut self, by: usize, way: &At<FolderPath>, main: &BundlePath, releases: &[Release], path: &mut Vec<usize>) {
        let refuse = |sink: &Sink, message: String| sink.add(Fault::new(Code::Unreadable, way.place.clone(), message));
        let folder = match self.recipes[by].folder.join(&way.value) {
            Ok(folder) => folder,
            Err(error) => return refuse(&self.sink, error.to_string()),
        };
        if let Some(known) = self.recipes.iter().position(|recipe| recipe.folder == folder) {
            if path.contains(&known) {
                self.cycle(way);
            } else {
                self.recipes[by].extends.insert(known);
            }
            return;
        }
        if self.recipes.len() > EXTENDED_MOST {
            return refuse(
                &self.sink,
                format!("a recipe extends at most {EXTENDED_MOST} others, those that they extend included"),
            );
        }
        let bytes = match self.shelf.read(&folder, main, FILE_MOST) {
            Ok(bytes) => bytes,
            Err(Unreadable::Disk(error)) => return refuse(&self.sink, error.to_string()),
            Err(Unreadable::SameFolder(other)) if self.is_on(&other, path) => return self.cycle(way),
            Err(Unreadable::NoFiles) => return refuse(&self.sink, "there are no folders beside this text".to_owned()),
            Err(Unreadable::SameFolder(other)) => {
                return refuse(&self.sink, format!("this is the folder that is also named `{other}`; name it in one way"));
            }
        };
        let number = self.recipes.len();
        self.recipes.push(Loaded { folder, root: format!("extended/{number}"), extends: BTreeSet::new() });
        self.recipes[by].extends.insert(number);
        path.push(number);
        let bundle = self.recipe(number, main, bytes, Some(releases), path);
        path.pop();
        let missing = bundle.and_then(|bundle| releases.iter().copied().find(|release| !bundle.releases.contains(release)));
        if let Some(missing) = missing {
            let message = format!("`{}` is not for {missing}, and this recipe is", way.value);
            self.sink.add(Fault::new(Code::Conflict, way.place.clone(), message));
        }
    }

    /// Whether the recipe in `folder` is one of those that are being read.
    fn is_on(&self, folder: &FolderPath, path: &[usize]) -> bool {
        path.iter().any(|&number| self.recipes[number].folder == *folder)
    }

    fn cycle(&self, way: &At<FolderPath>) {
        let message = format!("`{}` extends this recipe in turn", way.value);
        self.sink.add(Fault::new(Code::Conflict, way.place.clone(), message));
    }

    /// Reads one file, and the files that it puts into qubes.
    fn file(
        &mut self,
        recipe: usize,
        path: &BundlePath,
        bytes: Vec<u8>,
        kind: FileKind,
        releases: Option<&[Release]>,
    ) -> Option<Bundle> {
        let id = FileId(self.files.len());
        let root = self.recipes[recipe].root.clone();
        let shown = self.shelf.shown(&self.recipes[recipe].folder, path);
        let packed = join(&root, path).unwrap_or_else(|_| path.clone());
        let (text, fault) = readable(bytes, id);
        let is_readable = fault.is_none();
        fault.into_iter().for_each(|fault| self.sink.add(fault));
        self.files.push(RecipeFile { shown, packed, root, text });
        self.recipe_of.push(recipe);
        if !is_readable {
            return None;
        }
        let text = self.files[id.0].text.clone();
        let (bundle, parts) = read::file(&text, id, kind, releases, &self.sink)?;
        for file in parts.staged() {
            let named = At { value: file.value.source.clone(), place: file.place.clone() };
            self.stage(recipe, &named);
        }
        self.parts.push(parts);
        bundle
    }

    /// Reads a file that is put into a qube.
    fn stage(&mut self, recipe: usize, file: &At<BundlePath>) {
        let Ok(packed) = join(&self.recipes[recipe].root, &file.value) else {
            let message = "the file's path is too long to be packed into a bundle";
            return self.sink.add(Fault::new(Code::Unreadable, file.place.clone(), message));
        };
        if self.staged.contains_key(&packed) {
            return;
        }
        if let Some(contents) = self.read(recipe, file) {
            self.staged.insert(packed, contents);
        }
    }

    /// The contents of a file that a recipe names.
    fn read(&mut self, recipe: usize, file: &At<BundlePath>) -> Option<Vec<u8>> {
        let refuse = |sink: &Sink, message: String| {
            sink.add(Fault::new(Code::Unreadable, file.place.clone(), message));
            None
        };
        if self.files.len() >= FILES_MOST || self.staged.len() >= FILES_MOST {
            return refuse(&self.sink, format!("a recipe has at most {FILES_MOST} files"));
        }
        match self.shelf.read(&self.recipes[recipe].folder, &file.value, FILE_MOST) {
            Ok(bytes) => {
                self.size = self.size.saturating_add(bytes.len() as u64);
                if self.size > ALL_MOST {
                    return refuse(&self.sink, format!("the files of a recipe have at most {ALL_MOST} bytes together"));
                }
                Some(bytes)
            }
            Err(Unreadable::Disk(error)) => refuse(&self.sink, error.to_string()),
            Err(_) => refuse(&self.sink, "there are no files beside this text".to_owned()),
        }
    }
}

/// Whether a recipe extends another one, directly or not.
fn reaches(recipes: &[Loaded], one: usize, other: usize) -> bool {
    recipes[one].extends.iter().any(|&next| next == other || reaches(recipes, next, other))
}

/// The text of a file; and what is wrong with it, if a person would not see what halite reads.
fn readable(bytes: Vec<u8>, file: FileId) -> (String, Option<Fault>) {
    let fault = |at: usize, message: &str| Some(Fault::new(Code::Syntax, file.at(at..at + 1), message));
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            return (text, fault(at, "a recipe is UTF-8 text, and here are other bytes"));
        }
    };
    let fault = match text.char_indices().find(|(_, character)| is_direction_mark(*character)) {
        Some((at, mark)) => {
            let message =
                format!("U+{:04X} shows the text around it in another order than it has; a recipe has none", u32::from(mark));
            fault(at, &message)
        }
        None => None,
    };
    (text, fault)
}

fn join(root: &str, path: &BundlePath) -> Result<BundlePath, BadPath> {
    format!("{root}/{path}").parse()
}

fn packed(file: &RecipeFile, path: &BundlePath) -> Result<BundlePath, BadPath> {
    join(&file.root, path)
}
