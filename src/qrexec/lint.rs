//! What breaks a policy, or deceives its reader.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::graph::NamedCall;
use super::load::Policy;
use super::matching::{Caller, matches_source};
use super::rule::{Origin, Rule};
use super::system::System;
use super::token::{DOM0, Token};

/// Something worth a look at a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The number of the rule, from 0.
    pub rule: usize,
    /// Where it stands.
    pub origin: Origin,
    /// What.
    pub what: What,
}

/// What can be worth a look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A name that no qube has.
    NoQube(String),
    /// A tag that no qube carries.
    NoTag(String),
    /// A class that Qubes does not have.
    NoClass(String),
    /// A disposable template that is none.
    NoTemplate(String),
    /// A `$` where Qubes reads `@` in old files alone: a plain name, that no qube can have.
    Dollar(String),
    /// A capital letter in a word that has none.
    Capital(String),
    /// A source that Qubes takes and that nobody ever is.
    NeverSource(String),
    /// Another rule decides every call that this one could.
    Shadowed(Origin),
}

/// The classes of qubes.
const CLASSES: [&str; 6] = ["AdminVM", "AppVM", "DispVM", "RemoteVM", "StandaloneVM", "TemplateVM"];

/// All that is worth a look, in the order of the rules. Without a system, names and tags are not looked up.
pub fn lint(policy: &Policy, system: Option<&System>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let tags: BTreeSet<&str> =
        system.into_iter().flat_map(System::qubes).flat_map(|qube| qube.tags.iter().map(String::as_str)).collect();
    let mut earlier = Earlier::default();
    let mut seen = BTreeSet::new();
    for (number, rule) in policy.rules.iter().enumerate() {
        let clause = &rule.clause;
        // A file may be included again and again; what its lines say is worth one look.
        if !seen.insert((Arc::as_ptr(clause), &rule.call)) {
            continue;
        }
        let mut add = |what| remarks.push(Remark { rule: number, origin: clause.origin.clone(), what });
        let redirect = rule.permission().and_then(|permission| permission.redirect());
        for token in [Some(&clause.source), Some(&clause.target), redirect].into_iter().flatten() {
            token_remarks(token, system, &tags).into_iter().for_each(&mut add);
        }
        if matches!(clause.source, Token::DisposableFrom(_) | Token::DisposableTagged(_)) {
            add(What::NeverSource(clause.source.to_string()));
        }
        if redirect.is_none() {
            if let Some(first) = earlier.covering(rule, system).and_then(|first| policy.rules.get(first)) {
                add(What::Shadowed(first.clause.origin.clone()));
            }
            earlier.add(rule, number);
        }
    }
    remarks
}

fn token_remarks(token: &Token, system: Option<&System>, tags: &BTreeSet<&str>) -> Vec<What> {
    let mut found = Vec::new();
    match token {
        Token::Qube(name) if name.starts_with('$') => found.push(What::Dollar(name.clone())),
        Token::Qube(name) if DOM0.contains(&name.as_str()) => {}
        Token::Qube(name) => {
            let word = format!("@{}", name.to_lowercase());
            if ["@anyvm", "@adminvm", "@default", "@dispvm"].contains(&word.as_str()) {
                found.push(What::Capital(name.clone()));
            }
            if system.is_some_and(|system| system.qubes().iter().all(|qube| !system.is_same(name, &qube.name))) {
                found.push(What::NoQube(name.clone()));
            }
        }
        Token::Tag(tag) | Token::DisposableTagged(tag) if system.is_some() && !tags.contains(tag.as_str()) => {
            found.push(What::NoTag(tag.clone()));
        }
        Token::Type(class) if !CLASSES.contains(&class.as_str()) => found.push(What::NoClass(class.clone())),
        Token::DisposableFrom(name) => {
            let is_template = |system: &System| {
                system.qubes().iter().any(|qube| qube.is_disposable_template && system.is_same(name, &qube.name))
            };
            if system.is_some_and(|system| !is_template(system)) {
                found.push(What::NoTemplate(name.clone()));
            }
        }
        _ => {}
    }
    found
}

/// Rules without redirects that were seen already, by what they are about; the number of the first of each.
#[derive(Default)]
struct Earlier<'a>(BTreeMap<About<'a>, usize>);

/// A call, a source and a target.
type About<'a> = (NamedCall<'a>, &'a Token, &'a Token);

impl<'a> Earlier<'a> {
    fn add(&mut self, rule: &'a Rule, number: usize) {
        let call = (rule.call.service.as_deref(), rule.call.argument.as_deref());
        self.0.entry((call, &rule.clause.source, &rule.clause.target)).or_insert(number);
    }

    /// The first that makes `rule` superfluous: it decides all its calls, and whatever a user could choose because of `rule` is given or
    /// taken by it all the same.
    fn covering(&self, rule: &'a Rule, system: Option<&System>) -> Option<usize> {
        // Where the user is asked, Qubes fails over a template that is not there, whichever rule decides.
        if let Token::DisposableFrom(name) = &rule.clause.target
            && system.is_none_or(|system| system.find(name).is_none())
        {
            return None;
        }
        let wider = |token: &'a Token| {
            [token, &Token::Everybody, &Token::AnyVm].into_iter().filter(move |all| includes(all, token, system))
        };
        let mut first: Option<usize> = None;
        for service in [rule.call.service.as_deref(), None] {
            for argument in [rule.call.argument.as_deref(), None] {
                for source in wider(&rule.clause.source) {
                    for target in wider(&rule.clause.target) {
                        let number = self.0.get(&((service, argument), source, target)).copied();
                        first = [first, number].into_iter().flatten().min();
                    }
                }
            }
        }
        first
    }
}

/// Whether whatever `other` stands for, `all` stands for, too.
fn includes(all: &Token, other: &Token, system: Option<&System>) -> bool {
    match (all, other) {
        _ if all == other => true,
        // `@adminvm` is no name of a qube, and so not among those that a user can choose from because of `*`.
        (Token::Everybody, _) => *other != Token::AdminVm,
        (Token::AnyVm, Token::Everybody | Token::AdminVm) => false,
        (Token::AnyVm, Token::Qube(_)) => !other.is_dom0(),
        // Only a system says whether dom0 is one of these.
        (Token::AnyVm, Token::Type(_) | Token::Tag(_)) => {
            system.is_some_and(|system| !DOM0.iter().any(|dom0| matches_source(other, &Caller::named(dom0, system), system)))
        }
        (Token::AnyVm, _) => true,
        _ => false,
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::NoQube(name) => write!(f, "no qube is called `{name}`"),
            Self::NoTag(tag) => write!(f, "no qube carries the tag `{tag}`"),
            Self::NoClass(class) => write!(f, "there is no class `{class}`"),
            Self::NoTemplate(name) => write!(f, "`{name}` is no disposable template"),
            Self::Dollar(word) => write!(f, "`{word}` is read as the name of a qube; words begin with `@`"),
            Self::Capital(word) => {
                write!(f, "`{word}` is read as the name of a qube; the word is written `@{}`", word.to_lowercase())
            }
            Self::NeverSource(word) => {
                write!(f, "no caller is ever `{word}`; a running disposable is matched by its name, tags or class")
            }
            Self::Shadowed(by) => write!(f, "it never decides anything: {by} decides all its calls before it"),
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.what)
    }
}
