//! What reading a policy has come to so far: rules, faults, and what was read already.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fault::{PolicyFault, Why};
use super::include::{Node, State};
use super::load::{Directories, Policy};
use super::path::Paths;
use super::rule::{Call, Clause, Rule};
use super::source::Files;

/// The most rules of a policy. Includes can be nested so that a few lines stand for more than any memory holds.
const MOST_RULES: usize = 1 << 20;
/// The most faults that are told.
const MOST_FAULTS: usize = 1 << 16;

/// Reads a policy.
#[derive(Debug)]
pub struct Loader<'a, F> {
    /// Where files come from.
    pub files: &'a F,
    /// What is read.
    pub directories: &'a Directories,
    /// What was read.
    pub policy: Policy,
    /// Where includes lead.
    pub paths: Paths<'a, F>,
    /// What was read already, or is being read.
    pub known: BTreeMap<Node<'a>, State>,
    /// Calls that rules are about, each kept once.
    calls: BTreeSet<Arc<Call>>,
    /// No more rules are taken.
    is_full: bool,
}

impl<'a, F: Files> Loader<'a, F> {
    /// With nothing read.
    pub fn new(files: &'a F, directories: &'a Directories) -> Self {
        let (policy, known, calls) = (Policy::default(), BTreeMap::new(), BTreeSet::new());
        Self { files, directories, policy, paths: Paths::among(files), known, calls, is_full: false }
    }

    /// Adds a rule.
    ///
    /// # Errors
    /// If it is the first too many.
    pub fn add(&mut self, mut rule: Rule) -> Result<(), Why> {
        self.make_room(1)?;
        match self.calls.get(&rule.call) {
            Some(known) => rule.call = known.clone(),
            None => drop(self.calls.insert(rule.call.clone())),
        }
        if !self.is_full {
            self.policy.rules.push(rule);
        }
        Ok(())
    }

    /// Adds a rule for a call.
    ///
    /// # Errors
    /// As [`Loader::add`].
    pub fn add_clause(&mut self, call: &Arc<Call>, clause: Clause) -> Result<(), Why> {
        self.make_room(1)?;
        if !self.is_full {
            self.policy.rules.push(Rule { call: call.clone(), clause: Arc::new(clause) });
        }
        Ok(())
    }

    /// Adds rules once more; if there is a call, for that one.
    ///
    /// # Errors
    /// As [`Loader::add`].
    pub fn add_again(&mut self, rules: std::ops::Range<usize>, call: Option<&Arc<Call>>) -> Result<(), Why> {
        self.make_room(rules.len())?;
        if self.is_full {
            return Ok(());
        }
        let start = self.policy.rules.len();
        self.policy.rules.extend_from_within(rules);
        if let Some(call) = call {
            self.policy.rules.iter_mut().skip(start).for_each(|rule| rule.call = call.clone());
        }
        Ok(())
    }

    /// Whether so many rules more are too many is told once.
    fn make_room(&mut self, rules: usize) -> Result<(), Why> {
        if self.is_full || self.policy.rules.len().saturating_add(rules) <= MOST_RULES {
            return Ok(());
        }
        self.is_full = true;
        Err(Why::TooLarge(MOST_RULES))
    }

    /// Adds a fault, at a line and a column if there are such.
    pub fn fault(&mut self, file: &Arc<str>, place: Option<(usize, usize)>, why: Why) {
        let why = match self.policy.faults.len() {
            MOST_FAULTS => Why::More(MOST_FAULTS),
            _ => why,
        };
        if !self.is_over() {
            let (line, column) = place.unzip();
            self.policy.faults.push(PolicyFault { file: file.clone(), line, column, why });
        }
    }

    /// Whether there are so many faults that nothing more is looked for.
    pub fn is_over(&self) -> bool {
        self.policy.faults.len() > MOST_FAULTS
    }

    /// A file as it is shown: without the directory that the policy lies in.
    pub fn shown(&self, path: &str) -> Arc<str> {
        let below = |directory: &String| path.strip_prefix(directory.as_str()).and_then(|rest| rest.strip_prefix('/'));
        self.directories.policy.iter().find_map(below).unwrap_or(path).into()
    }
}
