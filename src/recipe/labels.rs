//! `labels.toml`: who stands behind the handles. It lies beside a recipe, and is never packed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::de::DeTable;

use super::fault::{Fault, Faults};
use super::files::{Files, TextFile};
use super::folder_path::FolderPath;
use super::language::Recipe;
use super::personal::has_words;
use super::place::FileId;
use super::reader::{Sink, Table};
use super::shelf::{Disk, Shelf, Unreadable};
use super::source::LoadError;
use super::suggestion::did_you_mean;
use super::syntax;
use crate::base::{BundlePath, Handle};
use crate::check::Code;
use crate::disk;
use crate::model::{Desired, Labels};

/// The file. Nothing else may have this name in a recipe.
pub const LABELS: &str = "labels.toml";
/// The largest one that is read, in bytes.
const MOST: u64 = 1 << 20;

/// What there may be labels for.
#[derive(Debug)]
pub struct Handles<'a> {
    identities: BTreeSet<&'a Handle>,
    accounts: BTreeSet<&'a Handle>,
    destinations: BTreeSet<&'a Handle>,
}

impl<'a> From<&'a Recipe> for Handles<'a> {
    fn from(recipe: &'a Recipe) -> Self {
        let declared = || recipe.identities.values().map(|identity| &identity.value);
        Self {
            identities: recipe.identities.keys().collect(),
            accounts: declared().flat_map(|identity| &identity.accounts).map(|account| &account.value).collect(),
            destinations: declared().flat_map(|identity| &identity.destinations).map(|server| &server.value).collect(),
        }
    }
}

impl<'a> From<&'a Desired> for Handles<'a> {
    fn from(desired: &'a Desired) -> Self {
        Self {
            identities: desired.identities.keys().collect(),
            accounts: desired.identities.values().flat_map(|identity| &identity.accounts).collect(),
            destinations: desired.identities.values().flat_map(|identity| &identity.destinations).collect(),
        }
    }
}

impl Labels {
    /// Reads the labels beside the recipe in `folder`; none if there are none. Only these handles have labels.
    ///
    /// # Errors
    /// If the file cannot be read, or has faults.
    pub fn beside(folder: &Path, handles: &Handles) -> Result<Option<Self>, LoadError> {
        let mut disk = Disk::at(folder);
        let path: BundlePath = LABELS.parse().expect("a literal in this crate");
        let bytes = match disk.read(&FolderPath::default(), &path, MOST) {
            Ok(bytes) => bytes,
            Err(Unreadable::Disk(error)) if error.is_not_found() => return Ok(None),
            Err(Unreadable::Disk(error)) => return Err(error.into()),
            Err(Unreadable::SameFolder(_) | Unreadable::NoFiles) => unreachable!("it is the first folder that is opened"),
        };
        read(disk.shown(&FolderPath::default(), &path), &bytes, handles).map(Some)
    }

    /// Reads the labels of this file.
    ///
    /// # Errors
    /// If it cannot be read, or has faults.
    pub fn load(file: &Path, handles: &Handles) -> Result<Self, LoadError> {
        read(file.display().to_string(), &disk::read(file, MOST)?, handles)
    }
}

fn read(shown: String, bytes: &[u8], handles: &Handles) -> Result<Labels, LoadError> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let sink = Sink::default();
    let labels = parse(&text, handles, &sink);
    let faults = sink.into_faults();
    if faults.is_empty() {
        return Ok(labels);
    }
    let files = Files::new(vec![TextFile { shown, text }]);
    Err(LoadError::Faults(Faults { files, faults }))
}

fn parse(text: &str, handles: &Handles, sink: &Sink) -> Labels {
    let file = FileId::default();
    let (root, syntax) = DeTable::parse_recoverable(text);
    syntax::faults(&syntax, text, file).into_iter().for_each(|fault| sink.add(fault));
    if !syntax.is_empty() {
        return Labels::default();
    }
    let mut root = Table::new(root.get_ref(), LABELS, file.at(0..0), sink);
    let labels = Labels {
        identities: labels_of(&mut root, "identities", &handles.identities, sink),
        accounts: labels_of(&mut root, "accounts", &handles.accounts, sink),
        destinations: labels_of(&mut root, "destinations", &handles.destinations, sink),
    };
    root.finish();
    labels
}

fn labels_of(root: &mut Table, key: &'static str, known: &BTreeSet<&Handle>, sink: &Sink) -> BTreeMap<Handle, String> {
    let mut labels = BTreeMap::new();
    for (handle, label) in root.texts::<Handle>(key) {
        if !known.contains(&handle.value) {
            let message = format!("there is no `{}` among the {key}", handle.value);
            let help = did_you_mean(handle.value.as_str(), known.iter().map(|known| known.as_str()));
            sink.add(Fault::new(Code::UnknownName, handle.place.clone(), message).help(help));
        }
        if !has_words(&label.value) {
            let message = "a label has at least one letter or digit";
            sink.add(Fault::new(Code::BadValue, label.place, message));
        } else {
            labels.insert(handle.value, label.value);
        }
    }
    labels
}
