//! What a person should know before saying yes to a plan.

use std::collections::BTreeSet;
use std::fmt;

use super::ledger::Ledger;
use super::observed::Observed;
use super::state::{Property, State};
use super::step::Step;
use crate::base::{Handle, QubeName, Tag};
use crate::model::Class;

/// Something in a plan that could cost somebody their anonymity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// A qube that was behind Tor, or is tagged so, gets another way out.
    Clearnet {
        /// The qube.
        qube: QubeName,
        /// Its netvm so far.
        from: String,
        /// Its netvm from now on.
        to: String,
    },
    /// A qube that has been one identity's becomes another's, with all that is in it.
    OtherIdentity {
        /// The qube.
        qube: QubeName,
        /// The tag of the identity so far.
        from: Tag,
        /// The tag of the identity from now on.
        to: Tag,
    },
    /// What a qube behind Tor opens in a disposable would leave Tor.
    ClearDisposables {
        /// The qube.
        qube: QubeName,
        /// Its disposable template so far.
        from: String,
        /// Its disposable template from now on.
        to: String,
    },
    /// A gateway that was made before is made anew, and picks new Tor entry guards.
    NewGuards(QubeName),
    /// The wall between identities comes down.
    NoPolicy,
    /// A rule that is broken in this dom0, for people.
    Rule(String),
}

impl fmt::Display for Danger {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Clearnet { qube, from, to } => write!(f, "netvm of {qube}: {from} → {to}  CLEARNET"),
            Self::ClearDisposables { qube, from, to } => {
                write!(f, "default_dispvm of {qube}: {from} → {to}  DISPOSABLES IN CLEARNET")
            }
            Self::OtherIdentity { qube, from, to } => {
                write!(f, "{qube} holds what {from} left in it, and becomes {to}: WHOEVER LOOKS INTO IT LINKS THE TWO")
            }
            Self::NewGuards(qube) => write!(f, "{qube} was deleted and is made anew: it will choose NEW TOR ENTRY GUARDS"),
            Self::Rule(told) => f.write_str(told),
            Self::NoPolicy => f.write_str("the policy that keeps identities apart is taken away"),
        }
    }
}

/// The dangers in `steps`.
pub fn dangers(steps: &[Step], target: &State, observed: &Observed, ledger: &Ledger) -> Vec<Danger> {
    let mut found: Vec<Danger> = steps.iter().filter_map(|step| danger(step, target, observed, ledger)).collect();
    found.sort();
    found
}

fn danger(step: &Step, target: &State, observed: &Observed, ledger: &Ledger) -> Option<Danger> {
    match step {
        Step::Property { qube, property, from, to } if property.as_str() == "netvm" => {
            let exit = |value: &Property| match value {
                Property::Set(text) if text.is_empty() => None,
                Property::Set(text) => Some(text.parse().ok()),
                Property::Default => Some(None),
            };
            let through_tor =
                |value: &Property| exit(value).is_some_and(|name| name.is_some_and(|name| is_gateway(target, observed, &name)));
            let hidden = from.as_ref().is_some_and(through_tor) || has_tag(target, observed, qube, "anon-vm");
            let clear = exit(to).is_some_and(|name| name.is_none_or(|name| leads_out(target, observed, name)));
            let from = from.as_ref().map_or("(new)".to_owned(), ToString::to_string);
            (hidden && clear).then(|| Danger::Clearnet { qube: qube.clone(), from, to: to.to_string() })
        }
        Step::Property { qube, property, from, to } if property.as_str() == "default_dispvm" => {
            let foreign = match to {
                Property::Set(text) if text.is_empty() => false,
                Property::Set(text) => text.parse().is_ok_and(|name: QubeName| !has_tag(target, observed, &name, "anon-vm")),
                Property::Default => true,
            };
            let from = from.as_ref().map_or("(new)".to_owned(), ToString::to_string);
            let hidden = has_tag(target, observed, qube, "anon-vm");
            (hidden && foreign).then(|| Danger::ClearDisposables { qube: qube.clone(), from, to: to.to_string() })
        }
        // A disposable has nothing left in it.
        Step::Tag { qube, tag, present: true } if Handle::is_tag(tag) && !is_disposable(observed, qube) => {
            let is_other = |(other, present): &(&Tag, &bool)| **present && Handle::is_tag(other) && *other != tag;
            let from = observed.qubes.get(qube)?.tags.iter().find(is_other)?.0.clone();
            Some(Danger::OtherIdentity { qube: qube.clone(), from, to: tag.clone() })
        }
        Step::Create { qube, .. } if ledger.knows(qube) && is_gateway_in(target, qube) => Some(Danger::NewGuards(qube.clone())),
        Step::Policy { .. } if target.policy.as_ref().is_some_and(|policy| ledger.lets_go(policy)) => Some(Danger::NoPolicy),
        _ => None,
    }
}

fn is_disposable(observed: &Observed, name: &QubeName) -> bool {
    observed.there.get(name).is_some_and(|there| there.class == Class::Disposable.as_str())
}

/// Whether what is behind `provider` would reach the network without Tor, once `target` is there: other providers, such as VPN qubes, may
/// lie between it and a gateway, and one without a network of its own leads nowhere that Qubes knows of.
fn leads_out(target: &State, observed: &Observed, provider: QubeName) -> bool {
    let mut seen = BTreeSet::new();
    let mut at = provider;
    while !is_gateway(target, observed, &at) && seen.insert(at.clone()) {
        match target.qubes.get(&at).and_then(|settings| settings.property("netvm")) {
            Some(Property::Set(next)) if next.is_empty() => return false,
            Some(Property::Set(next)) => match next.parse() {
                Ok(next) => at = next,
                Err(_) => return true,
            },
            Some(Property::Default) | None => return true,
        }
    }
    false
}

fn is_gateway(target: &State, observed: &Observed, name: &QubeName) -> bool {
    observed.is_gateway(name) || is_gateway_in(target, name)
}

fn is_gateway_in(target: &State, name: &QubeName) -> bool {
    target
        .qubes
        .get(name)
        .is_some_and(|settings| settings.tags.iter().any(|(tag, present)| *present && tag.as_str() == "anon-gateway"))
}

fn has_tag(target: &State, observed: &Observed, name: &QubeName, wanted: &str) -> bool {
    let in_target = target.qubes.get(name).into_iter();
    in_target
        .chain(observed.qubes.get(name))
        .any(|settings| settings.tags.iter().any(|(tag, present)| *present && tag.as_str() == wanted))
}
