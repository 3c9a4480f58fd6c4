//! Removing for ever what halite put away.

use halite::apply::{ApplyError, Current, Generations, Outcome, Recovered, There, Unprunable, check_prunable, history, prune};
use halite::model::Release;
use halite::sim::{Fault, Faulty, Lasting};

use crate::bundles::{SMALL, bundle, small_changed};
use crate::dom0::{Dom0, name};
use crate::snapshot::qubes;

/// A dom0 in which `b` and the first template of `a` are put away, and which generations still need them is up to the test. With the
/// name of that template.
fn put_away(release: Release) -> (Dom0, String) {
    let mut dom0 = Dom0::stock(release);
    dom0.switch(&bundle(SMALL, 1, release));
    let template = dom0.managed_template();
    dom0.switch(&bundle(&small_changed(), 2, release));
    (dom0, template)
}

impl Dom0 {
    fn prune(&mut self, qube: &str) -> Result<There, ApplyError> {
        prune(&mut self.system, &self.layout, &name(qube), 0)
    }

    #[track_caller]
    fn refuses(&self, qube: &str, why: Unprunable) {
        match check_prunable(&mut self.system.clone(), &self.layout, &name(qube)) {
            Err(ApplyError::Unprunable { qube: named, why: is }) => assert_eq!((named, is), (name(qube), why)),
            other => panic!("{qube}: {other:?}"),
        }
    }

    fn knows(&self, qube: &str) -> bool {
        Current::load(&self.layout).unwrap().ledger.knows(&name(qube))
    }
}

#[test]
fn only_what_halite_made_and_put_away_and_nobody_needs() {
    for release in Release::ALL {
        let (mut dom0, template) = put_away(release);
        dom0.refuses("sys-firewall", Unprunable::NotOurs);
        dom0.refuses("nothing", Unprunable::NotOurs);
        dom0.refuses("a", Unprunable::Managed(2));
        dom0.refuses(&dom0.managed_template(), Unprunable::Managed(2));
        dom0.refuses("b", Unprunable::Needed(vec![1]));
        dom0.refuses(&template, Unprunable::Needed(vec![1]));
        // What the user clones from it has its features, too.
        let debian = release.stock_template("debian").unwrap();
        dom0.hand("admin.vm.Create.AppVM", debian.as_str(), "dom0", "name=mine label=red");
        for feature in ["x-halite-made", "x-halite-retired"] {
            dom0.hand("admin.vm.feature.Set", feature, "mine", "1");
        }
        dom0.refuses("mine", Unprunable::NotOurs);
        Generations::of(&dom0.layout).remove([1]).unwrap();
        let before = dom0.snapshot();
        for (feature, why) in [("x-halite-retired", Unprunable::NotRetired), ("x-halite-made", Unprunable::NotOurs)] {
            let mut other = dom0.copy();
            other.hand("admin.vm.feature.Remove", feature, "b", "");
            other.refuses("b", why);
        }
        if release == Release::R4_2 {
            let mut other = dom0.copy();
            other.hand("admin.vm.Start", "", "b", "");
            other.refuses("b", Unprunable::Running);
        }
        assert!(dom0.snapshot() == before, "refusing changes nothing");
        for qube in ["b", &template] {
            assert_eq!(dom0.prune(qube).unwrap(), There::Yes);
            assert!(!qubes(&dom0.system).contains_key(qube) && !dom0.knows(qube) && !dom0.has_journal());
        }
        let (now, mut left) = (dom0.snapshot(), before);
        left.qubes.retain(|name, _| name != "b" && *name != template);
        assert!(now.qubes == left.qubes && now.policy == left.policy, "nothing else was touched");
        assert!(dom0.drift().is_empty());
        // What is wanted again is made anew.
        dom0.switch(&bundle(SMALL, 3, release));
        assert!(qubes(&dom0.system).contains_key("b") && dom0.drift().is_empty());
    }
}

#[test]
fn what_is_in_use_is_not_removed() {
    let (mut dom0, template) = put_away(Release::R4_3);
    Generations::of(&dom0.layout).remove([1]).unwrap();
    dom0.hand("admin.vm.Create.AppVM", &template, "dom0", "name=mine label=red");
    let before = dom0.snapshot();
    let error = dom0.prune(&template).unwrap_err();
    assert!(matches!(error, ApplyError::Reverted(_)), "{error}");
    assert!(dom0.snapshot() == before && !dom0.has_journal());
    assert_eq!(history::load(&dom0.layout).unwrap().pop().unwrap().outcome, Outcome::Undone);
}

#[test]
fn what_was_removed_by_hand_is_forgotten() {
    let (mut dom0, _) = put_away(Release::R4_3);
    dom0.hand("admin.vm.Remove", "", "b", "");
    assert!(dom0.knows("b"));
    assert_eq!(dom0.prune("b").unwrap(), There::Gone);
    assert!(!dom0.knows("b"));
    dom0.refuses("b", Unprunable::NotOurs);
}

/// There is one change; after it fails in whatever way, the qube is there and known, or gone and forgotten.
#[test]
fn every_fault_at_the_only_change() {
    let (dom0, _) = put_away(Release::R4_3);
    Generations::of(&dom0.layout).remove([1]).unwrap();
    let refuse = Fault::Refuse { kind: "QubesException".to_owned(), message: "no".to_owned() };
    for (fault, lasting, is_there) in [
        (refuse, Lasting::Once, true),
        (Fault::DieBefore, Lasting::Once, true),
        (Fault::DieAfter, Lasting::Once, false),
        (Fault::DieBefore, Lasting::ForGood, true),
        (Fault::DieAfter, Lasting::ForGood, false),
    ] {
        let mut dom0 = dom0.copy();
        let entries = history::load(&dom0.layout).unwrap().len();
        let mut door = Faulty::new(dom0.system.clone(), 1, fault.clone(), lasting);
        let result = prune(&mut door, &dom0.layout, &name("b"), 7);
        assert_eq!(door.changes(), 1);
        dom0.system = door.into_inner();
        let context = format!("{fault:?} {lasting:?}: {result:?}");
        match (lasting, is_there) {
            (Lasting::Once, true) => assert!(matches!(result, Err(ApplyError::Reverted(_))), "{context}"),
            (Lasting::Once, false) => assert!(matches!(result, Ok(There::Yes)), "{context}"),
            (Lasting::ForGood, _) => {
                assert!(matches!(result, Err(ApplyError::Stuck { .. })) && dom0.has_journal(), "{context}");
                let recovered = if is_there { Recovered::Undone } else { Recovered::Finished };
                assert_eq!(dom0.recover().unwrap(), recovered, "{context}");
            }
        }
        assert_eq!(qubes(&dom0.system).contains_key("b"), is_there, "{context}");
        assert_eq!(dom0.knows("b"), is_there, "{context}");
        assert!(!dom0.has_journal(), "{context}");
        let said = history::load(&dom0.layout).unwrap();
        assert_eq!(said.len(), entries + 1, "{context}");
        let says_done = matches!(said[entries].outcome, Outcome::Done | Outcome::Recovered);
        assert_eq!(says_done, !is_there, "{context}");
        if is_there {
            assert_eq!(dom0.prune("b").unwrap(), There::Yes, "{context}, and again");
        }
    }
}
