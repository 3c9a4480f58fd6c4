//! Decisions that Qubes' own parser of R4.3 made, for random policies and systems: 160 policies with 3,303 calls, 22 of which must fail
//! to load.

use halite::model::Release;
use serde_json::Value;

use super::in_memory::InMemory;
use super::{Case, decided};

pub fn cases() -> impl Iterator<Item = Case> {
    include_str!("../data/qrexec-policy.jsonl").lines().map(|line| {
        let recording: Value = serde_json::from_str(line).unwrap();
        let files = recording["files"].as_object().unwrap().iter();
        Case {
            name: recording["id"].to_string(),
            release: Release::R4_3,
            files: InMemory::of(files.map(|(path, text)| (format!("/policy/{path}"), text.as_str().unwrap()))),
            directories: vec!["/policy".to_owned()],
            system: recording["system_info"].clone(),
            calls: recording["calls"].as_array().unwrap().clone(),
            recording,
        }
    })
}

#[test]
fn each_recorded_decision() {
    let (mut calls, mut void, mut wrong) = (0, 0, Vec::new());
    for case in cases() {
        let policy = case.policy();
        let recording = &case.recording;
        if recording["load"] == "error" {
            void += 1;
            let reason = recording["reason"].as_str().unwrap();
            match policy.faults.first() {
                None => wrong.push(format!("{}: it was loaded, and Qubes says: {reason}", case.name)),
                // `invalid filename: NAME`, or `FILE:LINE: …`.
                Some(fault) => {
                    let place = format!("{}:{}:", fault.file, fault.line.unwrap_or(0));
                    if !reason.starts_with(&place) && reason != format!("invalid filename: {}", fault.file) {
                        wrong.push(format!("{}: {fault}, and Qubes says: {reason}", case.name));
                    }
                }
            }
            continue;
        }
        if policy.is_void() {
            wrong.push(format!("{}: {:?}", case.name, policy.faults));
            continue;
        }
        let system = case.system();
        for call in &case.calls {
            calls += 1;
            let decided = decided(&policy, &system, call);
            if decided != *call {
                wrong.push(format!("{}:\n  decided  {decided}\n  recorded {call}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
    assert_eq!((calls, void), (3303, 22));
}
