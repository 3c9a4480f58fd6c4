//! Pairs of a dom0 and a recipe, both drawn at random: the plan between them is carried out in the simulation, and must bring about all
//! that is wanted and nothing else, with nothing open on the way that was not so before and is not to be.
//!
//! What is open is judged by `open`, which follows netvms as the simulation tells them after each change, and knows nothing of how plans
//! and checks go about it.
//!
//! `PAIRS=200000 PAIRS_FIRST=10000 cargo test --release --features dom0 --test pairs` draws others, and more.

#![allow(clippy::disallowed_methods, reason = "tests may touch the world")]

#[path = "../activation/bundles.rs"]
#[allow(dead_code, reason = "the recipes of other tests")]
mod bundles;
#[path = "../oracle/dice.rs"]
mod dice;
#[path = "../activation/dom0.rs"]
#[allow(dead_code, reason = "the verbs of other tests")]
mod dom0;
#[path = "../oracle/drawn.rs"]
mod drawn;
mod grown;
mod open;
mod pair;
#[path = "../activation/snapshot.rs"]
#[allow(dead_code, reason = "the comparisons of other tests")]
mod snapshot;
mod watched;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// How many pairs are of each kind.
type Tally = BTreeMap<&'static str, u64>;

/// Draws these pairs, on as many processors as there are.
fn tally(first: u64, count: u64) -> Tally {
    let next = AtomicU64::new(first);
    let recipes = pair::Recipes::draw();
    let work = || {
        let mut tally = Tally::new();
        let drawer = pair::Drawer::new(&recipes);
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= first + count {
                return tally;
            }
            drawer.draw(number, &mut tally);
        }
    };
    thread::scope(|scope| {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut all = Tally::new();
        for tally in workers.into_iter().map(|worker| worker.join().expect("a pair failed, see above")) {
            tally.into_iter().for_each(|(kind, count)| *all.entry(kind).or_default() += count);
        }
        all
    })
}

#[test]
fn plans_reach_what_is_wanted_and_every_prefix_is_safe() {
    let said = |name: &str, or: u64| std::env::var(name).map_or(or, |text| text.parse().expect("a number"));
    let count = said("PAIRS", 10_000);
    let tally = tally(said("PAIRS_FIRST", 0), count);
    println!("{tally:#?}");
    // The test must not go idle: in a thousand pairs, at least this many are of each kind.
    for (kind, least) in [
        ("planned", 700),
        ("with an earlier generation", 400),
        ("edited by hand", 300),
        ("with qubes to shut down", 80),
        ("connected in another order", 30),
        ("dangerous", 150),
        ("prefixes", 30_000),
        ("prefixes with something open", 15_000),
    ] {
        let is = tally.get(kind).copied().unwrap_or_default();
        assert!(is * 1000 >= least * count, "{kind}: {is} of {count}");
    }
}
