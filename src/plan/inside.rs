//! What is to be inside a template or a qube: the steps that bring it about, in which it is started.
//!
//! So a qube has no network and no disposables meanwhile: a gateway that runs before its bridges are there has already shown itself, and
//! what a workstation does in its first minute nobody has seen. A template has neither anyway.

use super::observed::Observed;
use super::prefix::Ranked;
use super::ranked::{Rank, UNFINISHED, feature_step};
use super::state::{Feature, Property, Settings, feature};
use super::step::Step;
use crate::base::QubeName;
use crate::model::property;

/// The steps for one of which this much is `seen` when it is their turn.
pub fn provision(name: &QubeName, wanted: &Settings, seen: &Settings, ranked: &mut Ranked) {
    let Some(inside) = &wanted.inside else { return };
    let rank = if wanted.is_clone() { Rank::Provision } else { Rank::Configure };
    let mark = feature::name(feature::PROVISIONED);
    let value = |settings: &Settings| settings.features.get(&mark).cloned().unwrap_or(Feature::Absent);
    let (is, to) = (value(seen), value(wanted));
    if is == to {
        return;
    }
    let mut push = |step| ranked.push((rank, step));
    if inside.is_empty() {
        return push(feature_step(name, feature::PROVISIONED, to));
    }
    // Whatever interrupts what follows: it is not what the mark says any more.
    if is != Feature::Absent {
        push(feature_step(name, feature::PROVISIONED, Feature::Absent));
    }
    let is_latched = seen.features.contains_key(&feature::name(feature::PROHIBIT_START));
    if is_latched {
        push(feature_step(name, feature::PROHIBIT_START, Feature::Absent));
    }
    push(Step::Provision { qube: name.clone(), inside: inside.clone() });
    if to != Feature::Absent {
        push(feature_step(name, feature::PROVISIONED, to));
    }
    if is_latched {
        push(feature_step(name, feature::PROHIBIT_START, Feature::Set(UNFINISHED.to_owned())));
    }
}

/// Takes network and disposables from qubes that are there, before something is done inside them, and gives them back after that.
pub fn offline(ranked: &mut Ranked, observed: &Observed) {
    let is_inside = |(rank, step): &(Rank, Step)| (*rank == Rank::Configure).then(|| step.provisioned().cloned()).flatten();
    let names: Vec<QubeName> = ranked.iter().filter_map(is_inside).collect();
    for (name, link) in names.iter().flat_map(|name| ["netvm", "default_dispvm"].map(|link| (name, link))) {
        let Some(now) = observed.qubes.get(name).and_then(|seen| seen.property(link)) else { continue };
        let none = Property::Set(String::new());
        let set = |from: &Property, to: &Property| Step::Property {
            qube: name.clone(),
            property: property(link),
            from: Some(from.clone()),
            to: to.clone(),
        };
        let is_of_link = |step: &Step| step.qube() == Some(name) && step.property().is_some_and(|name| name.as_str() == link);
        let is_changed = ranked.iter().any(|(_, step)| is_of_link(step));
        if *now == none || ranked.iter().any(|(rank, step)| *rank == Rank::Close && is_of_link(step)) {
            continue;
        }
        ranked.push((Rank::Close, set(now, &none)));
        if !is_changed {
            ranked.push((Rank::Connect, set(&none, now)));
        }
    }
    ranked.sort_by_key(|(rank, _)| *rank);
}
