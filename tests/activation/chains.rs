//! Chains of switches, rollbacks and edits by hand, drawn at random from a fixed seed.

use std::collections::BTreeMap;

use halite::model::Release;
use halite::plan::{Danger, State};
use serde_json::Value;

use crate::bundles::{Bundle, SMALL, bundle, names, small_changed, small_reassigned, without};
use crate::dom0::{Dom0, Goal};
use crate::snapshot::{is_closed, is_retired, qubes};

/// How many chains each release is led through.
const CHAINS: u64 = 100;

/// A small generator (Marsaglia's xorshift): the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

fn recipes() -> [String; 5] {
    [
        SMALL.to_owned(),
        small_changed(),
        small_reassigned(),
        without(SMALL, &["workstation.b", "identity.b"]).replace("memory = 1000\n", ""),
        SMALL.replace("[workstation.a]", "[workstation.other]").replace("\"orange\"", "\"green\""),
    ]
}

struct World {
    dom0: Dom0,
    bundles: Vec<Bundle>,
    /// What is no bundle's business, as it is to stay.
    others: BTreeMap<String, Value>,
    /// What each generation manages, read when it was new.
    recorded: Vec<(usize, State)>,
    /// Whether the user has changed anything by hand.
    is_edited: bool,
}

impl World {
    fn new(release: Release) -> Self {
        let dom0 = Dom0::stock(release);
        let bundles: Vec<Bundle> = (1..).zip(recipes()).map(|(serial, text)| bundle(&text, serial, release)).collect();
        let others = others(&dom0, &bundles);
        Self { dom0, bundles, others, recorded: Vec::new(), is_edited: false }
    }

    fn step(&mut self, dice: &mut Dice) -> String {
        match dice.roll(4) {
            0 | 1 => {
                let which = dice.roll(self.bundles.len());
                self.go(&format!("switch to {which}"), Some(which), 0)
            }
            2 => {
                let number = dice.roll(self.recorded.len() + 1);
                self.go(&format!("rollback {number}"), None, number)
            }
            _ => self.edit(dice),
        }
    }

    fn go(&mut self, what: &str, bundle: Option<usize>, number: usize) -> String {
        let before = qubes(&self.dom0.system);
        let goal = match bundle {
            Some(which) => Goal::Switch(&self.bundles[which]),
            None => Goal::Rollback(number.try_into().unwrap()),
        };
        self.dom0.go(&goal).unwrap_or_else(|error| panic!("{what}: {error}"));
        let wanted = match (bundle, number) {
            (Some(which), _) => self.bundles[which].wanted.clone(),
            (None, 0) => State::default(),
            (None, number) => self.bundles[self.recorded[number - 1].0].wanted.clone(),
        };
        let managed = self.dom0.managed(&wanted);
        match (bundle, number) {
            (Some(which), _) => self.recorded.push((which, managed)),
            (None, 0) => assert_eq!(self.dom0.policy(), None, "{what}"),
            (None, number) => assert_eq!(managed, self.recorded[number - 1].1, "{what}"),
        }
        self.check(what, &before, &wanted);
        what.to_owned()
    }

    fn check(&self, what: &str, before: &BTreeMap<String, Value>, wanted: &State) {
        let dom0 = &self.dom0;
        assert!(!dom0.has_journal() && dom0.drift().is_empty(), "{what}: {}", dom0.drift().to_text());
        assert_eq!(others(dom0, &self.bundles), self.others, "{what}");
        let now = qubes(&dom0.system);
        for (name, was) in before {
            assert_eq!(now.get(name).map(|qube| &qube["qid"]), Some(&was["qid"]), "{what}: {name} was deleted or made anew");
        }
        let identity = |tags: &Value| -> Vec<String> {
            let tags = tags.as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned());
            tags.filter(|tag| tag.starts_with("halite-")).collect()
        };
        for (name, qube) in now.iter().filter(|(_, qube)| qube["features"]["x-halite-made"] == "1" && qube["class"] == "AppVM") {
            match wanted.qubes.get(&name.parse().unwrap()) {
                None => assert!(is_retired(qube) && is_closed(qube), "{what}: {name} is {qube}"),
                Some(settings) => {
                    assert!(!is_retired(qube), "{what}: {name}");
                    let own: Vec<String> =
                        settings.tags.keys().map(ToString::to_string).filter(|tag| tag.starts_with("halite-")).collect();
                    assert_eq!(identity(&qube["tags"]), own, "{what}: {name} has tags of another identity");
                    if !self.is_edited {
                        let named = |property: &str| settings.properties.keys().any(|name| name.as_str() == property);
                        let strange: Vec<_> =
                            qube["properties"].as_object().unwrap().keys().filter(|name| !named(name)).collect();
                        assert!(strange.is_empty(), "{what}: {name} has {strange:?} from another bundle");
                    }
                }
            }
        }
    }

    /// One thing changed by hand, as far as qubesd lets it.
    fn edit(&mut self, dice: &mut Dice) -> String {
        let all = ["a", "a-gw", "a-dvm", "b", "c", "c-gw", "other"];
        let there = qubes(&self.dom0.system);
        let made: Vec<&str> = all.into_iter().filter(|name| there.contains_key(*name)).collect();
        if made.is_empty() {
            return "nothing to edit".to_owned();
        }
        let qube = made[dice.roll(made.len())];
        self.is_edited = true;
        let kind = dice.roll(8);
        match kind {
            0 => drop(self.dom0.by_hand("admin.vm.property.Set", "memory", qube, "777")),
            1 => drop(self.dom0.by_hand("admin.vm.property.Set", "netvm", qube, "sys-firewall")),
            2 => drop(self.dom0.by_hand("admin.vm.tag.Remove", "halite-isolated", qube, "")),
            3 => drop(self.dom0.by_hand("admin.vm.property.Set", "label", qube, "gray")),
            4 => drop(self.dom0.by_hand("admin.vm.feature.Set", "prohibit-start", qube, "mine")),
            5 => self.dom0.set_policy("# mine\n"),
            6 => drop(self.dom0.by_hand("admin.vm.property.Set", "default_dispvm", qube, "default-dvm")),
            _ => self.dom0.delete(qube),
        }
        self.check_gateways(qube, kind);
        format!("edit {kind} of {qube}")
    }

    /// A gateway that was deleted is a danger wherever it comes back.
    fn check_gateways(&self, deleted: &str, kind: usize) {
        if kind != 7 || !deleted.ends_with("-gw") {
            return;
        }
        for bundle in self.bundles.iter().filter(|bundle| bundle.wanted.qubes.keys().any(|name| name.as_str() == deleted)) {
            let danger = Danger::NewGuards(deleted.parse().unwrap());
            assert!(self.dom0.plan(bundle).dangers.contains(&danger), "{deleted} comes back in silence");
        }
    }
}

fn others(dom0: &Dom0, bundles: &[Bundle]) -> BTreeMap<String, Value> {
    let names = names(&bundles.iter().collect::<Vec<_>>());
    qubes(&dom0.system).into_iter().filter(|(name, _)| !names.contains(&name.parse().unwrap())).collect()
}

fn chains(release: Release) {
    let mut operations = 0;
    for seed in 1..=CHAINS {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut world = World::new(release);
        let mut done = Vec::new();
        for _ in 0..=dice.roll(6) {
            // What was done before a failure, for whoever reads it.
            println!("seed {seed} on {release}: {done:?}");
            done.push(world.step(&mut dice));
        }
        operations += done.len();
    }
    println!("{operations} operations in {CHAINS} chains on {release}");
}

#[test]
fn r4_2_chains_at_random() {
    chains(Release::R4_2);
}

#[test]
fn r4_3_chains_at_random() {
    chains(Release::R4_3);
}
