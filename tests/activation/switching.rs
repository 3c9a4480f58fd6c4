//! Switching and rolling back when nothing goes wrong.

use std::collections::BTreeMap;

use halite::model::Release;
use serde_json::Value;

use crate::bundles::{Bundle, MODES, SMALL, bundle, names, small_changed, small_reassigned, variants};
use crate::dom0::{Dom0, Goal};
use crate::snapshot::{is_closed, is_retired, qubes};

/// Every form of the four modes, with serials of their own.
fn all(release: Release) -> Vec<(&'static str, Bundle)> {
    (1..).zip(variants()).map(|(serial, (what, text))| (what, bundle(&text, serial, release))).collect()
}

/// The qubes that none of `bundles` names.
fn others(dom0: &Dom0, bundles: &[&Bundle]) -> BTreeMap<String, Value> {
    let names = names(bundles);
    qubes(&dom0.system).into_iter().filter(|(name, _)| !names.contains(&name.parse().unwrap())).collect()
}

#[test]
fn a_switch_brings_about_what_is_wanted_and_touches_nothing_else() {
    for release in Release::ALL {
        for (what, bundle) in all(release) {
            let mut dom0 = Dom0::stock(release);
            let before = others(&dom0, &[&bundle]);
            assert!(dom0.switch(&bundle) > 0, "{what}");
            assert_eq!(dom0.managed(&bundle.wanted).digest(), without_origin(&bundle).digest(), "{what}");
            assert!(dom0.plan(&bundle).is_empty() && dom0.drift().is_empty(), "{what}");
            assert_eq!(others(&dom0, &[&bundle]), before, "{what}");
            assert_eq!(dom0.switch(&bundle), 0, "{what}");
            assert!(!dom0.has_journal());
        }
    }
}

/// The wanted state as it reads when it is in place.
fn without_origin(bundle: &Bundle) -> halite::plan::State {
    let mut state = bundle.wanted.clone();
    for settings in state.qubes.values_mut() {
        settings.origin = None;
        settings.private_volume = None;
    }
    state
}

#[test]
fn from_the_first_form_to_each_other_and_back() {
    for release in Release::ALL {
        let all = all(release);
        let (_, first) = &all[0];
        let mut switched = Dom0::stock(release);
        switched.switch(first);
        let earlier = switched.managed(&first.wanted);
        for (what, second) in &all[1..] {
            let mut dom0 = switched.copy();
            let untouched = others(&dom0, &[first, second]);
            dom0.switch(second);
            assert_eq!(dom0.managed(&second.wanted), without_origin(second), "{what}");
            check_retired(&dom0, first, second);
            dom0.rollback(1);
            assert_eq!(dom0.managed(&first.wanted), earlier, "{what}, and back");
            assert!(dom0.drift().is_empty());
            check_retired(&dom0, second, first);
            assert_eq!(others(&dom0, &[first, second]), untouched);
        }
    }
}

/// What `then` no longer names is still there, closed and marked.
#[track_caller]
fn check_retired(dom0: &Dom0, first: &Bundle, then: &Bundle) {
    let qubes = qubes(&dom0.system);
    for name in first.wanted.qubes.keys().filter(|name| !then.wanted.qubes.contains_key(*name)) {
        let qube = &qubes[name.as_str()];
        if qube["class"] == "TemplateVM" {
            let skipped = qube["features"].get("skip-update").is_some();
            assert_eq!(skipped, dom0.release.has_skip_update(), "{name}");
            continue;
        }
        assert!(is_retired(qube) && is_closed(qube), "{name}: {qube}");
        let is_latched = qube["features"].get("prohibit-start").is_some();
        assert_eq!(is_latched, dom0.release.has_prohibit_start(), "{name}");
    }
}

#[test]
fn every_generation_can_be_gone_back_to_in_any_order() {
    for release in Release::ALL {
        let all = all(release);
        let mut dom0 = Dom0::stock(release);
        let mut recorded = Vec::new();
        for (_, bundle) in &all {
            dom0.switch(bundle);
            recorded.push(dom0.managed(&bundle.wanted));
        }
        for number in [1, 6, 2, 5, 3, 4, 0, 4, 1] {
            dom0.rollback(number);
            assert!(dom0.drift().is_empty());
            if let Some(index) = (number as usize).checked_sub(1) {
                assert_eq!(dom0.managed(&all[index].1.wanted), recorded[index], "generation {number}");
            }
        }
    }
}

#[test]
fn leaving_retires_what_was_made_and_coming_back_finds_its_data() {
    for release in Release::ALL {
        let bundle = bundle(MODES, 1, release);
        let mut dom0 = Dom0::stock(release);
        let before = qubes(&dom0.system);
        dom0.switch(&bundle);
        let switched = qubes(&dom0.system);
        dom0.rollback(0);
        assert_eq!(dom0.policy(), None);
        let left = qubes(&dom0.system);
        for (name, qube) in &left {
            match before.get(name) {
                Some(before) => assert_eq!(qube, before, "{name}"),
                None if qube["class"] == "TemplateVM" => {}
                None => assert!(is_retired(qube) && is_closed(qube), "{name}"),
            }
        }
        assert_eq!(left.len(), switched.len(), "nothing is deleted");
        dom0.rollback(1);
        let back = qubes(&dom0.system);
        for (name, qube) in &switched {
            assert_eq!(back[name], *qube, "{name} comes back as it was, with its number and so its volumes");
        }
    }
}

#[test]
fn what_a_qube_is_does_not_depend_on_how_it_came_to_be() {
    let ways = [SMALL.to_owned(), small_changed(), small_reassigned()];
    let bundles: Vec<Bundle> = (1..).zip(&ways).map(|(serial, text)| bundle(text, serial, Release::R4_3)).collect();
    let nothing = Goal::Rollback(0);
    let last: Vec<Goal> = bundles.iter().map(Goal::Switch).collect();
    for (to, bundle) in last.iter().zip(&bundles) {
        let mut fresh = Dom0::stock(Release::R4_3);
        fresh.go(to).unwrap();
        for first in &last {
            for between in last.iter().chain([&nothing]) {
                let mut dom0 = Dom0::stock(Release::R4_3);
                for goal in [first, between, to] {
                    dom0.go(goal).unwrap();
                }
                let (there, straight) = (qubes(&dom0.system), qubes(&fresh.system));
                for name in bundle.wanted.qubes.keys() {
                    assert_eq!(essence(&there[name.as_str()]), essence(&straight[name.as_str()]), "{name}");
                }
            }
        }
    }
}

/// A qube but for its number, and for its volumes, which only grow.
fn essence(qube: &Value) -> Value {
    let mut qube = qube.clone();
    let fields = qube.as_object_mut().unwrap();
    fields.remove("qid");
    fields.remove("sizes");
    qube
}
