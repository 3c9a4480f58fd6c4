//! H05xx: what may move between identities, and out of them, by evaluation of the bundle's policy together with the stock one.
//!
//! Whatever moves data or gives control counts, whether the user is asked or not: one absent-minded Enter is enough. `world` is the system
//! that calls are decided in; `crossings` finds single calls, `chains` finds what they come to over several qubes, `answers` looks whether
//! what must work does; `traffic` tells all that may move, for reports.

mod answers;
mod chains;
mod crossings;
mod traffic;
mod world;

pub use traffic::{Passing, Route, Traffic, traffic};

use std::collections::BTreeMap;

use self::world::World;
use super::finding::Finding;
use super::surroundings::Surroundings;
use crate::base::{Handle, QubeName};
use crate::model::{Answer, Desired, Flow, Release};
use crate::qrexec::{Carries, Hop, POLICY_FILE, System, Ways};

/// What of a call crosses a border, or leads around a gateway.
const WHAT: [Carries; 4] = [Carries::Data, Carries::Control, Carries::Network, Carries::Status];

pub fn check(desired: &Desired, surroundings: &Surroundings, release: Release, findings: &mut Vec<Finding>) {
    evaluate(desired, surroundings, release, |flows, ways, system| {
        flows.crossings(findings);
        flows.chains(findings);
        flows.answers(ways, system, findings);
    });
}

/// A call over an identity's border that goes through, or that the user is asked about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crossing {
    /// Who calls.
    pub from: String,
    /// Where it goes.
    pub to: String,
    /// The service; `*` for all that no rule names.
    pub service: String,
    /// Whether the user is asked.
    pub is_asked: bool,
}

/// Every call that moves data, gives control or leads to a network over the border of an identity, whether a flow declares it or not.
pub fn crossings(desired: &Desired, surroundings: &Surroundings, release: Release) -> Vec<Crossing> {
    evaluate(desired, surroundings, release, |flows, _, _| {
        let crosses = |hop: &&Hop| {
            let what = hop.carries;
            let moves = [Carries::Data, Carries::Control, Carries::Network].iter().any(|one| what.contains(one));
            moves && !is_dom0(&hop.from) && !flows.is_inside(hop)
        };
        let crossing = |hop: &Hop| Crossing {
            from: hop.from.clone(),
            to: hop.to.clone(),
            service: hop.service.clone().unwrap_or_else(|| "*".to_owned()),
            is_asked: hop.is_asked,
        };
        flows.hops.values().flatten().filter(crosses).map(crossing).collect()
    })
}

/// Decides all calls.
fn evaluate<T>(
    desired: &Desired,
    surroundings: &Surroundings,
    release: Release,
    take: impl FnOnce(&Flows, &Ways, &System) -> T,
) -> T {
    let world = World::of(desired, surroundings, release);
    let system = world.system.with_running_disposables();
    let ways = Ways::new(&surroundings.policy, &system, &WHAT);
    let hops: BTreeMap<&str, Vec<Hop>> = system.qubes().iter().map(|qube| (qube.name.as_str(), ways.hops(&qube.name))).collect();
    take(&Flows { desired, surroundings, release, world: &world, hops }, &ways, &system)
}

/// Everything that may move.
struct Flows<'a> {
    desired: &'a Desired,
    surroundings: &'a Surroundings,
    release: Release,
    world: &'a World<'a>,
    /// By the name of the caller.
    hops: BTreeMap<&'a str, Vec<Hop>>,
}

impl Flows<'_> {
    /// The flow that says that a call may be made, if one does.
    fn declared(&self, hop: &Hop) -> Option<(&Handle, &Flow)> {
        let service = hop.service.as_deref()?;
        self.desired.flows.iter().find(|(_, flow)| {
            flow.from.as_str() == hop.from
                && flow.to.as_str() == hop.to
                && flow.services.iter().any(|own| own.as_str() == service)
                && (hop.is_asked || flow.answer == Answer::Allow)
        })
    }

    /// What to do about a rule that is not the bundle's.
    fn advice(&self, hop: &Hop) -> Option<String> {
        let file = &hop.rule.file;
        (self.surroundings.is_real && &**file != POLICY_FILE)
            .then(|| format!("that rule is not the bundle's: take it out of `{file}`, or declare the flow in the recipe"))
    }

    /// Whether a call stays inside one identity, or outside of all.
    fn is_inside(&self, hop: &Hop) -> bool {
        self.world.owner(&hop.from) == self.world.owner(&hop.to)
    }
}

/// What is about dom0 is never about a qube.
fn is_dom0(name: &str) -> bool {
    name == QubeName::dom0().as_str()
}
