//! A fault at every change: afterwards dom0 is as it was, or as it was to be, and nothing between.

use std::path::Path;

use halite::apply::{ApplyError, Current, Outcome, Recovered, history};
use halite::model::Release;
use halite::sim::{Fault, Faulty, Lasting};

use crate::bundles::{Bundle, MODES, SMALL, bundle, small_changed, variants};
use crate::dom0::{Dom0, Goal};
use crate::snapshot::Snapshot;

/// A way to go, with what is before and after it.
struct Scenario<'a> {
    what: String,
    start: Dom0,
    goal: Goal<'a>,
    before: Snapshot,
    after: Snapshot,
    changes: usize,
}

impl<'a> Scenario<'a> {
    fn new(what: &str, start: &Dom0, goal: Goal<'a>) -> Self {
        let mut end = start.copy();
        let mut door = Faulty::new(start.system.clone(), usize::MAX, Fault::DieBefore, Lasting::Once);
        end.go_through(&mut door, &goal).unwrap();
        let changes = door.changes();
        end.system = door.into_inner();
        let what = format!("{what} on {}", start.release);
        Self { what, before: start.snapshot(), after: end.snapshot(), start: start.copy(), goal, changes }
    }

    /// What is left when change number `at` fails.
    fn interrupted(&self, at: usize, fault: Fault, lasting: Lasting) -> (Dom0, Result<usize, ApplyError>) {
        let mut dom0 = self.start.copy();
        let mut door = Faulty::new(dom0.system.clone(), at, fault, lasting);
        let result = dom0.go_through(&mut door, &self.goal);
        dom0.system = door.into_inner();
        (dom0, result)
    }

    /// Checks that dom0 is as before or as it was to be; and at some points, that the goal can still be
    /// reached.
    #[track_caller]
    fn check(&self, mut dom0: Dom0, at: usize, how: &str) {
        let context = format!("{}, change {at} of {}, {how}", self.what, self.changes);
        assert!(!dom0.has_journal(), "{context}: the journal is still there");
        let now = dom0.snapshot();
        self.check_history(&dom0, now == self.after, &context);
        let mut has_left = false;
        if now != self.after {
            has_left = now.qubes.len() > self.before.qubes.len();
            let mut now = now.without_leftovers(&self.before);
            let (is, was) = (Current::load(&dom0.layout).unwrap(), Current::load(&self.start.layout).unwrap());
            assert_eq!((is.generation, is.ledger.managed), (was.generation, was.ledger.managed), "{context}");
            // The ledger may know more than it did: what had to be left behind.
            now.books.remove(Path::new("current.cbor"));
            let mut before = self.before.clone();
            before.books.remove(Path::new("current.cbor"));
            if let Some(difference) = now.difference(&before) {
                panic!("{context}: {difference}");
            }
        }
        if !at.is_multiple_of(if has_left { 3 } else { 7 }) {
            return;
        }
        dom0.go(&self.goal).unwrap_or_else(|error| panic!("{context}, and again: {error}"));
        let managed = Current::load(&dom0.layout).unwrap().ledger.managed;
        assert!(dom0.drift().is_empty() && managed == self.managed(), "{context}, and again");
    }

    /// One line tells of it, however often it was recovered from, and says what came of it.
    #[track_caller]
    fn check_history(&self, dom0: &Dom0, is_done: bool, context: &str) {
        let before = history::load(&self.start.layout).unwrap();
        let now = history::load(&dom0.layout).unwrap();
        let [said] = now.strip_prefix(&before[..]).unwrap() else { panic!("{context}: {now:?}") };
        let says_done = matches!(said.outcome, Outcome::Done | Outcome::Recovered);
        assert_eq!(says_done, is_done, "{context}: {said:?}");
    }

    fn managed(&self) -> halite::plan::State {
        match self.goal {
            Goal::Switch(bundle) => bundle.wanted.clone(),
            Goal::Rollback(0) => halite::plan::State::default(),
            Goal::Rollback(number) => halite::apply::Generations::of(&self.start.layout).load(number).unwrap().state,
        }
    }

    /// Lets each change fail in each of these ways; says how many points that were.
    fn try_all(&self, ways: &[(Fault, Lasting)]) -> usize {
        (1..=self.changes).for_each(|at| ways.iter().for_each(|way| self.try_one(at, way)));
        self.changes * ways.len()
    }

    fn try_one(&self, at: usize, (fault, lasting): &(Fault, Lasting)) {
        let (mut dom0, result) = self.interrupted(at, fault.clone(), *lasting);
        let point = format!("{fault:?} {lasting:?}");
        match lasting {
            Lasting::Once => assert!(matches!(result, Err(ApplyError::Reverted(_))), "{}, {point}: {result:?}", self.what),
            Lasting::ForGood => {
                assert!(matches!(result, Err(ApplyError::Stuck { .. })), "{}, {point}: {result:?}", self.what);
                assert_ne!(dom0.recover().unwrap(), Recovered::Nothing);
            }
        }
        self.check(dom0, at, &point);
    }

    /// Lets dom0 die at each change, and then again at each change of the recovery.
    fn try_recovery(&self, step: usize) -> usize {
        let mut points = 0;
        for at in (1..=self.changes).step_by(step) {
            let (interrupted, _) = self.interrupted(at, Fault::DieAfter, Lasting::ForGood);
            for again in 1.. {
                let mut dom0 = interrupted.copy();
                let fault = if (at + again) % 2 == 0 { Fault::DieBefore } else { Fault::DieAfter };
                let mut door = Faulty::new(dom0.system.clone(), again, fault, Lasting::ForGood);
                let result = halite::apply::recover(&mut door, &dom0.layout);
                dom0.system = door.into_inner();
                if result.is_ok() {
                    break;
                }
                dom0.recover().unwrap();
                self.check(dom0, at, &format!("and change {again} of the recovery"));
                points += 1;
            }
        }
        points
    }
}

fn ways() -> [(Fault, Lasting); 5] {
    let refuse = Fault::Refuse { kind: "QubesException".to_owned(), message: "no".to_owned() };
    [
        (refuse, Lasting::Once),
        (Fault::DieBefore, Lasting::Once),
        (Fault::DieAfter, Lasting::Once),
        (Fault::DieBefore, Lasting::ForGood),
        (Fault::DieAfter, Lasting::ForGood),
    ]
}

/// The first switch, the second, the rollback to the first, and all the way back, with `bundles` as serials 1 and 2.
fn scenarios<'a>(what: &str, release: Release, [first, second]: [&'a Bundle; 2]) -> Vec<Scenario<'a>> {
    let fresh = Dom0::stock(release);
    let mut switched = fresh.copy();
    switched.switch(first);
    let mut switched_again = switched.copy();
    switched_again.switch(second);
    vec![
        Scenario::new(&format!("{what}: first switch"), &fresh, Goal::Switch(first)),
        Scenario::new(&format!("{what}: 1 → 2"), &switched, Goal::Switch(second)),
        Scenario::new(&format!("{what}: 2 → 1"), &switched_again, Goal::Rollback(1)),
        Scenario::new(&format!("{what}: 2 → 0"), &switched_again, Goal::Rollback(0)),
    ]
}

fn small(release: Release, run: impl Fn(&Scenario) -> usize) {
    let (first, second) = (bundle(SMALL, 1, release), bundle(&small_changed(), 2, release));
    for scenario in scenarios("small", release, [&first, &second]) {
        println!("{}: {} changes, {} points", scenario.what, scenario.changes, run(&scenario));
    }
}

#[test]
fn r4_2_small_recipe_refusal_and_death_at_every_change() {
    let [refused, .., died] = ways();
    small(Release::R4_2, |scenario| scenario.try_all(&[refused.clone(), died.clone()]));
}

#[test]
fn r4_3_small_recipe_every_way_at_every_change() {
    small(Release::R4_3, |scenario| scenario.try_all(&ways()));
}

#[test]
fn r4_2_dying_again_during_the_recovery() {
    small(Release::R4_2, |scenario| scenario.try_recovery(9));
}

#[test]
fn r4_3_dying_again_during_the_recovery() {
    small(Release::R4_3, |scenario| scenario.try_recovery(9));
}

#[test]
fn four_modes_one_way_at_every_third_change() {
    let release = Release::R4_3;
    let (first, second) = (bundle(MODES, 1, release), bundle(&variants()[1].1, 2, release));
    for scenario in scenarios("four modes", release, [&first, &second]) {
        let points: Vec<usize> = (1..=scenario.changes).step_by(3).collect();
        points.iter().for_each(|at| scenario.try_one(*at, &ways()[at % ways().len()]));
        println!("{}: {} changes, {} points", scenario.what, scenario.changes, points.len());
    }
}
