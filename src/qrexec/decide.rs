//! What becomes of one call.
//!
//! This is the evaluation as it is defined, rule by rule. [`Graph`](super::Graph) decides many calls at once, and is held to this.
//!
//! Source: qubes-core-qrexec R4.3 and R4.2, `qrexec/policy/parser.py`, `AbstractPolicy.evaluate`, `Allow.evaluate`, `Ask.evaluate`.

use std::collections::BTreeSet;

use super::action::{Action, Permission};
use super::choice::Universe;
use super::connect::connect;
use super::load::Policy;
use super::matching::{Callee, Caller, OwnTemplate, matches_source, matches_target};
use super::refusal::{Failure, Refusal};
use super::rule::Rule;
use super::system::{System, Uuid};
use super::token::{DOM0, Place, Token, disposable_from};
use crate::model::Release;

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
    /// Whether the user is to hear of it. Where Qubes cannot read the policy, or fails, nobody is there to tell the user all the same.
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
    Deny(Refusal),
}

/// A call is denied, and whether the user is to hear of it.
struct Denied {
    why: Refusal,
    notify: bool,
}

impl From<Refusal> for Denied {
    fn from(why: Refusal) -> Self {
        Self { why, notify: true }
    }
}

impl From<Failure> for Denied {
    fn from(failure: Failure) -> Self {
        Refusal::from(failure).into()
    }
}

/// A decision but for the rule: what becomes of the call, and whether the user is to hear of it.
type Decided = Result<(Outcome, bool), Denied>;

impl<'a> Decision<'a> {
    fn denied(rule: Option<&'a Rule>, Denied { why, notify }: Denied) -> Self {
        Self { rule, outcome: Outcome::Deny(why), notify }
    }
}

impl Policy {
    /// Decides one call, and whether it can then be made. A policy that Qubes cannot read denies everything.
    pub fn decide(&self, system: &System, request: &Request) -> Decision<'_> {
        let decision = self.evaluate(system, request);
        let Outcome::Allow { target, .. } = &decision.outcome else { return decision };
        match connect(&Caller::named(request.source, system), target, system) {
            Ok(()) => decision,
            Err(why) => Decision { outcome: Outcome::Deny(why), notify: true, ..decision },
        }
    }

    /// What the rules say to a call, even to one that cannot be made, such as from a qube to itself.
    pub fn evaluate(&self, system: &System, request: &Request) -> Decision<'_> {
        if self.is_void() {
            return Decision::denied(None, Refusal::Void.into());
        }
        let asked = Asked { system, call: (request.service, request.argument), caller: Caller::named(request.source, system) };
        let target = if request.target.is_empty() { "@default" } else { request.target };
        let target = Token::parse(target, Place::Request, system.release()).map_err(|_| Refusal::BadTarget);
        let callee = target.as_ref().map_err(|why| *why).and_then(|target| Callee::of(target, system));
        let found = callee.and_then(|callee| Ok((callee, self.rule_for(&asked, &callee)?)));
        let (callee, rule) = match found {
            Ok(found) => found,
            Err(why) => return Decision::denied(None, why.into()),
        };
        let decided = match &rule.clause.action {
            Action::Deny { notify } => Err(Denied { why: Refusal::Rule, notify: *notify }),
            Action::Allow(permission) => asked.allow(permission, callee),
            Action::Ask { permission, default_target } => self.ask(&asked, permission, default_target.as_ref()),
        };
        match decided {
            Ok((outcome, notify)) => Decision { rule: Some(rule), outcome, notify },
            Err(denied) => Decision::denied(Some(rule), denied),
        }
    }

    /// The first rule that is about a call.
    fn rule_for(&self, asked: &Asked, callee: &Callee) -> Result<&Rule, Refusal> {
        for rule in &self.rules {
            if asked.is_about(rule) && matches_target(&rule.clause.target, &asked.caller, callee, asked.system)? {
                return Ok(rule);
            }
        }
        Err(Refusal::NoRule)
    }

    fn ask(&self, asked: &Asked, permission: &Permission, default_target: Option<&Token>) -> Decided {
        let Asked { system, caller, .. } = asked;
        let targets = match &permission.target {
            Some(target) => redirected(target, permission.autostart, system)?.into_iter().collect(),
            None => {
                let itself = name_to_leave_out(caller, system)?;
                let universe = Universe::of(system);
                let rules = self.rules.iter().filter(|rule| asked.is_about(rule));
                let choice = universe.choice(rules, caller.own_template(), |token| universe.expand(token))?;
                choice.names(itself, permission.autostart)?
            }
        };
        if targets.is_empty() {
            return Err(Refusal::NothingToChoose.into());
        }
        let proposed = proposed(default_target, caller.own_template(), system)?;
        let is_choice = proposed.as_ref().is_none_or(|target| targets.contains(target));
        let default_target = match system.release() {
            Release::R4_2 if !is_choice => return Err(Failure::BadDefaultTarget.into()),
            Release::R4_2 | Release::R4_3 => proposed.filter(|_| is_choice),
        };
        let (user, autostart) = (permission.user.clone(), permission.autostart);
        Ok((Outcome::Ask { targets, default_target, user, autostart }, permission.notify))
    }
}

/// What is asked of a policy, but for the target.
struct Asked<'a> {
    system: &'a System,
    call: (Option<&'a str>, &'a str),
    caller: Caller<'a>,
}

impl Asked<'_> {
    /// Whether a rule is about such a call of this caller, whatever the target.
    fn is_about(&self, rule: &Rule) -> bool {
        let (service, argument) = self.call;
        rule.call.includes(service, argument) && matches_source(&rule.clause.source, &self.caller, self.system)
    }

    fn allow(&self, permission: &Permission, callee: Callee) -> Decided {
        let system = self.system;
        let callee = permission.redirect().map_or(Ok(callee), |redirect| Callee::of(redirect, system))?;
        let (target, runs) = match callee {
            Callee::Default => return Err(Refusal::NoTarget.into()),
            Callee::Disposable => (disposable_from(self.caller.own_template()?.ok_or(Refusal::NoDisposable)?), Ok(false)),
            Callee::DisposableFrom(name, _) => (disposable_from(name), Ok(false)),
            Callee::Qube(name, _) => (name.to_owned(), runs(name, system)),
            Callee::AdminVm => (DOM0[0].to_owned(), runs(DOM0[0], system)),
        };
        if !permission.autostart && !runs? {
            return Err(Denied { why: Refusal::WouldStart, notify: permission.notify });
        }
        let (user, autostart) = (permission.user.clone(), permission.autostart);
        Ok((Outcome::Allow { target, user, autostart }, permission.notify))
    }
}

/// The name under which a caller would be a choice for itself. R4.3 looks at its uuid, too.
fn name_to_leave_out<'a>(caller: &Caller<'a>, system: &System) -> Result<&'a str, Failure> {
    match (system.release(), caller.qube) {
        (Release::R4_2, _) => Ok(caller.name),
        (Release::R4_3, Some(qube)) if caller.name != qube.name || matches!(qube.uuid, Uuid::Is(_)) => Ok(&qube.name),
        (Release::R4_3, _) => Err(Failure::NoCaller),
    }
}

/// What the user may choose from where a rule says where calls go: that, unless it would have to be started, and must not be.
///
/// # Errors
/// If Qubes fails.
pub fn redirected(target: &Token, autostart: bool, system: &System) -> Result<Option<String>, Failure> {
    let text = target.to_string();
    let is_startable = autostart
        || match target {
            Token::AdminVm => true,
            Token::Disposable | Token::DisposableFrom(_) => false,
            _ => runs(&text, system)?,
        };
    let shown = match system.release() {
        Release::R4_3 if system.is_dom0(&text) => DOM0[0].to_owned(),
        Release::R4_2 | Release::R4_3 => text,
    };
    Ok(is_startable.then_some(shown))
}

/// What a `default_target=` comes to for a caller.
///
/// # Errors
/// If Qubes fails.
pub fn proposed(default_target: Option<&Token>, own_template: OwnTemplate, system: &System) -> Result<Option<String>, Failure> {
    Ok(match default_target {
        None => None,
        Some(Token::Disposable) => own_template?.map(disposable_from),
        Some(Token::AdminVm) => Some(DOM0[0].to_owned()),
        Some(Token::Qube(name)) if system.is_dom0(name) => Some(DOM0[0].to_owned()),
        Some(token) => Some(token.to_string()),
    })
}

/// Whether a call to what has this name starts nothing.
fn runs(name: &str, system: &System) -> Result<bool, Failure> {
    match (system.number(name), system.release()) {
        (_, Release::R4_3) if system.is_dom0(name) => Ok(true),
        (Some(number), _) => system.runs(number).ok_or(Failure::NoPower),
        (None, _) => Err(Failure::NoPower),
    }
}
