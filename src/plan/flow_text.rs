//! Flows that open and close, in few words: by the identities on both sides, and by service.

use std::collections::{BTreeMap, BTreeSet};

use super::flows::FlowChange;
use crate::base::{Handle, QubeName, cleaned};
use crate::model::Answer;

/// How many services are named one by one.
const NAMED: usize = 4;
/// What is no identity's.
const OTHERS: &str = "others";

/// How an answer changes, those first that let more through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    Opens(Answer),
    AsksNoMore,
    Asks,
    Closes,
}

/// For each pair of identities, what opens and closes between them.
pub fn summaries(flows: &[FlowChange]) -> Vec<(String, Vec<String>)> {
    let mut pairs: BTreeMap<(String, String), BTreeMap<How, BTreeSet<&str>>> = BTreeMap::new();
    for flow in flows {
        let Some(how) = how(flow) else { continue };
        let (from, to) = &flow.identities;
        let pair = (side(from.as_ref(), &flow.from), side(to.as_ref(), &flow.to));
        pairs.entry(pair).or_default().entry(how).or_default().insert(&flow.service);
    }
    let told = |((from, to), changes): ((String, String), BTreeMap<How, BTreeSet<&str>>)| {
        (format!("{from} → {to}"), changes.into_iter().map(|(how, services)| clause(how, &services)).collect())
    };
    pairs.into_iter().map(told).collect()
}

fn how(flow: &FlowChange) -> Option<How> {
    match (flow.before, flow.after) {
        (None, Some(answer)) => Some(How::Opens(answer)),
        (Some(Answer::Ask), Some(Answer::Allow)) => Some(How::AsksNoMore),
        (Some(Answer::Allow), Some(Answer::Ask)) => Some(How::Asks),
        (Some(_), None) => Some(How::Closes),
        _ => None,
    }
}

fn side(identity: Option<&Handle>, name: &str) -> String {
    match identity {
        Some(handle) => handle.to_string(),
        None if name == QubeName::dom0().as_str() => name.to_owned(),
        None => OTHERS.to_owned(),
    }
}

fn clause(how: How, services: &BTreeSet<&str>) -> String {
    let named: Vec<String> = services.iter().take(NAMED).map(|service| cleaned(service)).collect();
    let services = match services.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    };
    match how {
        How::Opens(Answer::Ask) => format!("opens if the user says yes: {services}"),
        How::Opens(Answer::Allow) => format!("opens: {services}"),
        How::AsksNoMore => format!("asks nobody any more: {services}"),
        How::Asks => format!("asks the user from now on: {services}"),
        How::Closes => format!("closes: {services}"),
    }
}
