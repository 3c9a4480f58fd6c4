//! Whether every prefix of a plan is safe: whatever step is the last one, nothing is open that was not so before, and is not to be.
//!
//! The ranks of `planner` see to that for all but one thing: in which order qubes are connected. Whether a qube may be connected now
//! depends on where its provider leads now, and who hangs on it still. So each of these steps is taken when it opens nothing, and where
//! none of them can be first, one of the qubes is disconnected until its turn comes. Nothing opens by taking a network away.
//!
//! Then all of it is judged, step by step, and a plan that is not safe is none.

use super::ledger::Ledger;
use super::observed::Observed;
use super::picture::{Open, Picture};
use super::problem::Problem;
use super::ranked::Rank;
use super::state::{Property, State, feature};
use super::step::Step;
use super::violation::Violation;
use crate::base::QubeName;
use crate::model::{Release, isolated_tag};

/// Steps, each with its place in the order.
pub type Ranked = Vec<(Rank, Step)>;

/// The steps in an order in which every prefix is safe: that of `ranked`, where that is one.
///
/// # Errors
/// With the first step that is not safe, if there is no such order.
pub fn safe(
    ranked: Ranked,
    target: &State,
    observed: &Observed,
    ledger: &Ledger,
    release: Release,
) -> Result<Ranked, Box<Problem>> {
    let mut judge = Judge::new(&ranked, target, observed, ledger, release);
    let (first, later): (Ranked, Ranked) = ranked.into_iter().partition(|(rank, _)| *rank < Rank::Connect);
    let (connect, last): (Ranked, Ranked) = later.into_iter().partition(|(rank, _)| *rank == Rank::Connect);
    let mut steps = first;
    judge.judge(&steps)?;
    steps.extend(judge.connect(connect)?);
    judge.judge(&last)?;
    steps.extend(last);
    Ok(steps)
}

/// dom0 as it was, as it is, and as it is to be.
struct Judge<'a> {
    before: Picture<'a>,
    now: Picture<'a>,
    end: Picture<'a>,
    /// Whether the policy of the target keeps nothing of halite's apart.
    lets_go: bool,
    release: Release,
}

impl<'a> Judge<'a> {
    fn new(ranked: &Ranked, target: &'a State, observed: &'a Observed, ledger: &Ledger, release: Release) -> Self {
        let before = Picture::new(observed, target, release);
        let mut end = before.clone();
        ranked.iter().for_each(|(_, step)| end.take(step));
        let lets_go = target.policy.as_ref().is_some_and(|policy| ledger.lets_go(policy));
        Self { now: before.clone(), before, end, lets_go, release }
    }

    /// Takes all these steps.
    fn judge(&mut self, steps: &Ranked) -> Result<(), Box<Problem>> {
        for (at, (_, step)) in steps.iter().enumerate() {
            self.now.take(step);
            // Between these two nothing can be done; so nothing must lie between them.
            let next = steps.get(at + 1).map(|(_, next)| next);
            if self.release.has_prohibit_start() && next.is_some_and(|next| is_latched_by(step, next)) {
                continue;
            }
            if let Some(violation) = self.violation(step) {
                return Err(violation.after(step));
            }
        }
        Ok(())
    }

    /// Takes all these steps, each when it is safe.
    fn connect(&mut self, mut left: Ranked) -> Result<Ranked, Box<Problem>> {
        let mut taken = Ranked::new();
        while !left.is_empty() {
            let (mut later, mut refused) = (Ranked::new(), None);
            let count = left.len();
            for (rank, step) in left {
                match self.attempt(&step) {
                    None => taken.push((rank, step)),
                    Some(violation) => {
                        refused.get_or_insert_with(|| violation.after(&step));
                        later.push((rank, step));
                    }
                }
            }
            left = later;
            if left.len() == count {
                let disconnected = left.iter_mut().find_map(|(rank, step)| Some((*rank, disconnect(step)?)));
                match (disconnected, refused) {
                    (Some((rank, step)), _) => {
                        self.now.take(&step);
                        taken.push((rank, step));
                    }
                    (None, Some(problem)) => return Err(problem),
                    (None, None) => break,
                }
            }
        }
        Ok(taken)
    }

    /// Takes a step, if it is safe; otherwise says why not.
    fn attempt(&mut self, step: &Step) -> Option<Violation> {
        let known = step.qube().and_then(|name| Some((name, self.now.known(name)?)));
        self.now.take(step);
        let violation = self.violation(step);
        if let (Some(_), Some((name, known))) = (&violation, known) {
            self.now.put(name, known);
        }
        violation
    }

    /// What is wrong now that `step` is done.
    fn violation(&self, step: &Step) -> Option<Violation> {
        match step {
            Step::Policy { .. } => {
                let tag = isolated_tag();
                let is_open = |name: &&QubeName| self.before.has_tag(name, &tag) && !self.now.is_as_closed_as(&self.end, name);
                let unruled = self.lets_go.then(|| self.now.names().find(is_open)).flatten();
                unruled.map(|name| Violation::UnruledBefore(name.clone())).or_else(|| self.opened(self.now.names()))
            }
            Step::Property { qube, property, .. } if property.as_str() == "netvm" && self.now.has_loop(qube) => {
                Some(Violation::Loop(qube.clone()))
            }
            _ if !Picture::shows(step) => None,
            _ => step.qube().and_then(|qube| self.opened(&self.now.concerned(qube))),
        }
    }

    /// The first thing of these qubes that is open and must not be.
    fn opened<'b>(&self, names: impl IntoIterator<Item = &'b QubeName>) -> Option<Violation> {
        names.into_iter().find_map(|name| {
            let open = self.now.open(name);
            if open.is_empty() {
                return None;
            }
            let (before, end) = (self.before.open(name), self.end.if_started(name));
            let is_meant = |open: &Open| before.contains(open) || end.iter().any(|end| end.is_like(open));
            open.into_iter().find(|open| !is_meant(open)).map(|open| Violation::Opens(name.clone(), open))
        })
    }
}

/// Whether `next` is what keeps the qube that `step` makes from starting.
fn is_latched_by(step: &Step, next: &Step) -> bool {
    match (step, next) {
        (Step::Create { qube, .. }, Step::Feature { qube: latched, feature, .. }) => {
            qube == latched && feature.as_str() == feature::PROHIBIT_START
        }
        _ => false,
    }
}

/// The step that takes away what `step` is to change, which begins with that then; none, if there is nothing to take away.
pub fn disconnect(step: &mut Step) -> Option<Step> {
    let none = Property::Set(String::new());
    match step {
        Step::Property { qube, property, from: Some(from), to } if *from != none && *to != none => {
            let first = Step::Property {
                qube: qube.clone(),
                property: property.clone(),
                from: Some(std::mem::replace(from, none.clone())),
                to: none,
            };
            Some(first)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::observed::{Links, Provider, There};
    use super::super::planner::{plan, ranked};
    use super::super::state::{Feature, Origin, Policy, Settings};
    use super::*;
    use crate::model::property;

    const RULES: &str = "# rules\n";

    fn name(text: &str) -> QubeName {
        text.parse().unwrap()
    }

    /// A qube of halite's with this netvm and this default_dispvm, where `-` is none.
    fn qube(netvm: &str, dispvm: &str, tags: &[&str]) -> Settings {
        let link = |text: &str| Property::Set(text.trim_start_matches('-').to_owned());
        let mut settings = Settings { origin: Some(Origin::App), ..Settings::default() };
        settings.properties = [("default_dispvm", dispvm), ("netvm", netvm)].map(|(name, to)| (property(name), link(to))).into();
        settings.properties.insert(property("template"), Property::Set("debian".to_owned()));
        settings.tags = tags.iter().chain(&["halite-isolated"]).map(|tag| (tag.parse().unwrap(), true)).collect();
        settings.features.insert(feature::name(feature::MADE), Feature::Set("1".to_owned()));
        settings
    }

    /// A state of these qubes, with rules.
    fn state(qubes: &[(&str, Settings)]) -> State {
        let mut state = State { policy: Some(Policy::Text(RULES.to_owned())), ..State::default() };
        state.qubes = qubes.iter().map(|(text, settings)| (name(text), settings.clone())).collect();
        state
    }

    /// A workstation with disposables, behind a VPN behind Tor.
    fn chain() -> State {
        let [gateway, vpn] = [qube("sys-firewall", "-", &["anon-gateway"]), qube("gw", "-", &[])];
        state(&[("dvm", qube("vpn", "dvm", &[])), ("gw", gateway), ("vpn", vpn), ("ws", qube("vpn", "dvm", &[]))])
    }

    /// `target` as it is to be on this release: free to start.
    fn released(mut target: State, release: Release) -> State {
        for settings in target.qubes.values_mut().filter(|_| release.has_prohibit_start()) {
            settings.features.insert(feature::name(feature::PROHIBIT_START), Feature::Absent);
        }
        target
    }

    /// dom0 with the qubes of this state, and its policy.
    fn dom0(state: &State) -> Observed {
        let there = || There { class: "AppVM".to_owned(), halted: true };
        let others = ["debian", "sys-firewall"].map(|text| (name(text), There { class: "TemplateVM".to_owned(), halted: true }));
        Observed {
            there: state.qubes.keys().map(|name| (name.clone(), there())).chain(others).collect(),
            qubes: state.qubes.clone(),
            providers: [(name("sys-firewall"), Provider { tags: BTreeSet::new(), links: Links::default() })].into(),
            policy: state.policy.clone().unwrap_or_default(),
            ..Observed::default()
        }
    }

    /// How the way from `before` to `target` is judged, if the ranks were others.
    fn judged(before: &State, target: &State, release: Release, rank: impl Fn(Rank, &Step) -> Rank) -> Result<Ranked, String> {
        let (observed, ledger) = (dom0(before), Ledger::default());
        let mut steps = ranked(target, &observed, &ledger, release);
        steps.iter_mut().for_each(|(now, step)| *now = rank(*now, step));
        steps.sort_by_key(|(rank, _)| *rank);
        safe(steps, target, &observed, &ledger, release).map_err(|problem| problem.to_string())
    }

    /// The steps from `before` to `target` that change a netvm or a default_dispvm, in words.
    fn connected(before: &State, target: &State) -> Vec<String> {
        let known = target.qubes.keys().cloned().collect();
        let plan = plan(target, &dom0(before), &Ledger::default(), Release::R4_3, &known).unwrap();
        let shown = |step: &Step| match step {
            Step::Property { qube, .. } => Some(format!("{qube} {step}")),
            _ => None,
        };
        plan.steps.iter().filter_map(shown).collect()
    }

    #[test]
    fn the_ranks_are_safe_on_both_releases() {
        for release in Release::ALL {
            let target = released(chain(), release);
            let mut bare = target.clone();
            bare.qubes.values_mut().for_each(|settings| settings.tags.clear());
            for before in [&State::default(), &bare, &target] {
                assert!(judged(before, &target, release, |rank, _| rank).is_ok());
            }
            let left = state(&[("ws", qube("-", "-", &[]))]);
            let left = State { policy: Some(Policy::Absent), ..left };
            assert!(judged(&target, &left, release, |rank, _| rank).is_ok());
        }
    }

    #[track_caller]
    fn refused(result: Result<Ranked, String>, why: &str) {
        assert_eq!(result.map(|_| "it is a plan").unwrap_err(), format!("there is no safe order of steps: after {why}"));
    }

    #[test]
    fn other_ranks_are_not_safe() {
        let (target, r4_3) = (released(chain(), Release::R4_3), Release::R4_3);
        let is_latch = |step: &Step, on: bool| matches!(step, Step::Feature { feature, to, .. } if feature.as_str() == feature::PROHIBIT_START && (*to != Feature::Absent) == on);

        // A new qube that could be started at once.
        let late = judged(&State::default(), &target, r4_3, |rank, step| if is_latch(step, true) { Rank::Rest } else { rank });
        refused(late, "`dvm: new qube, , on debian`, `dvm` can reach the clear net by the global default");
        // One that is released before it has its network.
        let early =
            judged(&State::default(), &target, r4_3, |rank, step| if is_latch(step, false) { Rank::Provide } else { rank });
        refused(early, "`dvm: no feature prohibit-start`, `dvm` can reach the clear net by the global default");

        // Rules that come before the tags that they are written for.
        let mut bare = target.clone();
        bare.policy = Some(Policy::Absent);
        bare.qubes.get_mut(&name("ws")).unwrap().tags.clear();
        let late = judged(&bare, &target, r4_3, |rank, _| if rank == Rank::Isolate { Rank::Rest } else { rank });
        refused(late, "`policy put in place`, `ws` can be started without the tag halite-isolated, which rules need");

        // Rules that go before what they keep apart is put away.
        let left = State { policy: Some(Policy::Absent), ..state(&[("ws", qube("-", "-", &[]))]) };
        let early = judged(&target, &left, r4_3, |rank, _| if rank == Rank::PolicyGone { Rank::Template } else { rank });
        refused(early, "`policy taken away`, the rules are gone, and `ws` is not put away yet");

        // A gateway that is none any more while somebody is behind it.
        let mut moved = chain();
        let gateway = moved.qubes.get_mut(&name("gw")).unwrap();
        gateway.tags.insert("anon-gateway".parse().unwrap(), false);
        gateway.properties.insert(property("netvm"), Property::Set(String::new()));
        moved.qubes.get_mut(&name("vpn")).unwrap().properties.insert(property("netvm"), Property::Set(String::new()));
        let early = judged(&target, &moved, r4_3, |rank, step| match step {
            Step::Tag { .. } => Rank::Template,
            _ => rank,
        });
        refused(early, "`gw: no tag anon-gateway`, `dvm` can reach the clear net by `sys-firewall`");
    }

    #[test]
    fn r4_2_a_new_qube_is_exempt_until_its_network_is_said_and_no_longer() {
        let target = chain();
        let latest = |rank, step: &Step| match step {
            Step::Property { qube, property, .. } if qube.as_str() == "vpn" && property.as_str() == "netvm" => Rank::Expose,
            _ => rank,
        };
        let result = judged(&State::default(), &target, Release::R4_2, latest);
        let why = "`dvm: default_dispvm: dvm`, what `dvm` opens in a disposable can reach the clear net by the global default";
        refused(result, why);
    }

    #[test]
    fn nobody_is_left_behind_what_goes_into_the_clear() {
        // By their names, `a` would be the first.
        let gateway = qube("sys-firewall", "-", &["anon-gateway"]);
        let before = state(&[("a", qube("gw", "-", &[])), ("gw", gateway.clone()), ("ws", qube("a", "-", &[]))]);
        let target = state(&[("a", qube("sys-firewall", "-", &[])), ("gw", gateway), ("ws", qube("gw", "-", &[]))]);
        assert_eq!(connected(&before, &target), ["ws netvm: a → gw", "a netvm: gw → sys-firewall"]);
    }

    #[test]
    fn nobody_opens_disposables_that_are_still_in_the_clear() {
        let gateway = qube("sys-firewall", "-", &["anon-gateway"]);
        let before = state(&[("a", qube("gw", "-", &[])), ("dvm", qube("sys-firewall", "-", &[])), ("gw", gateway.clone())]);
        let target = state(&[("a", qube("gw", "dvm", &[])), ("dvm", qube("gw", "-", &[])), ("gw", gateway)]);
        assert_eq!(connected(&before, &target), ["dvm netvm: sys-firewall → gw", "a default_dispvm: none → dvm"]);
    }

    #[test]
    fn those_that_change_places_do_so_in_the_right_order() {
        // `a` leads through Tor and `b` into the clear; then the other way round, with somebody behind each.
        let gateway = qube("sys-firewall", "-", &["anon-gateway"]);
        let with = |a: &str, b: &str| {
            state(&[
                ("a", qube(a, "-", &[])),
                ("b", qube(b, "-", &[])),
                ("gw", gateway.clone()),
                ("ws", qube(if a == "gw" { "a" } else { "b" }, "-", &[])),
            ])
        };
        let steps = connected(&with("gw", "sys-firewall"), &with("sys-firewall", "gw"));
        assert_eq!(steps, ["b netvm: sys-firewall → gw", "ws netvm: a → b", "a netvm: gw → sys-firewall"]);
        // Of two that hang on each other, qubesd would refuse to turn either round.
        let before = state(&[("a", qube("b", "-", &[])), ("b", qube("gw", "-", &[])), ("gw", gateway.clone())]);
        let target = state(&[("a", qube("gw", "-", &[])), ("b", qube("a", "-", &[])), ("gw", gateway)]);
        assert_eq!(connected(&before, &target), ["a netvm: b → gw", "b netvm: gw → a"]);
        // A gateway and its VPN: neither can be first.
        let before = state(&[
            ("gw", qube("sys-firewall", "-", &["anon-gateway"])),
            ("vpn", qube("gw", "-", &[])),
            ("ws", qube("vpn", "-", &[])),
        ]);
        let target = state(&[
            ("gw", qube("vpn", "-", &["anon-gateway"])),
            ("vpn", qube("sys-firewall", "-", &[])),
            ("ws", qube("gw", "-", &[])),
        ]);
        assert_eq!(
            connected(&before, &target),
            ["ws netvm: vpn → gw", "vpn netvm: gw → sys-firewall", "gw netvm: sys-firewall → vpn"]
        );
    }

    #[test]
    fn where_nothing_can_be_first_something_is_disconnected() {
        // The VPN before Tor and the one behind it change places.
        let with = |before_tor: &str, behind_tor: &str| {
            let gateway = qube(before_tor, "-", &["anon-gateway"]);
            let (before, behind) = ((before_tor, qube("sys-firewall", "-", &[])), (behind_tor, qube("gw", "-", &[])));
            state(&[before, behind, ("gw", gateway), ("ws", qube(behind_tor, "-", &[]))])
        };
        let steps = connected(&with("v1", "v2"), &with("v2", "v1"));
        let expected = [
            "gw netvm: v1 → none",
            "v1 netvm: sys-firewall → gw",
            "ws netvm: v2 → v1",
            "v2 netvm: gw → sys-firewall",
            "gw netvm: none → v2",
        ];
        assert_eq!(steps, expected);
    }
}
