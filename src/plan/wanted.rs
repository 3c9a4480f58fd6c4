//! From a bundle's desired state to the state that a plan brings about.

use std::collections::BTreeMap;

use super::state::{Feature, Origin, Policy, Property, Settings, State, feature};
use crate::base::FeatureName;
use crate::model::{Class, Desired, FirewallRule, Inside, Qube, Release, Template, property};
use crate::salt;

/// The state that `desired` and the text of its policy ask for on `release`.
///
/// Besides what the bundle says, each qube must be free of what keeps a retired one from starting.
pub fn wanted(desired: &Desired, policy: String, release: Release) -> State {
    let templates = desired.templates.iter().map(|(name, wanted)| (name.clone(), template(wanted, release)));
    let qubes = desired.qubes.iter().map(|(name, wanted)| (name.clone(), qube(wanted, release)));
    State { qubes: templates.chain(qubes).collect(), policy: Some(Policy::Text(policy)) }
}

fn template(template: &Template, release: Release) -> Settings {
    let inside = template.inside();
    let mut features = BTreeMap::from([(feature::name(feature::MADE), Feature::Set("1".to_owned())), provisioned(&inside)]);
    if release.has_skip_update() {
        features.insert(feature::name(feature::SKIP_UPDATE), Feature::Absent);
    }
    Settings {
        origin: Some(Origin::Clone(template.base.clone())),
        features,
        inside: Some(inside),
        tags: template.tags.iter().map(|tag| (tag.clone(), true)).collect(),
        ..Settings::default()
    }
}

/// The feature that says what was done inside.
fn provisioned(inside: &Inside) -> (FeatureName, Feature) {
    let value = salt::digest(inside).map_or(Feature::Absent, |digest| Feature::Set(digest.to_string()));
    (feature::name(feature::PROVISIONED), value)
}

fn qube(qube: &Qube, release: Release) -> Settings {
    let mut properties: BTreeMap<_, _> = (qube.prefs.iter())
        .map(|(name, setting)| (name.clone(), setting.to_admin().map_or(Property::Default, Property::Set)))
        .collect();
    properties.insert(property("template"), Property::Set(qube.template.to_string()));
    properties.insert(property("label"), Property::Set(qube.label.to_string()));
    let mut features: BTreeMap<_, _> =
        qube.features.iter().map(|(name, value)| (name.clone(), Feature::Set(value.clone()))).collect();
    features.insert(feature::name(feature::MADE), Feature::Set("1".to_owned()));
    features.insert(feature::name(feature::RETIRED), Feature::Absent);
    // What is inside a disposable comes from its template whenever it starts.
    let inside = (qube.class == Class::App).then(|| qube.inside());
    features.extend(inside.as_ref().map(provisioned));
    if release.has_prohibit_start() {
        features.insert(feature::name(feature::PROHIBIT_START), Feature::Absent);
    }
    Settings {
        origin: Some(match qube.class {
            Class::App => Origin::App,
            Class::Disposable => Origin::Disposable,
        }),
        properties,
        tags: qube.tags.iter().map(|tag| (tag.clone(), true)).collect(),
        features,
        private_volume: qube.private_volume,
        inside,
        firewall: qube.firewall.as_deref().map(FirewallRule::to_admin),
    }
}

/// What a qube becomes that halite made and no longer wants: without network and disposables, not startable, marked, its data and tags
/// untouched.
pub fn retired(release: Release) -> Settings {
    let none = || Property::Set(String::new());
    let mut features = BTreeMap::from([(feature::name(feature::RETIRED), Feature::Set("1".to_owned()))]);
    if release.has_prohibit_start() {
        features.insert(feature::name(feature::PROHIBIT_START), Feature::Set("halite: retired".to_owned()));
    }
    Settings {
        properties: BTreeMap::from([
            (property("autostart"), Property::Set("False".to_owned())),
            (property("default_dispvm"), none()),
            (property("netvm"), none()),
        ]),
        features,
        ..Settings::default()
    }
}

/// What a template becomes that halite made and no longer needs: kept for going back to it, but passed by when templates are updated.
pub fn kept(release: Release) -> Settings {
    let mut settings = Settings::default();
    if release.has_skip_update() {
        settings.features.insert(feature::name(feature::SKIP_UPDATE), Feature::Set("1".to_owned()));
    }
    settings
}
