//! What breaks a policy, or deceives its reader.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::decide::matches_source;
use super::load::Policy;
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
    let mut earlier: BTreeMap<Option<&str>, Vec<&Rule>> = BTreeMap::new();
    for (number, rule) in policy.rules.iter().enumerate() {
        let mut add = |what| remarks.push(Remark { rule: number, origin: rule.origin.clone(), what });
        let redirect = rule.action.permission().and_then(|permission| permission.target.as_ref());
        for token in [Some(&rule.source), Some(&rule.target), redirect].into_iter().flatten() {
            token_remarks(token, system, &tags).into_iter().for_each(&mut add);
        }
        if matches!(rule.source, Token::DisposableFrom(_) | Token::DisposableTagged(_)) {
            add(What::NeverSource(rule.source.to_string()));
        }
        let of_service = earlier.get(&rule.service.as_deref()).into_iter().flatten();
        let of_all = rule.service.as_ref().and(earlier.get(&None)).into_iter().flatten();
        if let Some(first) = of_service.chain(of_all).find(|first| covers(first, rule, system)) {
            add(What::Shadowed(first.origin.clone()));
        }
        earlier.entry(rule.service.as_deref()).or_default().push(rule);
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

/// Whether `second` can be left out where `first` stands before it: `first` decides all its calls, and whatever a user could choose
/// because of `second` is given or taken by `first` all the same.
fn covers(first: &Rule, second: &Rule, system: Option<&System>) -> bool {
    let about = (first.service.is_none() || first.service == second.service)
        && (first.argument.is_none() || first.argument == second.argument);
    let redirects = |rule: &Rule| rule.action.permission().is_some_and(|permission| permission.target.is_some());
    about
        && !redirects(first)
        && !redirects(second)
        && includes(&first.source, &second.source, system)
        && includes(&first.target, &second.target, system)
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
            system.is_some_and(|system| !DOM0.iter().any(|dom0| matches_source(other, system, dom0)))
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
