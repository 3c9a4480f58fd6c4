//! The graph as `qrexec-policy-graph` draws it: edges with a label and a colour, none twice.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/tools/qrexec_policy_graph.py`.

use std::collections::{BTreeMap, BTreeSet};

use super::bits::Bits;
use super::graph::{Graph, NamedCall};
use super::kinds::{SourceKind, Target};
use super::rule::{Action, Rule};
use super::system::System;

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

    /// The edges from callers of one kind, as far as they are the same for all of these `members` of it; and those of whom they are
    /// not, each with its own.
    pub fn edges<'a>(
        &self,
        graph: &Graph<'a>,
        source: &SourceKind,
        calls: &[(NamedCall<'a>, Vec<&'a Rule>)],
    ) -> Vec<(Vec<usize>, Vec<Edges>)> {
        let mut drawn = Drawn::new();
        // Edges that one caller does not have.
        let mut exceptions: Vec<Exception> = Vec::new();
        for ((service, _), rules) in calls {
            for flow in graph.flows(source, rules) {
                let is_ask = matches!(flow.rule.action, Action::Ask { .. });
                if is_ask && !self.include_ask && !self.full_output {
                    continue;
                }
                let redirect = flow.rule.action.permission().and_then(|permission| permission.target.as_ref());
                let mut kinds = flow.requested;
                let mut others = BTreeSet::new();
                match redirect {
                    Some(target) => {
                        kinds = Bits::none(graph.kinds().targets.len());
                        others.insert(target.to_string());
                    }
                    None if flow.disposable => drop(others.insert("@dispvm".to_owned())),
                    None => {}
                }
                let key = (self.label(*service, flow.rule), is_ask);
                match flow.but.filter(|but| source.members.contains(but)) {
                    Some(but) => exceptions.push((but, key, (kinds, others))),
                    None => add(&mut drawn, key, &kinds, &others),
                }
            }
        }
        self.split(source, drawn, exceptions)
    }

    fn split(&self, source: &SourceKind, drawn: Drawn, exceptions: Vec<Exception>) -> Vec<(Vec<usize>, Vec<Edges>)> {
        let special: BTreeSet<usize> = exceptions.iter().map(|(but, _, _)| *but).collect();
        let with = |without: Option<usize>| {
            let mut drawn = drawn.clone();
            for (_, key, (kinds, others)) in exceptions.iter().filter(|(but, _, _)| Some(*but) != without) {
                add(&mut drawn, key.clone(), kinds, others);
            }
            let edges = drawn.into_iter().map(|((label, is_ask), (kinds, others))| Edges { label, is_ask, kinds, others });
            edges.collect::<Vec<_>>()
        };
        let rest: Vec<usize> = source.members.iter().copied().filter(|member| !special.contains(member)).collect();
        let mut split: Vec<_> = special.iter().map(|&member| (vec![member], with(Some(member)))).collect();
        if !rest.is_empty() {
            split.push((rest, with(None)));
        }
        split
    }

    fn label(&self, service: Option<&str>, rule: &Rule) -> String {
        // As Python prints a service that is none.
        let service = if self.skip_labels { "" } else { service.unwrap_or("None") };
        if !self.full_output {
            return service.to_owned();
        }
        let argument = if self.skip_labels { "" } else { rule.argument.as_deref().unwrap_or_default() };
        format!("{service}{argument} {}", action(rule))
    }
}

/// A label, and whether the user is asked.
type Key = (String, bool);
/// Kinds of targets, and further ones.
type Ends = (Bits, BTreeSet<String>);
type Drawn = BTreeMap<Key, Ends>;
/// What all callers of a kind have but this one.
type Exception = (usize, Key, Ends);

fn add(drawn: &mut Drawn, key: Key, kinds: &Bits, others: &BTreeSet<String>) {
    match drawn.get_mut(&key) {
        Some((known, known_others)) => {
            known.add(kinds);
            known_others.extend(others.iter().cloned());
        }
        None => drop(drawn.insert(key, (kinds.clone(), others.clone()))),
    }
}

/// A rule's action as Qubes prints it: without what is about notifications and starting.
fn action(rule: &Rule) -> String {
    let (mut text, permission, default_target) = match &rule.action {
        Action::Deny { .. } => return "deny".to_owned(),
        Action::Allow(permission) => ("allow".to_owned(), permission, None),
        Action::Ask { permission, default_target } => ("ask".to_owned(), permission, default_target.as_ref()),
    };
    if let Some(target) = &permission.target {
        text.push_str(&format!(" target={target}"));
    }
    if let Some(target) = default_target {
        text.push_str(&format!(" default_target={target}"));
    }
    // An empty one is as good as none.
    if let Some(user) = permission.user.as_ref().filter(|user| !user.is_empty()) {
        text.push_str(&format!(" user={user}"));
    }
    text
}

/// A target as it is drawn.
pub fn drawn(target: Target, system: &System) -> String {
    match target {
        Target::Qube(number) => system.get(number).name.clone(),
        Target::DisposableFrom(number) => format!("@dispvm:{}", system.get(number).name),
        Target::Default => "@default".to_owned(),
    }
}
