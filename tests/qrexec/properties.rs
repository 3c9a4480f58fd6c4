//! What holds of any policy, whatever Qubes makes of it.

use std::collections::BTreeSet;

use halite::qrexec::{
    Carries, Origin, Outcome, Policy, Question, Reach, Request, Rule, System, Target, What, carries, drawn, lint,
};
use serde_json::json;

use super::edges::{Edge, edges};
use super::{Case, decided};

/// Every call that a policy's rules name, from and to everything, as the graph has it: caller, target, rule.
fn by_kinds(policy: &Policy, system: &System) -> BTreeSet<(String, String, String, String)> {
    let told = |edge: Edge| (format!("{:?}", edge.call), edge.source.to_owned(), edge.target, edge.origin.to_string());
    edges(policy, system).into_iter().map(told).collect()
}

/// The same, call by call.
fn one_by_one(policy: &Policy, system: &System) -> BTreeSet<(String, String, String, String)> {
    let names = || system.qubes().iter().map(|qube| qube.name.clone());
    let numbers = || 0..system.qubes().len();
    let disposables = numbers().filter(|number| system.get(*number).is_disposable_template).map(Target::DisposableFrom);
    let targets = numbers().map(Target::Qube).chain(disposables).chain([Target::Default]).map(|target| drawn(target, system));
    let targets: Vec<String> = targets.chain(["@dispvm".to_owned()]).collect();
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
    for case in Case::all() {
        let policy = case.policy();
        let system = case.system();
        let (kinds, single) = (by_kinds(&policy, &system), one_by_one(&policy, &system));
        flows += single.len();
        let difference: Vec<_> = kinds.symmetric_difference(&single).take(5).collect();
        assert!(difference.is_empty(), "{}: {difference:#?}", case.name);
    }
    assert!(flows > 10_000, "{flows}");
}

/// The qube that a decision names, in whatever way.
fn named(target: &str, system: &System) -> Option<String> {
    let target = if target == "@adminvm" { "dom0" } else { target };
    system.number(target).map(|number| system.get(number).name.clone())
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
        // dom0 passes nothing on by itself.
        for source in reached.clone().into_iter().filter(|source| source == from || source != "dom0") {
            for rule in &policy.rules {
                if !carries(rule.call.service.as_deref()).contains(&question.what) {
                    continue;
                }
                // What is said of an argument that no rule names goes for all of them.
                let arguments = [rule.call.argument.as_deref().unwrap_or("+"), "+named-by-no-rule"];
                for (target, argument) in targets.iter().flat_map(|target| arguments.map(|argument| (target, argument))) {
                    let request = Request { service: rule.call.service.as_deref(), argument, source: &source, target };
                    match policy.decide(system, &request).outcome {
                        Outcome::Allow { target, .. } => reached.extend(named(&target, system)),
                        Outcome::Ask { targets, .. } if question.with_ask => {
                            reached.extend(targets.iter().filter_map(|target| named(target, system)));
                        }
                        _ => {}
                    }
                }
            }
        }
        if reached.len() == before {
            reached.remove(from);
            return reached;
        }
    }
}

#[test]
fn ways_lead_wherever_calls_lead() {
    let mut ways = 0;
    for case in Case::all() {
        let policy = case.policy();
        // Without disposable templates, so that no disposable is a qube of its own here.
        let mut case = case;
        for qube in case.system["domains"].as_object_mut().unwrap().values_mut() {
            qube["template_for_dispvms"] = json!(false);
            qube["default_dispvm"] = json!(null);
        }
        let system = case.system();
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
                        case.name,
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
    for case in Case::all() {
        let policy = case.policy();
        let system = case.system();
        for system_known in [None, Some(&system)] {
            let remarks = lint(&policy, system_known).into_iter();
            let shadowed: BTreeSet<usize> =
                remarks.filter(|remark| matches!(remark.what, What::Shadowed(_))).map(|remark| remark.rule).collect();
            let rules =
                policy.rules.iter().enumerate().filter(|(number, _)| !shadowed.contains(number)).map(|(_, rule)| rule.clone());
            let without = Policy { rules: rules.collect(), faults: policy.faults.clone() };
            left_out += policy.rules.len() - without.rules.len();
            for call in &case.calls {
                assert_eq!(decided(&policy, &system, call), decided(&without, &system, call), "{}: {shadowed:?}", case.name);
            }
        }
    }
    assert!(left_out > 20, "{left_out}");
}

/// The policy, with a rule put before the one that has this number now.
fn with(policy: &Policy, at: usize, rule: Rule) -> Policy {
    let mut rules = policy.rules.clone();
    rules.insert(at, rule);
    Policy { rules, faults: policy.faults.clone() }
}

#[test]
fn a_rule_in_front_decides_what_it_matches() {
    let (mut matched, mut passed) = (0, 0);
    for case in Case::all().filter(|case| !case.calls.is_empty()) {
        let (policy, system) = (case.policy(), case.system());
        // Rules of the policy itself have the best chance to match something.
        let others = policy.rules.iter().map(|rule| rule.to_string()).chain(["* * * * deny".to_owned()]);
        for rule in others.collect::<BTreeSet<_>>() {
            let Ok(rule) = Rule::parse(&rule, Origin { file: "first".into(), line: Some(1) }, case.release) else { continue };
            let alone = Policy { rules: vec![rule.clone()], faults: Vec::new() };
            let together = with(&policy, 0, rule);
            for call in &case.calls {
                let (alone, together) = (decided(&alone, &system, call), decided(&together, &system, call));
                if alone["fails"] == true {
                    assert_eq!(together["fails"], true, "{}: {call}", case.name);
                } else if alone["rule"] == "first:1" {
                    matched += 1;
                    assert!(together["rule"] == "first:1" || together["fails"] == true, "{}: {call}", case.name);
                    // A user may choose from more, or less, because of the rules behind it.
                    let is_same = together == alone;
                    assert!(is_same || alone["decision"] == "ask" || together["decision"] == "ask" || together["fails"] == true);
                } else {
                    passed += 1;
                    let before = decided(&policy, &system, call);
                    assert!(before["rule"] == together["rule"] || before["fails"] == true || together["fails"] == true);
                }
            }
        }
    }
    assert!(matched > 3_000 && passed > 30_000, "{matched} {passed}");
}

#[test]
fn a_rule_behind_one_that_is_about_the_same_changes_nothing() {
    let mut added = 0;
    for case in Case::all().filter(|case| !case.calls.is_empty()) {
        let (policy, system) = (case.policy(), case.system());
        for (number, rule) in policy.rules.iter().enumerate() {
            if rule.permission().is_some_and(|permission| permission.target.is_some()) {
                continue;
            }
            for action in ["allow", "ask", "deny notify=no"] {
                let text = format!("{rule} x=y").replace(&format!("{} x=y", rule.clause.action), action);
                let Ok(second) = Rule::parse(&text, Origin { file: "second".into(), line: Some(1) }, case.release) else {
                    continue;
                };
                let more = with(&policy, policy.rules.len().min(number + 1 + added % 3), second);
                added += 1;
                for call in &case.calls {
                    assert_eq!(decided(&policy, &system, call), decided(&more, &system, call), "{}: {text}", case.name);
                }
            }
        }
    }
    assert!(added > 2_000, "{added}");
}
