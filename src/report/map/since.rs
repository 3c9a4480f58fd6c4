//! What of a map is not as in another.

use std::collections::BTreeMap;

use super::graph::{End, Flow, Lane, Map, Node};
use crate::compare::Mark;
use crate::model::Answer;

impl Map {
    /// This map with marks at all that `old` has not, or has otherwise; what only `old` has is there, too, marked as removed.
    #[must_use]
    pub fn since(&self, old: &Self) -> Self {
        let mut lanes: Vec<Lane> = self.lanes.iter().map(|lane| lane_since(lane, old)).collect();
        let gone = old.lanes.iter().filter(|lane| self.lane(&lane.id).is_none());
        lanes.extend(gone.map(|lane| marked(lane, Mark::Removed)));
        lanes.sort_by_cached_key(Lane::place);
        let (known, before) = (by_key(&self.flows), by_key(&old.flows));
        let flow = |flow: &Flow| Flow { mark: flow_mark(flow, before.get(&flow.key()).copied()), ..flow.clone() };
        let mut flows: Vec<Flow> = self.flows.iter().map(flow).collect();
        let gone = old.flows.iter().filter(|flow| !known.contains_key(&flow.key()));
        flows.extend(gone.map(|flow| Flow { mark: Some(Mark::Removed), ..flow.clone() }));
        Self { lanes, flows, ..self.clone() }
    }
}

/// Flows by what they are about.
fn by_key(flows: &[Flow]) -> BTreeMap<(&End, &End, Answer, bool), &Flow> {
    flows.iter().map(|flow| (flow.key(), flow)).collect()
}

fn marked(lane: &Lane, mark: Mark) -> Lane {
    let nodes = lane.nodes.iter().map(|node| Node { mark: Some(mark), ..node.clone() }).collect();
    Lane { nodes, mark: Some(mark), ..lane.clone() }
}

fn lane_since(lane: &Lane, old: &Map) -> Lane {
    let Some(was) = old.lane(&lane.id) else { return marked(lane, Mark::Added) };
    let mut nodes: Vec<Node> = lane.nodes.iter().map(|node| node_since(node, was)).collect();
    let gone = was.nodes.iter().filter(|node| lane.node(&node.name).is_none());
    nodes.extend(gone.map(|node| Node { mark: Some(Mark::Removed), ..node.clone() }));
    nodes.sort_by(|one, other| (one.kind.rank(), &one.name).cmp(&(other.kind.rank(), &other.name)));
    let is_changed = (was.mode, &was.destinations) != (lane.mode, &lane.destinations);
    Lane { nodes, mark: is_changed.then_some(Mark::Changed), ..lane.clone() }
}

fn node_since(node: &Node, was: &Lane) -> Node {
    let Some(was) = was.node(&node.name) else { return Node { mark: Some(Mark::Added), ..node.clone() } };
    let is_changed = (was.kind, was.label) != (node.kind, node.label);
    let mark = is_changed.then_some(Mark::Changed);
    let way = (was.leads != node.leads).then_some(Mark::Changed);
    Node { mark, way, ..node.clone() }
}

fn flow_mark(flow: &Flow, was: Option<&Flow>) -> Option<Mark> {
    match was {
        None => Some(Mark::Added),
        Some(was) => (was.services != flow.services).then_some(Mark::Changed),
    }
}
