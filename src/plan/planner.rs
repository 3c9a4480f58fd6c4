//! From what is and what is to be, to the steps between, in an order in which no step opens anything that a later one would close.
//!
//! The order, and why:
//!
//! 1. Templates are cloned. They have no network and nobody uses them yet.
//! 2. What is to be closed is closed: networks and disposables taken away, retired qubes kept from starting.
//! 3. Tags that rules are written for; then the policy, with the denials, and with the one way that templates are updated by.
//! 4. Only now templates are provisioned, which downloads packages by that way.
//! 5. Qubes are made. Each is kept from starting at once (`prohibit-start`), since qubesd gives a new qube a netvm of its own choice;
//!    then it is closed and tagged before the next one is made.
//! 6. Templates and providers, then netvms and disposables that hang on them, then everything else.
//! 7. What must come after its last user is gone: providers that no longer provide, tags that go.
//! 8. New qubes are released. Only now can they start.
//! 9. A policy that goes away does so last, when everything it kept apart is retired.

use std::collections::BTreeSet;

use super::danger::{Danger, dangers};
use super::ledger::Ledger;
use super::observed::Observed;
use super::state::{Feature, Origin, Policy, Property, Settings, State, feature};
use super::step::Step;
use crate::base::QubeName;
use crate::model::{self, Change, Release};

/// What keeps a new qube from starting until it is finished.
pub const UNFINISHED: &str = "halite: being set up";

/// Steps from one state to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// What a person should know before saying yes.
    pub dangers: Vec<Danger>,
    /// Qubes that must be halted first, and are not.
    pub running: Vec<QubeName>,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Problem {
    /// A qube of that name is somebody else's.
    #[error("there is already a qube `{0}`, which halite did not make")]
    NotOurs(QubeName),
    /// Something that a qube hangs on does not exist.
    #[error("`{qube}` needs `{missing}` as its {role}, and there is no such qube")]
    Missing {
        /// The qube.
        qube: QubeName,
        /// What it needs.
        missing: QubeName,
        /// As what.
        role: String,
    },
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// The plan that brings `target` about. `adopted` are qubes that halite did not make and may manage nevertheless.
///
/// # Errors
/// All problems at once, where no order of steps would do.
pub fn plan(
    target: &State,
    observed: &Observed,
    ledger: &Ledger,
    release: Release,
    adopted: &BTreeSet<QubeName>,
) -> Result<Plan, Vec<Problem>> {
    let problems = problems(target, observed, ledger, adopted);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut ranked: Vec<(Rank, Step)> = Vec::new();
    for (name, wanted) in &target.qubes {
        match (observed.qubes.get(name), &wanted.origin) {
            (Some(seen), _) => change(name, wanted, seen, &mut ranked),
            (None, Some(Origin::Clone { base, packages })) => clone(name, wanted, base, packages, &mut ranked),
            (None, Some(Origin::App)) => create(name, wanted, release, &mut ranked),
            // Nothing has to be done to put away what is gone.
            (None, None) => {}
        }
    }
    if let Some(policy) = target.policy.as_ref().filter(|policy| **policy != observed.policy) {
        let goes = *policy == Policy::Absent || ledger.is_policy_before(policy);
        let rank = if goes { Rank::PolicyGone } else { Rank::Policy };
        ranked.push((rank, Step::Policy { to: policy.text().cloned() }));
    }
    // Stable: within a rank, steps stay grouped by qube, in the order in which they were found.
    ranked.sort_by_key(|(rank, _)| *rank);
    let steps: Vec<Step> = ranked.into_iter().map(|(_, step)| step).collect();
    let dangers = dangers(&steps, target, observed, ledger);
    let running = running(&steps, observed);
    Ok(Plan { steps, dangers, running })
}

/// When a step is done. The variants are in the order of the list above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Template,
    Close,
    Isolate,
    Policy,
    Provision,
    Create,
    Provide,
    Connect,
    Rest,
    Withdraw,
    Expose,
    Release,
    PolicyGone,
}

fn problems(target: &State, observed: &Observed, ledger: &Ledger, adopted: &BTreeSet<QubeName>) -> Vec<Problem> {
    let mut problems = BTreeSet::new();
    let made = feature::name(feature::MADE);
    for (name, wanted) in &target.qubes {
        let seen = observed.qubes.get(name);
        let ours = ledger.knows(name) || seen.is_some_and(|seen| seen.features.contains_key(&made));
        if seen.is_some() && !ours && !adopted.contains(name) {
            problems.insert(Problem::NotOurs(name.clone()));
        }
        if seen.is_none() && wanted.origin.is_none() {
            continue;
        }
        let mut need = |missing: &QubeName, role: &str| {
            if !observed.exists(missing) && target.qubes.get(missing).is_none_or(|other| other.origin.is_none()) {
                problems.insert(Problem::Missing { qube: name.clone(), missing: missing.clone(), role: role.to_owned() });
            }
        };
        if let (None, Some(Origin::Clone { base, .. })) = (seen, &wanted.origin) {
            need(base, "base");
        }
        for property in ["template", "netvm", "default_dispvm", "management_dispvm", "guivm", "audiovm"] {
            if let Some(other) = wanted.qube(property) {
                need(&other, property);
            }
        }
    }
    problems.into_iter().collect()
}

fn clone(
    name: &QubeName,
    wanted: &Settings,
    base: &QubeName,
    packages: &BTreeSet<crate::base::PackageName>,
    ranked: &mut Vec<(Rank, Step)>,
) {
    ranked.push((Rank::Template, Step::Clone { template: name.clone(), base: base.clone() }));
    ranked.push((Rank::Template, set_feature(name, feature::MADE, "1")));
    tag(name, wanted, Rank::Isolate, ranked);
    install(name, packages, ranked);
    let seen =
        Settings { features: [(feature::name(feature::MADE), Feature::Set("1".to_owned()))].into(), ..Settings::default() };
    change_features(name, wanted, &seen, Rank::Provision, ranked);
}

fn install(name: &QubeName, packages: &BTreeSet<crate::base::PackageName>, ranked: &mut Vec<(Rank, Step)>) {
    if !packages.is_empty() {
        ranked.push((Rank::Provision, Step::Install { template: name.clone(), packages: packages.clone() }));
    }
}

fn create(name: &QubeName, wanted: &Settings, release: Release, ranked: &mut Vec<(Rank, Step)>) {
    let text = |property: &str| match wanted.properties.iter().find(|(name, _)| name.as_str() == property) {
        Some((_, Property::Set(text))) => text.clone(),
        _ => String::new(),
    };
    if let Some(template) = wanted.qube("template") {
        ranked.push((Rank::Create, Step::Create { qube: name.clone(), template, label: text("label") }));
    }
    let mut seen = Settings::default();
    // Before anything else: between these two steps it could be started.
    if release.has_prohibit_start() {
        ranked.push((Rank::Create, set_feature(name, feature::PROHIBIT_START, UNFINISHED)));
        seen.features.insert(feature::name(feature::PROHIBIT_START), Feature::Set(UNFINISHED.to_owned()));
    }
    ranked.push((Rank::Create, set_feature(name, feature::MADE, "1")));
    seen.features.insert(feature::name(feature::MADE), Feature::Set("1".to_owned()));
    for (property, to) in wanted.properties.iter().filter(|(name, _)| !matches!(name.as_str(), "template" | "label")) {
        let step = Step::Property { qube: name.clone(), property: property.clone(), from: None, to: to.clone() };
        ranked.push((property_rank(property.as_str(), to).max(Rank::Create), step));
    }
    tag(name, wanted, Rank::Create, ranked);
    change_features(name, wanted, &seen, Rank::Rest, ranked);
    change_firewall(name, wanted, &seen, ranked);
    if let Some(to) = wanted.private_volume {
        ranked.push((Rank::Rest, Step::Grow { qube: name.clone(), to }));
    }
}

/// All tags of what the plan makes.
fn tag(name: &QubeName, wanted: &Settings, rank: Rank, ranked: &mut Vec<(Rank, Step)>) {
    for (tag, present) in wanted.tags.iter().filter(|(_, present)| **present) {
        ranked.push((rank, Step::Tag { qube: name.clone(), tag: tag.clone(), present: *present }));
    }
}

fn change(name: &QubeName, wanted: &Settings, seen: &Settings, ranked: &mut Vec<(Rank, Step)>) {
    for (property, to) in &wanted.properties {
        let from = seen.properties.get(property);
        if from != Some(to) {
            let step = Step::Property { qube: name.clone(), property: property.clone(), from: from.cloned(), to: to.clone() };
            ranked.push((property_rank(property.as_str(), to), step));
        }
    }
    for (tag, present) in &wanted.tags {
        if seen.tags.get(tag).copied().unwrap_or(false) != *present {
            let rank = if *present { Rank::Isolate } else { Rank::Expose };
            ranked.push((rank, Step::Tag { qube: name.clone(), tag: tag.clone(), present: *present }));
        }
    }
    if let Some(Origin::Clone { packages, .. }) = &wanted.origin {
        let provisioned = feature::name(feature::PROVISIONED);
        if wanted.features.get(&provisioned) != seen.features.get(&provisioned) {
            install(name, packages, ranked);
        }
    }
    let rank = if wanted.is_clone() { Rank::Provision } else { Rank::Rest };
    change_features(name, wanted, seen, rank, ranked);
    change_firewall(name, wanted, seen, ranked);
    if let (Some(to), Some(from)) = (wanted.private_volume, seen.private_volume)
        && to > from
    {
        ranked.push((Rank::Rest, Step::Grow { qube: name.clone(), to }));
    }
}

fn change_features(name: &QubeName, wanted: &Settings, seen: &Settings, rank: Rank, ranked: &mut Vec<(Rank, Step)>) {
    for (feature, to) in &wanted.features {
        if seen.features.get(feature).unwrap_or(&Feature::Absent) == to {
            continue;
        }
        let rank = match (feature.as_str(), to) {
            (feature::PROHIBIT_START, Feature::Set(_)) => Rank::Close,
            (feature::PROHIBIT_START | feature::RETIRED, Feature::Absent) => Rank::Release,
            _ => rank,
        };
        ranked.push((rank, Step::Feature { qube: name.clone(), feature: feature.clone(), to: to.clone() }));
    }
}

fn change_firewall(name: &QubeName, wanted: &Settings, seen: &Settings, ranked: &mut Vec<(Rank, Step)>) {
    if let Some(to) = wanted.firewall.as_ref().filter(|to| seen.firewall.as_ref() != Some(to)) {
        ranked.push((Rank::Rest, Step::Firewall { qube: name.clone(), to: to.clone() }));
    }
}

fn set_feature(qube: &QubeName, name: &'static str, value: &str) -> Step {
    Step::Feature { qube: qube.clone(), feature: feature::name(name), to: Feature::Set(value.to_owned()) }
}

fn property_rank(property: &str, to: &Property) -> Rank {
    let is = |text: &str| *to == Property::Set(text.to_owned());
    match property {
        "netvm" | "default_dispvm" if is("") => Rank::Close,
        "autostart" if is("False") => Rank::Close,
        "netvm" | "default_dispvm" => Rank::Connect,
        "provides_network" | "template_for_dispvms" if is("True") => Rank::Provide,
        "provides_network" | "template_for_dispvms" => Rank::Withdraw,
        "template" => Rank::Provide,
        "autostart" => Rank::Release,
        _ => Rank::Rest,
    }
}

/// Qubes that run and of which something is to change that must not change under a running qube.
fn running(steps: &[Step], observed: &Observed) -> Vec<QubeName> {
    let halted_only = |step: &&Step| match step {
        Step::Property { property, .. } if matches!(property.as_str(), "template" | "label") => property.as_str() == "template",
        Step::Property { property, .. } => {
            model::Property::find(property.as_str()).is_some_and(|property| property.change == Change::Halted)
        }
        // Tags say whose a qube is, and what the policy lets it do: not under a qube that is busy as another's.
        Step::Tag { .. } | Step::Install { .. } | Step::Grow { .. } => true,
        _ => false,
    };
    let names: BTreeSet<&QubeName> = steps.iter().filter(halted_only).filter_map(Step::qube).collect();
    names.into_iter().filter(|name| observed.halted.get(*name) == Some(&false)).cloned().collect()
}
