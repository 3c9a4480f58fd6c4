//! Everything that an activation must leave as it was, or as it is to be: each qube of the simulation, the policy, halite's books.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use halite::sim::Simulation;
use serde_json::Value;

use crate::dom0::Dom0;

/// A dom0 at a moment.
#[derive(Clone, PartialEq)]
pub struct Snapshot {
    pub qubes: BTreeMap<String, Value>,
    pub globals: Value,
    pub policy: Option<String>,
    pub books: BTreeMap<PathBuf, Vec<u8>>,
}

/// All qubes with everything that is known of them, whatever the order of their features.
pub fn qubes(system: &Simulation) -> BTreeMap<String, Value> {
    let mut json: Value = serde_json::from_slice(&system.to_json()).unwrap();
    serde_json::from_value(json["qubes"].take()).unwrap()
}

impl Dom0 {
    pub fn snapshot(&self) -> Snapshot {
        let json: Value = serde_json::from_slice(&self.system.to_json()).unwrap();
        let state = self.layout.state();
        assert!(!self.layout.salt().exists(), "what Salt was to do is still there");
        let book = |path: PathBuf| (path.strip_prefix(&state).unwrap().to_owned(), fs::read(&path).unwrap());
        Snapshot {
            qubes: qubes(&self.system),
            globals: json["globals"].clone(),
            policy: self.policy(),
            // Bundles are imported whether anything comes of it or not; the history says what was tried, too, and is looked at by itself.
            books: self
                .state_files()
                .into_iter()
                .filter(|path| *path != self.layout.history())
                .map(book)
                .filter(|(path, _)| !path.starts_with("store"))
                .collect(),
        }
    }
}

impl Snapshot {
    /// The first thing in which two differ.
    pub fn difference(&self, other: &Self) -> Option<String> {
        if self == other {
            return None;
        }
        for name in self.qubes.keys().chain(other.qubes.keys()) {
            if self.qubes.get(name) != other.qubes.get(name) {
                let shown = |snapshot: &Self| snapshot.qubes.get(name).map_or("none".to_owned(), Value::to_string);
                return Some(format!("{name}:\n  {}\n  {}", shown(self), shown(other)));
            }
        }
        let books: Vec<_> =
            self.books.keys().chain(other.books.keys()).filter(|path| self.books.get(*path) != other.books.get(*path)).collect();
        Some(format!(
            "the policy ({}), the globals ({}) or the books {books:?}",
            self.policy != other.policy,
            self.globals != other.globals
        ))
    }

    /// The same without what an undone activation had to leave behind, since it may hold data: retired qubes that were not there
    /// `before`, which must be closed, and the templates that they are on; one that was there before stays a template for disposables.
    /// Volumes that have grown count as they were.
    pub fn without_leftovers(mut self, before: &Self) -> Self {
        let is_left = |(name, qube): &(&String, &Value)| !before.qubes.contains_key(*name) && is_retired(qube);
        let left: Vec<(String, String)> = (self.qubes.iter().filter(is_left))
            .map(|(name, qube)| {
                assert!(is_closed(qube), "{name} is left behind open: {qube}");
                (name.clone(), qube["properties"]["template"].as_str().unwrap_or_default().to_owned())
            })
            .collect();
        for (name, template) in left {
            self.qubes.remove(&name);
            match before.qubes.get(&template) {
                None => drop(self.qubes.remove(&template)),
                Some(was) => {
                    let properties = self.qubes.get_mut(&template).unwrap()["properties"].as_object_mut().unwrap();
                    match was["properties"].get("template_for_dispvms") {
                        None => drop(properties.remove("template_for_dispvms")),
                        Some(was) => drop(properties.insert("template_for_dispvms".to_owned(), was.clone())),
                    }
                }
            }
        }
        for (name, qube) in &mut self.qubes {
            // What lies in a qube that nobody wants any more is not known, and stays.
            if let Some(retired) = before.qubes.get(name).filter(|before| is_retired(before)) {
                match &retired["files"] {
                    Value::Null => drop(qube.as_object_mut().unwrap().remove("files")),
                    files => drop(qube.as_object_mut().unwrap().insert("files".to_owned(), files.clone())),
                }
            }
            let sizes = before.qubes.get(name).map(|before| before["sizes"].clone()).unwrap_or_default();
            match sizes {
                Value::Null => qube.as_object_mut().unwrap().remove("sizes"),
                sizes => qube.as_object_mut().unwrap().insert("sizes".to_owned(), sizes),
            };
        }
        self
    }
}

pub fn is_retired(qube: &Value) -> bool {
    qube["features"]["x-halite-retired"] == "1"
}

/// Whether a qube has neither network nor disposables, and does not start by itself.
pub fn is_closed(qube: &Value) -> bool {
    let is_none = |property: &str| qube["properties"].get(property) == Some(&Value::Null);
    is_none("netvm") && is_none("default_dispvm") && qube["properties"]["autostart"] == false
}
