//! Reading TOML tables with all their faults: what is missing, unknown, of the wrong kind or out of bounds, each with its place.
//!
//! A [`Table`] is taken apart key by key. What nobody asked for is a fault when the table is [finished](Table::finish), so that a
//! misspelt key is never silently ignored.

use std::cell::RefCell;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Faults, did_you_mean};
use crate::check::Code;

/// A value and where it was written.
#[derive(Debug, Clone)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Bytes of the file.
    pub span: Range<usize>,
}

/// Where faults are gathered while everything is read.
#[derive(Debug, Default)]
pub struct Sink(RefCell<Vec<Fault>>);

impl Sink {
    /// Adds a fault.
    pub fn add(&self, fault: Fault) {
        self.0.borrow_mut().push(fault);
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Whether there are more faults already than will be shown.
    pub fn is_full(&self) -> bool {
        self.0.borrow().len() > Faults::SHOWN
    }

    /// All faults, in the order of the text.
    pub fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.0.into_inner();
        faults.sort_by_key(|fault| (fault.span.start, fault.span.end, fault.code));
        faults
    }
}

/// A table that is being read.
pub struct Table<'a> {
    entries: &'a DeTable<'a>,
    what: String,
    span: Range<usize>,
    asked: BTreeSet<&'static str>,
    sink: &'a Sink,
}

impl<'a> Table<'a> {
    /// Begins to read `entries`. `what` names the table in messages, as in "`[bundle]`"; `span` is where it begins.
    pub fn new(entries: &'a DeTable<'a>, what: impl Into<String>, span: Range<usize>, sink: &'a Sink) -> Self {
        Self { entries, what: what.into(), span, asked: BTreeSet::new(), sink }
    }

    /// The value of a key that must be there, of a type that is read from text.
    pub fn required<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Option<At<T>> {
        let value = self.must(key)?;
        self.parsed(key, value)
    }

    /// The value of a key that may be missing, of a type that is read from text.
    pub fn optional<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Option<At<T>> {
        let value = self.get(key)?;
        self.parsed(key, value)
    }

    /// A whole number within bounds, that must be there.
    pub fn required_number(&mut self, key: &'static str, bounds: std::ops::RangeInclusive<u32>) -> Option<At<u32>> {
        let value = self.must(key)?;
        self.number(key, value, bounds)
    }

    /// A whole number within bounds, that may be missing.
    pub fn optional_number(&mut self, key: &'static str, bounds: std::ops::RangeInclusive<u32>) -> Option<At<u32>> {
        let value = self.get(key)?;
        self.number(key, value, bounds)
    }

    /// A list of values that are read from text; empty if the key is missing. A value twice is a fault.
    pub fn list<T: FromStr<Err: Display> + Ord>(&mut self, key: &'static str) -> Vec<At<T>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_kind(key, value, "a list of strings");
            return Vec::new();
        };
        let mut read: BTreeMap<T, Range<usize>> = BTreeMap::new();
        for item in items.iter() {
            let Some(item) = self.parsed::<T>(key, item) else { continue };
            if let Entry::Vacant(place) = read.entry(item.value) {
                place.insert(item.span);
            } else {
                self.fault(Code::Conflict, item.span, format!("this stands in `{key}` twice"));
            }
        }
        read.into_iter().map(|(value, span)| At { value, span }).collect()
    }

    /// The named tables under a key, as in `[gateway.NAME]`: each key read as a name, and its table. Empty if the key is missing.
    pub fn named<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Vec<(At<T>, Table<'a>)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(tables) = value.get_ref().as_table() else {
            self.wrong_kind(key, value, "tables of the form");
            return Vec::new();
        };
        let mut read = Vec::new();
        for (name, entries) in tables.iter() {
            let span = name.span();
            let parsed = match name.get_ref().parse::<T>() {
                Ok(value) => At { value, span: span.clone() },
                Err(error) => {
                    self.fault(Code::BadValue, span, error.to_string());
                    continue;
                }
            };
            match entries.get_ref().as_table() {
                Some(table) => read.push((parsed, Self::new(table, format!("[{key}.{}]", name.get_ref()), span, self.sink))),
                None => self.fault(Code::BadValue, entries.span(), format!("expected a table, `[{key}.{}]`", name.get_ref())),
            }
        }
        read
    }

    /// A table that must be there.
    pub fn table(&mut self, key: &'static str) -> Option<Table<'a>> {
        let value = self.must(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some(Self::new(table, format!("[{key}]"), value.span(), self.sink)),
            None => {
                self.wrong_kind(key, value, "a table");
                None
            }
        }
    }

    /// One text for all, or a table that gives one for each release.
    pub fn text_or_table(&mut self, key: &'static str) -> Option<TextOrTable<'a>> {
        let value = self.must(key)?;
        match value.get_ref() {
            DeValue::String(text) => {
                Some(TextOrTable::Text(Place { value: text.to_string(), span: value.span(), sink: self.sink }))
            }
            DeValue::Table(table) => Some(TextOrTable::Table(Self::new(table, format!("`{key}`"), value.span(), self.sink))),
            _ => {
                self.wrong_kind(key, value, "a string, or a table with one for each release");
                None
            }
        }
    }

    /// The table's place.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// What the table is called in messages.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Adds a fault.
    pub fn fault(&self, code: Code, span: Range<usize>, message: impl Into<String>) {
        self.sink.add(Fault::new(code, span, message));
    }

    /// Adds a fault with advice.
    pub fn fault_with_help(&self, code: Code, span: Range<usize>, message: impl Into<String>, help: String) {
        self.sink.add(Fault::new(code, span, message).help(Some(help)));
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
            self.sink.add(Fault::new(Code::UnknownKey, key.span(), message).help(Some(help)));
        }
    }

    fn get(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.insert(key);
        self.entries.get(key)
    }

    fn must(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        let value = self.get(key);
        if value.is_none() {
            self.fault(Code::MissingKey, self.span(), format!("{} lacks the key `{key}`", self.what));
        }
        value
    }

    fn parsed<T: FromStr<Err: Display>>(&self, key: &str, value: &Spanned<DeValue>) -> Option<At<T>> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_kind(key, value, "a string");
            return None;
        };
        match text.parse() {
            Ok(parsed) => Some(At { value: parsed, span: value.span() }),
            Err(error) => {
                self.fault(Code::BadValue, value.span(), error.to_string());
                None
            }
        }
    }

    fn number(&self, key: &str, value: &Spanned<DeValue>, bounds: std::ops::RangeInclusive<u32>) -> Option<At<u32>> {
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_kind(key, value, "a whole number");
            return None;
        };
        let number = i128::from_str_radix(integer.as_str(), integer.radix()).ok().and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| bounds.contains(number)) {
            Some(value_read) => Some(At { value: value_read, span: value.span() }),
            None => {
                let message = format!("`{key}` lies between {} and {}", bounds.start(), bounds.end());
                self.fault(Code::BadValue, value.span(), message);
                None
            }
        }
    }

    fn wrong_kind(&self, key: &str, value: &Spanned<DeValue>, expected: &str) {
        let expected = if expected.ends_with("form") { format!("{expected} `[{key}.NAME]`") } else { expected.to_owned() };
        let message = format!("`{key}` is {expected}, not {}", kind(value.get_ref()));
        self.fault(Code::BadValue, value.span(), message);
    }
}

/// A value that may be said once, or for each release.
pub enum TextOrTable<'a> {
    /// Once.
    Text(Place<'a>),
    /// For each release.
    Table(Table<'a>),
}

/// A text, its place, and where to say what is wrong with it.
pub struct Place<'a> {
    /// The text.
    pub value: String,
    span: Range<usize>,
    sink: &'a Sink,
}

impl Place<'_> {
    /// Adds a fault at this place.
    pub fn fault(&self, code: Code, message: impl Into<String>) {
        self.sink.add(Fault::new(code, self.span.clone(), message));
    }
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
