//! What of a map is not as in another.

use super::graph::{Flow, Lane, Map, Node};
use crate::compare::Mark;

impl Map {
    /// This map with marks at all that `old` has not, or has otherwise; what only `old` has is there, too, marked as removed.
    #[must_use]
    pub fn since(&self, old: &Self) -> Self {
        let mut lanes: Vec<Lane> = self.lanes.iter().map(|lane| lane_since(lane, old)).collect();
        let gone = old.lanes.iter().filter(|lane| self.lane(&lane.id).is_none());
        lanes.extend(gone.map(|lane| marked(lane, Mark::Removed)));
        lanes.sort_by_cached_key(Lane::place);
        let mut flows: Vec<Flow> = self.flows.iter().map(|flow| flow_since(flow, old)).collect();
        let gone = old.flows.iter().filter(|flow| self.flow(flow).is_none());
        flows.extend(gone.map(|flow| Flow { mark: Some(Mark::Removed), ..flow.clone() }));
        Self { lanes, flows, ..self.clone() }
    }

    /// The flow between the ends of this one.
    fn flow(&self, like: &Flow) -> Option<&Flow> {
        self.flows.iter().find(|flow| flow.key() == like.key())
    }
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

fn flow_since(flow: &Flow, old: &Map) -> Flow {
    let mark = match old.flow(flow) {
        None => Some(Mark::Added),
        Some(was) => (was.services != flow.services).then_some(Mark::Changed),
    };
    Flow { mark, ..flow.clone() }
}
