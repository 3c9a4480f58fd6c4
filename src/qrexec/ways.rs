//! Every call that a policy lets through or asks about, from whom it comes to where it goes: a redirect counts for where it leads, and a
//! question for each answer that the user may give. For every disposable template, a disposable of it counts as a qube of its own, whether
//! it runs already or not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::action::Action;
use super::by_caller::ByCaller;
use super::decide::{Outcome, Request};
use super::edges::drawn;
use super::graph::{Graph, NamedCall};
use super::load::Policy;
use super::matching::Caller;
use super::rule::{Origin, Rule};
use super::service::{Carries, carries};
use super::system::{System, running_disposable};
use super::token::{ADMIN_VM, DISPOSABLE, DISPOSABLE_FROM, DOM0};

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hop {
    /// Who calls.
    pub from: String,
    /// Where the call goes.
    pub to: String,
    /// The service; none for all that no rule names.
    pub service: Option<String>,
    /// What it carries.
    pub carries: &'static [Carries],
    /// Whether the user is asked.
    pub is_asked: bool,
    /// The rule.
    pub rule: Origin,
}

/// All calls of certain kinds in a system.
#[derive(Debug)]
pub struct Ways<'a> {
    system: &'a System,
    graph: Graph<'a>,
    by_caller: ByCaller<'a>,
    what: Vec<Carries>,
    /// The numbers of kinds of callers, by their members' names.
    kind_of: BTreeMap<&'a str, usize>,
}

/// What a qube is called in a system with running disposables: a disposable that does not exist yet is as good as one that does.
pub fn named(name: &str) -> String {
    name.strip_prefix(DISPOSABLE_FROM).map_or(name.to_owned(), running_disposable)
}

impl<'a> Ways<'a> {
    /// Calls that carry any of `what`, in a system with running disposables.
    pub fn new(policy: &'a Policy, system: &'a System, what: &[Carries]) -> Self {
        let graph = Graph::new(policy, system);
        let mut kind_of = BTreeMap::new();
        for (number, kind) in graph.kinds().sources.iter().enumerate() {
            kind_of.extend(kind.members.iter().map(|member| (system.get(*member).name.as_str(), number)));
        }
        Self { system, graph, by_caller: ByCaller::new(policy, system), what: what.to_vec(), kind_of }
    }

    /// What of the policy is about a caller: it decides every call of that caller as the whole policy does, and faster.
    pub fn policy_of(&self, caller: &str) -> Policy {
        self.by_caller.policy(caller)
    }

    /// The number of the kind of callers that a qube belongs to: whom no rule can tell apart. None if the system does not have it.
    pub fn kind(&self, name: &str) -> Option<usize> {
        self.kind_of.get(name).copied()
    }

    /// Every call from a qube, those that need no consent first. None from one that the system does not have.
    pub fn hops(&self, from: &str) -> Vec<Hop> {
        let Some((kind, caller)) = self.kind(from).zip(self.system.number(from)) else { return Vec::new() };
        let kind = &self.graph.kinds().sources[kind];
        let rules = self.by_caller.rules(from);
        let own = self.by_caller.policy(from);
        let calls: BTreeSet<NamedCall> =
            rules.iter().map(|rule| (rule.call.service.as_deref(), rule.call.argument.as_deref())).collect();
        let is_asked_for = |(service, _): &NamedCall| carries(*service).iter().any(|carried| self.what.contains(carried));
        let mut hops: BTreeMap<(bool, String, Option<&str>), Hop> = BTreeMap::new();
        for call in calls.into_iter().filter(is_asked_for) {
            let other = other_argument(&rules, call.0);
            let (service, argument) = (call.0, call.1.unwrap_or(&other));
            let carries = carries(service);
            let about: Vec<&Rule> = rules.iter().copied().filter(|rule| rule.call.includes(service, argument)).collect();
            for flow in self.graph.flows(kind, &about) {
                let rule = about[flow.rule];
                let is_asked = matches!(rule.clause.action, Action::Ask { .. });
                let requested = flow.requested.iter().flat_map(|kind| &self.graph.kinds().targets[kind].members);
                let requested =
                    requested.map(|target| drawn(*target, self.system)).chain(flow.disposable.then(|| DISPOSABLE.to_owned()));
                let Some(permission) = rule.permission() else { continue };
                let is_redirect = permission.redirect().is_some();
                // What the user may choose from, and what a redirect puts in the place of all, is the same whatever was asked for.
                let ends: BTreeSet<String> = if is_asked && !is_redirect {
                    match flow.callers.contains(caller) {
                        true => self.graph.choices(kind, caller, &about, permission.autostart),
                        false => BTreeSet::new(),
                    }
                } else {
                    let enough = if is_redirect { 1 } else { usize::MAX };
                    let request = |target: &str| self.ends(&own, &Request { service, argument, source: from, target });
                    requested.take(enough).flat_map(|target| request(&target)).collect()
                };
                for to in ends.into_iter().filter_map(|to| self.end(from, &to)) {
                    let (named, rule) = (service.map(str::to_owned), rule.clause.origin.clone());
                    let hop = Hop { from: from.to_owned(), to, service: named, carries, is_asked, rule };
                    hops.entry((is_asked, hop.to.clone(), service)).or_insert(hop);
                }
            }
        }
        hops.into_values().collect()
    }

    /// Where a call can end, as its decision says.
    fn ends(&self, policy: &Policy, request: &Request) -> BTreeSet<String> {
        match policy.decide(self.system, request).outcome {
            Outcome::Allow { target, .. } => BTreeSet::from([target]),
            Outcome::Ask { targets, .. } => targets,
            Outcome::Deny(_) => BTreeSet::new(),
        }
    }

    /// The name of what a call ends in, however Qubes writes that.
    fn end(&self, from: &str, to: &str) -> Option<String> {
        let known = |name: &str| self.system.find(name).map(|qube| qube.name.clone());
        let template = match to {
            // A rule that asks shows its `target=@dispvm` to the user as it is; it stands for the caller's own disposables.
            DISPOSABLE => Caller::named(from, self.system).own_template().ok()?,
            _ => to.strip_prefix(DISPOSABLE_FROM),
        };
        match template {
            Some(template) => known(template).and_then(|template| known(&running_disposable(&template))),
            // R4.2 shows `target=dom0` to the user like this.
            None if to == ADMIN_VM => known(DOM0[0]),
            None => known(to),
        }
    }
}

/// An argument of a service that none of these rules names: what is decided for it is decided for all such.
fn other_argument(rules: &[&Rule], service: Option<&str>) -> String {
    let of_service = rules.iter().filter(|rule| rule.call.service.as_deref() == service);
    let named: BTreeSet<&str> = of_service.filter_map(|rule| rule.call.argument.as_deref()).collect();
    let mut other = "+".to_owned();
    while named.contains(other.as_str()) {
        other.push('-');
    }
    other
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let service = self.service.as_deref().unwrap_or("*");
        let how = if self.is_asked { "ask" } else { "allow" };
        write!(f, "({service}, {how}, {})", self.rule)
    }
}
