//! Whether identities reach what is not theirs: every call decided one by one, and hops followed breadth first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use halite::base::Handle;
use halite::model::{Answer, Desired};
use halite::qrexec::{Outcome, Policy, Request, running_disposable};

use crate::services::{Moves, Service};
use crate::world::World;

/// What was found; each is the first one, in words.
#[derive(Debug, Default)]
pub struct Found {
    /// A call crosses an identity's border, and no flow says so.
    pub call: Option<String>,
    /// A call of somebody over Tor leads to another network.
    pub network: Option<String>,
    /// What tells how somebody is goes to somebody else's.
    pub status: Option<String>,
    /// A flow is answered otherwise than it says.
    pub answer: Option<String>,
    /// Hops together lead from one identity to another, and no flow says so.
    pub chain: Option<String>,
}

impl Found {
    /// What each code of the checks is to say.
    pub fn by_code(&self) -> [(&'static str, &Option<String>); 5] {
        [
            ("H0501", &self.call),
            ("H0502", &self.chain),
            ("H0503", &self.answer),
            ("H0504", &self.network),
            ("H0505", &self.status),
        ]
    }
}

/// A call that goes through, or that the user is asked about.
pub struct Edge {
    /// Who calls.
    pub from: String,
    /// Where it goes.
    pub to: String,
    service: &'static str,
    /// What moves.
    pub moves: Moves,
    /// Whether the user is asked.
    pub is_asked: bool,
}

/// Which calls a chain may consist of.
type IsMeant<'a> = &'a dyn Fn(&Edge) -> bool;

/// Looks at calls of these services.
pub fn look(desired: &Desired, world: &World, policy: &Policy, services: &[&'static Service]) -> Found {
    let edges = all_edges(world, policy, services);
    let mut found = Found { call: world.shared.clone(), ..Found::default() };
    for edge in &edges {
        single(desired, world, edge, &mut found);
    }
    for flow in desired.flows.values() {
        for service in &flow.services {
            let (source, target) = (flow.from.as_str(), flow.to.as_str());
            let request = Request { service: Some(service.as_str()), argument: "+", source, target };
            let is_right = match policy.decide(&world.system, &request).outcome {
                Outcome::Allow { target, .. } => flow.answer == Answer::Allow && target == flow.to.as_str(),
                Outcome::Ask { targets, .. } => flow.answer == Answer::Ask && targets.contains(flow.to.as_str()),
                Outcome::Deny(_) => false,
            };
            if !is_right {
                found.answer.get_or_insert(format!("{service} from {source} to {target}"));
            }
        }
    }
    found.chain = chain(world, &edges);
    found
}

/// All calls of these services.
pub fn all_edges(world: &World, policy: &Policy, services: &[&'static Service]) -> Vec<Edge> {
    services.iter().flat_map(|service| edges(world, policy, service)).collect()
}

fn edges(world: &World, policy: &Policy, service: &'static Service) -> Vec<Edge> {
    // Rules for other services decide nothing here.
    let about = |own: &Option<String>| own.as_deref().is_none_or(|own| own == service.name);
    let rules: Vec<_> = policy.rules.iter().filter(|rule| about(&rule.call.service)).cloned().collect();
    // Where no rule names an argument, all are alike.
    let named: BTreeSet<String> = rules.iter().filter_map(|rule| rule.call.argument.clone()).collect();
    let any = if named.is_empty() { "+" } else { "+any-other" };
    let arguments: BTreeSet<String> = named.into_iter().chain([any.to_owned()]).collect();
    let policy = Policy { rules, faults: Vec::new() };
    let targets = world.targets();
    let mut seen = BTreeSet::new();
    for argument in &arguments {
        for source in world.callers() {
            for target in &targets {
                let request = Request { service: Some(service.name), argument, source, target };
                match policy.decide(&world.system, &request).outcome {
                    Outcome::Allow { target, .. } => drop(seen.insert((source.to_owned(), target, false))),
                    Outcome::Ask { targets, .. } => {
                        seen.extend(targets.into_iter().map(|target| (source.to_owned(), target, true)));
                    }
                    Outcome::Deny(_) => {}
                }
            }
        }
    }
    let is_dom0 = |name: &str| matches!(name, "dom0" | "@adminvm");
    let edge = |(from, to, is_asked): (String, String, bool)| {
        let to = to.strip_prefix("@dispvm:").map_or(to.clone(), running_disposable);
        Edge { from, to, service: service.name, moves: service.moves, is_asked }
    };
    seen.into_iter().map(edge).filter(|edge| !is_dom0(&edge.to)).collect()
}

fn single(desired: &Desired, world: &World, edge: &Edge, found: &mut Found) {
    let (from, to) = (world.owner(&edge.from), world.owner(&edge.to));
    let what = || format!("{} from {} to {}", edge.service, edge.from, edge.to);
    let is_declared = desired.flows.values().any(|flow| {
        (flow.from.as_str(), flow.to.as_str()) == (edge.from.as_str(), edge.to.as_str())
            && flow.services.iter().any(|service| service.as_str() == edge.service)
            && (edge.is_asked || flow.answer == Answer::Allow)
    });
    if edge.moves == Moves::Network {
        let is_over_tor = from.is_some_and(|handle| desired.identities[handle].mode.over_tor());
        if is_over_tor && from != to {
            found.network.get_or_insert_with(what);
            return;
        }
        // Whoever listens at a port of another identity takes what comes; a stranger's is its own affair.
        if from.is_none() || to.is_none() {
            return;
        }
    }
    if from == to || is_declared {
        return;
    }
    let place = if edge.moves == Moves::Status { &mut found.status } else { &mut found.call };
    place.get_or_insert_with(what);
}

/// Two identities between which several calls lead, where no single one does: by data or by control, asked or not.
fn chain(world: &World, edges: &[Edge]) -> Option<String> {
    let data = |edge: &Edge| matches!(edge.moves, Moves::Data | Moves::Both);
    let control = |edge: &Edge| matches!(edge.moves, Moves::Control | Moves::Both);
    let kinds: [(&str, IsMeant); 5] = [
        // Whoever controls a qube sends what is in it, too: hops of both kinds make one chain.
        ("data or control", &|edge| data(edge) || control(edge)),
        ("data", &data),
        ("data, allowed", &|edge| data(edge) && !edge.is_asked),
        ("control", &control),
        ("control, allowed", &|edge| control(edge) && !edge.is_asked),
    ];
    kinds.iter().find_map(|(kind, is_meant)| {
        let edges = edges.iter().filter(|edge| is_meant(edge)).collect();
        chain_of(world, edges).map(|chain| format!("{kind}: {chain}"))
    })
}

fn chain_of(world: &World, edges: Vec<&Edge>) -> Option<String> {
    // What one call comes to was looked at before.
    let direct: BTreeSet<(Option<&Handle>, Option<&Handle>)> =
        edges.iter().map(|edge| (world.owner(&edge.from), world.owner(&edge.to))).collect();
    let mut next: BTreeMap<&str, Vec<&Edge>> = BTreeMap::new();
    for edge in edges {
        next.entry(&edge.from).or_default().push(edge);
    }
    for start in world.callers() {
        let Some(own) = world.owner(start) else { continue };
        let mut came: BTreeMap<&str, &Edge> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for edge in next.get(at).into_iter().flatten() {
                if edge.to == start || came.contains_key(edge.to.as_str()) {
                    continue;
                }
                came.insert(&edge.to, edge);
                queue.push_back(&edge.to);
                let other = world.owner(&edge.to);
                if other.is_some_and(|other| other != own) && !direct.contains(&(Some(own), other)) {
                    return Some(format!("{start}{}", hops(start, &edge.to, &came).concat()));
                }
            }
        }
    }
    None
}

/// The hops that led somewhere, from the first to the last.
fn hops(start: &str, end: &str, came: &BTreeMap<&str, &Edge>) -> Vec<String> {
    let mut hops = Vec::new();
    let mut at = end;
    while at != start {
        let edge = came[at];
        hops.push(format!(" > {} ({})", edge.to, edge.service));
        at = &edge.from;
    }
    hops.reverse();
    hops
}
