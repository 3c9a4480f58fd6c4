//! Reading TOML tables with all their faults: what is missing, unknown, of the wrong kind or out of bounds, each with its place.
//!
//! A [`Table`] is taken apart key by key. What nobody asked for is a fault when the table is [finished](Table::finish), so that a
//! misspelt key is never silently ignored.

mod entries;
mod sink;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use super::place::{At, Place};
use super::suggestion::did_you_mean;
use crate::check::Code;

pub use entries::Scalar;
pub use sink::Sink;

/// A table that is being read.
pub struct Table<'a> {
    entries: &'a DeTable<'a>,
    what: String,
    place: Place,
    asked: BTreeSet<&'static str>,
    sink: &'a Sink,
}

impl<'a> Table<'a> {
    /// Begins to read `entries`. `what` names the table in messages, as in "`[bundle]`"; `place` is where it begins.
    pub fn new(entries: &'a DeTable<'a>, what: impl Into<String>, place: Place, sink: &'a Sink) -> Self {
        Self { entries, what: what.into(), place, asked: BTreeSet::new(), sink }
    }

    /// The value of a key that must be there, of a type that is read from text.
    pub fn required<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Option<At<T>> {
        let value = self.must(key)?;
        self.parsed(&quoted(key), value)
    }

    /// The value of a key that may be missing, of a type that is read from text.
    pub fn optional<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Option<At<T>> {
        let value = self.get(key)?;
        self.parsed(&quoted(key), value)
    }

    /// A whole number within bounds, that must be there.
    pub fn required_number(&mut self, key: &'static str, bounds: RangeInclusive<u32>) -> Option<At<u32>> {
        let value = self.must(key)?;
        self.number(key, value, bounds)
    }

    /// A whole number within bounds, that may be missing.
    pub fn optional_number(&mut self, key: &'static str, bounds: RangeInclusive<u32>) -> Option<At<u32>> {
        let value = self.get(key)?;
        self.number(key, value, bounds)
    }

    /// A yes or no; no if the key is missing. The place, where it is yes.
    pub fn is_set(&mut self, key: &'static str) -> Option<Place> {
        let value = self.get(key)?;
        match value.get_ref().as_bool() {
            Some(yes) => yes.then(|| self.place_of(value)),
            None => {
                self.wrong_kind(&quoted(key), value, "`true` or `false`");
                None
            }
        }
    }

    /// Whether anything stands under a key.
    pub fn has(&mut self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    /// A yes or no, that may be missing.
    pub fn yes_or_no(&mut self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        let yes = value.get_ref().as_bool();
        if yes.is_none() {
            self.wrong_kind(&quoted(key), value, "`true` or `false`");
        }
        yes
    }

    /// A table that must be there.
    pub fn table(&mut self, key: &'static str) -> Option<Table<'a>> {
        if self.get(key).is_none() {
            self.fault(Code::MissingKey, self.place(), format!("{} lacks the table `[{key}]`", self.what));
        }
        self.optional_table(key)
    }

    /// A table that may be missing.
    pub fn optional_table(&mut self, key: &'static str) -> Option<Table<'a>> {
        let value = self.get(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some(Self::new(table, format!("[{key}]"), self.place_of(value), self.sink)),
            None => {
                self.wrong_kind(&quoted(key), value, "a table");
                None
            }
        }
    }

    /// One text for all, or a table that gives one for each release.
    pub fn text_or_table(&mut self, key: &'static str) -> Option<TextOrTable<'a>> {
        let value = self.must(key)?;
        self.as_text_or_table(key, value, "a string, or a table with one for each release")
    }

    fn as_text_or_table(&self, key: &str, value: &'a Spanned<DeValue<'a>>, expected: &str) -> Option<TextOrTable<'a>> {
        match value.get_ref() {
            DeValue::String(text) => Some(TextOrTable::Text(At { value: text.to_string(), place: self.place_of(value) })),
            DeValue::Table(table) => {
                Some(TextOrTable::Table(Self::new(table, format!("`{key}`"), self.place_of(value), self.sink)))
            }
            _ => {
                self.wrong_kind(&quoted(key), value, expected);
                None
            }
        }
    }

    /// Where its faults are gathered.
    pub fn sink(&self) -> &'a Sink {
        self.sink
    }

    /// The table's place.
    pub fn place(&self) -> Place {
        self.place.clone()
    }

    fn place_of<T>(&self, value: &Spanned<T>) -> Place {
        self.place.file.at(value.span())
    }

    fn name<T: FromStr<Err: Display>>(&self, name: &Spanned<Cow<str>>) -> Option<At<T>> {
        self.read(name.get_ref(), self.place_of(name))
    }

    /// What the table is called in messages.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Adds a fault.
    pub fn fault(&self, code: Code, place: Place, message: impl Into<String>) {
        self.sink.add(Fault::new(code, place, message));
    }

    /// Adds a fault with advice.
    pub fn fault_with_help(&self, code: Code, place: Place, message: impl Into<String>, help: String) {
        self.sink.add(Fault::new(code, place, message).help(Some(help)));
    }

    /// Finds the keys that nobody asked for.
    pub fn finish(&self) {
        for key in self.entries.keys() {
            if self.asked.contains(key.get_ref().as_ref()) {
                continue;
            }
            let expected = self.asked.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            let help = did_you_mean(key.get_ref(), self.asked.iter().copied()).unwrap_or(format!("expected one of {expected}"));
            let message = format!("{} has no key `{}`", self.what, key.get_ref());
            self.sink.add(Fault::new(Code::UnknownKey, self.place_of(key), message).help(Some(help)));
        }
    }

    fn get(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.insert(key);
        self.entries.get(key)
    }

    fn must(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        let value = self.get(key);
        if value.is_none() {
            self.fault(Code::MissingKey, self.place(), format!("{} lacks the key `{key}`", self.what));
        }
        value
    }

    /// A text as a `T`. `what` names it in messages.
    fn parsed<T: FromStr<Err: Display>>(&self, what: &str, value: &Spanned<DeValue>) -> Option<At<T>> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_kind(what, value, "a string");
            return None;
        };
        self.read(text, self.place_of(value))
    }

    fn read<T: FromStr<Err: Display>>(&self, text: &str, place: Place) -> Option<At<T>> {
        match text.parse() {
            Ok(value) => Some(At { value, place }),
            Err(error) => {
                self.sink.add(Fault::new(Code::BadValue, place, error.to_string()).help(in_lower_case::<T>(text)));
                None
            }
        }
    }

    fn number(&self, key: &str, value: &Spanned<DeValue>, bounds: RangeInclusive<u32>) -> Option<At<u32>> {
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_kind(&quoted(key), value, "a whole number");
            return None;
        };
        let number = i128::from_str_radix(integer.as_str(), integer.radix()).ok().and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| bounds.contains(number)) {
            Some(value_read) => Some(At { value: value_read, place: self.place_of(value) }),
            None => {
                let message = format!("`{key}` lies between {} and {}", bounds.start(), bounds.end());
                self.fault(Code::BadValue, self.place_of(value), message);
                None
            }
        }
    }

    fn wrong_kind(&self, what: &str, value: &Spanned<DeValue>, expected: &str) {
        let message = format!("{what} is {expected}, not {}", kind(value.get_ref()));
        self.fault(Code::BadValue, self.place_of(value), message);
    }
}

/// A value that may be said in a word, or in a table.
pub enum TextOrTable<'a> {
    /// In a word.
    Text(At<String>),
    /// In a table.
    Table(Table<'a>),
}

fn quoted(key: &str) -> String {
    format!("`{key}`")
}

/// "did you mean", if capitals are all that is wrong with a text.
fn in_lower_case<T: FromStr>(text: &str) -> Option<String> {
    let (lower, upper) = (text.to_lowercase(), text.to_uppercase());
    // Bridges have parts that capitals belong into.
    let is_word = !text.contains(char::is_whitespace);
    let has_no_capitals = upper.parse::<T>().is_err();
    (is_word && has_no_capitals && lower != text && lower.parse::<T>().is_ok()).then(|| format!("did you mean `{lower}`?"))
}

fn kind(value: &DeValue) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
