//! What may get from one qube to another, over any number of others.
//!
//! A hop is a call that the rules let through or ask about, from whom it comes to where it goes: a redirect counts for where it leads,
//! and a question for each answer that the user may give. For every disposable template, a disposable of it counts as a qube of its own,
//! `@dispvm:TEMPLATE`, with the tags and the disposables of its template, as Qubes makes it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::action::Action;
use super::decide::{Outcome, Request};
use super::edges::drawn;
use super::graph::{Calls, Flow, Graph, NamedCall};
use super::load::Policy;
use super::matching::Caller;
use super::rule::Origin;
use super::service::{Carries, carries};
use super::system::{Power, System, SystemQube, Uuid};
use super::token::{ADMIN_VM, DISPOSABLE, DISPOSABLE_FROM, DOM0, disposable_from};

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
        let system = with_disposables(system);
        let graph = Graph::new(policy, &system);
        let is_asked_for = |(service, _): &NamedCall| carries(*service).contains(&question.what);
        let calls = graph.alike(graph.calls().into_iter().filter(is_asked_for));
        let ways = Ways { policy, graph, calls, system: &system, question };
        let mut places = BTreeMap::new();
        for (kind, of_kind) in ways.graph.kinds().sources.iter().enumerate() {
            places.extend(of_kind.members.iter().map(|member| (system.get(*member).name.as_str(), (*member, kind))));
        }
        let mut last: BTreeMap<String, Hop> = BTreeMap::new();
        let mut flows: BTreeMap<usize, Vec<(usize, Flow)>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut queue = VecDeque::from([from.to_owned()]);
        while let Some(at) = queue.pop_front() {
            let Some(&(number, kind)) = places.get(at.as_str()) else { continue };
            let flows = flows.entry(kind).or_insert_with(|| ways.flows(kind));
            // Qubes that no rule can tell apart reach the same, but for those that a flow sets apart; the first of them reached it in as
            // few hops.
            let is_apart = flows.iter().any(|(_, flow)| flow.callers.named() == Some(number));
            if !seen.insert((kind, is_apart.then_some(number))) {
                continue;
            }
            for hop in ways.hops(flows, &at) {
                if hop.to != from && !last.contains_key(&hop.to) {
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
        let mut way = vec![self.last.get(to)?];
        while let Some(hop) = way.last().and_then(|hop| self.last.get(&hop.from)) {
            way.push(hop);
        }
        way.reverse();
        Some(way)
    }
}

/// The system, with a running disposable of each disposable template.
fn with_disposables(system: &System) -> System {
    let disposable = |template: &SystemQube| SystemQube {
        name: disposable_from(&template.name),
        class: "DispVM".to_owned(),
        is_disposable_template: false,
        power: Power::Running,
        // It has one, which no rule names.
        uuid: Uuid::Is(disposable_from(&template.name)),
        ..template.clone()
    };
    let templates = system.qubes().iter().filter(|qube| qube.is_disposable_template);
    system.with(templates.map(disposable))
}

struct Ways<'a> {
    policy: &'a Policy,
    graph: Graph<'a>,
    /// All that can carry what is asked for.
    calls: Vec<Calls<'a>>,
    system: &'a System,
    question: Question,
}

impl Ways<'_> {
    /// The name of what a call ends in, however Qubes writes that.
    fn end(&self, from: &str, to: &str) -> Option<String> {
        let template = match to {
            // A rule that asks shows its `target=@dispvm` to the user as it is; it stands for the caller's own disposables.
            DISPOSABLE => Caller::named(from, self.system).own_template().ok()?,
            _ => to.strip_prefix(DISPOSABLE_FROM),
        };
        let known = |name: &str| self.system.find(name).map(|qube| qube.name.clone());
        match template {
            Some(template) => known(template).and_then(|template| known(&disposable_from(&template))),
            // R4.2 shows `target=dom0` to the user like this.
            None if to == ADMIN_VM => known(DOM0[0]),
            None => known(to),
        }
    }

    /// Where a call can end.
    fn ends(&self, request: &Request) -> Vec<String> {
        let ends = match self.policy.decide(self.system, request).outcome {
            Outcome::Allow { target, .. } => BTreeSet::from([target]),
            Outcome::Ask { targets, .. } => targets,
            Outcome::Deny(_) => BTreeSet::new(),
        };
        ends.iter().filter_map(|to| self.end(request.source, to)).collect()
    }

    /// What callers of a kind may do; with the number of the calls that it is about.
    fn flows(&self, kind: usize) -> Vec<(usize, Flow)> {
        let flows = |(number, calls): (usize, &Calls)| {
            let rules = calls.first().map_or(&[][..], |(_, rules)| rules);
            self.graph.flows(&self.graph.kinds().sources[kind], rules).into_iter().map(move |flow| (number, flow))
        };
        self.calls.iter().enumerate().flat_map(flows).collect()
    }

    /// Every hop from a qube, those that need no consent first.
    fn hops(&self, flows: &[(usize, Flow)], from: &str) -> Vec<Hop> {
        let mut hops: BTreeMap<(String, bool), Hop> = BTreeMap::new();
        for (calls, flow) in flows {
            let calls = &self.calls[*calls];
            let Some((_, rules)) = calls.first() else { continue };
            let is_asked = matches!(rules[flow.rule].clause.action, Action::Ask { .. });
            if is_asked && !self.question.with_ask {
                continue;
            }
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
                        let (service, rule) = (service.map(str::to_owned), rules[flow.rule].clause.origin.clone());
                        let hop = Hop { from: from.to_owned(), to, service, is_asked, rule };
                        hops.entry((hop.to.clone(), is_asked)).or_insert(hop);
                    }
                }
            }
        }
        let mut hops: Vec<Hop> = hops.into_values().collect();
        hops.sort_by(|a, b| (a.is_asked, &a.to).cmp(&(b.is_asked, &b.to)));
        hops
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let service = self.service.as_deref().unwrap_or("*");
        let how = if self.is_asked { "ask" } else { "allow" };
        write!(f, "({service}, {how}, {})", self.rule)
    }
}
