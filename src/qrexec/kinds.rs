//! Qubes and targets that no rule can tell apart, so that each kind is decided once.

use std::collections::BTreeMap;

use super::bits::Bits;
use super::load::Policy;
use super::matching::{Callee, Caller, matches_source, matches_target};
use super::system::{System, SystemQube, Uuid};
use super::token::{DOM0, Token};
use crate::model::Release;

/// Callers that no rule can tell apart, whose disposables are made from the same template, and about whom users can be asked alike.
#[derive(Debug, Clone)]
pub struct SourceKind {
    /// The qubes of this kind.
    pub members: Vec<usize>,
    /// Which of the policy's sources match it, by their number.
    pub matched: Bits,
    /// The disposable template of its own disposables.
    pub default_dispvm: Option<String>,
    /// Whether the user can be asked about their calls where a rule leaves open what for. R4.3 cannot do without their uuids.
    pub can_be_asked_about: bool,
}

/// Targets that no rule can tell apart, and that are alike in whatever else decides.
#[derive(Debug, Clone)]
pub struct TargetKind {
    /// What is of this kind.
    pub members: Vec<Target>,
    /// Whether a call there starts nothing.
    pub runs: bool,
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
    pub fn callee(self, system: &System) -> Callee<'_> {
        match self {
            Self::Qube(number) if is_admin_vm(system.get(number), system) => Callee::AdminVm,
            Self::Qube(number) => Callee::Qube(&system.get(number).name, system.get(number)),
            Self::DisposableFrom(number) => Callee::DisposableFrom(&system.get(number).name, system.get(number)),
            Self::Default => Callee::Default,
        }
    }
}

/// Whether whoever names this qube is taken to say `@adminvm`.
pub fn is_admin_vm(qube: &SystemQube, system: &System) -> bool {
    match system.release() {
        Release::R4_2 => qube.name == DOM0[0],
        Release::R4_3 => false,
    }
}

impl Kinds {
    /// The kinds that `policy` makes of `system`.
    pub fn of(policy: &Policy, system: &System) -> Self {
        let source_tokens: BTreeMap<Token, usize> = {
            let tokens: std::collections::BTreeSet<&Token> = policy.rules.iter().map(|rule| &rule.clause.source).collect();
            tokens.into_iter().cloned().zip(0..).collect()
        };
        let redirects = policy.rules.iter().filter_map(|rule| rule.permission()?.redirect());
        let tokens: std::collections::BTreeSet<&Token> =
            policy.rules.iter().map(|rule| &rule.clause.target).chain(redirects).collect();
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
        let targets = targets.into_iter().map(|(key, members)| TargetKind { members, runs: key.runs });
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
    runs: bool,
}

fn target_kinds(tokens: &[Token], system: &System) -> Vec<(TargetKey, Vec<Target>)> {
    let numbers = 0..system.qubes().len();
    let disposables = numbers.clone().filter(|number| system.get(*number).is_disposable_template).map(Target::DisposableFrom);
    let mut kinds: BTreeMap<TargetKey, Vec<Target>> = BTreeMap::new();
    for target in numbers.map(Target::Qube).chain(disposables).chain([Target::Default]) {
        let callee = target.callee(system);
        let mut matched = Bits::none(tokens.len());
        for (number, token) in tokens.iter().enumerate() {
            // Without a caller: only `@dispvm` depends on one.
            if matches_target(token, &Caller { name: "", qube: None }, &callee, system) == Ok(true) {
                matched.insert(number);
            }
        }
        let runs = matches!(target, Target::Qube(number) if system.runs(number) == Some(true));
        let key = TargetKey { matched, is_default: target == Target::Default, runs };
        kinds.entry(key).or_default().push(target);
    }
    kinds.into_iter().collect()
}

fn source_kinds(tokens: &BTreeMap<Token, usize>, system: &System) -> Vec<SourceKind> {
    let mut kinds: BTreeMap<(Bits, Option<&str>, bool), Vec<usize>> = BTreeMap::new();
    for (number, qube) in system.qubes().iter().enumerate() {
        let mut matched = Bits::none(tokens.len());
        for (token, index) in tokens {
            if matches_source(token, &Caller { name: &qube.name, qube: Some(qube) }, system) {
                matched.insert(*index);
            }
        }
        let can_be_asked_about = match system.release() {
            Release::R4_2 => true,
            Release::R4_3 => matches!(qube.uuid, Uuid::Is(_)),
        };
        kinds.entry((matched, qube.default_dispvm.as_deref(), can_be_asked_about)).or_default().push(number);
    }
    let kind = |((matched, dispvm, can_be_asked_about), members): ((Bits, Option<&str>, bool), Vec<usize>)| SourceKind {
        members,
        matched,
        default_dispvm: dispvm.map(str::to_owned),
        can_be_asked_about,
    };
    kinds.into_iter().map(kind).collect()
}
