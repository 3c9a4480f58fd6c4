//! A map in words.

use std::collections::BTreeMap;

use super::graph::{Danger, End, Flow, Kind, Lane, Leads, Map, Node, OTHERS, Through};
use crate::compare::Mark;

impl Map {
    /// The map as lines of text: each identity with its ways, from the network inwards, and all that may move between them.
    pub fn lines(&self) -> Vec<String> {
        let map = self.folded();
        let mut lines = Vec::new();
        for lane in &map.lanes {
            lines.push(marked(&lane.heading(), lane.mark));
            lines.extend(dangers(&lane.dangers));
            lines.extend(ways(lane).iter().map(Way::line));
            lines.extend(lane.nodes.iter().flat_map(|node| dangers(&node.dangers)));
        }
        match map.flows.is_empty() {
            true => lines.push(NOTHING.to_owned()),
            false => lines.push("between identities".to_owned()),
        }
        lines.extend(map.flows.iter().map(|flow| format!("  {}", map.told(flow, "→"))));
        lines.extend(map.updates.iter().map(|gateway| format!("templates are updated through {gateway}")));
        lines
    }

    /// The map in sentences, for those who cannot see it drawn.
    pub fn sentences(&self) -> String {
        let map = self.folded();
        let lane = |lane: &Lane| {
            let ways = ways(lane);
            let ways: Vec<String> = ways.iter().map(Way::sentence).collect();
            let dangers = lane.dangers.iter().chain(lane.nodes.iter().flat_map(|node| &node.dangers));
            let dangers: String = dangers.map(|danger| format!(" DANGER {}: {}.", danger.code, danger.message)).collect();
            format!("{}: {}.{dangers}", marked(&lane.heading(), lane.mark), ways.join("; "))
        };
        let mut sentences: Vec<String> = map.lanes.iter().map(lane).collect();
        let flows: Vec<String> = map.flows.iter().map(|flow| map.told(flow, "to")).collect();
        sentences.push(match flows.is_empty() {
            true => format!("Between identities: {NOTHING}."),
            false => format!("Between identities: {}.", flows.join("; ")),
        });
        sentences.join(" ")
    }

    fn told(&self, flow: &Flow, to: &str) -> String {
        let danger = if flow.is_danger() { "DANGER, nothing declares it: " } else { "" };
        let others: Vec<&str> = flow.others.iter().map(String::as_str).collect();
        let end = |end: &End| match end {
            End::Others if !others.is_empty() => format!("{OTHERS} ({})", others.join(", ")),
            end => self.name(end),
        };
        let line = format!("{danger}{} {to} {}: {}", end(&flow.from), end(&flow.to), flow.told());
        marked(&line, flow.mark)
    }
}

/// What is said where there are no flows.
pub const NOTHING: &str = "nothing may move from one identity to another";

/// A way, and all that take it.
struct Way {
    /// What is on it, the farthest first. Nothing: there is no network.
    stations: Vec<String>,
    /// Who takes it.
    takers: Vec<String>,
}

impl Way {
    /// As in `anything ← Tor ← sys-firewall ← gw1 ← work, work-dvm (disposables)`.
    fn line(&self) -> String {
        let takers = self.takers.join(", ");
        match self.stations.is_empty() {
            true => format!("  no network: {takers}"),
            false => format!("  {} ← {takers}", self.stations.join(" ← ")),
        }
    }

    fn sentence(&self) -> String {
        let takers = self.takers.join(", ");
        match self.stations.split_first() {
            None => format!("without network: {takers}"),
            Some((end, [])) => format!("{end}: {takers}"),
            Some((end, through)) => {
                let through: Vec<&str> = through.iter().rev().map(String::as_str).collect();
                format!("to {end} through {}: {takers}", through.join(", "))
            }
        }
    }
}

/// The ways of a lane, each with all that take it to its end.
fn ways(lane: &Lane) -> Vec<Way> {
    let mut takers: BTreeMap<&Leads, Vec<String>> = BTreeMap::new();
    for node in &lane.nodes {
        let is_netvm = lane.nodes.iter().any(|other| matches!(&other.leads, Leads::Within(name) if *name == node.name));
        if !is_netvm {
            takers.entry(&node.leads).or_default().push(named(node));
        }
    }
    let ways = takers.into_iter().map(|(leads, takers)| Way { stations: stations(lane, leads), takers });
    let (online, offline): (Vec<Way>, Vec<Way>) = ways.partition(|way| !way.stations.is_empty());
    online.into_iter().chain(offline).collect()
}

/// What is outwards of a netvm, the farthest first.
fn stations(lane: &Lane, leads: &Leads) -> Vec<String> {
    let mut stations = Vec::new();
    let mut at = leads;
    // As many steps as there are nodes, and no more: a lane that was put together otherwise might lead in a circle.
    for _ in 0..=lane.nodes.len() {
        match at {
            Leads::Within(name) => {
                let Some(node) = lane.node(name) else { break };
                stations.push(named(node));
                at = &node.leads;
            }
            Leads::Out(exit) => {
                stations.extend(exit.through.name().map(str::to_owned));
                stations.extend(exit.over_tor.then(|| "Tor".to_owned()));
                stations.extend((exit.through != Through::Loop).then(|| destinations(lane)));
                break;
            }
            Leads::Nowhere => {
                stations.extend((!stations.is_empty()).then(|| "no network".to_owned()));
                break;
            }
        }
    }
    stations.reverse();
    stations
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
