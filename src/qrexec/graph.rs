//! Who may call whom with what: every call that the rules let through or ask about, decided kind by kind.
//!
//! For each call that rules name and each kind of callers, the rules are gone through once, each taking those kinds of targets that no
//! rule before it took. What comes out is what [`Policy::evaluate`] says of every single call.

use std::collections::BTreeSet;

use super::bits::Bits;
use super::decide::{Verified, verified};
use super::kinds::{Kinds, SourceKind, Target};
use super::load::Policy;
use super::rule::{Action, Permission, Rule};
use super::system::System;
use super::token::{DOM0, Token};

/// A policy and a system, made ready for deciding all calls.
#[derive(Debug)]
pub struct Graph<'a> {
    policy: &'a Policy,
    system: &'a System,
    kinds: Kinds,
}

/// A service and an argument with its `+`, as rules name them; `None` is `*`.
pub type NamedCall<'a> = (Option<&'a str>, Option<&'a str>);

/// What callers of one kind may do with one call, by one rule.
#[derive(Debug)]
pub struct Flow<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Kinds of targets that the call is for; its members are what the callers ask for.
    pub requested: Bits,
    /// Whether `@dispvm` is asked for, too.
    pub disposable: bool,
    /// The one caller that the rule lets nowhere, if there is one: all that it could choose would be itself.
    pub but: Option<usize>,
}

impl<'a> Graph<'a> {
    /// Makes ready. A policy that Qubes cannot read has no flows.
    pub fn new(policy: &'a Policy, system: &'a System) -> Self {
        Self { policy, system, kinds: Kinds::of(policy, system) }
    }

    /// The kinds.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// Every call that rules name, sorted.
    pub fn calls(&self) -> BTreeSet<NamedCall<'a>> {
        self.policy.rules.iter().map(|rule| (rule.service.as_deref(), rule.argument.as_deref())).collect()
    }

    /// The rules that are about a call, in order.
    pub fn rules_about(&self, (service, argument): NamedCall) -> Vec<&'a Rule> {
        if self.policy.is_void() {
            return Vec::new();
        }
        self.policy.rules.iter().filter(|rule| rule.is_about(service, argument.unwrap_or("+"))).collect()
    }

    /// What callers of one kind may do, by these rules, which are all that are about one call.
    pub fn flows(&self, source: &SourceKind, rules: &[&'a Rule]) -> Vec<Flow<'a>> {
        let rules: Vec<&Rule> = rules.iter().copied().filter(|rule| self.kinds.is_source(source, &rule.source)).collect();
        let mut left = Bits::all(self.kinds.targets.len());
        let mut disposable_left = true;
        let mut flows = Vec::new();
        let mut choices: Option<Choices> = None;
        for rule in &rules {
            let requested = left.and(self.kinds.matching(&rule.target));
            let disposable = disposable_left && self.takes_disposable(source, &rule.target);
            if requested.is_empty() && !disposable {
                continue;
            }
            left.remove(&requested);
            disposable_left &= !disposable;
            let mut flow = Flow { rule, requested, disposable, but: None };
            let is_open = match &rule.action {
                Action::Deny { .. } => false,
                Action::Allow(permission) => self.allows(source, permission, &mut flow),
                Action::Ask { permission, .. } => {
                    let choices = choices.get_or_insert_with(|| self.choices(source, &rules));
                    self.asks(permission, choices, &mut flow)
                }
            };
            if is_open {
                flows.push(flow);
            }
        }
        flows
    }

    /// Whether a rule with this target is about `@dispvm`, for callers of this kind.
    fn takes_disposable(&self, source: &SourceKind, token: &Token) -> bool {
        let template = source.default_dispvm.as_ref();
        match token {
            Token::Everybody | Token::AnyVm | Token::Disposable => true,
            Token::DisposableFrom(name) => template == Some(name),
            Token::DisposableTagged(tag) => template.and_then(|name| self.system.number(name)).is_some_and(|number| {
                let template = self.system.get(number);
                template.is_disposable_template && template.tags.contains(tag)
            }),
            _ => false,
        }
    }

    /// Takes out of a flow what its permission does not let through. Whether anything is left.
    fn allows(&self, source: &SourceKind, permission: &Permission, flow: &mut Flow) -> bool {
        let has_dispvm = source.default_dispvm.is_some();
        match &permission.target {
            Some(redirect) => match verified(redirect, self.system) {
                None | Some(Verified::Default) => false,
                Some(Verified::Disposable) => has_dispvm && permission.autostart,
                Some(Verified::DisposableFrom(_)) => permission.autostart,
                Some(Verified::AdminVm) => true,
                Some(Verified::Qube(name)) => permission.autostart || self.runs(&name),
            },
            None => {
                flow.disposable &= has_dispvm && permission.autostart;
                for kind in flow.requested.clone().iter() {
                    let target = &self.kinds.targets[kind];
                    if target.members == [Target::Default] || (!permission.autostart && !target.runs) {
                        flow.requested.take(kind);
                    }
                }
                flow.disposable || !flow.requested.is_empty()
            }
        }
    }

    /// Whether there is anything to choose from; finds the one caller for which there is not.
    fn asks(&self, permission: &Permission, choices: &Choices, flow: &mut Flow) -> bool {
        match &permission.target {
            Some(redirect) if redirect.is_dom0() => true,
            Some(_) if permission.autostart => true,
            Some(Token::Qube(name)) => self.runs(name),
            Some(_) => false,
            None => {
                let (all, only) =
                    if permission.autostart { (choices.all, choices.only) } else { (choices.running, choices.only_running) };
                if all == 1 {
                    flow.but = only;
                }
                all > 0
            }
        }
    }

    fn runs(&self, name: &str) -> bool {
        DOM0.contains(&name) || self.system.number(name).is_some_and(|number| self.system.get(number).is_running)
    }

    /// What the user could choose from for a call of a caller of this kind, itself included.
    fn choices(&self, source: &SourceKind, rules: &[&Rule]) -> Choices {
        let mut targets = Bits::none(self.kinds.targets.len());
        let mut disposable = false;
        let mut admin = false;
        for rule in rules.iter().rev() {
            let token = rule.action.permission().and_then(|permission| permission.target.as_ref()).unwrap_or(&rule.target);
            let adds = rule.action.permission().is_some();
            // `@adminvm` stands for itself until the end, when it becomes dom0.
            if *token == Token::AdminVm {
                admin = adds;
                continue;
            }
            if let Token::DisposableFrom(name) = token
                && self.system.number(name).is_none()
            {
                return Choices::default(); // Qubes fails.
            }
            let expands = match token {
                Token::Default | Token::Disposable => false,
                Token::Qube(name) => self.system.number(name).is_some(),
                _ => true,
            };
            if matches!(token, Token::Everybody | Token::AnyVm | Token::Disposable) {
                disposable = adds;
            }
            if expands && adds {
                targets.add(self.kinds.matching(token));
            } else if expands {
                targets.remove(self.kinds.matching(token));
            }
        }
        self.count(source, &targets, disposable, admin)
    }

    fn count(&self, source: &SourceKind, targets: &Bits, disposable: bool, admin: bool) -> Choices {
        let mut choices = Choices::default();
        let mut seen_dispvm = false;
        let own = source.default_dispvm.as_ref().and_then(|name| self.system.number(name));
        let mut dom0 = admin.then(|| self.system.number(DOM0[0])).flatten();
        for kind in targets.iter().map(|kind| &self.kinds.targets[kind]) {
            for target in &kind.members {
                match *target {
                    Target::Default => continue,
                    Target::DisposableFrom(number) => seen_dispvm |= Some(number) == own,
                    Target::Qube(number) if Some(number) == dom0 => dom0 = None,
                    Target::Qube(_) => {}
                }
                if !kind.is_internal {
                    choices.add(*target, kind.runs);
                }
            }
        }
        if let Some(number) = dom0
            && !self.system.get(number).is_internal
        {
            choices.add(Target::Qube(number), true);
        }
        if disposable && !seen_dispvm {
            match (&source.default_dispvm, own) {
                (None, _) => {}
                (Some(_), None) => return Choices::default(), // Qubes fails.
                (Some(_), Some(number)) if self.system.get(number).is_internal => {}
                (Some(_), Some(number)) => choices.add(Target::DisposableFrom(number), false),
            }
        }
        choices
    }
}

/// How much a user could choose from, counting no further than to two.
#[derive(Debug, Default)]
struct Choices {
    all: usize,
    /// If it is one qube, that one.
    only: Option<usize>,
    running: usize,
    only_running: Option<usize>,
}

impl Choices {
    fn add(&mut self, target: Target, runs: bool) {
        let qube = match target {
            Target::Qube(number) => Some(number),
            Target::DisposableFrom(_) | Target::Default => None,
        };
        self.all += 1;
        self.only = if self.all == 1 { qube } else { None };
        if runs {
            self.running += 1;
            self.only_running = if self.running == 1 { qube } else { None };
        }
    }
}
