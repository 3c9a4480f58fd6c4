//! `labels.toml`: who stands behind the handles. It lies beside a recipe and is never packed; nothing that it names may be in a bundle.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use toml::de::DeTable;

use super::fault::{Fault, Faults};
use super::files::{Files, TextFile};
use super::folder_path::FolderPath;
use super::language::Recipe;
use super::load::LoadError;
use super::place::{At, FileId};
use super::reader::{Sink, Table};
use super::shelf::{Disk, Shelf, Unreadable};
use super::suggestion::did_you_mean;
use super::syntax;
use crate::base::{BundlePath, Handle};
use crate::check::Code;

/// The file. Nothing else may have this name in a recipe.
pub const LABELS: &str = "labels.toml";
/// The largest one that is read, in bytes.
const MOST: u64 = 1 << 20;
/// Names of this many characters are also found inside other words, such as `annaexample2`; shorter ones would be found everywhere. A
/// script without letters' cases says more in a character.
const INSIDE: usize = 5;
const INSIDE_OTHER_SCRIPTS: usize = 2;

/// What people call what a recipe has handles for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// Identities.
    pub identities: BTreeMap<Handle, String>,
    /// Accounts.
    pub accounts: BTreeMap<Handle, String>,
    /// Servers.
    pub destinations: BTreeMap<Handle, String>,
}

impl Labels {
    /// Reads the labels beside the recipe in `folder`; none if there are none. Only handles of `recipe` have labels.
    ///
    /// # Errors
    /// If the file cannot be read, or has faults.
    pub fn load(folder: &Path, recipe: &Recipe) -> Result<Option<Self>, LoadError> {
        let mut disk = Disk::at(folder);
        let path: BundlePath = LABELS.parse().expect("a literal in this crate");
        let bytes = match disk.read(&FolderPath::default(), &path, MOST) {
            Ok(bytes) => bytes,
            Err(Unreadable::Disk(error)) if error.is_not_found() => return Ok(None),
            Err(Unreadable::Disk(error)) => return Err(error.into()),
            Err(Unreadable::SameFolder(_) | Unreadable::NoFiles) => unreachable!("it is the first folder that is opened"),
        };
        let shown = disk.shown(&FolderPath::default(), &path);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let sink = Sink::default();
        let labels = read(&text, recipe, &sink);
        let faults = sink.into_faults();
        if faults.is_empty() {
            return Ok(Some(labels));
        }
        let files = Files::new(vec![TextFile { shown, text }]);
        Err(LoadError::Faults(Faults { files, faults }))
    }

    /// Each label, with what it is the label of.
    fn iter(&self) -> impl Iterator<Item = (&'static str, &Handle, &str)> {
        let kinds = [("identity", &self.identities), ("account", &self.accounts), ("destination", &self.destinations)];
        kinds.into_iter().flat_map(|(what, labels)| labels.iter().map(move |(handle, label)| (what, handle, label.as_str())))
    }

    /// Every place of `text` at which a label stands, in capitals or not, written as one word or as several.
    pub fn found_in(&self, text: &str) -> Vec<(&'static str, &Handle, Range<usize>)> {
        let words = words(text);
        let mut found = Vec::new();
        for (what, handle, label) in self.iter() {
            let label: Vec<String> = self::words(label).into_iter().map(|(word, _)| word).collect();
            found.extend(places_of(&label, &words).map(|place| (what, handle, place)));
        }
        found
    }
}

fn read(text: &str, recipe: &Recipe, sink: &Sink) -> Labels {
    let file = FileId::default();
    let (root, syntax) = DeTable::parse_recoverable(text);
    syntax::faults(&syntax, text, file).into_iter().for_each(|fault| sink.add(fault));
    if !syntax.is_empty() {
        return Labels::default();
    }
    let mut root = Table::new(root.get_ref(), LABELS, file.at(0..0), sink);
    let identities = recipe.identities.values().map(|identity| &identity.value);
    let (accounts, destinations): (Vec<_>, Vec<_>) =
        identities.map(|identity| (identity.accounts.iter(), identity.destinations.iter())).unzip();
    let labels = Labels {
        identities: labels_of(&mut root, "identities", recipe.identities.keys(), sink),
        accounts: labels_of(&mut root, "accounts", accounts.into_iter().flatten().map(|account| &account.value), sink),
        destinations: labels_of(&mut root, "destinations", destinations.into_iter().flatten().map(|server| &server.value), sink),
    };
    root.finish();
    labels
}

fn labels_of<'a>(
    root: &mut Table,
    key: &'static str,
    handles: impl Iterator<Item = &'a Handle>,
    sink: &Sink,
) -> BTreeMap<Handle, String> {
    let known: Vec<&Handle> = handles.collect();
    let mut labels = BTreeMap::new();
    for (handle, label) in root.texts::<Handle>(key) {
        if !known.contains(&&handle.value) {
            let message = format!("the recipe has no `{}` among its {key}", handle.value);
            let help = did_you_mean(handle.value.as_str(), known.iter().map(|known| known.as_str()));
            sink.add(Fault::new(Code::UnknownName, handle.place.clone(), message).help(help));
        }
        if words(&label.value).is_empty() {
            let message = "a label has at least one letter or digit";
            sink.add(Fault::new(Code::BadValue, label.place, message));
        } else {
            labels.insert(handle.value, label.value);
        }
    }
    labels
}

/// Words of letters and digits in lower case, with their places.
fn words(text: &str) -> Vec<(String, Range<usize>)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        match (character.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push((text[from..at].to_lowercase(), from..at));
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// Where `label` stands among `words`: as the same words one after the other, or run together, in one of them.
fn places_of<'a>(label: &'a [String], words: &'a [(String, Range<usize>)]) -> impl Iterator<Item = Range<usize>> + 'a {
    let joined = label.concat();
    let least = if joined.is_ascii() { INSIDE } else { INSIDE_OTHER_SCRIPTS };
    let may_be_inside = joined.chars().count() >= least;
    words.iter().enumerate().filter_map(move |(at, (word, place))| {
        if *word == joined || (may_be_inside && word.contains(&joined)) {
            return Some(place.clone());
        }
        let following = words.get(at..at + label.len())?;
        let is_there = following.iter().zip(label).all(|((word, _), own)| word == own);
        is_there.then(|| place.start..following.last().map_or(place.end, |(_, place)| place.end))
    })
}

impl super::Source {
    /// Where the recipe holds what `labels` names. All of a recipe is packed, and all of a bundle follows from it.
    pub fn personal(&self, labels: &Labels) -> Faults {
        let help = "write the handle; who that is stands in `labels.toml` alone, which is never packed";
        let fault = |at: At<(&str, &Handle)>, wherein: &str| {
            let (what, handle) = at.value;
            let message = format!("this is the label of the {what} `{handle}`, and {wherein}");
            Fault::new(Code::PersonalInformation, at.place, message).help(Some(help.to_owned()))
        };
        let mut faults = Vec::new();
        for (number, text) in self.texts().enumerate() {
            for (what, handle, span) in labels.found_in(text) {
                let place = FileId(number).at(span);
                faults.push(fault(
                    At { value: (what, handle), place },
                    "all of a recipe, comments included, is packed into the bundle",
                ));
            }
        }
        for (staged, contents) in self.staged_files() {
            for (what, handle, _) in labels.found_in(&String::from_utf8_lossy(contents)) {
                let place = staged.value.source.place.clone();
                faults
                    .push(fault(At { value: (what, handle), place }, "it stands in this file, which is packed into the bundle"));
            }
        }
        faults.dedup();
        self.faults(faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(label: &str, text: &str) -> Vec<String> {
        let labels = Labels { identities: [("a".parse().unwrap(), label.to_owned())].into(), ..Labels::default() };
        labels.found_in(text).into_iter().map(|(_, _, place)| text[place].to_owned()).collect()
    }

    #[test]
    fn a_label_is_found_however_it_is_written() {
        assert_eq!(found("Ada Example", "x ada-example y"), ["ada-example"]);
        assert_eq!(found("Ada Example", "ADA\n# EXAMPLE"), ["ADA\n# EXAMPLE"]);
        assert_eq!(found("Ada Example", "halite-adaexample2"), ["adaexample2"]);
        assert_eq!(found("ada@example.org", "mail ada@example.org"), ["ada@example.org"]);
        assert_eq!(found("Zoë", "zoë and ZOË"), ["zoë", "ZOË"]);
        assert_eq!(found("山田", "名前は山田です"), ["名前は山田です"]);
    }

    #[test]
    fn a_short_name_inside_a_word_is_another_word() {
        assert_eq!(found("Ann", "planning an annual"), Vec::<String>::new());
        assert_eq!(found("Ann", "ann"), ["ann"]);
        assert_eq!(found("Ada Example", "ada and example"), Vec::<String>::new());
    }
}
