//! Every call that a policy lets through or asks about, from whom it comes to where it goes: a redirect counts for where it leads, and a
//! question for each answer that the user may give. For every disposable template, a disposable of it counts as a qube of its own, whether
//! it runs already or not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::action::Action;
use super::decide::{Outcome, Request};
use super::edges::drawn;
use super::graph::{Calls, Graph, NamedCall};
use super::load::Policy;
use super::matching::Caller;
use super::rule::Origin;
use super::service::{Carries, carries};
use super::system::{System, running_disposable};
use super::token::{ADMIN_VM, DISPOSABLE, DOM0};

/// One call.
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

/// All calls of certain kinds in a system.
#[derive(Debug)]
pub struct Ways<'a> {
    policy: &'a Policy,
    system: &'a System,
    graph: Graph<'a>,
    calls: Vec<Calls<'a>>,
    /// The numbers of kinds of callers, by their members' names.
    kind_of: BTreeMap<&'a str, usize>,
}

/// What a qube is called in a system with running disposables: a disposable that does not exist yet is as good as one that does.
pub fn named(name: &str) -> String {
    name.strip_prefix("@dispvm:").map_or(name.to_owned(), running_disposable)
}

impl<'a> Ways<'a> {
    /// Calls that carry any of `what`, in a system with running disposables.
    pub fn new(policy: &'a Policy, system: &'a System, what: &[Carries]) -> Self {
        let graph = Graph::new(policy, system);
        let is_asked_for = |(service, _): &NamedCall| carries(*service).iter().any(|carried| what.contains(carried));
        let calls = graph.alike(graph.calls().into_iter().filter(is_asked_for));
        let mut kind_of = BTreeMap::new();
        for (number, kind) in graph.kinds().sources.iter().enumerate() {
            kind_of.extend(kind.members.iter().map(|member| (system.get(*member).name.as_str(), number)));
        }
        Self { policy, system, graph, calls, kind_of }
    }

    /// The number of the kind of callers that a qube belongs to: whom no rule can tell apart. None if the system does not have it.
    pub fn kind(&self, name: &str) -> Option<usize> {
        self.kind_of.get(name).copied()
    }

    /// Every call from a qube, those that need no consent first. None from one that the system does not have.
    pub fn hops(&self, from: &str) -> Vec<Hop> {
        let Some(kind) = self.kind(from).map(|kind| &self.graph.kinds().sources[kind]) else { return Vec::new() };
        let mut hops: BTreeMap<(bool, String, Option<&str>), Hop> = BTreeMap::new();
        for calls in &self.calls {
            let Some((_, rules)) = calls.first() else { continue };
            for flow in self.graph.flows(kind, rules) {
                let is_asked = matches!(rules[flow.rule].clause.action, Action::Ask { .. });
                let requested = flow.requested.iter().flat_map(|kind| &self.graph.kinds().targets[kind].members);
                let requested =
                    requested.map(|target| drawn(*target, self.system)).chain(flow.disposable.then(|| DISPOSABLE.to_owned()));
                // All that the user may choose from, or all that a redirect replaces, is the same whatever was asked for.
                let is_redirect = rules[flow.rule].permission().is_some_and(|permission| permission.redirect().is_some());
                let enough = if is_asked || is_redirect { 1 } else { usize::MAX };
                let requested: Vec<String> = requested.take(enough).collect();
                for ((service, argument), rules) in calls {
                    for target in &requested {
                        let request = Request { service: *service, argument: argument.unwrap_or("+"), source: from, target };
                        for to in self.ends(&request) {
                            let rule = rules[flow.rule].clause.origin.clone();
                            let hop = Hop { from: from.to_owned(), to, service: service.map(str::to_owned), is_asked, rule };
                            hops.entry((is_asked, hop.to.clone(), *service)).or_insert(hop);
                        }
                    }
                }
            }
        }
        hops.into_values().collect()
    }

    /// Where a call can end.
    fn ends(&self, request: &Request) -> Vec<String> {
        let ends = match self.policy.decide(self.system, request).outcome {
            Outcome::Allow { target, .. } => BTreeSet::from([target]),
            Outcome::Ask { targets, .. } => targets,
            Outcome::Deny(_) => BTreeSet::new(),
        };
        ends.into_iter().filter_map(|to| self.end(request.source, to)).collect()
    }

    /// Where a call ends: `target=@dispvm` of a rule that asks is shown to the user as it is, and stands for the caller's own disposables.
    fn end(&self, from: &str, to: String) -> Option<String> {
        let to = match to.as_str() {
            DISPOSABLE => running_disposable(Caller::named(from, self.system).own_template().ok()??),
            // R4.2 shows `target=dom0` to the user like this.
            ADMIN_VM => DOM0[0].to_owned(),
            _ => named(&to),
        };
        self.system.number(&to).is_some().then_some(to)
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let service = self.service.as_deref().unwrap_or("*");
        let how = if self.is_asked { "ask" } else { "allow" };
        write!(f, "({service}, {how}, {})", self.rule)
    }
}
