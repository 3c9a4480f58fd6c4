//! Nothing that `labels.toml` names is in a recipe, nor in a bundle.

use std::ops::Range;

use super::fault::{Fault, Faults};
use super::place::{FileId, Place};
use super::source::Source;
use crate::base::Handle;
use crate::bundle::Unsealed;
use crate::check::Code;
use crate::model::Labels;

/// Names of this many characters are also found inside other words, such as `annaexample2`; shorter ones would be found everywhere. A
/// script without letters' cases says more in a character.
const INSIDE: usize = 5;
const INSIDE_OTHER_SCRIPTS: usize = 2;

impl Labels {
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

/// What to do about a label that is found.
const HELP: &str = "write the handle; who that is stands in `labels.toml` alone, which is never packed";

/// That the label of this stands there.
fn fault(place: Place, what: &str, handle: &Handle, wherein: &str) -> Fault {
    let message = format!("this is the label of the {what} `{handle}`, and {wherein}");
    Fault::new(Code::PersonalInformation, place, message).help(Some(HELP.to_owned()))
}

impl Source {
    /// Where the recipe holds what `labels` names. All of a recipe is packed, and all of a bundle follows from it.
    pub fn personal(&self, labels: &Labels) -> Faults {
        let mut faults = Vec::new();
        for (number, text) in self.texts().enumerate() {
            for (what, handle, span) in labels.found_in(text) {
                let wherein = "all of a recipe, comments included, is packed into the bundle";
                faults.push(fault(FileId(number).at(span), what, handle, wherein));
            }
        }
        for (staged, contents) in self.staged_files() {
            for (what, handle, _) in labels.found_in(&String::from_utf8_lossy(contents)) {
                let wherein = "it stands in this file, which is packed into the bundle";
                faults.push(fault(staged.value.source.place.clone(), what, handle, wherein));
            }
        }
        faults.dedup();
        self.faults(faults)
    }
}

impl Labels {
    /// Where a bundle of the recipe would hold what these name: in its files, or in its desired state.
    pub fn found_in_bundle(&self, bundle: &Unsealed) -> Vec<Fault> {
        let desired = serde_json::to_string(&bundle.desired).expect("a desired state is plain data");
        let manifest = [("manifest.cbor".to_owned(), format!("{}\n{desired}", bundle.summary))];
        let files =
            bundle.files.iter().map(|(path, contents)| (path.to_string(), String::from_utf8_lossy(contents).into_owned()));
        let mut faults = Vec::new();
        for (path, text) in manifest.into_iter().chain(files) {
            for (what, handle, _) in self.found_in(&text) {
                faults.push(fault(Place::default(), what, handle, &format!("it would stand in `{path}` of the bundle")));
            }
        }
        faults.dedup();
        faults
    }
}

/// Whether a text has anything to look for.
pub fn has_words(text: &str) -> bool {
    !words(text).is_empty()
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

/// Where `label` stands among `words`: in one word or in several one after the other, however its own words are parted.
fn places_of<'a>(label: &'a [String], words: &'a [(String, Range<usize>)]) -> impl Iterator<Item = Range<usize>> + 'a {
    let joined = label.concat();
    let least = if joined.is_ascii() { INSIDE } else { INSIDE_OTHER_SCRIPTS };
    let may_be_inside = joined.chars().count() >= least;
    words.iter().enumerate().filter_map(move |(at, (word, place))| {
        if may_be_inside && word.contains(&joined) {
            return Some(place.clone());
        }
        let mut rest = joined.as_str();
        for (word, last) in &words[at..] {
            rest = rest.strip_prefix(word.as_str())?;
            if rest.is_empty() {
                return Some(place.start..last.end);
            }
        }
        None
    })
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
        assert_eq!(found("AdaExample", "for ada, example"), ["ada, example"]);
        assert_eq!(found("a-d-a", "ADA"), ["ADA"]);
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
