//! What may get from one qube to another, over any number of others.
//!
//! A hop is a call that the rules let through or ask about, from whom it comes to where it goes: a redirect counts for where it leads,
//! and a question for each answer that the user may give. For every disposable template, a disposable of it counts as a qube of its own,
//! whether it runs already or not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::decide::{Outcome, Request, disposable_of};
use super::edges::drawn;
use super::graph::Graph;
use super::load::Policy;
use super::rule::{Action, Origin};
use super::service::{Carries, carries};
use super::system::{System, running_disposable};

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
        let system = system.with_running_disposables();
        let what = [question.what];
        let ways = Ways::new(policy, &system, &what);
        let mut last: BTreeMap<String, Hop> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let from = named(from);
        let mut queue = VecDeque::from([from.clone()]);
        while let Some(at) = queue.pop_front() {
            // Qubes that no rule can tell apart reach the same; the first of them reached it in as few hops.
            if !ways.kind_of.get(at.as_str()).is_some_and(|kind| seen.insert(*kind)) {
                continue;
            }
            for hop in ways.hops(&at) {
                if (question.with_ask || !hop.is_asked) && hop.to != from && !last.contains_key(&hop.to) {
                    last.insert(hop.to.clone(), hop.clone());
                    queue.push_back(hop.to);
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
        let mut way = vec![self.last.get(&named(to))?];
        while let Some(hop) = way.last().and_then(|hop| self.last.get(&hop.from)) {
            way.push(hop);
        }
        way.reverse();
        Some(way)
    }
}

/// What a qube, or a disposable of `@dispvm:TEMPLATE`, is called here.
fn named(name: &str) -> String {
    name.strip_prefix("@dispvm:").map_or(name.to_owned(), running_disposable)
}

/// All calls of a certain kind that a policy lets through or asks about in a system.
#[derive(Debug)]
pub struct Ways<'a> {
    policy: &'a Policy,
    graph: Graph<'a>,
    system: &'a System,
    /// The numbers of kinds of callers, by their members' names.
    kind_of: BTreeMap<&'a str, usize>,
    what: &'a [Carries],
}

impl<'a> Ways<'a> {
    /// Calls that carry any of `what`.
    pub fn new(policy: &'a Policy, system: &'a System, what: &'a [Carries]) -> Self {
        let graph = Graph::new(policy, system);
        let mut kind_of = BTreeMap::new();
        for (number, kind) in graph.kinds().sources.iter().enumerate() {
            kind_of.extend(kind.members.iter().map(|member| (system.get(*member).name.as_str(), number)));
        }
        Self { policy, graph, system, kind_of, what }
    }

    /// Where a call ends: `target=@dispvm` of a rule that asks is shown to the user as it is, and stands for the caller's own disposables.
    fn end(&self, from: &str, to: String) -> Option<String> {
        let to = if to == "@dispvm" { disposable_of(from, self.system)? } else { to };
        let to = named(&to);
        self.system.number(&to).is_some().then_some(to)
    }

    /// Every hop from a qube, those that need no consent first. None from one that the system does not have.
    pub fn hops(&self, from: &str) -> Vec<Hop> {
        let Some(kind) = self.kind_of.get(from).map(|kind| &self.graph.kinds().sources[*kind]) else { return Vec::new() };
        let mut hops: BTreeMap<(bool, String, Option<&str>), Hop> = BTreeMap::new();
        for call in self.graph.calls() {
            if !carries(call.0).iter().any(|carried| self.what.contains(carried)) {
                continue;
            }
            for flow in self.graph.flows(kind, &self.graph.rules_about(call)) {
                let is_asked = matches!(flow.rule.action, Action::Ask { .. });
                let requested = flow.requested.iter().flat_map(|kind| &self.graph.kinds().targets[kind].members);
                let requested =
                    requested.map(|target| drawn(*target, self.system)).chain(flow.disposable.then(|| "@dispvm".to_owned()));
                // All that the user may choose from, or all that a redirect replaces, is the same whatever was asked for.
                let is_redirect = flow.rule.action.permission().is_some_and(|permission| permission.target.is_some());
                let enough = if is_asked || is_redirect { 1 } else { usize::MAX };
                for target in requested.take(enough) {
                    let request = Request { service: call.0, argument: call.1.unwrap_or("+"), source: from, target: &target };
                    let ends = match self.policy.decide(self.system, &request).outcome {
                        Outcome::Allow { target, .. } => BTreeSet::from([target]),
                        Outcome::Ask { targets, .. } => targets,
                        Outcome::Deny => continue,
                    };
                    for to in ends {
                        let Some(to) = self.end(from, to) else { continue };
                        let service = call.0.map(str::to_owned);
                        let hop = Hop { from: from.to_owned(), to, service, is_asked, rule: flow.rule.origin.clone() };
                        hops.entry((is_asked, hop.to.clone(), call.0)).or_insert(hop);
                    }
                }
            }
        }
        hops.into_values().collect()
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let service = self.service.as_deref().unwrap_or("*");
        let how = if self.is_asked { "ask" } else { "allow" };
        write!(f, "({service}, {how}, {})", self.rule)
    }
}
