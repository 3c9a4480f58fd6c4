//! What has to be done with one qube, each step with its place in the order that `planner` explains.

use super::inside::provision;
use super::prefix::Ranked;
use super::state::{Feature, Origin, Property, Settings, feature};
use super::step::Step;
use crate::base::QubeName;
use crate::model::{Class, Release};

/// What keeps a new qube from starting until it is finished.
pub const UNFINISHED: &str = "halite: being set up";

/// When a step is done. The variants are in the order of the list in `planner`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    Template,
    Close,
    Isolate,
    Policy,
    Provision,
    Create,
    Provide,
    Rest,
    Configure,
    Connect,
    Withdraw,
    Expose,
    Release,
    MakeDisposable,
    ReleaseDisposable,
    PolicyGone,
}

/// The steps that clone a template.
pub fn clone(name: &QubeName, wanted: &Settings, base: &QubeName, ranked: &mut Ranked) {
    ranked.push((Rank::Template, Step::Clone { template: name.clone(), base: base.clone() }));
    ranked.push((Rank::Template, feature_step(name, feature::MADE, Feature::Set("1".to_owned()))));
    tag(name, wanted, Rank::Isolate, ranked);
    let seen =
        Settings { features: [(feature::name(feature::MADE), Feature::Set("1".to_owned()))].into(), ..Settings::default() };
    provision(name, wanted, &seen, ranked);
    change_features(name, wanted, &seen, Rank::Provision, ranked);
}

/// The steps that make a qube.
pub fn create(name: &QubeName, class: Class, wanted: &Settings, release: Release, ranked: &mut Ranked) {
    let mut steps = Vec::new();
    made(name, class, wanted, release, &mut steps);
    if class == Class::Disposable {
        // All of it comes after its template is as it is to be; within that, in the same order.
        steps.sort_by_key(|(rank, _)| *rank);
        for (rank, _) in &mut steps {
            *rank = if *rank == Rank::Release { Rank::ReleaseDisposable } else { Rank::MakeDisposable };
        }
    }
    ranked.extend(steps);
}

fn made(name: &QubeName, class: Class, wanted: &Settings, release: Release, ranked: &mut Ranked) {
    let text = |property: &str| match wanted.properties.iter().find(|(name, _)| name.as_str() == property) {
        Some((_, Property::Set(text))) => text.clone(),
        _ => String::new(),
    };
    if let Some(template) = wanted.qube("template") {
        ranked.push((Rank::Create, Step::Create { qube: name.clone(), class, template, label: text("label") }));
    }
    let mut seen = Settings::default();
    // Before anything else: between these two steps it could be started.
    if release.has_prohibit_start() {
        let latch = Feature::Set(UNFINISHED.to_owned());
        ranked.push((Rank::Create, feature_step(name, feature::PROHIBIT_START, latch.clone())));
        seen.features.insert(feature::name(feature::PROHIBIT_START), latch);
    }
    ranked.push((Rank::Create, feature_step(name, feature::MADE, Feature::Set("1".to_owned()))));
    seen.features.insert(feature::name(feature::MADE), Feature::Set("1".to_owned()));
    // The rules are in place already, and know it by these.
    tag(name, wanted, Rank::Create, ranked);
    let is_started = wanted.inside.as_ref().is_some_and(|inside| !inside.is_empty());
    for (property, to) in wanted.properties.iter().filter(|(name, _)| !matches!(name.as_str(), "template" | "label")) {
        let set = |to: Property| Step::Property { qube: name.clone(), property: property.clone(), from: None, to };
        if is_started && property_rank(property.as_str(), to) == Rank::Connect {
            ranked.push((Rank::Create, set(Property::Set(String::new()))));
        }
        let step = set(to.clone());
        ranked.push((property_rank(property.as_str(), to).max(Rank::Create), step));
    }
    provision(name, wanted, &seen, ranked);
    change_features(name, wanted, &seen, Rank::Rest, ranked);
    change_firewall(name, wanted, &seen, ranked);
    if let Some(to) = wanted.private_volume {
        ranked.push((Rank::Rest, Step::Grow { qube: name.clone(), to }));
    }
}

/// All tags of what the plan makes.
fn tag(name: &QubeName, wanted: &Settings, rank: Rank, ranked: &mut Ranked) {
    for (tag, present) in wanted.tags.iter().filter(|(_, present)| **present) {
        ranked.push((rank, Step::Tag { qube: name.clone(), tag: tag.clone(), present: *present }));
    }
}

/// The steps that change a qube which is there.
pub fn change(name: &QubeName, wanted: &Settings, seen: &Settings, ranked: &mut Ranked) {
    for (property, to) in &wanted.properties {
        let from = seen.properties.get(property);
        if from != Some(to) {
            let step = Step::Property { qube: name.clone(), property: property.clone(), from: from.cloned(), to: to.clone() };
            // What a disposable is made from is a template of disposables by then.
            let is_made_from = property.as_str() == "template" && wanted.origin == Some(Origin::Disposable);
            ranked.push((if is_made_from { Rank::Connect } else { property_rank(property.as_str(), to) }, step));
        }
    }
    for (tag, present) in &wanted.tags {
        if seen.tags.get(tag).copied().unwrap_or(false) != *present {
            let rank = if *present { Rank::Isolate } else { Rank::Expose };
            ranked.push((rank, Step::Tag { qube: name.clone(), tag: tag.clone(), present: *present }));
        }
    }
    provision(name, wanted, seen, ranked);
    let rank = if wanted.is_clone() { Rank::Provision } else { Rank::Rest };
    change_features(name, wanted, seen, rank, ranked);
    change_firewall(name, wanted, seen, ranked);
    if let (Some(to), Some(from)) = (wanted.private_volume, seen.private_volume)
        && to > from
    {
        ranked.push((Rank::Rest, Step::Grow { qube: name.clone(), to }));
    }
}

fn change_features(name: &QubeName, wanted: &Settings, seen: &Settings, rank: Rank, ranked: &mut Ranked) {
    for (feature, to) in &wanted.features {
        // That one goes with what it speaks of.
        let is_mark = feature.as_str() == feature::PROVISIONED && wanted.inside.is_some();
        if is_mark || seen.features.get(feature).unwrap_or(&Feature::Absent) == to {
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

fn change_firewall(name: &QubeName, wanted: &Settings, seen: &Settings, ranked: &mut Ranked) {
    if let Some(to) = wanted.firewall.as_ref().filter(|to| seen.firewall.as_ref() != Some(to)) {
        ranked.push((Rank::Rest, Step::Firewall { qube: name.clone(), to: to.clone() }));
    }
}

/// The step that sets or removes one of halite's features.
pub fn feature_step(qube: &QubeName, name: &'static str, to: Feature) -> Step {
    Step::Feature { qube: qube.clone(), feature: feature::name(name), to }
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
