//! Policies that Qubes' own parser of R4.2 and R4.3 read, and decisions that it made: each by name, and some at random.
//!
//! A line of the data has files and links below `/`, the directories of the policy, and the old directory `/c`; what was loaded, as
//! `rules` with their places, or `void` with the place of the first fault, which is empty where Qubes names none; a system, and calls.
//! `fails` says that Qubes' own code fails with an error of Python.

#![allow(clippy::disallowed_methods, reason = "a test reads its data")]

#[path = "support/in_memory.rs"]
mod in_memory;

use halite::model::Release;
use halite::qrexec::{Directories, Outcome, Policy, Refusal, Request, System};
use in_memory::InMemory;
use serde_json::{Value, json};

fn cases() -> impl Iterator<Item = Value> {
    include_str!("data/qrexec-cases.jsonl").lines().map(|line| serde_json::from_str(line).unwrap())
}

fn texts(value: &Value) -> impl Iterator<Item = (String, String)> {
    value.as_object().into_iter().flatten().map(|(key, text)| (key.clone(), text.as_str().unwrap().to_owned()))
}

fn policy(case: &Value) -> Policy {
    let mut files = InMemory::of(texts(&case["files"]));
    files.links = texts(&case["links"]).collect();
    // So that each directory is there.
    for directory in ["/p", "/r", "/c"] {
        files.files.insert(format!("{directory}/.keep"), Vec::new());
    }
    let policy = case["dirs"].as_array().unwrap().iter().map(|directory| directory.as_str().unwrap().to_owned()).collect();
    let release: Release = case["release"].as_str().unwrap().parse().unwrap();
    Policy::load(&files, &Directories { policy, compat: "/c".to_owned(), release })
}

/// A decision with the keys of the recording.
fn decided(policy: &Policy, system: &System, call: &Value) -> Value {
    let text = |key: &str| call[key].as_str().unwrap();
    let request =
        Request { service: Some(text("service")), argument: text("argument"), source: text("source"), target: text("target") };
    let decision = policy.decide(system, &request);
    let mut answer = json!({"source": request.source, "service": request.service, "argument": request.argument,
        "target": request.target});
    let also = match &decision.outcome {
        Outcome::Deny(Refusal::Failure(_)) => json!({"decision": "deny", "fails": true}),
        Outcome::Deny(_) => json!({"decision": "deny", "notify": decision.notify}),
        Outcome::Allow { target, user, autostart } => json!({"decision": "allow", "result_target": target, "user": user,
            "autostart": autostart, "notify": decision.notify}),
        Outcome::Ask { targets, default_target, user, autostart } => json!({"decision": "ask", "targets_for_ask": targets,
            "default_target": default_target, "user": user, "autostart": autostart, "notify": decision.notify}),
    };
    answer.as_object_mut().unwrap().extend(also.as_object().unwrap().clone());
    // Where Qubes fails, it does not say over which rule.
    if let Some(rule) = decision.rule.filter(|_| answer["fails"] != true) {
        answer["rule"] = json!(rule.clause.origin.to_string());
    }
    answer
}

#[test]
fn what_is_loaded() {
    let mut wrong = Vec::new();
    let mut void = 0;
    for case in cases() {
        let policy = policy(&case);
        let name = format!("{} {}", case["release"], case["name"]);
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
    for case in cases().filter(|case| case["calls"].is_array()) {
        let policy = policy(&case);
        let system = System::parse(case["system"].to_string().as_bytes()).unwrap();
        assert_eq!(system.release().as_str(), case["release"], "the release shows in what qubesd says");
        for call in case["calls"].as_array().unwrap() {
            let decided = decided(&policy, &system, call);
            fails += usize::from(call["fails"] == true);
            if decided != *call {
                wrong.push(format!("{} {}:\n  decided  {decided}\n  recorded {call}", case["release"], case["name"]));
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
        for fault in policy(&case).faults {
            assert_eq!(fault.line.is_some(), fault.column.is_some(), "{fault}");
            let text = case["files"][format!("/p/{}", fault.file)].as_str();
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
