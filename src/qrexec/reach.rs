//! What may get from one qube to another, over any number of others.

use std::collections::{BTreeMap, VecDeque};

use super::load::Policy;
use super::service::Carries;
use super::system::System;
use super::token::DOM0;
use super::ways::{Hop, Ways, named};

/// What is asked: which kind of flow, and whether the user's consent counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Data or control.
    pub what: Carries,
    /// Also what the user is asked about.
    pub with_ask: bool,
}

/// Ways from one qube.
#[derive(Debug)]
pub struct Reach {
    /// For each that can be reached, the last hop of a shortest way there.
    last: BTreeMap<String, Hop>,
}

impl Reach {
    /// All that `from` reaches. dom0 is where a way ends, not where it goes on: it passes nothing on by itself.
    pub fn from(policy: &Policy, system: &System, from: &str, question: Question) -> Self {
        let system = system.with_running_disposables();
        let ways = Ways::new(policy, &system, &[question.what]);
        let from = named(from);
        let mut last: BTreeMap<String, Hop> = BTreeMap::new();
        let mut queue = VecDeque::from([from.clone()]);
        while let Some(at) = queue.pop_front() {
            if at == DOM0[0] && at != from {
                continue;
            }
            for hop in ways.hops(&at).into_iter().filter(|hop| question.with_ask || !hop.is_asked) {
                if hop.to != from && !last.contains_key(&hop.to) {
                    queue.push_back(hop.to.clone());
                    last.insert(hop.to.clone(), hop);
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
