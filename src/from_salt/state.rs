//! States as Salt takes a file of them: an id, functions under it, and what each of them is given.
//!
//! Source: Salt 3008, `salt/state.py`, `State.verify_high` and `State.compile_high_data`.

use std::collections::BTreeMap;

use super::remarks::{About, Remarks};
use super::yaml::{Node, Value};
use crate::check::Code;
use crate::recipe::{At, Fault, FileId, Place};

/// One function under an id.
#[derive(Debug)]
pub struct State {
    /// The file it is in.
    pub file: FileId,
    /// The id.
    pub id: At<String>,
    /// The function, such as `qvm.vm`.
    pub function: At<String>,
    /// What it is given.
    pub arguments: Vec<Argument>,
}

/// Something that a function is given.
#[derive(Debug)]
pub enum Argument {
    /// A value by its key.
    Pair(At<String>, Node),
    /// A word alone.
    Word(At<String>),
}

/// What stands at the top of a file beside states.
const INCLUDE: &str = "include";
const CHANGES: [&str; 2] = ["extend", "exclude"];

/// Reads a file of states.
pub fn read(document: &Node, file: FileId, remarks: &Remarks) -> Vec<State> {
    let entries = match &document.value {
        Value::Map(entries) => entries,
        Value::Nothing => return Vec::new(),
        other => {
            let message = format!("a file of states is a mapping of ids, and here is {}: left out", other.kind());
            remarks.say(About::Nothing, Code::SaltUnknown, &document.place, message, "begin each state with its id and a `:`");
            return Vec::new();
        }
    };
    let mut states = Vec::new();
    for (key, value) in entries {
        let Some(id) = text(key) else {
            let message = format!("the id of this state is {}: the state is left out", key.value.kind());
            remarks.say(About::Nothing, Code::SaltCode, &key.place, message, "write the id out");
            continue;
        };
        match id.value.as_str() {
            // Which files belong together does not matter: all of the folder are read.
            INCLUDE => {}
            word if CHANGES.contains(&word) => {
                let message = format!("`{word}` changes states that stand elsewhere: left out");
                remarks.say(About::Nothing, Code::SaltUnknown, &id.place, message, "change the states themselves");
            }
            _ => states.extend(functions(id, value, file, remarks)),
        }
    }
    states
}

/// The functions under an id.
fn functions(id: At<String>, value: &Node, file: FileId, remarks: &Remarks) -> Vec<State> {
    let state = |function: At<String>, arguments| State { file, id: id.clone(), function, arguments };
    match &value.value {
        Value::Map(functions) => functions
            .iter()
            .filter_map(|(function, given)| {
                let Some(function) = text(function) else {
                    let message = format!("a function's name is {}: left out", function.value.kind());
                    remarks.say(About::Nothing, Code::SaltCode, &function.place, message, "write the name out");
                    return None;
                };
                let given = arguments(given, Given::Function(&function.value), &About::Nothing, remarks);
                Some(joined(function, given, &id, remarks).map(|(function, given)| state(function, given)))
            })
            .flatten()
            .collect(),
        Value::Text(function) if is_function(function) => {
            vec![state(At { value: function.clone(), place: value.place.clone() }, Vec::new())]
        }
        Value::Text(_) => {
            let message = format!("`{}` is no state, and Salt refuses the file for it; taken as a heading", id.value);
            remarks.say(About::Nothing, Code::SaltMended, &id.place, message, "write `#` before it");
            Vec::new()
        }
        other => {
            let message = format!("under the id `{}` stands {} in place of a function: left out", id.value, other.kind());
            remarks.say(About::Nothing, Code::SaltUnknown, &id.place, message, "name a function under it, such as `qvm.vm:`");
            Vec::new()
        }
    }
}

/// A function whose module and name stand apart (`qvm:` and then `- present`), as one.
fn joined(
    function: At<String>,
    mut given: Vec<Argument>,
    id: &At<String>,
    remarks: &Remarks,
) -> Option<(At<String>, Vec<Argument>)> {
    if function.value.contains('.') {
        return Some((function, given));
    }
    let word = given.iter().position(|argument| matches!(argument, Argument::Word(_)));
    match word.map(|at| given.remove(at)) {
        Some(Argument::Word(name)) => {
            Some((At { value: format!("{}.{}", function.value, name.value), place: function.place }, given))
        }
        _ => {
            let message = format!("`{}` under the id `{}` is no function: left out", function.value, id.value);
            remarks.say(About::Nothing, Code::SaltUnknown, &function.place, message, "a function is named as `qvm.vm` is");
            None
        }
    }
}

/// Whether a word has the form of a function's name.
pub fn is_function(word: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    word.split_once('.').is_some_and(|(module, name)| plain(module) && plain(name))
}

/// Who is given arguments.
#[derive(Debug, Clone, Copy)]
pub enum Given<'a> {
    /// A state function.
    Function(&'a str),
    /// One of the actions of `qvm.vm`.
    Action(&'a str),
}

/// What a function or an action is given: a list whose mappings are taken as one.
pub fn arguments(node: &Node, given: Given, about: &About, remarks: &Remarks) -> Vec<Argument> {
    let mut all = Vec::new();
    let pairs = |pairs: &[(Node, Node)], all: &mut Vec<Argument>| {
        for (key, value) in pairs {
            match text(key) {
                Some(key) => all.push(Argument::Pair(key, value.clone())),
                None => hidden(key, about, remarks),
            }
        }
    };
    match &node.value {
        Value::Nothing => {}
        Value::List(items) => {
            for item in items {
                match &item.value {
                    Value::Map(entries) => pairs(entries, &mut all),
                    Value::Text(word) => all.push(Argument::Word(At { value: word.clone(), place: item.place.clone() })),
                    _ => hidden(item, about, remarks),
                }
            }
        }
        Value::Map(entries) => {
            let message = match given {
                Given::Function(name) => format!("`{name}` is given a mapping, and Salt refuses it; taken as a list"),
                Given::Action(name) => {
                    format!(
                        "`{name}` is given a mapping, of which Salt's `qvm.vm` takes the keys alone and sets nothing; taken as a list"
                    )
                }
            };
            remarks.say(about.clone(), Code::SaltSpelling, &node.place, message, "write `- ` before each key");
            pairs(entries, &mut all);
        }
        Value::Text(word) if matches!(given, Given::Function(name) if !name.contains('.')) => {
            all.push(Argument::Word(At { value: word.clone(), place: node.place.clone() }));
        }
        _ => hidden(node, about, remarks),
    }
    all
}

fn hidden(node: &Node, about: &About, remarks: &Remarks) {
    let message = format!("here is {}, which cannot be taken: left out", node.value.kind());
    remarks.say(about.clone(), Code::SaltCode, &node.place, message, "write it out as `- KEY: VALUE`");
}

/// A node as a text.
pub fn text(node: &Node) -> Option<At<String>> {
    match &node.value {
        Value::Text(text) => Some(At { value: text.clone(), place: node.place.clone() }),
        _ => None,
    }
}

/// Tells ids that stand for several states, and functions that stand under one id twice. Salt refuses both, where the states `meet`: where
/// they may be applied to one target.
pub fn find_twins(states: &[State], meet: impl Fn(FileId, FileId) -> bool, remarks: &Remarks) {
    let mut ids: BTreeMap<&str, Vec<&Place>> = BTreeMap::new();
    let mut functions: BTreeMap<(FileId, usize, &str), &Place> = BTreeMap::new();
    for State { id, function, .. } in states {
        let twice = |place: &Place, other: &Place, message: String, help: &str| {
            let fault = Fault::new(Code::SaltTwice, place.clone(), message).see(other.clone(), "the other one");
            remarks.add(About::Nothing, fault.help(Some(help.to_owned())));
        };
        let others = ids.entry(id.value.as_str()).or_default();
        let other = others.iter().find(|other| **other != &id.place && meet(other.file, id.place.file)).copied();
        if !others.contains(&&id.place) {
            others.push(&id.place);
        }
        if let Some(first) = other {
            let message =
                format!("the id `{}` stands for another state already, and Salt refuses both; taken as one of its own", id.value);
            twice(&id.place, first, message, "give each state an id of its own");
        }
        let key = (id.place.file, id.place.span.start, function.value.as_str());
        if let Some(other) = functions.insert(key, &function.place) {
            let message = format!(
                "`{}` stands under the id `{}` twice, and Salt refuses the file; taken as one after the other",
                function.value, id.value
            );
            twice(&function.place, other, message, "join the two, or give the second one an id of its own");
        }
    }
}
