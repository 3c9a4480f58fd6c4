//! What Qubes' own parsers of R4.2 and R4.3 made of policies: each by name, and some at random.
//!
//! A line of the data has files and links below `/`, the directories of the policy, and the old directory `/c`; what was loaded, as
//! `rules` with their places, or `void` with the place of the first fault, which is empty where Qubes names none; a system, and calls.

use serde_json::{Value, json};

use super::in_memory::InMemory;
use super::{Case, decided};

pub fn cases() -> impl Iterator<Item = Case> {
    include_str!("../data/qrexec-cases.jsonl").lines().map(|line| {
        let recording: Value = serde_json::from_str(line).unwrap();
        let mut files = InMemory::of(texts(&recording["files"]));
        files.links = texts(&recording["links"]).collect();
        // So that each directory is there.
        for directory in ["/p", "/r", "/c"] {
            files.files.insert(format!("{directory}/.keep"), Vec::new());
        }
        let directories = recording["dirs"].as_array().unwrap().iter().map(|directory| directory.as_str().unwrap().to_owned());
        Case {
            name: format!("{} {}", recording["release"], recording["name"]),
            release: recording["release"].as_str().unwrap().parse().unwrap(),
            files,
            directories: directories.collect(),
            system: recording.get("system").cloned().unwrap_or_else(|| json!({"domains": {}})),
            calls: recording["calls"].as_array().cloned().unwrap_or_default(),
            recording,
        }
    })
}

fn texts(value: &Value) -> impl Iterator<Item = (String, String)> {
    value.as_object().into_iter().flatten().map(|(key, text)| (key.clone(), text.as_str().unwrap().to_owned()))
}

#[test]
fn what_is_loaded() {
    let mut wrong = Vec::new();
    let mut void = 0;
    for case in cases() {
        let policy = case.policy();
        let (name, case) = (&case.name, &case.recording);
        let first = policy.faults.first().map(|fault| format!("{}:{}", fault.file, fault.line.unwrap_or(0)));
        match (case["void"].as_str(), first) {
            (Some(place), Some(first)) => {
                void += 1;
                if !place.is_empty() && place != first {
                    wrong.push(format!("{name}: the first fault is not at {place}: {}", policy.faults[0]));
                }
            }
            (Some(place), None) => wrong.push(format!("{name}: Qubes refuses it at `{place}`")),
            (None, Some(_)) => wrong.push(format!("{name}: Qubes reads it: {}", policy.faults[0])),
            (None, None) => {
                let rules = json!(policy.rules.iter().map(|rule| rule.clause.origin.to_string()).collect::<Vec<_>>());
                if rules != case["rules"] {
                    wrong.push(format!("{name}:\n  read     {rules}\n  recorded {}", case["rules"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(void > 100, "{void}");
}

#[test]
fn what_is_decided() {
    let mut wrong = Vec::new();
    let mut fails = 0;
    for case in cases().filter(|case| !case.calls.is_empty()) {
        let (policy, system) = (case.policy(), case.system());
        assert_eq!(system.release(), case.release, "the release shows in what qubesd says");
        for call in &case.calls {
            let decided = decided(&policy, &system, call);
            fails += usize::from(call["fails"] == true);
            if decided != *call {
                wrong.push(format!("{}:\n  decided  {decided}\n  recorded {call}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(fails > 50, "{fails}");
}

/// Every fault of a line says in which column it shows, and that is where a word stands, or where one is missing.
#[test]
fn every_fault_of_a_line_has_a_column() {
    let mut lines = 0;
    for case in cases() {
        for fault in case.policy().faults {
            assert_eq!(fault.line.is_some(), fault.column.is_some(), "{fault}");
            let text = case.recording["files"][format!("/p/{}", fault.file)].as_str();
            let line = fault.line.and_then(|line| text?.split('\n').nth(line - 1)).filter(|line| !line.contains('\r'));
            let (Some(line), Some(column)) = (line, fault.column) else { continue };
            lines += 1;
            let before: Vec<char> = line.chars().take(column - 1).collect();
            assert!(column <= line.chars().count() + 1, "{fault}");
            let is_space =
                |character: &char| character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(character) || *character == ',';
            assert!(before.last().is_none_or(is_space) || column == line.trim_end().chars().count() + 1, "{fault}: {line}");
        }
    }
    assert!(lines > 80, "{lines}");
}
