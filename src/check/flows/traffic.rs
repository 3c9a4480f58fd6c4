//! All that may move, inside identities and between them, whether a flow declares it or not: what reports tell, and judge nothing by.

use std::collections::{BTreeMap, BTreeSet};

use super::chains::{Direction, Way, moves};
use super::{Flows, evaluate, is_dom0};
use crate::base::Handle;
use crate::check::surroundings::Surroundings;
use crate::model::{Desired, Release};
use crate::qrexec::{Hop, POLICY_FILE};

/// A call that moves data or gives control, and that goes through, or that the user is asked about. At least one end is the bundle's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passing {
    /// The call.
    pub hop: Hop,
    /// Whose the caller is; nobody's of the bundle, if none.
    pub from: Option<Handle>,
    /// Whose the target is.
    pub to: Option<Handle>,
    /// The flow that declares it, if it crosses an identity's border and one does.
    pub flow: Option<Handle>,
}

/// How something gets from one party to another, by the fewest calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// Without any question.
    pub unasked: Option<Vec<Hop>>,
    /// With the user's consent where it is asked for.
    pub any: Vec<Hop>,
}

/// All that may move.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Single calls, by their ends.
    pub passings: Vec<Passing>,
    /// Over any number of calls, from one identity to another, and to and from the rest of dom0. Where nothing can, there is no route.
    pub routes: BTreeMap<(Option<Handle>, Option<Handle>), Route>,
}

impl Passing {
    /// Whether it leaves an identity, or enters one.
    pub fn crosses(&self) -> bool {
        self.from != self.to
    }

    /// Whether no flow of the bundle declares a call that crosses.
    pub fn is_undeclared(&self) -> bool {
        self.crosses() && self.flow.is_none()
    }

    /// Whether a rule of the bundle's own lets it through.
    pub fn is_by_bundle(&self) -> bool {
        &*self.hop.rule.file == POLICY_FILE
    }
}

/// All that may move in these surroundings, whatever the checks say to that. Where Qubes cannot read the policy, nothing does.
pub fn traffic(desired: &Desired, surroundings: &Surroundings, release: Release) -> Traffic {
    evaluate(desired, surroundings, release, |flows, _, _| Traffic { passings: flows.passings(), routes: flows.routes() })
}

impl Flows<'_> {
    /// What goes through unasked in one way is not told again where the user is asked in another.
    fn passings(&self) -> Vec<Passing> {
        let passing = |hop: &Hop| {
            let (from, to) = (self.world.owner(&hop.from), self.world.owner(&hop.to));
            let is_told = moves(hop) && !is_dom0(&hop.from) && !is_dom0(&hop.to) && from.or(to).is_some();
            let flow = || self.declared(hop).map(|(handle, _)| handle.clone()).filter(|_| from != to);
            is_told.then(|| Passing { hop: hop.clone(), from: from.cloned(), to: to.cloned(), flow: flow() })
        };
        let unasked = self.hops.values().flatten().filter(|hop| !hop.is_asked);
        let unasked: BTreeSet<_> = unasked.map(|hop| (&hop.from, &hop.to, &hop.service)).collect();
        let is_told = |hop: &&Hop| !hop.is_asked || !unasked.contains(&(&hop.from, &hop.to, &hop.service));
        self.hops.values().flatten().filter(is_told).filter_map(passing).collect()
    }

    fn routes(&self) -> BTreeMap<(Option<Handle>, Option<Handle>), Route> {
        let any = self.steps(|hop| [moves(hop).then_some(Direction::Call), None]);
        let unasked = self.steps(|hop| [(moves(hop) && !hop.is_asked).then_some(Direction::Call), None]);
        let hops = |way: Way| way.0.iter().map(|step| step.hop.clone()).collect::<Vec<_>>();
        let mut routes = BTreeMap::new();
        for (party, own) in self.members() {
            let mut without = self.reached(party, &own, &unasked);
            for (other, way) in self.reached(party, &own, &any) {
                let route = Route { unasked: without.remove(&other).map(hops), any: hops(way) };
                routes.insert((party.cloned(), other.cloned()), route);
            }
        }
        routes
    }
}
