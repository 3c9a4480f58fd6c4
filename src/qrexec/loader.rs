//! What reading a policy has come to so far: rules, faults, and what was read already.
//!
//! Each file is read once, whatever includes it: a second time, its rules are taken over from the first. So the work grows with what is
//! written, and not with what it comes to, which can double from line to line.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::fault::{PolicyFault, Why};
use super::load::{Directories, Policy};
use super::path::{End, Paths};
use super::rule::{Call, Clause, Rule};
use super::source::Files;

/// The most rules of a policy. Includes can be nested so that a few lines stand for more than any memory holds.
const MOST_RULES: usize = 1 << 20;
/// The most faults that are told.
const MOST_FAULTS: usize = 1 << 16;
/// How many calls of Python deep includes may be nested. Its own limit is 1000, for everything: the daemon that calls the parser, and
/// what the parser calls for a line, need the rest.
const DEEPEST: usize = 960;

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
    known: BTreeMap<Node<'a>, State>,
    /// Calls that rules are about, each kept once.
    calls: BTreeSet<Arc<Call>>,
    /// No more rules are taken.
    is_full: bool,
}

/// Something that can be included, and what its own includes are relative to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node<'a> {
    /// What it is read as.
    pub kind: Kind,
    /// Where it is.
    pub path: Arc<str>,
    /// What its own includes are relative to.
    pub base: &'a str,
}

/// What can be included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A policy file.
    Policy,
    /// A file with the rules of one call.
    OfCall,
    /// A directory of policy files.
    Directory,
    /// The old directory.
    Compat,
}

/// What became of a node.
#[derive(Debug)]
enum State {
    /// It is being read.
    Open,
    /// It was read.
    Done {
        /// Its rules, by their numbers.
        rules: Range<usize>,
        /// How many calls of Python deep what it includes is nested.
        depth: usize,
    },
}

/// A file whose lines are being read.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// As it is shown.
    pub file: Arc<str>,
    /// What its includes are relative to.
    pub base: &'a str,
    /// How many calls of Python deep it is nested.
    pub depth: usize,
}

impl Context<'_> {
    /// What was `included` from here over `calls` of Python, where finding it meant following links.
    ///
    /// # Errors
    /// If it was not included, or the links are too many for the place.
    pub fn over_links(&self, end: &End, calls: usize, included: Included) -> Included {
        let deepest = included?.max(calls.saturating_add(end.links));
        let is_too_deep = self.depth.saturating_add(deepest) > DEEPEST;
        if is_too_deep { Err(Why::Depth(end.path.to_string())) } else { Ok(deepest) }
    }
}

/// How deep something is nested in calls of Python, with all that it includes; or why it cannot be included.
pub type Included = Result<usize, Why>;

impl<'a, F: Files> Loader<'a, F> {
    /// With nothing read.
    pub fn new(files: &'a F, directories: &'a Directories) -> Self {
        let (policy, known, calls) = (Policy::default(), BTreeMap::new(), BTreeSet::new());
        Self { files, directories, policy, paths: Paths::among(files), known, calls, is_full: false }
    }

    /// Reads a node if it was not read yet, and else takes over its rules; those of a call, for this `call`. `calls` of Python lead there.
    pub fn once(
        &mut self,
        node: Node<'a>,
        from: &Context<'a>,
        calls: usize,
        call: Option<&Arc<Call>>,
        read: impl FnOnce(&mut Self, usize) -> Included,
    ) -> Included {
        let depth = from.depth.saturating_add(calls);
        let inner = match self.known.get(&node) {
            Some(State::Open) => return Err(Why::Circle(node.path.to_string())),
            Some(State::Done { rules, depth: inner }) => {
                let (rules, inner) = (rules.clone(), *inner);
                if depth.saturating_add(inner) <= DEEPEST {
                    self.add_again(rules, call)?;
                }
                inner
            }
            None if depth > DEEPEST => 0,
            None => {
                self.known.insert(node.clone(), State::Open);
                let start = self.policy.rules.len();
                match read(self, depth) {
                    Ok(inner) => {
                        let rules = start..self.policy.rules.len();
                        self.known.insert(node.clone(), State::Done { rules, depth: inner });
                        inner
                    }
                    Err(why) => {
                        self.known.remove(&node);
                        return Err(why);
                    }
                }
            }
        };
        if depth.saturating_add(inner) > DEEPEST {
            return Err(Why::Depth(node.path.to_string()));
        }
        Ok(calls.saturating_add(inner))
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
    pub fn add_again(&mut self, rules: Range<usize>, call: Option<&Arc<Call>>) -> Result<(), Why> {
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
