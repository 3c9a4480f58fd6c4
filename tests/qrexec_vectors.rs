//! Decisions that Qubes' own parser made, for random policies and systems: 160 policies with 3,303 calls, 22 of which must fail to load.

#![allow(clippy::disallowed_methods, reason = "a test reads its data")]

#[path = "support/in_memory.rs"]
mod in_memory;

use std::collections::BTreeSet;

use halite::model::Release;
use halite::qrexec::{
    Carries, Directories, Graph, Origin, Outcome, Policy, Question, Reach, Request, Rule, System, What, carries, drawn, lint,
};
use in_memory::InMemory;
use serde_json::{Value, json};

fn cases() -> Vec<Value> {
    let lines = include_str!("data/qrexec-policy.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn policy(case: &Value) -> Policy {
    let files = case["files"].as_object().unwrap().iter();
    let files = InMemory::of(files.map(|(path, text)| (format!("/policy/{path}"), text.as_str().unwrap())));
    let (policy, compat) = (vec!["/policy".to_owned()], "/compat".to_owned());
    Policy::load(&files, &Directories { policy, compat, release: Release::R4_3 })
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
        Outcome::Deny(_) => json!({"decision": "deny"}),
        Outcome::Allow { target, user, autostart } => {
            json!({"decision": "allow", "result_target": target, "user": user, "autostart": autostart})
        }
        Outcome::Ask { targets, default_target, user, autostart } => json!({"decision": "ask", "targets_for_ask": targets,
            "default_target": default_target, "user": user, "autostart": autostart}),
    };
    answer.as_object_mut().unwrap().extend(also.as_object().unwrap().clone());
    if let Some(rule) = decision.rule {
        answer["rule"] = json!(rule.clause.origin.to_string());
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
                for source in kind.members.iter().filter(|source| flow.callers.contains(**source)) {
                    let source = &system.get(*source).name;
                    let flows_of = |target: String| {
                        (format!("{call:?}"), source.clone(), target, rules[flow.rule].clause.origin.to_string())
                    };
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
    let calls: BTreeSet<_> =
        policy.rules.iter().map(|rule| (rule.call.service.as_deref(), rule.call.argument.as_deref())).collect();
    let mut flows = BTreeSet::new();
    for call in calls {
        for source in names() {
            for target in &targets {
                let request = Request { service: call.0, argument: call.1.unwrap_or("+"), source: &source, target };
                let decision = policy.evaluate(system, &request);
                if !matches!(decision.outcome, Outcome::Deny(_)) {
                    let rule = decision.rule.unwrap().clause.origin.to_string();
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

/// All that can be reached, by going over every call of everybody again and again.
fn reached(policy: &Policy, system: &System, from: &str, question: Question) -> BTreeSet<String> {
    let mut reached = BTreeSet::from([from.to_owned()]);
    let targets: Vec<String> = (system.qubes().iter().map(|qube| qube.name.clone()))
        .chain(system.qubes().iter().filter(|qube| qube.is_disposable_template).map(|qube| format!("@dispvm:{}", qube.name)))
        .chain(["@dispvm".to_owned(), "@default".to_owned()])
        .collect();
    loop {
        let before = reached.len();
        for source in reached.clone().into_iter().filter(|source| system.number(source).is_some()) {
            for rule in &policy.rules {
                if !carries(rule.call.service.as_deref()).contains(&question.what) {
                    continue;
                }
                for target in &targets {
                    let argument = rule.call.argument.as_deref().unwrap_or("+");
                    let request = Request { service: rule.call.service.as_deref(), argument, source: &source, target };
                    match policy.decide(system, &request).outcome {
                        Outcome::Allow { target, .. } => drop(reached.insert(target)),
                        Outcome::Ask { targets, .. } if question.with_ask => reached.extend(targets),
                        _ => {}
                    }
                }
            }
        }
        if reached.len() == before {
            reached.remove(from);
            reached.retain(|name| system.number(name).is_some());
            return reached;
        }
    }
}

#[test]
fn ways_lead_wherever_calls_lead() {
    let mut ways = 0;
    for case in cases() {
        let policy = policy(&case);
        // Without disposable templates, so that no disposable is a qube of its own here.
        let mut case = case;
        for qube in case["system_info"]["domains"].as_object_mut().unwrap().values_mut() {
            qube["template_for_dispvms"] = json!(false);
            qube["default_dispvm"] = json!(null);
        }
        let system = System::parse(case["system_info"].to_string().as_bytes()).unwrap();
        for what in [Carries::Data, Carries::Control] {
            for with_ask in [false, true] {
                let question = Question { what, with_ask };
                for qube in system.qubes() {
                    let reach = Reach::from(&policy, &system, &qube.name, question);
                    let found: BTreeSet<String> = reach.reached().map(str::to_owned).collect();
                    assert_eq!(
                        found,
                        reached(&policy, &system, &qube.name, question),
                        "{} {} {question:?}",
                        case["id"],
                        qube.name
                    );
                    for to in &found {
                        let way = reach.way(to).unwrap();
                        assert_eq!((&way[0].from, &way[way.len() - 1].to), (&qube.name, to));
                        assert!(way.windows(2).all(|hops| hops[0].to == hops[1].from), "{way:?}");
                        ways += way.len();
                    }
                }
            }
        }
    }
    assert!(ways > 1_000, "{ways}");
}

#[test]
fn what_lint_calls_shadowed_can_be_left_out() {
    let mut left_out = 0;
    for case in cases() {
        let policy = policy(&case);
        let system = System::parse(case["system_info"].to_string().as_bytes()).unwrap();
        for system_known in [None, Some(&system)] {
            let remarks = lint(&policy, system_known).into_iter();
            let shadowed: BTreeSet<usize> =
                remarks.filter(|remark| matches!(remark.what, What::Shadowed(_))).map(|remark| remark.rule).collect();
            let rules =
                policy.rules.iter().enumerate().filter(|(number, _)| !shadowed.contains(number)).map(|(_, rule)| rule.clone());
            let without = Policy { rules: rules.collect(), faults: policy.faults.clone() };
            left_out += policy.rules.len() - without.rules.len();
            for call in case["calls"].as_array().unwrap() {
                assert_eq!(decided(&policy, &system, call), decided(&without, &system, call), "{}: {shadowed:?}", case["id"]);
            }
        }
    }
    assert!(left_out > 20, "{left_out}");
}

#[test]
fn a_rule_in_front_decides_what_it_matches() {
    for case in cases() {
        let policy = policy(&case);
        let system = System::parse(case["system_info"].to_string().as_bytes()).unwrap();
        let deny = Rule::parse("* * * * deny", Origin { file: "first".into(), line: Some(1) }, Release::R4_3).unwrap();
        let rules = [deny].into_iter().chain(policy.rules.iter().cloned()).collect();
        let denied = Policy { rules, faults: policy.faults.clone() };
        for call in case["calls"].as_array().unwrap() {
            let decision = decided(&denied, &system, call);
            assert_eq!(decision["decision"], "deny", "{}: {call}", case["id"]);
        }
    }
}
