//! What crosses lanes.

use std::collections::BTreeMap;

use super::graph::{End, Flow, Lane};
use crate::base::{Handle, cleaned};
use crate::check::{Passing, Traffic};
use crate::model::Answer;
use crate::qrexec::running_disposable;

/// All that crosses lanes, each end and answer once. A disposable is drawn where its template is.
pub fn across(traffic: &Traffic, lanes: &[Lane]) -> Vec<Flow> {
    let nodes = lanes.iter().flat_map(|lane| lane.nodes.iter().map(|node| node.name.as_str()));
    let nodes: BTreeMap<String, &str> =
        nodes.flat_map(|name| [(name.to_owned(), name), (running_disposable(name), name)]).collect();
    let end = |owner: &Option<Handle>, name: &str| match (owner, nodes.get(name)) {
        (Some(lane), Some(node)) => End::Qube { lane: lane.to_string(), node: (*node).to_owned() },
        _ => End::Others,
    };
    let crossing = |passing: &&Passing| passing.crosses();
    let flows = traffic.passings.iter().filter(crossing).map(|passing| {
        let Passing { hop, from, to, flow } = passing;
        let (from, to) = (end(from, &hop.from), end(to, &hop.to));
        let others = [(&from, &hop.from), (&to, &hop.to)];
        let others = others.into_iter().filter(|(end, _)| **end == End::Others).map(|(_, name)| cleaned(name)).collect();
        let service = hop.service.as_deref().map_or_else(|| "any other service".to_owned(), cleaned);
        let answer = if hop.is_asked { Answer::Ask } else { Answer::Allow };
        Flow { services: [service].into(), answer, declared: flow.iter().cloned().collect(), others, from, to, mark: None }
    });
    merged(flows)
}

/// Flows with the same ends and the same answer as one: dangers first, then by their ends.
pub fn merged(flows: impl IntoIterator<Item = Flow>) -> Vec<Flow> {
    let mut by_key: BTreeMap<(bool, End, End, Answer), Flow> = BTreeMap::new();
    for flow in flows {
        let key = (!flow.is_danger(), flow.from.clone(), flow.to.clone(), flow.answer);
        match by_key.get_mut(&key) {
            Some(known) => {
                known.services.extend(flow.services);
                known.declared.extend(flow.declared);
                known.others.extend(flow.others);
                known.mark = known.mark.filter(|mark| Some(*mark) == flow.mark);
            }
            None => drop(by_key.insert(key, flow)),
        }
    }
    by_key.into_values().collect()
}
