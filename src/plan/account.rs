//! What is said of a step: why it is done when it is done, how it is undone, and whether its qube must be halted.

use super::ledger::Ledger;
use super::observed::Observed;
use super::ranked::Rank;
use super::state::{Feature, Property};
use super::step::Step;
use super::way::WayChange;
use crate::model::{self, Change};

/// The account of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Why it has its place in the order.
    pub reason: &'static str,
    /// What undoes it.
    pub inverse: Inverse,
    /// Whether its qube must be halted.
    pub halted: bool,
    /// How it changes the way of its qube to the network, if it does.
    pub way: Option<WayChange>,
}

/// What undoes a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inverse {
    /// This step.
    Step(Box<Step>),
    /// No step, which is safe for this reason.
    None(&'static str),
}

impl Account {
    /// The account of `step`, done with this rank where `observed` was before.
    pub fn of(rank: Rank, step: &Step, way: Option<WayChange>, observed: &Observed, ledger: &Ledger) -> Self {
        Self { reason: rank.reason(), inverse: inverse(step, observed, ledger), halted: needs_halted(step), way }
    }
}

/// Whether the qube of a step must be halted: because qubesd refuses otherwise, or because of what it is in the middle of.
pub fn needs_halted(step: &Step) -> bool {
    match step {
        Step::Property { property, .. } => {
            let known = model::Property::find(property.as_str());
            is_of_template(step) || known.is_some_and(|property| property.change == Change::Halted)
        }
        // Tags say whose a qube is, and what the policy lets it do: not under a qube that is busy as another's.
        Step::Tag { .. } | Step::Provision { .. } | Step::Grow { .. } => true,
        _ => false,
    }
}

/// Whether a step moves a qube to another template.
pub fn is_of_template(step: &Step) -> bool {
    matches!(step, Step::Property { property, .. } if property.as_str() == "template")
}

fn inverse(step: &Step, observed: &Observed, ledger: &Ledger) -> Inverse {
    let seen = step.qube().and_then(|name| observed.qubes.get(name));
    let is_new = step.qube().is_some_and(|name| !observed.exists(name));
    let back = match step {
        Step::Clone { .. } => return Inverse::None("the clone is removed, or kept and passed by; nothing else is on it"),
        Step::Create { .. } => return Inverse::None("the qube is removed if it cannot have run yet, and retired if it can"),
        Step::Grow { .. } => return Inverse::None("volumes only grow: nothing is lost in a larger one"),
        Step::Policy { .. } => Step::Policy { to: observed.policy.text().cloned() },
        _ if is_new => return Inverse::None("it goes with what the plan makes"),
        Step::Provision { qube, inside } => match seen.and_then(|seen| ledger.inside(qube, seen)) {
            Some(known) => Step::Provision { qube: qube.clone(), inside: known.without(inside.paths()) },
            None => return Inverse::None("nothing is known of what was there before; what is put there does no harm"),
        },
        Step::Property { qube, property, from, to } => Step::Property {
            qube: qube.clone(),
            property: property.clone(),
            from: Some(to.clone()),
            to: from.clone().unwrap_or(Property::Default),
        },
        Step::Tag { qube, tag, present } => Step::Tag { qube: qube.clone(), tag: tag.clone(), present: !present },
        Step::Feature { qube, feature, .. } => {
            let to = seen.and_then(|seen| seen.features.get(feature)).cloned().unwrap_or(Feature::Absent);
            Step::Feature { qube: qube.clone(), feature: feature.clone(), to }
        }
        Step::Firewall { qube, .. } => match seen.and_then(|seen| seen.firewall.clone()) {
            Some(to) => Step::Firewall { qube: qube.clone(), to },
            None => return Inverse::None("it goes with what the plan makes"),
        },
    };
    Inverse::Step(Box::new(back))
}

impl Rank {
    /// Why a step of this rank is done when it is done.
    fn reason(self) -> &'static str {
        match self {
            Self::Template => "nobody uses a new template yet",
            Self::Close => "closes before anything opens",
            Self::Isolate => "rules are written for it, and come next",
            Self::Policy => "denies before anything can be asked",
            Self::Provision => "packages come by the way that the rules leave open",
            Self::Create => "is marked as whose it is before it is connected",
            Self::Provide => "others will hang on it",
            Self::Configure => "is set up without a network, before it gets one",
            Self::Connect => "leads to no clear net that was closed before",
            Self::Rest => "opens nothing",
            Self::Withdraw => "its last user is gone",
            Self::Expose => "nothing rests on the tag any more",
            Self::Release => "may start only when all else is in place",
            Self::MakeDisposable => "copies its template, which is finished",
            Self::ReleaseDisposable => "may start only when all else is in place",
            Self::PolicyGone => "what it kept apart is put away",
        }
    }
}
