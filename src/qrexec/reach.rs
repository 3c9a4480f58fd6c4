//! What may get from one qube to another, over any number of others.
//!
//! A hop is a call that the rules let through or ask about, from whom it comes to where it goes: a redirect counts for where it leads,
//! and a question for each answer that the user may give. What a disposable gets is with its own name nowhere yet: it counts as
//! `@dispvm:TEMPLATE`, a qube of its own with the tags of its template.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::decide::{Outcome, Request};
use super::load::Policy;
use super::rule::Origin;
use super::service::{Carries, carries};
use super::system::System;

/// What is asked: which kind of flow, and whether the user's consent counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Data or control.
    pub what: Carries,
    /// Also what the user is asked about.
    pub with_ask: bool,
}

/// One call on the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hop {
    /// Who calls.
    pub from: String,
    /// Where the call goes.
    pub to: String,
    /// The service; none for all that no rule names.
    pub service: Option<String>,
    /// Whether the user is asked.
    pub is_asked: bool,
    /// The rule.
    pub rule: Origin,
}

/// Ways from one qube.
#[derive(Debug)]
pub struct Reach {
    /// For each that can be reached, the last hop of a shortest way there.
    last: BTreeMap<String, Hop>,
}

impl Reach {
    /// All that `from` reaches.
    pub fn from(policy: &Policy, system: &System, from: &str, question: Question) -> Self {
        let hops = hops(policy, system, question);
        let mut last: BTreeMap<String, Hop> = BTreeMap::new();
        let mut queue = VecDeque::from([from.to_owned()]);
        while let Some(at) = queue.pop_front() {
            for hop in hops.get(&at).into_iter().flatten() {
                if hop.to != from && !last.contains_key(&hop.to) {
                    last.insert(hop.to.clone(), hop.clone());
                    queue.push_back(hop.to.clone());
                }
            }
        }
        Self { last }
    }

    /// Whom it reaches.
    pub fn reached(&self) -> impl Iterator<Item = &str> {
        self.last.keys().map(String::as_str)
    }

    /// A shortest way there, if there is one.
    pub fn way(&self, to: &str) -> Option<Vec<&Hop>> {
        let mut way = vec![self.last.get(to)?];
        while let Some(hop) = way.last().and_then(|hop| self.last.get(&hop.from)) {
            way.push(hop);
        }
        way.reverse();
        Some(way)
    }
}

/// Every hop, by its caller, those that need no consent first.
fn hops(policy: &Policy, system: &System, question: Question) -> BTreeMap<String, Vec<Hop>> {
    let mut hops: BTreeMap<String, BTreeSet<(bool, Hop)>> = BTreeMap::new();
    let calls: BTreeSet<_> = policy.rules.iter().map(|rule| (rule.service.as_deref(), rule.argument.as_deref())).collect();
    let names: Vec<&str> = system.qubes().iter().map(|qube| qube.name.as_str()).collect();
    let mut targets: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    targets.extend(["@dispvm".to_owned(), "@default".to_owned()]);
    targets.extend(system.qubes().iter().filter(|qube| qube.is_disposable_template).map(|qube| format!("@dispvm:{}", qube.name)));
    for (service, argument) in calls.into_iter().filter(|(service, _)| carries(*service).contains(&question.what)) {
        for source in &names {
            for target in &targets {
                let request = Request { service, argument: argument.unwrap_or("+"), source, target };
                let decision = policy.decide(system, &request);
                let Some(rule) = decision.rule else { continue };
                let (is_asked, ends) = match decision.outcome {
                    Outcome::Allow { target, .. } => (false, BTreeSet::from([target])),
                    Outcome::Ask { targets, .. } if question.with_ask => (true, targets),
                    _ => continue,
                };
                for to in ends {
                    let service = service.map(str::to_owned);
                    let hop = Hop { from: (*source).to_owned(), to, service, is_asked, rule: rule.origin.clone() };
                    hops.entry((*source).to_owned()).or_default().insert((is_asked, hop));
                }
            }
        }
    }
    hops.into_iter().map(|(from, hops)| (from, hops.into_iter().map(|(_, hop)| hop).collect())).collect()
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let service = self.service.as_deref().unwrap_or("*");
        let how = if self.is_asked { "ask" } else { "allow" };
        write!(f, "({service}, {how}, {})", self.rule)
    }
}
