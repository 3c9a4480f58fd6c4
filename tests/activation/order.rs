//! The order of steps: whatever prefix of a plan is done, nothing is open that is not to be.

use std::collections::BTreeSet;

use halite::base::QubeName;
use halite::model::Release;
use halite::plan::{Inverse, Policy, Property, State, Step};
use halite::qubesd::{Call, Qubesd, Reply, Unreachable};
use halite::salt::Staged;
use halite::sim::Simulation;

use crate::bundles::{Bundle, MODES, SMALL, bundle, small_changed, variants};
use crate::dom0::{Dom0, Goal, name};
use crate::snapshot::{is_closed, qubes};

/// A door that looks at everything after each change.
struct Watched<'a> {
    system: Simulation,
    look: &'a mut dyn FnMut(&Simulation, &Call),
}

impl Qubesd for Watched<'_> {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        let before = self.system.clone();
        let reply = self.system.call(call)?;
        if self.system != before {
            (self.look)(&self.system, call);
        }
        Ok(reply)
    }

    fn provision(&mut self, qube: &QubeName, state: &Staged) -> Result<(), Unreachable> {
        self.system.provision(qube, state)
    }
}

/// Goes to `goal` and calls `look` after each change. Says how many prefixes that were.
fn watch(dom0: &Dom0, goal: &Goal, mut look: impl FnMut(&Dom0, &Call)) -> usize {
    let mut prefixes = 0;
    // The files are those of `dom0` while it changes; the simulation is put into a view of it.
    let mut view = dom0.view();
    let mut check = |system: &Simulation, call: &Call| {
        view.system = system.clone();
        look(&view, call);
        prefixes += 1;
    };
    dom0.go_through(&mut Watched { system: dom0.system.clone(), look: &mut check }, goal).unwrap();
    prefixes
}

fn can_start(system: &Simulation, qube: &QubeName) -> bool {
    matches!(system.clone().call(&Call::new("admin.vm.Start", qube)).unwrap(), Reply::Ok(_))
}

/// The ways between two bundles and nothing: whence, whither, and what is wanted there.
fn ways<'a>(release: Release, first: &'a Bundle, second: &'a Bundle) -> Vec<(Dom0, Goal<'a>, State)> {
    let fresh = Dom0::stock(release);
    let mut one = fresh.copy();
    one.switch(first);
    let mut two = one.copy();
    two.switch(second);
    let mut none = two.copy();
    none.rollback(0);
    vec![
        (fresh, Goal::Switch(first), first.wanted.clone()),
        (one, Goal::Switch(second), second.wanted.clone()),
        (two.copy(), Goal::Rollback(1), first.wanted.clone()),
        (none, Goal::Rollback(2), second.wanted.clone()),
        (two, Goal::Rollback(0), State::default()),
    ]
}

fn pairs(release: Release) -> Vec<(Bundle, Bundle)> {
    let pair = |first: &str, second: &str| (bundle(first, 1, release), bundle(second, 2, release));
    let mut pairs: Vec<_> = variants()[1..2].iter().map(|(_, text)| pair(MODES, text)).collect();
    pairs.push(pair(SMALL, &small_changed()));
    pairs
}

#[test]
fn nothing_new_can_start_before_it_is_finished() {
    let mut prefixes = 0;
    for (first, second) in pairs(Release::R4_3) {
        for (dom0, goal, wanted) in ways(Release::R4_3, &first, &second) {
            let before = qubes(&dom0.system);
            let was_open = |qube: &QubeName| before.contains_key(qube.as_str()) && can_start(&dom0.system, qube);
            let apps = wanted.qubes.iter().filter(|(qube, settings)| !settings.is_clone() && !was_open(qube));
            let new: Vec<_> = apps.collect();
            prefixes += watch(&dom0, &goal, |now, call| {
                let is_born = |qube: &QubeName| {
                    call.method.starts_with("admin.vm.Create.") && call.payload.starts_with(format!("name={qube} ").as_bytes())
                };
                for (qube, settings) in
                    new.iter().filter(|(qube, _)| !is_born(qube) && qubes(&now.system).contains_key(qube.as_str()))
                {
                    if can_start(&now.system, qube) {
                        let part =
                            State { qubes: [((*qube).clone(), (*settings).clone())].into(), policy: wanted.policy.clone() };
                        let is = now.managed(&part);
                        assert_eq!(is.policy, wanted.policy, "{qube} can start before the policy is in place");
                        let (is, to_be) = (&is.qubes[*qube], settings);
                        assert_eq!(is.tags, to_be.tags, "{qube} can start after {call:?}");
                        // While it is set up inside, it has no network, and opens nothing.
                        let none = Some(&Property::Set(String::new()));
                        let is_shut = ["netvm", "default_dispvm"].iter().all(|link| is.property(link) == none);
                        assert!(is_shut || is.properties == to_be.properties, "{qube} can start after {call:?}");
                    }
                }
            });
        }
    }
    println!("{prefixes} prefixes");
}

#[test]
fn what_is_put_away_is_closed_before_anything_else_happens_to_it_or_to_the_policy() {
    let mut prefixes = 0;
    for release in Release::ALL {
        for (first, second) in pairs(release) {
            for (dom0, goal, wanted) in ways(release, &first, &second) {
                let before = qubes(&dom0.system);
                let policy = dom0.policy();
                let managed = halite::apply::Current::load(&dom0.layout).unwrap().ledger.managed;
                let retired: BTreeSet<&QubeName> =
                    managed.qubes.keys().filter(|qube| !wanted.qubes.contains_key(*qube)).collect();
                prefixes += watch(&dom0, &goal, |now, call| {
                    let all = qubes(&now.system);
                    for qube in retired.iter().map(|qube| qube.as_str()).filter(|qube| all[*qube]["class"] == "AppVM") {
                        let (was, is) = (&before[qube], &all[qube]);
                        let is_marked = was["features"].get("x-halite-retired") != is["features"].get("x-halite-retired");
                        let others_changed = is_marked || was["tags"] != is["tags"] || now.policy() != policy;
                        assert!(!others_changed || is_closed(is), "{qube} after {call:?}");
                    }
                });
            }
        }
    }
    println!("{prefixes} prefixes");
}

#[test]
fn a_new_qube_is_kept_from_starting_at_once_and_released_last() {
    let bundle = bundle(SMALL, 1, Release::R4_3);
    let steps = Dom0::stock(Release::R4_3).plan(&bundle).steps;
    for qube in ["a", "a-gw", "a-dvm", "a-web", "b"].map(name) {
        let own: Vec<&Step> = steps.iter().filter(|step| step.qube() == Some(&qube)).collect();
        let is_latch = |step: &Step| matches!(step, Step::Feature { feature, .. } if feature.as_str() == "prohibit-start");
        assert!(matches!(own[0], Step::Create { .. }) && is_latch(own[1]) && is_latch(own[own.len() - 1]), "{own:?}");
    }
    let policy = steps.iter().position(|step| matches!(step, Step::Policy { .. })).unwrap();
    let connected = steps.iter().position(|step| matches!(step, Step::Property { property, .. } if property.as_str() == "netvm"));
    assert!(policy < connected.unwrap());
}

#[test]
fn the_policy_goes_last_whether_there_was_one_before_or_not() {
    for before in [None, Some("# mine\n")] {
        let bundle = bundle(SMALL, 1, Release::R4_3);
        let mut dom0 = Dom0::stock(Release::R4_3);
        before.into_iter().for_each(|text| dom0.set_policy(text));
        dom0.switch(&bundle);
        let plan = dom0.prospect(&mut dom0.system.clone(), State::default()).unwrap();
        assert_eq!(plan.target.policy, Some(before.map_or(Policy::Absent, |text| Policy::Text(text.to_owned()))));
        assert!(matches!(plan.plan.steps.last(), Some(Step::Policy { .. })));
        let dangers: Vec<_> = plan.plan.dangers.iter().map(ToString::to_string).collect();
        assert_eq!(dangers, ["the policy that keeps identities apart is taken away"]);
    }
}

/// What a step makes of a state, as far as it is about qubes that are there.
fn take(state: &mut State, step: &Step) {
    if let Step::Policy { to } = step {
        state.policy = Some(to.clone().map_or(Policy::Absent, Policy::Text));
    }
    let Some(settings) = step.qube().and_then(|qube| state.qubes.get_mut(qube)) else { return };
    match step {
        Step::Property { property, to, .. } => drop(settings.properties.insert(property.clone(), to.clone())),
        Step::Tag { tag, present, .. } => drop(settings.tags.insert(tag.clone(), *present)),
        Step::Feature { feature, to, .. } => drop(settings.features.insert(feature.clone(), to.clone())),
        Step::Firewall { to, .. } => settings.firewall = Some(to.clone()),
        Step::Provision { inside, .. } => settings.inside = Some(inside.clone()),
        _ => {}
    }
}

#[test]
fn inverses_in_reverse_lead_back_and_what_has_none_says_why() {
    let mut undone = 0;
    for release in Release::ALL {
        for (first, second) in pairs(release) {
            for (dom0, _, wanted) in ways(release, &first, &second) {
                let prospect = dom0.prospect(&mut dom0.system.clone(), wanted).unwrap();
                let before = prospect.observed.restricted_to(&prospect.target, &prospect.current.ledger);
                let mut now = before.clone();
                assert_eq!(prospect.plan.steps.len(), prospect.plan.accounts.len());
                prospect.plan.steps.iter().for_each(|step| take(&mut now, step));
                assert!(now != before || prospect.plan.is_empty());
                for (step, account) in prospect.plan.steps.iter().zip(&prospect.plan.accounts).rev() {
                    match &account.inverse {
                        Inverse::Step(back) => take(&mut now, back),
                        Inverse::None(why) => {
                            let is_new = step.qube().is_some_and(|qube| !prospect.observed.exists(qube));
                            let is_kept = matches!(step, Step::Grow { .. } | Step::Provision { .. });
                            assert!((is_new || is_kept) && !why.is_empty(), "{step:?}: {why}");
                        }
                    }
                    undone += 1;
                }
                assert_eq!(now, before);
            }
        }
    }
    println!("{undone} steps undone");
}
