//! An independent oracle.

#![allow(clippy::disallowed_methods, reason = "how many cases are drawn can be said in the environment")]

mod case;
mod dice;
mod drawn;
mod edits;
mod flows;
mod network;
mod rules;
mod services;
mod verdict;
mod world;

use std::collections::BTreeMap;

use case::Case;

#[test]
fn explore() {
    let number = |name: &str, or: u64| std::env::var(name).map_or(or, |text| text.parse().unwrap());
    let (first, count) = (number("FIRST", 0), number("CASES", 1000));
    let mut kinds: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in first..first + count {
        let Some(case) = Case::draw(seed) else {
            *tally.entry("no recipe").or_default() += 1;
            continue;
        };
        let verdict = verdict::judge(&case);
        let mut tell = |what: &'static str, is: bool| *tally.entry(what).or_default() += usize::from(is);
        tell("way", verdict.way);
        tell("sound", verdict.is_sound);
        tell("flows judged", verdict.flows.is_some());
        if let Some(found) = &verdict.flows {
            tell("call", found.call.is_some());
            tell("chain", found.chain.is_some());
            tell("network", found.network.is_some());
            tell("status", found.status.is_some());
            tell("answer", found.answer.is_some());
            tell("chain alone", found.chain.is_some() && found.call.is_none());
        }
        for (what, told) in verdict.disagreements {
            let kind = kinds.entry(what).or_default();
            kind.0 += 1;
            if kind.1.len() < number("SHOW", 3) as usize {
                kind.1.push(told);
            }
        }
    }
    println!("{tally:#?}");
    for (what, (count, told)) in &kinds {
        println!("######## {count} {what}");
        if std::env::var("ONLY").is_ok_and(|only| what.contains(&only)) {
            told.iter().for_each(|told| println!("{told}"));
        }
    }
}
