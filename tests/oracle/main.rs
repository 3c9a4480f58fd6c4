//! An independent oracle.

#![allow(clippy::disallowed_methods, reason = "a test may look at its environment")]

mod dice;
mod drawn;
mod edits;
mod flows;
mod network;
mod rules;
mod services;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use dice::Dice;
use halite::compile;
use halite::model::Release;
use halite::qrexec::{parse_policy, stock_beside};
use halite::recipe;

#[derive(Debug, Default)]
struct Case {
    text: String,
    edits: Vec<String>,
    codes: BTreeSet<String>,
    messages: Vec<String>,
    way: Option<String>,
    found: flows::Found,
    bundled: bool,
}

fn case(number: u64, full: bool) -> Option<Case> {
    let mut dice = Dice::new(number);
    let release = *dice.pick(&Release::ALL);
    let careless = dice.once_in(3);
    let text = drawn::recipe(&mut dice, careless);
    let source = match recipe::parse(&text) {
        Ok(source) => source,
        Err(halite::recipe::LoadError::Faults(faults)) => {
            let shown = faults.draw(false);
            if !careless { panic!("{shown}\n{text}"); }
            if std::env::var("SHOW").is_ok() { println!("{shown}"); }
            return None;
        }
        Err(other) => panic!("{other}"),
    };
    let mut compiled = compile::desired(&source, release);
    let mut edits = Vec::new();
    let kind = dice.roll(6);
    if kind == 3 || kind == 4 {
        for _ in 0..1 + dice.roll(2) {
            edits.push(edits::edit(&mut dice, &mut compiled.desired));
        }
        if dice.once_in(2) {
            compiled.policy = compile::policy(&compiled.desired, release, "drawn");
            edits.push("recompiled".to_owned());
        }
    }
    let mut rules = parse_policy(&compiled.policy).unwrap();
    if kind == 4 || kind == 5 {
        for _ in 0..1 + dice.roll(2) {
            edits.push(rules::edit(&mut dice, &compiled.desired, &mut rules));
        }
    }
    let text_of: String = rules.iter().map(|rule| format!("{rule}\n")).collect();
    let bundled = parse_policy(&text_of).is_ok();
    let report = halite::check::check(&compiled.desired, rules.clone(), release);
    let mut messages = Vec::new();
    let mut codes: BTreeSet<String> = BTreeSet::new();
    for error in report.errors() {
        codes.insert(error.code.as_str().to_owned());
        messages.push(format!("{} {error}", error.code.as_str()));
    }
    for excused in &report.excused {
        messages.push(format!("{excused:?}"));
    }
    let world = world::World::of(&compiled.desired, &rules, release);
    let policy = stock_beside(release, rules.clone());
    let mut chosen: Vec<&'static services::Service> = Vec::new();
    for service in &services::SERVICES {
        let named = compiled.desired.flows.values().any(|flow| flow.services.iter().any(|own| own.as_str() == service.name))
            || edits.iter().any(|edit| edit.contains(service.name)) || service.name.starts_with("something");
        if full || named || dice.once_in(12) {
            chosen.push(service);
        }
    }
    let found = flows::look(&compiled.desired, &world, &policy, &chosen);
    Some(Case { text, edits, codes, messages, way: network::way_around(&compiled.desired), found, bundled })
}

#[test]
fn explore() {
    let number = |name: &str, or: u64| std::env::var(name).map_or(or, |text| text.parse().unwrap());
    let (first, count) = (number("FIRST", 0), number("CASES", 1000));
    let mut kinds: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    for seed in first..first + count {
        let Some(case) = case(seed, number("FULL", 0) == 1) else {
            kinds.entry("not a recipe".to_owned()).or_insert((0, seed)).0 += 1;
            continue;
        };
        let gate = case.codes.iter().any(|code| !code.starts_with("H05"));
        let key = if gate {
            let codes: Vec<&str> = case.codes.iter().filter(|code| !code.starts_with("H05")).map(String::as_str).collect();
            format!("N {:5} {}", case.way.is_some(), codes.join(" "))
        } else {
            let f = &case.found;
            let mark = |what: &Option<String>, name: &str| what.as_ref().map_or(String::new(), |_| format!("{name} "));
            let found = [mark(&case.way, "WAY"), mark(&f.call, "call"), mark(&f.network, "network"), mark(&f.status, "status"), mark(&f.answer, "answer"), mark(&f.chain, "chain")].concat();
            let codes: Vec<&str> = case.codes.iter().map(String::as_str).collect();
            format!("F {} [{found}] {}", if case.bundled { "b" } else { "-" }, codes.join(" "))
        };
        if let Ok(wanted) = std::env::var("KEY") && key == wanted && kinds.get(&key).is_none_or(|known| known.0 < 3) {
            println!("==== {seed}\n{}\n{:#?}\n{:#?}\n{:?}\n{:#?}", case.text, case.edits, case.messages, case.way, case.found);
        }
        kinds.entry(key).or_insert((0, seed)).0 += 1;
    }
    for (key, (count, seed)) in kinds {
        println!("{count:6} {seed:6} {key}");
    }
}
