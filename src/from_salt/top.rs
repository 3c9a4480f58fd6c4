//! Top files: which states are for which qube.

use super::remarks::{About, Remarks};
use super::state::text;
use super::yaml::{Node, Value};
use crate::check::Code;
use crate::recipe::{At, FileId};

/// A state that is for a qube.
#[derive(Debug)]
pub struct Assignment {
    /// The qube, or a pattern of names.
    pub target: At<String>,
    /// The state, by the name of its file.
    pub state: At<String>,
}

/// Whether the file at `path` is a top file.
pub fn is_top(path: &str) -> bool {
    path.ends_with(".top") || path == "top.sls" || path.ends_with("/top.sls")
}

/// Reads a top file.
pub fn read(document: &Node, remarks: &Remarks) -> Vec<Assignment> {
    let mut assignments = Vec::new();
    for (_, targets) in entries(document, remarks) {
        for (target, states) in entries(targets, remarks) {
            let Some(target) = text(target) else {
                unread(target, remarks);
                continue;
            };
            let Value::List(states) = &states.value else {
                unread(states, remarks);
                continue;
            };
            for state in states {
                match text(state) {
                    Some(state) => assignments.push(Assignment { target: target.clone(), state }),
                    // How the target is matched, such as `- match: list`.
                    None if matches!(state.value, Value::Map(_)) => {}
                    None => unread(state, remarks),
                }
            }
        }
    }
    assignments
}

fn entries<'a>(node: &'a Node, remarks: &Remarks) -> &'a [(Node, Node)] {
    match &node.value {
        Value::Map(entries) => entries,
        Value::Nothing => &[],
        _ => {
            unread(node, remarks);
            &[]
        }
    }
}

fn unread(node: &Node, remarks: &Remarks) {
    let message = format!("a top file maps targets to lists of states, and here is {}: left out", node.value.kind());
    remarks.say(About::Nothing, Code::SaltUnknown, &node.place, message, "name each target's states in a list");
}

/// The name by which a top file knows the states of the file at `path`.
fn name_of(path: &str) -> String {
    let path = path.strip_suffix(".sls").unwrap_or(path);
    path.strip_suffix("/init").unwrap_or(path).replace('/', ".")
}

/// The number of the file that holds the states of this name. A folder inside of Salt's own lacks the first parts of names.
pub fn file_of(state: &str, paths: &[String]) -> Option<usize> {
    let shorter = state.match_indices('.').filter_map(|(at, _)| state.get(at + 1..));
    std::iter::once(state).chain(shorter).find_map(|name| paths.iter().position(|path| name_of(path) == name))
}

/// Whether the states of two files may be applied to one target: unless top files name other targets for each.
pub fn meet(one: FileId, other: FileId, assignments: &[Assignment], paths: &[String]) -> bool {
    let targets = |file: FileId| -> Vec<&str> {
        let of_file = assignments.iter().filter(|given| file_of(&given.state.value, paths) == Some(file.number()));
        of_file.map(|given| given.target.value.as_str()).collect()
    };
    let (these, those) = (targets(one), targets(other));
    one == other || these.is_empty() || those.is_empty() || these.iter().any(|target| those.contains(target))
}

/// Tells states that a top file names, and that are in no file.
pub fn find_missing(assignments: &[Assignment], paths: &[String], remarks: &Remarks) {
    for Assignment { state, .. } in assignments {
        if file_of(&state.value, paths).is_none() {
            let file = state.value.replace('.', "/");
            let message = format!(
                "the state `{}` is in no file here, and Salt stops at it; the states of all files are taken",
                state.value
            );
            let help = format!("it would be in `{file}.sls` or `{file}/init.sls`");
            remarks.say(About::Nothing, Code::SaltSpelling, &state.place, message, &help);
        }
    }
}
