//! Maps that can be taken in at a glance.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use super::flows::merged;
use super::graph::{End, Exit, Kind, Lane, Leads, Map, Node};
use crate::model::Mode;

/// Most qubes of a map that shows each of them.
const MOST: usize = 60;

impl Map {
    /// The same, with few enough parts: of more than 60 qubes, those of an identity are one, and identities that look alike are one, too.
    /// What is a danger, or has changed, is left as it is.
    #[must_use]
    pub fn folded(&self) -> Self {
        if self.lanes.iter().map(|lane| lane.nodes.len()).sum::<usize>() <= MOST {
            return self.clone();
        }
        let mut map = self.clone();
        let mut folded = BTreeMap::new();
        for lane in &mut map.lanes {
            fold(lane, &mut folded);
        }
        let flows = mem::take(&mut map.flows).into_iter().map(|mut flow| {
            for end in [&mut flow.from, &mut flow.to] {
                if let End::Qube { lane, node } = end
                    && let Some(name) = folded.get(&(lane.clone(), node.clone()))
                {
                    node.clone_from(name);
                }
            }
            flow
        });
        map.flows = merged(flows);
        let ends = map.flows.iter().flat_map(|flow| [&flow.from, &flow.to]).filter_map(|end| match end {
            End::Qube { lane, .. } => Some(lane.clone()),
            End::Others => None,
        });
        let with_flows: BTreeSet<String> = ends.collect();
        let lanes = mem::take(&mut map.lanes);
        let (alone, alike): (Vec<Lane>, Vec<Lane>) =
            lanes.into_iter().partition(|lane| with_flows.contains(&lane.id) || !is_quiet(lane));
        map.lanes = alone.into_iter().chain(grouped(alike)).collect();
        map.lanes.sort_by_cached_key(Lane::place);
        map
    }
}

fn is_quiet(lane: &Lane) -> bool {
    lane.mark.is_none() && lane.dangers.is_empty() && lane.nodes.iter().all(is_quiet_node)
}

fn is_quiet_node(node: &Node) -> bool {
    node.mark.is_none() && node.way.is_none() && node.dangers.is_empty()
}

/// What provides no network becomes one node, if there is nothing to be said of it.
fn fold(lane: &mut Lane, folded: &mut BTreeMap<(String, String), String>) {
    let nodes = mem::take(&mut lane.nodes);
    let (within, kept): (Vec<Node>, Vec<Node>) =
        nodes.into_iter().partition(|node| !node.kind.provides_network() && is_quiet_node(node));
    lane.nodes = kept;
    let Some(first) = within.iter().find(|node| node.leads != Leads::Nowhere).or(within.first()) else { return };
    let mut kinds = BTreeMap::new();
    within.iter().for_each(|node| *kinds.entry(node.kind).or_default() += 1);
    let node = standing_for(kinds, Kind::Folded, first.leads.clone());
    folded.extend(within.into_iter().map(|old| ((lane.id.clone(), old.name), node.name.clone())));
    lane.nodes.push(node);
}

/// A node for all of these.
fn standing_for(kinds: BTreeMap<Kind, usize>, kind: Kind, leads: Leads) -> Node {
    let told: Vec<String> = kinds.iter().map(|(kind, count)| kind.counted(*count)).collect();
    Node { stands_for: kinds, ..Node::new(told.join(", "), kind, None, leads) }
}

/// What lanes have in common that are drawn as one: mode, destinations, and the kinds of qubes on their ways.
type Likeness = (bool, Option<Mode>, Vec<String>, Vec<(Kind, Option<Exit>, bool)>);

fn likeness(lane: &Lane) -> Likeness {
    let node = |node: &Node| match &node.leads {
        Leads::Out(exit) => (node.kind, Some(exit.clone()), true),
        Leads::Within(_) => (node.kind, None, true),
        Leads::Nowhere => (node.kind, None, false),
    };
    (lane.over_tor, lane.mode, lane.destinations.clone(), lane.nodes.iter().map(node).collect())
}

fn grouped(lanes: Vec<Lane>) -> Vec<Lane> {
    let mut groups: BTreeMap<Likeness, Vec<Lane>> = BTreeMap::new();
    for lane in lanes {
        groups.entry(likeness(&lane)).or_default().push(lane);
    }
    groups.into_values().filter_map(group).collect()
}

/// These as one: in place of each qube, all that stand where it stands.
fn group(mut lanes: Vec<Lane>) -> Option<Lane> {
    let count = lanes.len();
    let first = lanes.first()?.clone();
    if count == 1 {
        return lanes.pop();
    }
    let all: Vec<Node> = first
        .nodes
        .iter()
        .enumerate()
        .map(|(at, node)| {
            let mut kinds = BTreeMap::new();
            for same in lanes.iter().filter_map(|lane| lane.nodes.get(at)) {
                let own = BTreeMap::from([(same.kind, 1)]);
                let own = if same.stands_for.is_empty() { &own } else { &same.stands_for };
                own.iter().for_each(|(kind, count)| *kinds.entry(*kind).or_default() += count);
            }
            standing_for(kinds, node.kind, node.leads.clone())
        })
        .collect();
    let renamed = |name: &String| {
        let at = first.nodes.iter().position(|node| node.name == *name);
        at.and_then(|at| all.get(at)).map_or(name, |node| &node.name).clone()
    };
    let leads = |leads: &Leads| match leads {
        Leads::Within(name) => Leads::Within(renamed(name)),
        other => other.clone(),
    };
    let nodes = all.iter().map(|node| Node { leads: leads(&node.leads), ..node.clone() }).collect();
    Some(Lane {
        id: format!("{} and {} more", first.id, count - 1),
        title: format!("{count} identities"),
        nodes,
        ..first.clone()
    })
}
