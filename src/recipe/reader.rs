//! Reading TOML tables with all their faults: what is missing, unknown, of the wrong kind or out of bounds, each with its place.
//!
//! A [`Table`] is taken apart key by key. What nobody asked for is a fault when the table is [finished](Table::finish), so that a
//! misspelt key is never silently ignored.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::fmt::Display;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Faults};
use super::place::{At, Place};
use super::suggestion::did_you_mean;
use crate::check::Code;
use crate::model::Release;

/// Where faults are gathered while everything is read.
#[derive(Debug, Default)]
pub struct Sink {
    faults: RefCell<Vec<Fault>>,
    is_partial: Cell<bool>,
}

impl Sink {
    /// Adds a fault.
    pub fn add(&self, fault: Fault) {
        self.faults.borrow_mut().push(fault);
    }

    /// Notes that something could not be read that may declare any name.
    pub fn lacks_names(&self) {
        self.is_partial.set(true);
    }

    /// Whether all names that are declared are known. If not, faults of names that nothing has would mislead.
    pub fn knows_all_names(&self) -> bool {
        !self.is_partial.get()
    }

    /// Whether there are more faults already than will be shown.
    pub fn is_full(&self) -> bool {
        self.count() > Faults::SHOWN
    }

    /// How many faults there are.
    pub fn count(&self) -> usize {
        self.faults.borrow().len()
    }

    /// All faults, in the order of the files and their texts.
    pub fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| (fault.place.order(), fault.code));
        // The parser of TOML says some things twice.
        faults.dedup();
        faults
    }
}

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
    pub fn required_number(&mut self, key: &'static str, bounds: std::ops::RangeInclusive<u32>) -> Option<At<u32>> {
        let value = self.must(key)?;
        self.number(key, value, bounds)
    }

    /// A whole number within bounds, that may be missing.
    pub fn optional_number(&mut self, key: &'static str, bounds: std::ops::RangeInclusive<u32>) -> Option<At<u32>> {
        let value = self.get(key)?;
        self.number(key, value, bounds)
    }

    /// A list of values that are read from text, in their order; empty if the key is missing. A value twice is a fault.
    pub fn list<T: FromStr<Err: Display> + Ord + Clone>(&mut self, key: &'static str) -> Vec<At<T>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_kind(&quoted(key), value, "a list of strings");
            return Vec::new();
        };
        let each = format!("each of `{key}`");
        let mut seen: BTreeMap<T, Place> = BTreeMap::new();
        let mut read = Vec::new();
        for item in items.iter().filter_map(|item| self.parsed::<T>(&each, item)) {
            match seen.entry(item.value.clone()) {
                Entry::Occupied(first) => {
                    let fault = Fault::new(Code::Conflict, item.place, format!("this stands in `{key}` twice"));
                    self.sink.add(fault.see(first.get().clone(), "first here"));
                }
                Entry::Vacant(vacant) => {
                    vacant.insert(item.place.clone());
                    read.push(item);
                }
            }
        }
        read
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

    /// What `read` makes of the tables that stand under releases; of those that are none of `releases`, nothing is kept.
    pub fn by_release<T>(&mut self, releases: &[Release], read: impl Fn(&mut Table<'a>) -> T) -> BTreeMap<Release, T> {
        let mut by_release = BTreeMap::new();
        for release in Release::ALL {
            let Some(mut table) = self.optional_table(release.as_str()) else { continue };
            let value = read(&mut table);
            table.finish();
            if releases.contains(&release) {
                by_release.insert(release, value);
            }
        }
        by_release
    }

    /// The entries of a table under a key, each key read as a name, and each value a text. Empty if the key is missing.
    pub fn texts<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Vec<(At<T>, At<String>)> {
        let scalars = self.scalars(key).into_iter();
        let text = |(name, value): (At<T>, At<Scalar>)| match value.value {
            Scalar::Text(text) => Some((name, At { value: text, place: value.place })),
            Scalar::Number(_) | Scalar::Bool(_) => {
                self.fault(Code::BadValue, value.place, "a label is a string");
                None
            }
        };
        scalars.filter_map(text).collect()
    }

    /// The entries of a table under a key, each key read as a name, and each value a plain one. Empty if the key is missing.
    pub fn scalars<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Vec<(At<T>, At<Scalar>)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(entries) = value.get_ref().as_table() else {
            self.wrong_kind(&quoted(key), value, "a table");
            return Vec::new();
        };
        let mut read = Vec::new();
        for (name, value) in entries.iter() {
            let scalar = self.scalar(name.get_ref(), value);
            if let (Some(name), Some(scalar)) = (self.name::<T>(name), scalar) {
                read.push((name, scalar));
            }
        }
        read
    }

    fn scalar(&self, key: &str, value: &Spanned<DeValue>) -> Option<At<Scalar>> {
        let scalar = match value.get_ref() {
            DeValue::String(text) => Scalar::Text(text.to_string()),
            DeValue::Boolean(yes) => Scalar::Bool(*yes),
            DeValue::Integer(_) => Scalar::Number(self.number(key, value, 0..=u32::MAX)?.value),
            _ => {
                self.wrong_kind(&quoted(key), value, "a string, a number, `true` or `false`");
                return None;
            }
        };
        Some(At { value: scalar, place: self.place_of(value) })
    }

    /// The named tables under a key, as in `[gateway.NAME]`: each key read as a name, and its table, if it is one. Empty if the key is
    /// missing.
    pub fn named<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Vec<(At<T>, Option<Table<'a>>)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(tables) = value.get_ref().as_table() else {
            self.sink.lacks_names();
            self.wrong_kind(&quoted(key), value, &format!("tables of the form `[{key}.NAME]`"));
            return Vec::new();
        };
        let mut read = Vec::new();
        for (name, entries) in tables.iter() {
            let Some(parsed) = self.name::<T>(name) else { continue };
            let place = parsed.place.clone();
            let table = entries.get_ref().as_table();
            if table.is_none() {
                let expected = format!("a table, `[{key}.{}]`", name.get_ref());
                self.wrong_kind(&quoted(name.get_ref()), entries, &expected);
            }
            let table = table.map(|table| Self::new(table, format!("[{key}.{}]", name.get_ref()), place, self.sink));
            read.push((parsed, table));
        }
        read
    }

    /// The entries of a table under a key, each key read as a name, and each value a text or a table. Empty if the key is missing.
    pub fn texts_or_tables<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Vec<(At<T>, TextOrTable<'a>)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(entries) = value.get_ref().as_table() else {
            self.wrong_kind(&quoted(key), value, "a table");
            return Vec::new();
        };
        let mut read = Vec::new();
        for (name, value) in entries.iter() {
            let said = self.as_text_or_table(name.get_ref(), value, "a string or a table");
            if let (Some(name), Some(value)) = (self.name::<T>(name), said) {
                read.push((name, value));
            }
        }
        read
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

    fn number(&self, key: &str, value: &Spanned<DeValue>, bounds: std::ops::RangeInclusive<u32>) -> Option<At<u32>> {
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

/// A plain value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// A text.
    Text(String),
    /// A whole number.
    Number(u32),
    /// Yes or no.
    Bool(bool),
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
