//! Chains of switches, rollbacks, interruptions and edits by hand, drawn at random: whatever came before, each ends where it should, opens
//! nothing on the way, and touches nobody's data.
//!
//! `CHAINS=100000 CHAINS_FIRST=10000 cargo test --release --all-features --test activation chains` draws others, and more.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use halite::model::Release;

use crate::bundles::{Bundle, SMALL, bundle, small_changed, small_reassigned, without};
use crate::dice::Dice;
use crate::dom0::Dom0;
use crate::world::World;

/// How much there was of each kind.
pub type Tally = BTreeMap<&'static str, u64>;

fn recipes() -> [String; 6] {
    [
        SMALL.to_owned(),
        small_changed(),
        small_reassigned(),
        without(SMALL, &["workstation.b", "identity.b"]).replace("memory = 1000\n", ""),
        SMALL.replace("[workstation.a]", "[workstation.other]").replace("\"orange\"", "\"green\""),
        SMALL
            .replace("memory = 1000", "private = 4096")
            .replace("gateway.a-gw]\nupstream = \"sys-firewall\"", "gateway.a-gw]\nupstream = \"sys-net\""),
    ]
}

/// The bundles of both releases.
fn bundles() -> [Vec<Bundle>; 2] {
    Release::ALL.map(|release| (1..).zip(recipes()).map(|(serial, text)| bundle(&text, serial, release)).collect())
}

/// Draws these chains, on as many processors as there are.
fn tally(first: u64, count: u64) -> Tally {
    let next = AtomicU64::new(first);
    let bundles = bundles();
    let work = || {
        let stocks = Release::ALL.map(Dom0::stock);
        let mut tally = Tally::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= first + count {
                return tally;
            }
            let mut dice = Dice::new(number);
            let release = dice.roll(2);
            let mut world = World::new(&stocks[release], &bundles[release], &mut tally);
            for _ in 0..=dice.roll(6) {
                world.step(&mut dice, number);
            }
        }
    };
    let mut all = Tally::new();
    thread::scope(|scope| {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let tally = worker.join().expect("a chain failed, see above");
            tally.into_iter().for_each(|(kind, count)| *all.entry(kind).or_default() += count);
        }
    });
    all
}

#[test]
fn chains_at_random() {
    let said = |name: &str, or: u64| std::env::var(name).map_or(or, |text| text.parse().expect("a number"));
    let count = said("CHAINS", 10_000);
    let tally = tally(said("CHAINS_FIRST", 0), count);
    println!("{count} chains: {tally:#?}");
    // The test must not go idle: in a thousand chains, at least this much is of each kind.
    for (kind, least) in [
        ("switches", 900),
        ("rollbacks", 150),
        ("rollbacks to before halite", 100),
        ("rollbacks compared in all that there is", 50),
        ("edits", 250),
        ("interruptions", 200),
        ("interruptions that were undone", 100),
        ("volumes that grew", 20),
        ("qubes put away", 200),
        ("prefixes", 20_000),
        ("prefixes with something open", 2_000),
    ] {
        let is = tally.get(kind).copied().unwrap_or_default();
        assert!(is * 1000 >= least * count, "{kind}: {is} of {count}");
    }
}
