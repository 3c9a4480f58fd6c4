//! Values that hold others: lists, and tables whose keys are names.

use std::collections::btree_map::{BTreeMap, Entry};
use std::fmt::Display;
use std::str::FromStr;

use toml::Spanned;
use toml::de::DeValue;

use super::{Table, TextOrTable, quoted};
use crate::check::Code;
use crate::model::Release;
use crate::recipe::fault::Fault;
use crate::recipe::place::{At, Place};

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

impl<'a> Table<'a> {
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

    /// The entries of a table under a key, each key read as a name, and each value a yes or no. Empty if the key is missing.
    pub fn flags<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Vec<(At<T>, At<bool>)> {
        let scalars = self.scalars(key).into_iter();
        let flag = |(name, value): (At<T>, At<Scalar>)| match value.value {
            Scalar::Bool(on) => Some((name, At { value: on, place: value.place })),
            Scalar::Number(_) | Scalar::Text(_) => {
                self.fault(Code::BadValue, value.place, format!("each of `{key}` is `true` or `false`"));
                None
            }
        };
        scalars.filter_map(flag).collect()
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
}
