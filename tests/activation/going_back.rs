//! Going back after an interruption works whatever was done by hand in between.

use halite::apply::{ApplyError, Recovered};
use halite::model::Release;
use halite::sim::{Fault, Faulty, Lasting};

use crate::bundles::{SMALL, bundle, small_changed};
use crate::dom0::{Dom0, Goal};
use crate::snapshot::qubes;

/// Numbers that look drawn, and are the same each time (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }
}

/// Does something to a qube that halite manages, if qubesd lets it.
fn edit(dom0: &mut Dom0, dice: &mut Dice) {
    let qube = dice.pick(&["a", "a-gw", "a-dvm", "a-web", "b", "c", "c-gw"]);
    if !qubes(&dom0.system).contains_key(qube) {
        return;
    }
    let other = dice.pick(&["", "sys-firewall", "sys-net", "a-gw", "c-gw", "a-dvm", "sys-whonix"]);
    match dice.roll(9) {
        0 | 1 => drop(dom0.by_hand("admin.vm.property.Set", "netvm", qube, other)),
        2 => drop(dom0.by_hand("admin.vm.property.Set", "default_dispvm", qube, other)),
        3 => drop(dom0.by_hand("admin.vm.property.Reset", dice.pick(&["netvm", "default_dispvm", "memory"]), qube, "")),
        4 => drop(dom0.by_hand("admin.vm.tag.Remove", dice.pick(&["halite-isolated", "anon-vm", "anon-gateway"]), qube, "")),
        5 => drop(dom0.by_hand("admin.vm.feature.Remove", dice.pick(&["prohibit-start", "x-halite-made"]), qube, "")),
        6 => drop(dom0.by_hand("admin.vm.property.Set", "provides_network", qube, "True")),
        7 => drop(dom0.by_hand("admin.vm.Remove", "", qube, "")),
        _ => dom0.set_policy("# by hand\n"),
    }
}

#[test]
fn whatever_was_done_by_hand_in_between() {
    let mut dice = Dice(7);
    for release in Release::ALL {
        let (first, second) = (bundle(SMALL, 1, release), bundle(&small_changed(), 2, release));
        let mut switched = Dom0::stock(release);
        let fresh = switched.copy();
        switched.switch(&first);
        let mut twice = switched.copy();
        twice.switch(&second);
        let ways = [
            (&fresh, Goal::Switch(&first)),
            (&switched, Goal::Switch(&second)),
            (&twice, Goal::Rollback(1)),
            (&twice, Goal::Rollback(0)),
        ];
        let mut count = 0;
        for round in 0..60 {
            let (start, goal) = &ways[round % ways.len()];
            let mut dom0 = start.copy();
            // Before, too: what was open then may be open again.
            if round % 3 == 0 {
                (0..dice.roll(3)).for_each(|_| edit(&mut dom0, &mut dice));
            }
            let at = dice.roll(40) + 1;
            let mut door = Faulty::new(dom0.system.clone(), at, Fault::DieAfter, Lasting::ForGood);
            let result = dom0.go_through(&mut door, goal);
            dom0.system = door.into_inner();
            if !dom0.has_journal() {
                // There was no plan from there, or it was done in fewer changes.
                assert!(!matches!(result, Err(ApplyError::Stuck { .. })));
                continue;
            }
            (0..dice.roll(4)).for_each(|_| edit(&mut dom0, &mut dice));
            let recovered = dom0.recover().unwrap_or_else(|error| panic!("{release}, round {round}, change {at}: {error}"));
            assert_ne!(recovered, Recovered::Nothing);
            assert!(!dom0.has_journal());
            count += 1;
        }
        assert!(count > 30, "{count} of 60 rounds left something to recover");
    }
}

#[test]
fn what_hung_on_a_qube_that_is_gone_leads_nowhere_then() {
    for release in Release::ALL {
        let behind = |upstream: &str| SMALL.replacen("upstream = \"sys-firewall\"", &format!("upstream = \"{upstream}\""), 1);
        let (first, second) = (bundle(&behind("old-net"), 1, release), bundle(&behind("sys-firewall"), 2, release));
        let mut dom0 = Dom0::stock(release);
        let template = release.stock_template("debian").unwrap();
        dom0.hand("admin.vm.Create.AppVM", template.as_str(), "dom0", "name=old-net label=red");
        dom0.hand("admin.vm.property.Set", "provides_network", "old-net", "True");
        dom0.switch(&first);
        let before = qubes(&dom0.system);
        // It dies when the gateway has its new network.
        let mut door = Faulty::new(dom0.system.clone(), 1, Fault::DieAfter, Lasting::ForGood);
        let error = dom0.go_through(&mut door, &Goal::Switch(&second)).unwrap_err();
        assert!(matches!(error, ApplyError::Stuck { .. }), "{error}");
        dom0.system = door.into_inner();
        assert_ne!(qubes(&dom0.system)["a-gw"], before["a-gw"]);
        dom0.hand("admin.vm.property.Set", "netvm", "a-gw", "");
        dom0.hand("admin.vm.Remove", "", "old-net", "");
        assert_eq!(dom0.recover().unwrap(), Recovered::UndoneWithoutGone);
        assert!(qubes(&dom0.system)["a-gw"]["properties"]["netvm"].is_null() && !dom0.has_journal());
        dom0.switch(&second);
        assert!(dom0.drift().is_empty());
    }
}
