//! An independent oracle: whether anything leaves around its gateway, and whether identities reach each other, by plain search over the
//! graph of netvms and plain evaluation of policy; and how many calls that takes, which reports tell. Nothing here knows how the checks go about it; recipes, what they come to, and the rules
//! of their policy are drawn at random, good and bad ones, and both must agree on each.
//!
//! `ORACLE_CASES=200000 ORACLE_FIRST=10000 cargo test --release --test oracle` draws others, and more.

#![allow(clippy::disallowed_methods, reason = "how many cases are drawn can be said in the environment")]

mod case;
mod dice;
mod drawn;
mod edits;
mod flows;
mod matrix;
mod network;
mod rules;
mod services;
mod verdict;
mod world;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use case::Case;

/// Of so many cases, one's matrix is looked at.
const MATRICES: u64 = 20;

/// How many of the cases are of each kind, and where oracle and checks disagree.
#[derive(Default)]
struct Tally {
    kinds: BTreeMap<&'static str, u64>,
    /// By what they are over: how often, and the first one.
    disagreements: BTreeMap<String, (u64, String)>,
}

impl Tally {
    fn count(&mut self, kind: &'static str, is: bool) {
        *self.kinds.entry(kind).or_default() += u64::from(is);
    }

    fn add(&mut self, number: u64) {
        let case = Case::draw(number);
        let verdict = verdict::judge(&case);
        self.count("leaves around its gateway", verdict.leaves);
        self.count("accepted", verdict.is_accepted);
        if let Some(found) = &verdict.flows {
            self.count("judged by its flows", true);
            self.count("a call crosses", found.call.is_some());
            self.count("only a chain crosses", found.chain.is_some() && found.call.is_none());
            self.count("another way to the network", found.network.is_some());
            self.count("status crosses", found.status.is_some());
            self.count("a flow is answered otherwise", found.answer.is_some());
        }
        // Every call of every service takes long: of some cases.
        if verdict.flows.is_some() && number.is_multiple_of(MATRICES) {
            self.count("a matrix", true);
            if let Some(how) = matrix::disagreement(&case) {
                let over = "the matrix of a report".to_owned();
                self.disagreements.entry(over).or_insert_with(|| (0, format!("{how}\n{}", case.told()))).0 += 1;
            }
        }
        for (over, how) in verdict.disagreements {
            self.disagreements.entry(over).or_insert_with(|| (0, format!("{how}\n{}", case.told()))).0 += 1;
        }
    }

    fn join(mut self, other: Self) -> Self {
        other.kinds.into_iter().for_each(|(kind, count)| *self.kinds.entry(kind).or_default() += count);
        for (over, (count, first)) in other.disagreements {
            self.disagreements.entry(over).or_insert((0, first)).0 += count;
        }
        self
    }
}

/// Draws these cases, on as many processors as there are.
fn tally(first: u64, count: u64) -> Tally {
    let next = AtomicU64::new(first);
    let work = || {
        let mut tally = Tally::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= first + count {
                return tally;
            }
            tally.add(number);
        }
    };
    thread::scope(|scope| {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().expect("it ends")).fold(Tally::default(), Tally::join)
    })
}

#[test]
fn checks_and_oracle_agree() {
    let said = |name: &str, or: u64| std::env::var(name).map_or(or, |text| text.parse().expect("a number"));
    let count = said("ORACLE_CASES", 10_000);
    let tally = tally(said("ORACLE_FIRST", 0), count);
    println!("{:#?}", tally.kinds);
    for (over, (count, first)) in &tally.disagreements {
        println!("== {count} times: {over}; the first time:\n{first}");
    }
    assert!(tally.disagreements.is_empty(), "{} disagreements, see above", tally.disagreements.len());
    // The test must not go idle: in a thousand cases, at least this many are of each kind.
    for (kind, least) in [
        ("a matrix", 20),
        ("accepted", 200),
        ("leaves around its gateway", 100),
        ("judged by its flows", 400),
        ("a call crosses", 100),
        ("only a chain crosses", 15),
        ("another way to the network", 10),
        ("status crosses", 30),
        ("a flow is answered otherwise", 3),
    ] {
        assert!(tally.kinds[kind] * 1000 >= least * count, "{kind}: {} of {count}", tally.kinds[kind]);
    }
}
