//! Decisions that Qubes' own parser made, for random policies and systems: 160 policies with 3,303 calls, 22 of which must fail to load.

#![allow(clippy::disallowed_methods, reason = "a test reads its data")]

use std::collections::{BTreeMap, BTreeSet};

use halite::qrexec::{Directories, Files, Graph, Outcome, Policy, Request, System, drawn};
use serde_json::{Value, json};

/// Policy files in memory, below `/policy`.
struct InMemory(BTreeMap<String, String>);

impl Files for InMemory {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        let below = format!("{}/", directory.trim_end_matches('/'));
        let names = self.0.keys().filter_map(|path| path.strip_prefix(&below)).filter(|name| !name.contains('/'));
        Ok(names.map(str::to_owned).collect())
    }

    fn directory(&self, path: &str) -> Result<String, String> {
        Ok(path.to_owned())
    }

    fn read(&self, path: &str) -> Result<(String, Vec<u8>), String> {
        let contents = self.0.get(path).ok_or_else(|| "it is not a file".to_owned())?;
        Ok((path.to_owned(), contents.clone().into_bytes()))
    }
}

fn cases() -> Vec<Value> {
    let lines = include_str!("data/qrexec-policy.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn policy(case: &Value) -> Policy {
    let files = case["files"].as_object().unwrap().iter();
    let files = files.map(|(path, text)| (format!("/policy/{path}"), text.as_str().unwrap().to_owned())).collect();
    Policy::load(&InMemory(files), &Directories { policy: vec!["/policy".to_owned()], compat: "/compat".to_owned() })
}

/// A decision with the keys of the recording.
fn decided(policy: &Policy, system: &System, call: &Value) -> Value {
    let text = |key: &str| call[key].as_str().unwrap();
    let request =
        Request { service: Some(text("service")), argument: text("argument"), source: text("source"), target: text("target") };
    let decision = policy.decide(system, &request);
    let mut answer = json!({"source": request.source, "service": request.service, "argument": request.argument,
        "target": request.target, "notify": decision.notify});
    let also = match &decision.outcome {
        Outcome::Deny => json!({"decision": "deny"}),
        Outcome::Allow { target, user, autostart } => {
            json!({"decision": "allow", "result_target": target, "user": user, "autostart": autostart})
        }
        Outcome::Ask { targets, default_target, user, autostart } => json!({"decision": "ask", "targets_for_ask": targets,
            "default_target": default_target, "user": user, "autostart": autostart}),
    };
    answer.as_object_mut().unwrap().extend(also.as_object().unwrap().clone());
    if let Some(rule) = decision.rule {
        answer["rule"] = json!(rule.origin.to_string());
    }
    answer
}

#[test]
fn each_recorded_decision() {
    let (mut calls, mut void, mut wrong) = (0, 0, Vec::new());
    for case in cases() {
        let policy = policy(&case);
        if case["load"] == "error" {
            void += 1;
            let reason = case["reason"].as_str().unwrap();
            match policy.faults.first() {
                None => wrong.push(format!("{}: it was loaded, and Qubes says: {reason}", case["id"])),
                // `invalid filename: NAME`, or `FILE:LINE: …`.
                Some(fault) => {
                    let place = format!("{}:{}:", fault.file, fault.line.unwrap_or(0));
                    if !reason.starts_with(&place) && reason != format!("invalid filename: {}", fault.file) {
                        wrong.push(format!("{}: {fault}, and Qubes says: {reason}", case["id"]));
                    }
                }
            }
            continue;
        }
        if policy.is_void() {
            wrong.push(format!("{}: {:?}", case["id"], policy.faults));
            continue;
        }
        let system = System::parse(case["system_info"].to_string().as_bytes()).unwrap();
        for call in case["calls"].as_array().unwrap() {
            calls += 1;
            let decided = decided(&policy, &system, call);
            if decided != *call {
                wrong.push(format!("{}:\n  decided  {decided}\n  recorded {call}", case["id"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
    assert_eq!((calls, void), (3303, 22));
}

/// Every call that a policy's rules name, from and to everything, as the graph has it: caller, target, rule.
fn by_kinds(policy: &Policy, system: &System) -> BTreeSet<(String, String, String, String)> {
    let graph = Graph::new(policy, system);
    let mut flows = BTreeSet::new();
    for call in graph.calls() {
        let rules = graph.rules_about(call);
        for kind in &graph.kinds().sources {
            for flow in graph.flows(kind, &rules) {
                let targets = flow.requested.iter().flat_map(|kind| &graph.kinds().targets[kind].members);
                let mut targets: Vec<String> = targets.map(|target| drawn(*target, system)).collect();
                targets.extend(flow.disposable.then(|| "@dispvm".to_owned()));
                for source in kind.members.iter().filter(|source| Some(**source) != flow.but) {
                    let source = &system.get(*source).name;
                    let flows_of = |target: String| (format!("{call:?}"), source.clone(), target, flow.rule.origin.to_string());
                    flows.extend(targets.iter().cloned().map(flows_of));
                }
            }
        }
    }
    flows
}

/// The same, call by call.
fn one_by_one(policy: &Policy, system: &System) -> BTreeSet<(String, String, String, String)> {
    let names = || system.qubes().iter().map(|qube| qube.name.clone());
    let disposables =
        system.qubes().iter().filter(|qube| qube.is_disposable_template).map(|qube| format!("@dispvm:{}", qube.name));
    let targets: Vec<String> = names().chain(disposables).chain(["@dispvm".to_owned(), "@default".to_owned()]).collect();
    let calls: BTreeSet<_> = policy.rules.iter().map(|rule| (rule.service.as_deref(), rule.argument.as_deref())).collect();
    let mut flows = BTreeSet::new();
    for call in calls {
        for source in names() {
            for target in &targets {
                let request = Request { service: call.0, argument: call.1.unwrap_or("+"), source: &source, target };
                let decision = policy.evaluate(system, &request);
                if decision.outcome != Outcome::Deny {
                    let rule = decision.rule.unwrap().origin.to_string();
                    flows.insert((format!("{call:?}"), source.clone(), target.clone(), rule));
                }
            }
        }
    }
    flows
}

#[test]
fn deciding_kinds_changes_no_decision() {
    let mut flows = 0;
    for case in cases() {
        let policy = policy(&case);
        let system = System::parse(case["system_info"].to_string().as_bytes()).unwrap();
        let (kinds, single) = (by_kinds(&policy, &system), one_by_one(&policy, &system));
        flows += single.len();
        let difference: Vec<_> = kinds.symmetric_difference(&single).take(5).collect();
        assert!(difference.is_empty(), "{}: {difference:#?}", case["id"]);
    }
    assert!(flows > 10_000, "{flows}");
}
