//! A map in words.

use std::collections::BTreeMap;

use super::graph::{Danger, Flow, Kind, Lane, Leads, Map, Node, OTHERS};
use crate::compare::Mark;

impl Map {
    /// The map as lines of text: each identity with its ways, from the network inwards, and all that may move between them.
    pub fn lines(&self) -> Vec<String> {
        let map = self.folded();
        let mut lines = Vec::new();
        for lane in &map.lanes {
            lines.push(marked(&lane.heading(), lane.mark));
            lines.extend(dangers(&lane.dangers));
            lines.extend(ways(lane).into_iter().map(|way| format!("  {way}")));
            lines.extend(lane.nodes.iter().flat_map(|node| dangers(&node.dangers)));
        }
        match map.flows.is_empty() {
            true => lines.push("nothing may move from one identity to another".to_owned()),
            false => lines.push("between identities".to_owned()),
        }
        lines.extend(map.flows.iter().map(|flow| format!("  {}", told(flow))));
        lines.extend(map.updates.iter().map(|gateway| format!("templates are updated through {gateway}")));
        lines
    }

    /// The map in sentences, for those who cannot see it drawn.
    pub fn sentences(&self) -> String {
        let mut text = String::new();
        let map = self.folded();
        for lane in &map.lanes {
            let ways: Vec<String> = ways(lane).iter().map(|way| way.replace(" ← ", " from ")).collect();
            text.push_str(&format!("{}: {}. ", marked(&lane.heading(), lane.mark), ways.join("; ")));
        }
        let flows: Vec<String> = map.flows.iter().map(told).map(|flow| flow.replace(" → ", " to ")).collect();
        match flows.is_empty() {
            true => text.push_str("Nothing may move from one identity to another."),
            false => text.push_str(&format!("Between identities: {}.", flows.join("; "))),
        }
        text
    }
}

/// The ways of a lane, each from its far end to all that it serves: `anything ← Tor ← sys-firewall ← gw1 ← work, work-dvm (disposables)`.
pub fn ways(lane: &Lane) -> Vec<String> {
    let mut served: BTreeMap<&Leads, Vec<&Node>> = BTreeMap::new();
    for node in &lane.nodes {
        let is_netvm = lane.nodes.iter().any(|other| matches!(&other.leads, Leads::Within(name) if *name == node.name));
        if !is_netvm {
            served.entry(&node.leads).or_default().push(node);
        }
    }
    let line = |(leads, nodes): (&Leads, Vec<&Node>)| {
        let names: Vec<String> = nodes.into_iter().map(named).collect();
        match leads {
            Leads::Nowhere => format!("no network: {}", names.join(", ")),
            leads => format!("{} ← {}", way(lane, leads), names.join(", ")),
        }
    };
    // Nowhere sorts first, and belongs last.
    let (offline, online): (Vec<_>, Vec<_>) = served.into_iter().partition(|(leads, _)| **leads == Leads::Nowhere);
    online.into_iter().chain(offline).map(line).collect()
}

/// What is outwards of a netvm, the farthest first.
fn way(lane: &Lane, leads: &Leads) -> String {
    let mut parts = Vec::new();
    let mut at = leads;
    // As many steps as there are nodes, and no more: a lane that was put together otherwise might lead in a circle.
    for _ in 0..=lane.nodes.len() {
        match at {
            Leads::Within(name) => {
                let Some(node) = lane.node(name) else { break };
                parts.push(named(node));
                at = &node.leads;
            }
            Leads::Out(exit) => {
                parts.extend(exit.through.name().map(str::to_owned));
                parts.extend(exit.over_tor.then(|| "Tor".to_owned()));
                parts.push(destinations(lane));
                break;
            }
            Leads::Nowhere => {
                parts.push("no network".to_owned());
                break;
            }
        }
    }
    parts.reverse();
    parts.join(" ← ")
}

/// Where a lane says that it goes.
pub fn destinations(lane: &Lane) -> String {
    if lane.destinations.is_empty() { "anything".to_owned() } else { lane.destinations.join(", ") }
}

fn named(node: &Node) -> String {
    let what = match node.kind {
        Kind::Disposables if node.stands_for.is_empty() => " (disposables)",
        Kind::Disposable if node.stands_for.is_empty() => " (disposable)",
        _ => "",
    };
    marked(&format!("{}{what}", node.name), node.mark.or(node.way))
}

fn told(flow: &Flow) -> String {
    let danger = if flow.is_danger() { "DANGER, nothing declares it: " } else { "" };
    let others: Vec<&str> = flow.others.iter().map(String::as_str).collect();
    let end = |name: &str| match name {
        OTHERS if !others.is_empty() => format!("{OTHERS} ({})", others.join(", ")),
        name => name.to_owned(),
    };
    let line = format!("{danger}{} → {}: {}", end(flow.from.name()), end(flow.to.name()), flow.told());
    marked(&line, flow.mark)
}

fn dangers(dangers: &[Danger]) -> Vec<String> {
    dangers.iter().map(|Danger { code, message, .. }| format!("  DANGER {code}: {message}")).collect()
}

/// With a word for what has become of it.
pub fn marked(text: &str, mark: Option<Mark>) -> String {
    mark.map_or_else(|| text.to_owned(), |mark| format!("{text} [{}]", word(mark)))
}

/// A mark in a word.
pub fn word(mark: Mark) -> &'static str {
    match mark {
        Mark::Added => "new",
        Mark::Removed => "gone",
        Mark::Changed => "changed",
    }
}
