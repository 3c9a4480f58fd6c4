//! The rules of a policy by who calls.

use super::candidates::Candidates;
use super::load::Policy;
use super::matching::{Caller, matches_source};
use super::rule::Rule;
use super::system::System;
use super::token::Token;

/// A policy whose rules are found by their source.
#[derive(Debug)]
pub struct ByCaller<'a> {
    policy: &'a Policy,
    system: &'a System,
    sources: Candidates,
    /// For each source, the numbers of its rules.
    rules: Vec<Vec<usize>>,
}

impl<'a> ByCaller<'a> {
    /// The rules of this policy.
    pub fn new(policy: &'a Policy, system: &'a System) -> Self {
        let mut sources: Vec<&Token> = policy.rules.iter().map(|rule| &rule.clause.source).collect();
        sources.sort_unstable();
        sources.dedup();
        let sources = Candidates::new(sources.into_iter().cloned());
        let mut rules = Vec::new();
        for (number, rule) in policy.rules.iter().enumerate() {
            let source = sources.number(&rule.clause.source).expect("every source was numbered");
            rules.resize_with(rules.len().max(source + 1), Vec::new);
            rules[source].push(number);
        }
        Self { policy, system, sources, rules }
    }

    /// The rules that are about calls of a caller, in order. A policy that Qubes cannot read has none.
    pub fn rules(&self, name: &str) -> Vec<&'a Rule> {
        if self.policy.is_void() {
            return Vec::new();
        }
        let caller = Caller::named(name, self.system);
        if caller.qube.is_none() {
            return self.policy.rules.iter().collect(); // Of somebody unknown, words are all that is known.
        }
        let own = self.sources.about(caller.qube).into_iter();
        let own = own.filter(|(_, token)| matches_source(token, &caller, self.system));
        let mut numbers: Vec<usize> = own.filter_map(|(source, _)| self.rules.get(source)).flatten().copied().collect();
        numbers.sort_unstable();
        numbers.into_iter().filter_map(|number| self.policy.rules.get(number)).collect()
    }

    /// A policy of these rules alone: it decides every call of that caller as the whole policy does.
    pub fn policy(&self, name: &str) -> Policy {
        Policy { rules: self.rules(name).into_iter().cloned().collect(), faults: self.policy.faults.clone() }
    }
}
