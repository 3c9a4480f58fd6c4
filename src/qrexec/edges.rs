//! The graph as `qrexec-policy-graph` draws it: edges with a label and a colour, none twice.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/tools/qrexec_policy_graph.py`.

use std::collections::{BTreeMap, BTreeSet};

use super::action::Action;
use super::bits::Bits;
use super::callers::Callers;
use super::graph::{Calls, Flow, Graph, NamedCall};
use super::kinds::{SourceKind, Target, is_admin_vm};
use super::rule::Rule;
use super::system::System;
use super::token::{ADMIN_VM, DISPOSABLE, DOM0, Token, disposable_from};
use crate::model::Release;

/// Which edges are drawn, and how they are labelled.
#[derive(Debug, Clone, Default)]
pub struct Drawing {
    /// Those that the user is asked about, too.
    pub include_ask: bool,
    /// With arguments and the rules' parameters; includes what is asked.
    pub full_output: bool,
    /// Without labels.
    pub skip_labels: bool,
    /// Only these services, or `SERVICE+ARGUMENT`; all if empty.
    pub services: BTreeSet<String>,
    /// Only calls from these qubes; all if empty.
    pub sources: BTreeSet<String>,
    /// Only calls to these; all if empty.
    pub targets: BTreeSet<String>,
}

/// Edges with one label, from callers of one kind.
#[derive(Debug)]
pub struct Edges {
    /// What is written at them.
    pub label: String,
    /// Whether the user is asked.
    pub is_ask: bool,
    /// Kinds of targets.
    pub kinds: Bits,
    /// Further targets, as they are drawn.
    pub others: BTreeSet<String>,
}

impl Drawing {
    /// The calls that are looked at: those that rules name, and those that were asked for.
    pub fn calls<'a>(&'a self, graph: &Graph<'a>) -> BTreeSet<NamedCall<'a>> {
        let asked = self.services.iter().map(|call| match call.find('+') {
            Some(at) => (Some(&call[..at]), Some(&call[at..])),
            None => (Some(call.as_str()), None),
        });
        let wanted = |(service, argument): &NamedCall| {
            let named = |text: &str| self.services.contains(text);
            let whole = format!("{}{}", service.unwrap_or_default(), argument.unwrap_or_default());
            self.services.is_empty() || service.is_some_and(|service| named(service) || named(&whole))
        };
        graph.calls().into_iter().chain(asked).filter(wanted).collect()
    }

    /// The edges from callers of one kind, as far as they are the same for all of these members of it; and those of whom they are not,
    /// each with its own. Without members, none.
    pub fn edges<'a>(&self, graph: &Graph<'a>, source: &SourceKind, calls: &[Calls<'a>]) -> Vec<(Vec<usize>, Vec<Edges>)> {
        let members: Vec<usize> =
            source.members.iter().copied().filter(|member| self.is_source(*member, graph.system())).collect();
        if members.is_empty() {
            return Vec::new();
        }
        let mut drawn = Drawn::new();
        // Edges that not all callers have.
        let mut special: Vec<(Callers, Key, Ends)> = Vec::new();
        for calls in calls {
            let Some((_, rules)) = calls.first() else { continue };
            for flow in graph.flows(source, rules) {
                let is_ask = matches!(rules[flow.rule].clause.action, Action::Ask { .. });
                if is_ask && !self.include_ask && !self.full_output {
                    continue;
                }
                let Some(ends) = self.ends(graph, &flow, rules[flow.rule]) else { continue };
                let is_same = match flow.callers {
                    Callers::None | Callers::All => true,
                    Callers::AllBut(one) => !members.contains(&one),
                    Callers::Only(_) => false,
                };
                for ((service, _), rules) in calls {
                    let key = (self.label(*service, rules[flow.rule]), is_ask);
                    if is_same {
                        add(&mut drawn, key, &ends);
                    } else {
                        special.push((flow.callers, key, ends.clone()));
                    }
                }
            }
        }
        split(members, &drawn, &special)
    }

    /// Where the edges of a flow lead, if Qubes' tool asks for any of its targets.
    fn ends(&self, graph: &Graph, flow: &Flow, rule: &Rule) -> Option<Ends> {
        let (kinds, system) = (&graph.kinds().targets, graph.system());
        let is_asked_for = |kind: usize| kinds[kind].members.iter().any(|target| !is_hidden(*target, system));
        if !flow.disposable && !flow.requested.iter().any(is_asked_for) {
            return None;
        }
        let (kinds, other) = match rule.permission().and_then(|permission| permission.redirect()) {
            Some(target) => (Bits::none(kinds.len()), Some(target.to_string())),
            None => (flow.requested.clone(), flow.disposable.then(|| DISPOSABLE.to_owned())),
        };
        Some((kinds, other.into_iter().filter(|other| self.is_wanted(other, system)).collect()))
    }

    /// How a target is drawn, if it is.
    pub fn target(&self, target: Target, system: &System) -> Option<String> {
        let drawn = drawn(target, system);
        (self.is_wanted(&drawn, system) && !is_hidden(target, system)).then_some(drawn)
    }

    fn is_wanted(&self, target: &str, system: &System) -> bool {
        // R4.2 reads the one as the other.
        let is_dom0 = system.release() == Release::R4_2 && target == ADMIN_VM;
        self.targets.is_empty() || self.targets.contains(target) || (is_dom0 && self.targets.contains(DOM0[0]))
    }

    fn is_source(&self, number: usize, system: &System) -> bool {
        let name = &system.get(number).name;
        match system.release() {
            Release::R4_3 if self.sources.is_empty() => !is_taken_for_uuid(name),
            Release::R4_2 | Release::R4_3 => self.sources.is_empty() || self.sources.contains(name),
        }
    }

    fn label(&self, service: Option<&str>, rule: &Rule) -> String {
        // As Python prints a service that is none.
        let service = if self.skip_labels { "" } else { service.unwrap_or("None") };
        if !self.full_output {
            return service.to_owned();
        }
        let argument = if self.skip_labels { "" } else { rule.call.argument.as_deref().unwrap_or_default() };
        format!("{service}{argument} {}", action(rule))
    }
}

/// Whether Qubes' tool passes a qube by, because its name begins as a uuid is written.
fn is_taken_for_uuid(name: &str) -> bool {
    name.starts_with("uuid")
}

/// Whether Qubes' tool never asks for a target.
fn is_hidden(target: Target, system: &System) -> bool {
    match (target, system.release()) {
        (Target::Qube(number), Release::R4_3) => is_taken_for_uuid(&system.get(number).name),
        (Target::DisposableFrom(_) | Target::Default, _) | (_, Release::R4_2) => false,
    }
}

/// A label, and whether the user is asked.
type Key = (String, bool);
/// Kinds of targets, and further ones.
type Ends = (Bits, BTreeSet<String>);
type Drawn = BTreeMap<Key, Ends>;

fn add(drawn: &mut Drawn, key: Key, ends: &Ends) {
    match drawn.get_mut(&key) {
        Some((kinds, others)) => {
            kinds.add(&ends.0);
            others.extend(ends.1.iter().cloned());
        }
        None => drop(drawn.insert(key, ends.clone())),
    }
}

/// Sets apart the members that do not have the edges that the others have.
fn split(members: Vec<usize>, drawn: &Drawn, special: &[(Callers, Key, Ends)]) -> Vec<(Vec<usize>, Vec<Edges>)> {
    let edges = |is_caller: &dyn Fn(Callers) -> bool| {
        let mut drawn = drawn.clone();
        for (_, key, ends) in special.iter().filter(|(callers, _, _)| is_caller(*callers)) {
            add(&mut drawn, key.clone(), ends);
        }
        let edges = drawn.into_iter().map(|((label, is_ask), (kinds, others))| Edges { label, is_ask, kinds, others });
        edges.collect::<Vec<_>>()
    };
    let named: BTreeSet<usize> = special.iter().filter_map(|(callers, _, _)| callers.named()).collect();
    let (alone, rest): (Vec<usize>, Vec<usize>) = members.into_iter().partition(|member| named.contains(member));
    let mut split: Vec<_> = alone.into_iter().map(|member| (vec![member], edges(&|callers| callers.contains(member)))).collect();
    if !rest.is_empty() {
        split.push((rest, edges(&|callers| matches!(callers, Callers::AllBut(_)))));
    }
    split
}

/// A rule's action as Qubes prints it: without what is about notifications and starting.
fn action(rule: &Rule) -> String {
    let (mut text, permission, default_target) = match &rule.clause.action {
        Action::Deny { .. } => return "deny".to_owned(),
        Action::Allow(permission) => ("allow".to_owned(), permission, None),
        Action::Ask { permission, default_target } => ("ask".to_owned(), permission, default_target.as_ref()),
    };
    if let Some(target) = permission.redirect() {
        text.push_str(&format!(" target={target}"));
    }
    // Empty ones are as good as none; R4.2 takes an empty name.
    if let Some(target) = default_target.filter(|target| **target != Token::Qube(String::new())) {
        text.push_str(&format!(" default_target={target}"));
    }
    if let Some(user) = permission.user.as_ref().filter(|user| !user.is_empty()) {
        text.push_str(&format!(" user={user}"));
    }
    text
}

/// A target as it is drawn.
pub fn drawn(target: Target, system: &System) -> String {
    match target {
        Target::Qube(number) if is_admin_vm(system.get(number), system) => ADMIN_VM.to_owned(),
        Target::Qube(number) => system.get(number).name.clone(),
        Target::DisposableFrom(number) => disposable_from(&system.get(number).name),
        Target::Default => "@default".to_owned(),
    }
}
