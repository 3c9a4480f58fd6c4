//! Maps that can be taken in at a glance.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use super::flows::merged;
use super::graph::{End, Exit, Flow, Kind, Lane, Leads, Map, Node};
use crate::model::Mode;

/// Most qubes of a map that shows each of them.
const MOST: usize = 60;
/// Most identities of a map that shows each of those with flows.
const MOST_LANES: usize = 40;

impl Map {
    /// The same, with few enough parts: of more than 60 qubes, those of an identity are one, and identities that look alike are one, too;
    /// with flows of their own only where there would be too many otherwise. What is a danger, or has changed, is left as it is.
    #[must_use]
    pub fn folded(&self) -> Self {
        if self.lanes.iter().map(|lane| lane.nodes.len()).sum::<usize>() <= MOST {
            return self.clone();
        }
        let mut moved = Moved::new();
        let mut map = self.clone();
        for lane in &mut map.lanes {
            fold(lane, &mut moved);
        }
        map.flows = moved_flows(mem::take(&mut map.flows), &moved);
        let with_flows = map.lanes_with_flows();
        let map = map.grouped(|lane| is_quiet(lane) && !with_flows.contains(&lane.id));
        if map.lanes.len() > MOST_LANES { map.grouped(is_quiet) } else { map }
    }

    /// The same, where lanes that may be, and look alike, are one.
    fn grouped(mut self, may_be: impl Fn(&Lane) -> bool) -> Self {
        let mut groups: BTreeMap<Likeness, Vec<Lane>> = BTreeMap::new();
        let (alike, mut alone): (Vec<Lane>, Vec<Lane>) = self.lanes.into_iter().partition(may_be);
        for lane in alike {
            groups.entry(likeness(&lane)).or_default().push(lane);
        }
        let mut moved = Moved::new();
        alone.extend(groups.into_values().filter_map(|lanes| group(lanes, &mut moved)));
        alone.sort_by_cached_key(Lane::place);
        self.lanes = alone;
        self.flows = moved_flows(self.flows, &moved);
        self
    }

    fn lanes_with_flows(&self) -> BTreeSet<String> {
        let ends = self.flows.iter().flat_map(|flow| [&flow.from, &flow.to]);
        let lane = |end: &End| match end {
            End::Qube { lane, .. } => Some(lane.clone()),
            End::Others => None,
        };
        ends.filter_map(lane).collect()
    }
}

/// Where what was at an end of a flow has gone.
type Moved = BTreeMap<End, End>;

fn end(lane: &Lane, node: &Node) -> End {
    End::Qube { lane: lane.id.clone(), node: node.name.clone() }
}

fn moved_flows(flows: Vec<Flow>, moved: &Moved) -> Vec<Flow> {
    let to = |end: End| moved.get(&end).cloned().unwrap_or(end);
    merged(flows.into_iter().map(|flow| Flow { from: to(flow.from.clone()), to: to(flow.to.clone()), ..flow }))
}

fn is_quiet(lane: &Lane) -> bool {
    lane.mark.is_none() && lane.dangers.is_empty() && lane.nodes.iter().all(is_quiet_node)
}

fn is_quiet_node(node: &Node) -> bool {
    node.mark.is_none() && node.way.is_none() && node.dangers.is_empty()
}

/// What provides no network becomes one node, if there is nothing to be said of it.
fn fold(lane: &mut Lane, moved: &mut Moved) {
    let nodes = mem::take(&mut lane.nodes);
    let (within, kept): (Vec<Node>, Vec<Node>) =
        nodes.into_iter().partition(|node| !node.kind.provides_network() && is_quiet_node(node));
    lane.nodes = kept;
    let Some(first) = within.iter().find(|node| node.leads != Leads::Nowhere).or(within.first()) else { return };
    let mut kinds = BTreeMap::new();
    within.iter().for_each(|node| *kinds.entry(node.kind).or_default() += 1);
    let node = standing_for(kinds, Kind::Folded, first.leads.clone());
    moved.extend(within.iter().map(|old| (end(lane, old), end(lane, &node))));
    lane.nodes.push(node);
}

/// A node for all of these.
fn standing_for(kinds: BTreeMap<Kind, usize>, kind: Kind, leads: Leads) -> Node {
    let told: Vec<String> = kinds.iter().map(|(kind, count)| kind.counted(*count)).collect();
    Node { stands_for: kinds, ..Node::new(told.join(", "), kind, None, leads) }
}

/// What lanes have in common that are drawn as one: mode, whether they go anywhere, and the kinds of qubes on their ways.
type Likeness = (bool, Option<Mode>, bool, Vec<(Kind, Option<Exit>, bool)>);

fn likeness(lane: &Lane) -> Likeness {
    let node = |node: &Node| match &node.leads {
        Leads::Out(exit) => (node.kind, Some(exit.clone()), true),
        Leads::Within(_) => (node.kind, None, true),
        Leads::Nowhere => (node.kind, None, false),
    };
    (lane.over_tor, lane.mode, lane.destinations.is_empty(), lane.nodes.iter().map(node).collect())
}

/// These as one: in place of each qube, all that stand where it stands.
fn group(mut lanes: Vec<Lane>, moved: &mut Moved) -> Option<Lane> {
    let count = lanes.len();
    let first = lanes.first()?.clone();
    if count == 1 {
        return lanes.pop();
    }
    let nodes = first.nodes.iter().enumerate().map(|(at, node)| {
        let mut kinds = BTreeMap::new();
        for same in lanes.iter().filter_map(|lane| lane.nodes.get(at)) {
            let own = BTreeMap::from([(same.kind, 1)]);
            let own = if same.stands_for.is_empty() { &own } else { &same.stands_for };
            own.iter().for_each(|(kind, count)| *kinds.entry(*kind).or_default() += count);
        }
        standing_for(kinds, node.kind, node.leads.clone())
    });
    let nodes: Vec<Node> = nodes.collect();
    let renamed = |name: &String| {
        let at = first.nodes.iter().position(|node| node.name == *name);
        at.and_then(|at| nodes.get(at)).map_or(name, |node| &node.name).clone()
    };
    let leads = |leads: &Leads| match leads {
        Leads::Within(name) => Leads::Within(renamed(name)),
        other => other.clone(),
    };
    let all = Lane {
        id: format!("{} and {} more", first.id, count - 1),
        title: format!("{count} identities"),
        destinations: lanes.iter().flat_map(|lane| lane.destinations.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
        nodes: nodes.iter().map(|node| Node { leads: leads(&node.leads), ..node.clone() }).collect(),
        ..first.clone()
    };
    for lane in &lanes {
        moved.extend(lane.nodes.iter().zip(&all.nodes).map(|(old, new)| (end(lane, old), end(&all, new))));
    }
    Some(all)
}
