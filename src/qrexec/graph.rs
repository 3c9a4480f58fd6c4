//! Who may call whom with what: every call that the rules let through or ask about, decided kind by kind.
//!
//! For each call that rules name and each kind of callers, the rules are gone through once, each taking those kinds of targets that no
//! rule before it took. Calls that the same rules are about, but for where they stand, are gone through together. What comes out is what
//! [`Policy::evaluate`] says of every single call.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::action::{Action, Permission};
use super::bits::Bits;
use super::callers::Callers;
use super::choice::{Choice, Universe};
use super::decide::{proposed, redirected};
use super::kinds::{Kinds, SourceKind, Target};
use super::load::Policy;
use super::matching::{Callee, matches_disposable, own_template};
use super::refusal::Failure;
use super::rule::Rule;
use super::system::System;
use super::token::{DOM0, Token};
use crate::model::Release;

/// A policy and a system, made ready for deciding all calls.
#[derive(Debug)]
pub struct Graph<'a> {
    policy: &'a Policy,
    system: &'a System,
    kinds: Kinds,
    /// The numbers of rules, by the service that they name.
    by_service: BTreeMap<Option<&'a str>, Vec<usize>>,
    /// What targets and redirects come to where the user is asked, once that was looked for.
    expansions: BTreeMap<&'a Token, OnceCell<Result<Bits, Failure>>>,
}

/// A service and an argument with its `+`, as rules name them; `None` is `*`.
pub type NamedCall<'a> = (Option<&'a str>, Option<&'a str>);

/// Calls that the same rules are about, but for where these stand; each with its own rules, in order.
pub type Calls<'a> = Vec<(NamedCall<'a>, Vec<&'a Rule>)>;

/// What callers of one kind may do with one call, by one rule.
#[derive(Debug)]
pub struct Flow {
    /// The number of the rule among those that are about the call.
    pub rule: usize,
    /// Kinds of targets that the call is for; its members are what the callers ask for.
    pub requested: Bits,
    /// Whether `@dispvm` is asked for, too.
    pub disposable: bool,
    /// Which callers of the kind.
    pub callers: Callers,
}

impl<'a> Graph<'a> {
    /// Makes ready. A policy that Qubes cannot read has no flows.
    pub fn new(policy: &'a Policy, system: &'a System) -> Self {
        let mut by_service: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
        if !policy.is_void() {
            for (number, rule) in policy.rules.iter().enumerate() {
                by_service.entry(rule.call.service.as_deref()).or_default().push(number);
            }
        }
        let offered = policy.rules.iter().map(|rule| (rule.offered(), OnceCell::new()));
        Self { policy, system, kinds: Kinds::of(policy, system), by_service, expansions: offered.collect() }
    }

    /// The kinds.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// The system.
    pub fn system(&self) -> &'a System {
        self.system
    }

    /// Every call that rules name, sorted.
    pub fn calls(&self) -> BTreeSet<NamedCall<'a>> {
        self.policy.rules.iter().map(|rule| (rule.call.service.as_deref(), rule.call.argument.as_deref())).collect()
    }

    /// The rules that are about a call, in order.
    pub fn rules_about(&self, (service, argument): NamedCall) -> Vec<&'a Rule> {
        let named = [Some(None), service.map(Some)].into_iter().flatten();
        let mut numbers: Vec<usize> = named.filter_map(|service| self.by_service.get(&service)).flatten().copied().collect();
        numbers.sort_unstable();
        let rules = numbers.into_iter().filter_map(|number| self.policy.rules.get(number));
        rules.filter(|rule| rule.call.includes(service, argument.unwrap_or("+"))).collect()
    }

    /// Calls, put together where the same rules are about them.
    pub fn alike(&self, calls: impl IntoIterator<Item = NamedCall<'a>>) -> Vec<Calls<'a>> {
        let mut alike: BTreeMap<Vec<(&Token, &Token, &Action)>, Calls> = BTreeMap::new();
        for call in calls {
            let rules = self.rules_about(call);
            let said = rules.iter().map(|rule| (&rule.clause.source, &rule.clause.target, &rule.clause.action)).collect();
            alike.entry(said).or_default().push((call, rules));
        }
        alike.into_values().collect()
    }

    /// What callers of one kind may do, by these rules, which are all that are about one call.
    pub fn flows(&self, source: &SourceKind, rules: &[&'a Rule]) -> Vec<Flow> {
        let rules: Vec<(usize, &'a Rule)> = rules.iter().copied().enumerate().collect();
        let rules: Vec<_> = rules.into_iter().filter(|(_, rule)| self.kinds.is_source(source, &rule.clause.source)).collect();
        let mut left = Bits::all(self.kinds.targets.len());
        let mut disposable_left = true;
        let mut flows = Vec::new();
        let choice = OnceCell::new();
        for &(number, rule) in &rules {
            let requested = left.and(self.kinds.matching(&rule.clause.target));
            let disposable = disposable_left && self.takes_disposable(source, rule, &mut disposable_left);
            if requested.is_empty() && !disposable {
                continue;
            }
            left.remove(&requested);
            disposable_left &= !disposable;
            let mut flow = Flow { rule: number, requested, disposable, callers: Callers::All };
            flow.callers = match &rule.clause.action {
                Action::Deny { .. } => Callers::None,
                Action::Allow(permission) => self.allows(source, permission, &mut flow),
                Action::Ask { permission, default_target } => self.asks(source, permission, default_target.as_ref(), || {
                    choice.get_or_init(|| self.choice(source, rules.iter().map(|(_, rule)| *rule)))
                }),
            };
            if flow.callers != Callers::None {
                flows.push(flow);
            }
        }
        flows
    }

    /// Whether a rule is about `@dispvm`, for callers of this kind. Where Qubes fails over that, no later rule is asked.
    fn takes_disposable(&self, source: &SourceKind, rule: &Rule, left: &mut bool) -> bool {
        let matches = matches_disposable(&rule.clause.target, own_template(source.default_dispvm.as_deref()), self.system);
        *left &= matches.is_ok();
        matches == Ok(true)
    }

    /// Takes out of a flow what its permission does not let through. Who is let through.
    fn allows(&self, source: &SourceKind, permission: &Permission, flow: &mut Flow) -> Callers {
        let has_template = matches!(own_template(source.default_dispvm.as_deref()), Ok(Some(_)));
        let runs = |name: &str| self.system.number(name).is_some_and(|number| self.system.runs(number) == Some(true));
        let is_open = match permission.redirect().map(|redirect| Callee::of(redirect, self.system)) {
            Some(Err(_) | Ok(Callee::Default)) => false,
            Some(Ok(Callee::Disposable)) => has_template && permission.autostart,
            Some(Ok(Callee::DisposableFrom(..))) => permission.autostart,
            Some(Ok(Callee::Qube(name, _))) => permission.autostart || runs(name),
            Some(Ok(Callee::AdminVm)) => match self.system.release() {
                Release::R4_2 => permission.autostart || runs(DOM0[0]),
                Release::R4_3 => true,
            },
            None => {
                flow.disposable &= has_template && permission.autostart;
                for kind in flow.requested.clone().iter() {
                    let target = &self.kinds.targets[kind];
                    if target.members == [Target::Default] || (!permission.autostart && !target.runs) {
                        flow.requested.take(kind);
                    }
                }
                flow.disposable || !flow.requested.is_empty()
            }
        };
        if is_open { Callers::All } else { Callers::None }
    }

    /// Who has anything to choose from.
    fn asks<'c>(
        &self,
        source: &SourceKind,
        permission: &Permission,
        default_target: Option<&Token>,
        choice: impl FnOnce() -> &'c Result<Choice<'a>, Failure>,
    ) -> Callers
    where
        'a: 'c,
    {
        let Ok(proposed) = proposed(default_target, own_template(source.default_dispvm.as_deref()), self.system) else {
            return Callers::None;
        };
        if let Some(redirect) = &permission.target {
            return match redirected(redirect, permission.autostart, self.system) {
                Err(_) | Ok(None) => Callers::None,
                Ok(Some(only)) => match self.system.release() {
                    Release::R4_2 if proposed.is_some_and(|proposed| proposed != only) => Callers::None,
                    Release::R4_2 | Release::R4_3 => Callers::All,
                },
            };
        }
        match choice() {
            Ok(choice) if source.can_be_asked_about => choice.callers(permission.autostart, proposed.as_deref()),
            _ => Callers::None,
        }
    }

    /// What a caller of this kind may choose from where the user is asked and the rule leaves open what for, by these rules, which are all
    /// that are about one call of it. Nothing where Qubes fails.
    pub fn choices(&self, source: &SourceKind, caller: usize, rules: &[&'a Rule], autostart: bool) -> BTreeSet<String> {
        let names = |choice: Choice| choice.names(&self.system.get(caller).name, autostart);
        self.choice(source, rules.iter().copied()).and_then(names).unwrap_or_default()
    }

    /// What there is to choose from for callers of a kind, by these rules.
    fn choice(&self, source: &SourceKind, rules: impl DoubleEndedIterator<Item = &'a Rule>) -> Result<Choice<'a>, Failure> {
        let universe = Universe::of(self.system);
        universe.choice(rules, own_template(source.default_dispvm.as_deref()), |token| {
            match self.expansions.get(token).map(|known| known.get_or_init(|| universe.expand(token))) {
                Some(known) => known.as_ref().map(Cow::Borrowed).map_err(|failure| *failure),
                None => universe.expand(token).map(Cow::Owned),
            }
        })
    }
}
