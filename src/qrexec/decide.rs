//! What becomes of one call.
//!
//! This is the evaluation as it is defined, rule by rule. [`Graph`](super::Graph) decides many calls at once, and is held to this.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/policy/parser.py`, `AbstractPolicy.evaluate` and what it calls.

use std::collections::BTreeSet;

use super::load::Policy;
use super::rule::{Action, Permission, Rule};
use super::system::System;
use super::token::{DOM0, Place, Token};

/// A call that somebody wants to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// The service; `None` for one that no rule names.
    pub service: Option<&'a str>,
    /// The argument with its `+`.
    pub argument: &'a str,
    /// The caller.
    pub source: &'a str,
    /// What the caller asked for: a qube, `@adminvm`, `@default` or nothing, `@dispvm`, `@dispvm:NAME`.
    pub target: &'a str,
}

/// A decision, and the rule behind it; none if no rule matched, or none was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<'a> {
    /// The first rule that matched.
    pub rule: Option<&'a Rule>,
    /// What becomes of the call.
    pub outcome: Outcome,
    /// Whether a notification pops up.
    pub notify: bool,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It goes through.
    Allow {
        /// Where it goes: a qube, or `@dispvm:NAME`.
        target: String,
        /// As which user, if the rule says so.
        user: Option<String>,
        /// Whether the target may be started for it.
        autostart: bool,
    },
    /// The user is asked.
    Ask {
        /// What the user can choose from, sorted.
        targets: BTreeSet<String>,
        /// What is proposed; always one of them.
        default_target: Option<String>,
        /// As which user, if the rule says so.
        user: Option<String>,
        /// Whether the target may be started for it.
        autostart: bool,
    },
    /// It is refused.
    Deny,
}

/// A target that was found to exist, or to be a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// A qube, as it was named.
    Qube(String),
    /// `@adminvm`
    AdminVm,
    /// `@default`
    Default,
    /// `@dispvm`
    Disposable,
    /// `@dispvm:NAME`, where disposables can be made from NAME.
    DisposableFrom(String),
}

impl Policy {
    /// Decides one call. A policy that Qubes cannot read denies everything.
    pub fn decide(&self, system: &System, request: &Request) -> Decision<'_> {
        let decision = self.evaluate(system, request);
        match &decision.outcome {
            // Qubes finds that out only when it is about to connect the two.
            Outcome::Allow { target, .. } if target == request.source => {
                Decision { outcome: Outcome::Deny, notify: true, ..decision }
            }
            _ => decision,
        }
    }

    /// What the rules say to a call, even to one from a qube to itself, which cannot be made.
    pub fn evaluate(&self, system: &System, request: &Request) -> Decision<'_> {
        let denied = |rule| Decision { rule, outcome: Outcome::Deny, notify: true };
        if self.is_void() {
            return denied(None);
        }
        let target = if request.target.is_empty() { "@default" } else { request.target };
        let Some(target) = Token::parse(target, Place::Request).ok().and_then(|token| verified(&token, system)) else {
            return denied(None);
        };
        let Some(rule) = self.rules.iter().find(|rule| matches(rule, system, request, &target)) else { return denied(None) };
        match &rule.action {
            Action::Deny { notify } => Decision { rule: Some(rule), outcome: Outcome::Deny, notify: *notify },
            Action::Allow(permission) => allow(rule, permission, system, request, target),
            Action::Ask { permission, default_target } => {
                self.ask(rule, permission, default_target.as_ref(), system, request).unwrap_or(denied(Some(rule)))
            }
        }
    }

    fn ask<'a>(
        &self,
        rule: &'a Rule,
        permission: &Permission,
        default_target: Option<&Token>,
        system: &System,
        request: &Request,
    ) -> Option<Decision<'a>> {
        let mut targets = match &permission.target {
            Some(target) if target.is_dom0() => BTreeSet::from([DOM0[0].to_owned()]),
            Some(target) => BTreeSet::from([target.to_string()]),
            None => self.targets_for_ask(system, request)?,
        };
        if !permission.autostart {
            targets.retain(|target| runs(target, system));
        }
        if targets.is_empty() {
            return None;
        }
        let default_target = match default_target {
            Some(Token::Disposable) => disposable_of(request.source, system),
            Some(token) if token.is_dom0() => Some(DOM0[0].to_owned()),
            token => token.map(Token::to_string),
        };
        let default_target = default_target.filter(|target| targets.contains(target));
        let outcome = Outcome::Ask { targets, default_target, user: permission.user.clone(), autostart: permission.autostart };
        Some(Decision { rule: Some(rule), outcome, notify: permission.notify })
    }

    /// What the user may choose from when asked: whatever a rule for this call from this source lets through to, but for what an earlier
    /// rule denies. `None` where Qubes fails over a name that nothing has.
    fn targets_for_ask(&self, system: &System, request: &Request) -> Option<BTreeSet<String>> {
        let mut targets = BTreeSet::new();
        for rule in self.rules.iter().rev().filter(|rule| matches_but_target(rule, system, request)) {
            let target = rule.action.permission().and_then(|permission| permission.target.as_ref()).unwrap_or(&rule.target);
            let expansion = expand(target, system)?;
            if matches!(rule.action, Action::Deny { .. }) {
                targets.retain(|target| !expansion.contains(target));
            } else {
                targets.extend(expansion);
            }
        }
        if targets.remove("@dispvm") {
            targets.extend(disposable_of(request.source, system));
        }
        if targets.remove("@adminvm") {
            targets.insert(DOM0[0].to_owned());
        }
        // By its name, by whichever it called.
        targets.remove(&system.get(system.number(request.source)?).name);
        let mut shown = BTreeSet::new();
        for target in targets {
            let number = system.number(target.strip_prefix("@dispvm:").unwrap_or(&target))?;
            if !system.get(number).is_internal {
                shown.insert(target);
            }
        }
        Some(shown)
    }
}

fn allow<'a>(rule: &'a Rule, permission: &Permission, system: &System, request: &Request, target: Verified) -> Decision<'a> {
    let denied = |notify| Decision { rule: Some(rule), outcome: Outcome::Deny, notify };
    let target = match &permission.target {
        Some(redirect) => verified(redirect, system),
        None => Some(target),
    };
    let target = match target {
        None | Some(Verified::Default) => return denied(true),
        Some(Verified::Qube(name)) => name,
        Some(Verified::AdminVm) => DOM0[0].to_owned(),
        Some(Verified::DisposableFrom(name)) => format!("@dispvm:{name}"),
        Some(Verified::Disposable) => match disposable_of(request.source, system) {
            Some(target) => target,
            None => return denied(true),
        },
    };
    if !permission.autostart && !runs(&target, system) {
        return denied(permission.notify);
    }
    let outcome = Outcome::Allow { target, user: permission.user.clone(), autostart: permission.autostart };
    Decision { rule: Some(rule), outcome, notify: permission.notify }
}

/// What a target comes to: a name that no qube has is as good as none. `None` for a disposable template that is none.
pub fn verified(token: &Token, system: &System) -> Option<Verified> {
    match token {
        Token::AdminVm => Some(Verified::AdminVm),
        Token::Default => Some(Verified::Default),
        Token::Disposable => Some(Verified::Disposable),
        Token::DisposableFrom(name) => {
            let is_template = system.number(name).is_some_and(|number| system.get(number).is_disposable_template);
            is_template.then(|| Verified::DisposableFrom(name.clone()))
        }
        Token::Qube(name) => match system.number(name) {
            Some(_) => Some(Verified::Qube(name.clone())),
            None => Some(Verified::Default),
        },
        Token::Everybody | Token::AnyVm | Token::Tag(_) | Token::Type(_) | Token::DisposableTagged(_) => None,
    }
}

fn matches(rule: &Rule, system: &System, request: &Request, target: &Verified) -> bool {
    matches_but_target(rule, system, request) && matches_target(&rule.target, system, request.source, target)
}

fn matches_but_target(rule: &Rule, system: &System, request: &Request) -> bool {
    rule.is_about(request.service, request.argument) && matches_source(&rule.source, system, request.source)
}

/// Whether a rule with this source is about calls of the qube with this name.
pub fn matches_source(token: &Token, system: &System, source: &str) -> bool {
    let is_dom0 = DOM0.contains(&source);
    let qube = || system.number(source).map(|number| system.get(number));
    match token {
        Token::Everybody => true,
        Token::AnyVm => !is_dom0,
        Token::AdminVm => is_dom0,
        Token::Tag(tag) => qube().is_some_and(|qube| qube.tags.contains(tag)),
        Token::Type(class) => qube().is_some_and(|qube| qube.class == *class),
        Token::Qube(_) if token.is_dom0() => is_dom0,
        Token::Qube(name) => system.is_same(name, source),
        // No caller is called like that: a running disposable has a name, tags and a class.
        Token::DisposableFrom(_) | Token::DisposableTagged(_) | Token::Default | Token::Disposable => false,
    }
}

/// Whether a rule with this target is about a call to that one.
pub fn matches_target(token: &Token, system: &System, source: &str, target: &Verified) -> bool {
    let name = match target {
        Verified::Qube(name) => Some(name.as_str()),
        _ => None,
    };
    let is_dom0 = *target == Verified::AdminVm || name.is_some_and(|name| DOM0.contains(&name));
    let qube = || name.and_then(|name| system.number(name)).map(|number| system.get(number));
    // The disposable template that a disposable would be made from.
    let template = || match target {
        Verified::DisposableFrom(name) => Some(name.clone()),
        Verified::Disposable => default_dispvm(source, system),
        _ => None,
    };
    match token {
        Token::Everybody => true,
        Token::AnyVm => !is_dom0,
        Token::AdminVm => is_dom0,
        Token::Default => *target == Verified::Default,
        Token::Disposable => *target == Verified::Disposable,
        Token::Tag(tag) => qube().is_some_and(|qube| qube.tags.contains(tag)),
        Token::Type(class) => qube().is_some_and(|qube| qube.class == *class),
        Token::DisposableFrom(name) => match target {
            // Of the caller's own, Qubes compares the texts.
            Verified::Disposable => template().as_ref() == Some(name),
            _ => template().is_some_and(|template| system.is_same(name, &template)),
        },
        Token::DisposableTagged(tag) => template().and_then(|template| system.number(&template)).is_some_and(|number| {
            let template = system.get(number);
            template.is_disposable_template && template.tags.contains(tag)
        }),
        Token::Qube(_) if token.is_dom0() => is_dom0,
        Token::Qube(own) => name.is_some_and(|name| system.is_same(own, name)),
    }
}

/// All that a rule's target can mean, by the names that the user is shown. `None` where Qubes fails over a name that nothing has.
fn expand(token: &Token, system: &System) -> Option<BTreeSet<String>> {
    let qubes = || system.qubes().iter();
    let disposables = || qubes().filter(|qube| qube.is_disposable_template).map(|qube| format!("@dispvm:{}", qube.name));
    Some(match token {
        Token::Everybody => qubes().map(|qube| qube.name.clone()).chain(disposables()).chain(["@dispvm".to_owned()]).collect(),
        Token::AnyVm => {
            let named = qubes().filter(|qube| !DOM0.contains(&qube.name.as_str())).map(|qube| qube.name.clone());
            named.chain(disposables()).chain(["@dispvm".to_owned()]).collect()
        }
        Token::AdminVm | Token::Disposable => BTreeSet::from([token.to_string()]),
        Token::Default => BTreeSet::new(),
        Token::Tag(tag) => qubes().filter(|qube| qube.tags.contains(tag)).map(|qube| qube.name.clone()).collect(),
        Token::Type(class) => qubes().filter(|qube| qube.class == *class).map(|qube| qube.name.clone()).collect(),
        Token::DisposableFrom(name) => {
            let template = system.get(system.number(name)?);
            template.is_disposable_template.then(|| format!("@dispvm:{}", template.name)).into_iter().collect()
        }
        Token::DisposableTagged(tag) => {
            let tagged = qubes().filter(|qube| qube.is_disposable_template && qube.tags.contains(tag));
            tagged.map(|qube| format!("@dispvm:{}", qube.name)).collect()
        }
        Token::Qube(name) => system.number(name).map(|number| system.get(number).name.clone()).into_iter().collect(),
    })
}

fn default_dispvm(source: &str, system: &System) -> Option<String> {
    system.number(source).and_then(|number| system.get(number).default_dispvm.clone())
}

/// What `@dispvm` is to a caller.
pub fn disposable_of(source: &str, system: &System) -> Option<String> {
    default_dispvm(source, system).map(|template| format!("@dispvm:{template}"))
}

/// Whether a call to `target` needs to start nothing.
fn runs(target: &str, system: &System) -> bool {
    DOM0.contains(&target) || system.number(target).is_some_and(|number| system.get(number).is_running)
}
