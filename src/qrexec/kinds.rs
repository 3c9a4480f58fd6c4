//! Qubes and targets that no rule can tell apart, so that each kind is decided once.

use std::collections::BTreeMap;

use super::bits::Bits;
use super::decide::{Verified, matches_source, matches_target};
use super::load::Policy;
use super::system::System;
use super::token::{DOM0, Token};

/// Callers that no rule can tell apart, and whose disposables are made from the same template.
#[derive(Debug, Clone)]
pub struct SourceKind {
    /// The qubes of this kind.
    pub members: Vec<usize>,
    /// Which of the policy's sources match it, by their number.
    pub matched: Bits,
    /// The disposable template of its own disposables.
    pub default_dispvm: Option<String>,
}

/// Targets that no rule can tell apart, and that are alike in whatever else decides.
#[derive(Debug, Clone)]
pub struct TargetKind {
    /// What is of this kind.
    pub members: Vec<Target>,
    /// Whether a call there starts nothing.
    pub runs: bool,
    /// Whether users are not to see it.
    pub is_internal: bool,
}

/// What a call can be for, where that does not depend on the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A qube.
    Qube(usize),
    /// A new disposable from this one.
    DisposableFrom(usize),
    /// Nothing in particular.
    Default,
}

/// The kinds that a policy makes of a system.
#[derive(Debug)]
pub struct Kinds {
    /// Kinds of callers.
    pub sources: Vec<SourceKind>,
    /// Kinds of targets.
    pub targets: Vec<TargetKind>,
    /// The policy's sources.
    source_tokens: BTreeMap<Token, usize>,
    /// For each of the policy's targets and redirects, the kinds that match it.
    target_tokens: BTreeMap<Token, Bits>,
}

impl Target {
    /// What is called, as a decision takes it.
    pub fn verified(self, system: &System) -> Verified {
        match self {
            Self::Qube(number) => Verified::Qube(system.get(number).name.clone()),
            Self::DisposableFrom(number) => Verified::DisposableFrom(system.get(number).name.clone()),
            Self::Default => Verified::Default,
        }
    }
}

impl Kinds {
    /// The kinds that `policy` makes of `system`.
    pub fn of(policy: &Policy, system: &System) -> Self {
        let source_tokens: BTreeMap<Token, usize> = {
            let tokens: std::collections::BTreeSet<&Token> = policy.rules.iter().map(|rule| &rule.source).collect();
            tokens.into_iter().cloned().zip(0..).collect()
        };
        let redirects = policy.rules.iter().filter_map(|rule| rule.action.permission()?.target.as_ref());
        let tokens: std::collections::BTreeSet<&Token> = policy.rules.iter().map(|rule| &rule.target).chain(redirects).collect();
        let tokens: Vec<Token> = tokens.into_iter().cloned().collect();
        let targets = target_kinds(&tokens, system);
        let target_tokens = tokens.into_iter().enumerate().map(|(number, token)| {
            let mut kinds = Bits::none(targets.len());
            let matched = targets.iter().enumerate().filter(|(_, (key, _))| key.matched.contains(number));
            matched.for_each(|(kind, _)| kinds.insert(kind));
            (token, kinds)
        });
        let target_tokens = target_tokens.collect();
        let sources = source_kinds(&source_tokens, system);
        let targets =
            targets.into_iter().map(|(key, members)| TargetKind { members, runs: key.runs, is_internal: key.is_internal });
        Self { sources, targets: targets.collect(), source_tokens, target_tokens }
    }

    /// Whether callers of this kind match a rule's source.
    pub fn is_source(&self, kind: &SourceKind, token: &Token) -> bool {
        self.source_tokens.get(token).is_some_and(|number| kind.matched.contains(*number))
    }

    /// The kinds of targets that match a rule's target.
    pub fn matching(&self, token: &Token) -> &Bits {
        self.target_tokens.get(token).expect("every target of the policy was looked at")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct TargetKey {
    matched: Bits,
    is_default: bool,
    is_disposable: bool,
    runs: bool,
    is_internal: bool,
}

fn target_kinds(tokens: &[Token], system: &System) -> Vec<(TargetKey, Vec<Target>)> {
    let numbers = 0..system.qubes().len();
    let disposables = numbers.clone().filter(|number| system.get(*number).is_disposable_template).map(Target::DisposableFrom);
    let mut kinds: BTreeMap<TargetKey, Vec<Target>> = BTreeMap::new();
    for target in numbers.clone().map(Target::Qube).chain(disposables).chain([Target::Default]) {
        let verified = target.verified(system);
        let mut matched = Bits::none(tokens.len());
        for (number, token) in tokens.iter().enumerate() {
            // Without a caller: only `@dispvm` depends on one.
            if matches_target(token, system, "", &verified) {
                matched.insert(number);
            }
        }
        let qube = match target {
            Target::Qube(number) | Target::DisposableFrom(number) => Some(system.get(number)),
            Target::Default => None,
        };
        let is_qube = matches!(target, Target::Qube(_));
        let key = TargetKey {
            matched,
            is_default: target == Target::Default,
            is_disposable: matches!(target, Target::DisposableFrom(_)),
            runs: is_qube && qube.is_some_and(|qube| qube.is_running || DOM0.contains(&qube.name.as_str())),
            is_internal: qube.is_some_and(|qube| qube.is_internal),
        };
        kinds.entry(key).or_default().push(target);
    }
    kinds.into_iter().collect()
}

fn source_kinds(tokens: &BTreeMap<Token, usize>, system: &System) -> Vec<SourceKind> {
    let mut kinds: BTreeMap<(Bits, Option<&str>), Vec<usize>> = BTreeMap::new();
    for (number, qube) in system.qubes().iter().enumerate() {
        let mut matched = Bits::none(tokens.len());
        for (token, index) in tokens {
            if matches_source(token, system, &qube.name) {
                matched.insert(*index);
            }
        }
        kinds.entry((matched, qube.default_dispvm.as_deref())).or_default().push(number);
    }
    let kind = |((matched, dispvm), members): ((Bits, Option<&str>), Vec<usize>)| SourceKind {
        members,
        matched,
        default_dispvm: dispvm.map(str::to_owned),
    };
    kinds.into_iter().map(kind).collect()
}
