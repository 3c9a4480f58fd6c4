//! Labels: the eight of every system and those that were made.

use serde::{Deserialize, Serialize};

use super::refusal::{Exception, Outcome};
use super::simulation::Simulation;

/// A label that was made. Source: `qubes/__init__.py`, class `Label`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Label {
    /// Its number, above the stock ones.
    pub(super) index: u32,
    /// Its name.
    pub(super) name: String,
    /// `0x` and six hexadecimal digits.
    pub(super) color: String,
}

/// The stock labels, numbered from 1. Source: `qubes/app.py`, `load_initial_values`.
const STOCK: [(&str, &str); 8] = [
    ("red", "0xcc0000"),
    ("orange", "0xf57900"),
    ("yellow", "0xedd400"),
    ("green", "0x73d216"),
    ("gray", "0x555555"),
    ("blue", "0x3465a4"),
    ("purple", "0x75507b"),
    ("black", "0x000000"),
];

impl Label {
    /// The highest number of a stock label.
    pub(super) const LAST_STOCK: u32 = STOCK.len() as u32;
}

impl Simulation {
    /// All labels, in the order of `admin.label.List`.
    pub(super) fn labels(&self) -> impl Iterator<Item = Label> {
        let stock =
            (1..).zip(STOCK).map(|(index, (name, color))| Label { index, name: name.to_owned(), color: color.to_owned() });
        stock.chain(self.labels_made.iter().cloned())
    }

    /// The label with this name, or else with this number. Source: `qubes/app.py`, `get_label`.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn label(&self, text: &str) -> Outcome<Label> {
        let by_number =
            || super::python::integer(text).and_then(|number| self.labels().find(|label| i64::from(label.index) == number));
        self.labels()
            .find(|label| label.name == text)
            .or_else(by_number)
            .ok_or_else(|| Exception::LabelNotFound.says(format!("Label does not exist: {text}")))
    }
}
