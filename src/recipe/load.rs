//! A recipe from its folder, with all files that it names: those it includes, the recipes it extends, and those it puts into qubes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::bounded::{Bounded, Refused, Use};
use super::fault::{Fault, Faults};
use super::files::{Files, TextFile};
use super::folder_path::FolderPath;
use super::language::FILE;
use super::merge::{Kinship, merge};
use super::parts::Parts;
use super::place::{At, FileId};
use super::read::{self, Bundle, FileKind};
use super::readable::readable;
use super::reader::Sink;
use super::references;
use super::shelf::{Disk, OneText, Shelf};
use super::source::{LoadError, Packed, Source};
use super::source_path::SourcePath;
use crate::base::BundlePath;
use crate::check::Code;
use crate::model::Release;

/// The most recipes that one extends, directly or not.
const EXTENDED_MOST: usize = 32;

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
    shelf: Bounded<S>,
    sink: Sink,
    files: Vec<TextFile>,
    packed: Vec<Packed>,
    /// Which recipe each file belongs to.
    recipe_of: Vec<usize>,
    recipes: Vec<Loaded>,
    parts: Vec<Parts>,
    staged: BTreeMap<BundlePath, Vec<u8>>,
}

/// A recipe that was read: the one that is loaded, or one that it extends.
struct Loaded {
    folder: FolderPath,
    /// Where a bundle keeps its folder.
    root: String,
    /// The recipes that it extends, directly or not.
    extends: BTreeSet<usize>,
}

impl<S: Shelf> Loader<S> {
    fn new(shelf: S) -> Self {
        Self {
            shelf: Bounded::new(shelf),
            sink: Sink::default(),
            files: Vec::new(),
            packed: Vec::new(),
            recipe_of: Vec::new(),
            recipes: Vec::new(),
            parts: Vec::new(),
            staged: BTreeMap::new(),
        }
    }

    fn load(mut self) -> Result<Source, LoadError> {
        let main: SourcePath = FILE.parse().expect("a literal in this crate");
        let bytes = match self.shelf.read(&FolderPath::default(), &main, Use::Text) {
            Ok(bytes) => bytes,
            Err(Refused::Disk(error)) => return Err(error.into()),
            Err(_) => unreachable!("it is the first folder that is opened, and every shelf has it"),
        };
        self.recipes.push(Loaded { folder: FolderPath::default(), root: "recipe".to_owned(), extends: BTreeSet::new() });
        let bundle = self.recipe(0, &main, bytes, None, &mut vec![0]);
        let recipes = &self.recipes;
        let recipe_of = &self.recipe_of;
        let kinship = |one: FileId, other: FileId| match (recipe_of[one.0], recipe_of[other.0]) {
            (one, other) if one == other => Kinship::Same,
            (one, other) if recipes[one].extends.contains(&other) => Kinship::Base,
            _ => Kinship::Stranger,
        };
        let parts = merge(self.parts, &kinship, &self.sink);
        if self.sink.knows_all_names() {
            references::check(&parts, &self.sink);
        }
        let (files, faults) = (Files::new(self.files), self.sink.into_faults());
        let is_faultless = faults.is_empty();
        match bundle.and_then(|bundle| read::recipe(bundle, parts)).filter(|_| is_faultless) {
            Some(recipe) => Ok(Source { recipe, files, packed: self.packed, staged: self.staged }),
            None => Err(LoadError::Faults(Faults { files, faults })),
        }
    }

    /// Reads the recipe with this number: its `halite.toml`, which has these contents, and what that names.
    fn recipe(
        &mut self,
        number: usize,
        main: &SourcePath,
        bytes: Vec<u8>,
        releases: Option<&[Release]>,
        path: &mut Vec<usize>,
    ) -> Option<Bundle> {
        let kind = if number == 0 { FileKind::Main } else { FileKind::Extended };
        let bundle = self.file(number, main, bytes, kind, releases)?;
        let releases = releases.map_or_else(|| bundle.releases.clone(), <[Release]>::to_vec);
        for include in &bundle.include {
            if include.value == *main {
                let message = format!("the recipe's `{main}` is read already");
                let help = "name only further files in `include`".to_owned();
                self.sink.add(Fault::new(Code::Conflict, include.place.clone(), message).help(Some(help)));
            } else if let Some(bytes) = self.read(number, include, Use::Text) {
                self.file(number, &include.value, bytes, FileKind::Included, Some(&releases));
            } else {
                self.sink.lacks_names();
            }
        }
        for extended in &bundle.extends {
            if self.extended(number, extended, main, &releases, path).is_none() {
                self.sink.lacks_names();
            }
        }
        Some(bundle)
    }

    /// Reads a recipe that the one with this number extends, if it was not read yet. `None` if it cannot be read.
    fn extended(
        &mut self,
        by: usize,
        way: &At<FolderPath>,
        main: &SourcePath,
        releases: &[Release],
        path: &mut Vec<usize>,
    ) -> Option<()> {
        let refuse = |sink: &Sink, message: String| {
            sink.add(Fault::new(Code::Unreadable, way.place.clone(), message));
            None
        };
        let folder = match self.recipes[by].folder.join(&way.value) {
            Ok(folder) => folder,
            Err(error) => return refuse(&self.sink, error.to_string()),
        };
        if let Some(known) = self.recipes.iter().position(|recipe| recipe.folder == folder) {
            if path.contains(&known) {
                return self.cycle(way);
            }
            self.extends(by, known);
            return Some(());
        }
        if self.recipes.len() > EXTENDED_MOST {
            return refuse(
                &self.sink,
                format!("a recipe extends at most {EXTENDED_MOST} others, those that they extend included"),
            );
        }
        let bytes = match self.shelf.read(&folder, main, Use::Text) {
            Ok(bytes) => bytes,
            Err(Refused::SameFolder(other)) if self.is_on(&other, path) => return self.cycle(way),
            Err(Refused::SameFolder(other)) => {
                return refuse(&self.sink, format!("this is the folder that is also named `{other}`; name it in one way"));
            }
            Err(Refused::Because(why)) => return refuse(&self.sink, why),
            Err(Refused::Disk(error)) => return refuse(&self.sink, error.to_string()),
        };
        let number = self.recipes.len();
        self.recipes.push(Loaded { folder, root: format!("extended/{number}"), extends: BTreeSet::new() });
        path.push(number);
        let bundle = self.recipe(number, main, bytes, Some(releases), path);
        path.pop();
        self.extends(by, number);
        let missing = bundle.and_then(|bundle| releases.iter().copied().find(|release| !bundle.releases.contains(release)));
        if let Some(missing) = missing {
            let message = format!("`{}` is not for {missing}, and this recipe is", way.value);
            let help = "a recipe is extended for releases that are among its own; name them in its `releases`".to_owned();
            self.sink.add(Fault::new(Code::Conflict, way.place.clone(), message).help(Some(help)));
        }
        Some(())
    }

    /// Notes that one recipe extends another, all of whose own are known.
    fn extends(&mut self, by: usize, other: usize) {
        let further = self.recipes[other].extends.clone();
        self.recipes[by].extends.extend(further);
        self.recipes[by].extends.insert(other);
    }

    /// Whether the recipe in `folder` is one of those that are being read.
    fn is_on(&self, folder: &FolderPath, path: &[usize]) -> bool {
        path.iter().any(|&number| self.recipes[number].folder == *folder)
    }

    fn cycle(&self, way: &At<FolderPath>) -> Option<()> {
        let message = format!("`{}` is this recipe itself, or extends it in turn", way.value);
        self.sink.add(Fault::new(Code::Conflict, way.place.clone(), message));
        None
    }

    /// Reads one file, and the files that it puts into qubes.
    fn file(
        &mut self,
        recipe: usize,
        path: &SourcePath,
        bytes: Vec<u8>,
        kind: FileKind,
        releases: Option<&[Release]>,
    ) -> Option<Bundle> {
        let id = FileId(self.files.len());
        let root = self.recipes[recipe].root.clone();
        let shown = self.shelf.shown(&self.recipes[recipe].folder, path);
        let packed = Packed { path: path.below(&root), root };
        let (text, fault) = readable(bytes, id);
        let is_readable = fault.is_none();
        fault.into_iter().for_each(|fault| self.sink.add(fault));
        self.files.push(TextFile { shown, text });
        self.packed.push(packed);
        self.recipe_of.push(recipe);
        let text = self.files[id.0].text.clone();
        let read = is_readable.then(|| read::file(&text, id, kind, releases, &self.sink)).flatten();
        let Some((bundle, parts)) = read else {
            self.sink.lacks_names();
            return None;
        };
        for file in parts.staged() {
            self.stage(recipe, &file.value.source);
        }
        self.parts.push(parts);
        bundle
    }

    /// Reads a file that is put into a qube.
    fn stage(&mut self, recipe: usize, file: &At<SourcePath>) {
        let packed = file.value.below(&self.recipes[recipe].root);
        if self.staged.contains_key(&packed) {
            return;
        }
        if let Some(contents) = self.read(recipe, file, Use::Staged) {
            self.staged.insert(packed, contents);
        }
    }

    /// The contents of a file that a recipe names.
    fn read(&mut self, recipe: usize, file: &At<SourcePath>, usage: Use) -> Option<Vec<u8>> {
        let why = match self.shelf.read(&self.recipes[recipe].folder, &file.value, usage) {
            Ok(contents) => return Some(contents),
            Err(Refused::Because(why)) => why,
            Err(Refused::Disk(error)) => error.to_string(),
            Err(Refused::SameFolder(_)) => unreachable!("its own `halite.toml` was read from there"),
        };
        self.sink.add(Fault::new(Code::Unreadable, file.place.clone(), why));
        None
    }
}
