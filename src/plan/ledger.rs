//! The ledger: what halite manages now, and what was there before it first touched each thing.
//!
//! From it follows what to do about things that the next state does not name: they go back to what they were before halite. So does
//! everything when halite leaves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::conflict::Conflict;
use super::state::{Feature, Policy, Property, Settings, State, feature};
use super::wanted::{kept, retired};
use crate::base::{PropertyName, QubeName};
use crate::model::{FirewallRule, Inside, Release};

/// What is managed now, and what was there before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// The state that is in place.
    pub managed: State,
    /// How each managed qube was found. What halite made stays here when it is put away, so that it is known when it is wanted again.
    found: BTreeMap<QubeName, Found>,
    /// The policy file as it was found, if it is managed now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy_before: Option<Policy>,
    /// Managed properties that the user keeps as they set them, whatever a bundle says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    mine: BTreeMap<QubeName, BTreeMap<PropertyName, Property>>,
}

/// How a qube was found when halite first touched it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Found {
    /// There was none; halite made it. What is managed of it, or was when it was put away, is this on a fresh one.
    NoQube(Settings),
    /// The same for a template.
    NoTemplate(Settings),
    /// It was there, with these values of what is managed.
    There(Settings),
}

impl Found {
    fn settings(&self) -> &Settings {
        match self {
            Self::NoQube(settings) | Self::NoTemplate(settings) | Self::There(settings) => settings,
        }
    }

    fn settings_mut(&mut self) -> &mut Settings {
        match self {
            Self::NoQube(settings) | Self::NoTemplate(settings) | Self::There(settings) => settings,
        }
    }
}

impl Ledger {
    /// The same, where of these conflicts the user's values hold that can.
    #[must_use]
    pub fn keeping<'a>(mut self, conflicts: impl IntoIterator<Item = &'a Conflict>) -> Self {
        for (qube, property, value) in conflicts.into_iter().filter_map(Conflict::keepable) {
            self.mine.entry(qube.clone()).or_default().insert(property.clone(), value.clone());
        }
        self
    }

    /// The same, where all values of the bundle's hold.
    #[must_use]
    pub fn keeping_nothing(self) -> Self {
        Self { mine: BTreeMap::new(), ..self }
    }

    /// What the user keeps as they set it: whose, which property, and its value.
    pub fn mine(&self) -> impl Iterator<Item = (&QubeName, &PropertyName, &Property)> {
        self.mine.iter().flat_map(|(qube, own)| own.iter().map(move |(property, value)| (qube, property, value)))
    }

    /// Whether halite has had to do with it before.
    pub fn knows(&self, name: &QubeName) -> bool {
        self.found.contains_key(name)
    }

    /// Whether nothing was ever touched.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether halite made it, and has not forgotten it since.
    pub fn made(&self, name: &QubeName) -> bool {
        self.found.get(name).is_some_and(|found| !matches!(found, Found::There(_)))
    }

    /// All that halite made and has not forgotten since, and does not manage any more.
    pub fn put_away(&self) -> impl Iterator<Item = &QubeName> {
        self.found.keys().filter(|name| self.made(name) && !self.managed.qubes.contains_key(*name))
    }

    /// Forgets what is removed for ever: whoever has its name then is somebody else.
    pub fn forget(&mut self, name: &QubeName) {
        self.found.remove(name);
    }

    /// Keeps in mind what a plan made that was undone, and that could not be removed; `undone` is the ledger as it would have been. Where
    /// another of that name was known, and is gone, what was said of either is reset when it is wanted again.
    pub fn keep(&mut self, name: &QubeName, undone: &Self) {
        let Some(made) = undone.found.get(name) else { return };
        match self.found.get_mut(name) {
            None => drop(self.found.insert(name.clone(), made.clone())),
            Some(known) => {
                let (known, made) = (known.settings_mut(), made.settings());
                *known = completed(std::mem::take(known), made);
                known.inside = known.inside.take().or_else(|| made.inside.clone());
            }
        }
    }

    /// What halite put into a qube, if that is still what its mark, which was `seen`, stands for.
    pub fn inside(&self, name: &QubeName, seen: &Settings) -> Option<Inside> {
        let mark = |settings: &Settings| match settings.features.get(&feature::name(feature::PROVISIONED)) {
            Some(Feature::Set(mark)) => Some(mark.clone()),
            _ => None,
        };
        let managed = self.managed.qubes.get(name)?;
        managed.inside.clone().filter(|_| mark(managed) == mark(seen))
    }

    /// Whether `policy` is the one that was there before halite's, which is in place.
    fn is_policy_before(&self, policy: &Policy) -> bool {
        self.managed.policy.is_some() && self.policy_before.as_ref() == Some(policy)
    }

    /// Whether `policy` is none of halite's: no file, or the one that was there before.
    pub fn lets_go(&self, policy: &Policy) -> bool {
        *policy == Policy::Absent || self.is_policy_before(policy)
    }

    /// The whole state to bring about so that `wanted` holds and everything else that was managed is as before.
    pub fn target(&self, wanted: &State, release: Release) -> State {
        let mut target = wanted.clone();
        for (name, found) in &self.found {
            let settings = match (target.qubes.remove(name), found) {
                (Some(wanted), found) => completed(wanted, found.settings()),
                (None, Found::There(before)) => before.clone(),
                (None, Found::NoQube(_)) => retired(release),
                (None, Found::NoTemplate(_)) => kept(release),
            };
            target.qubes.insert(name.clone(), settings);
        }
        if target.policy.is_none() {
            target.policy.clone_from(&self.policy_before);
        }
        // Of what is still wanted: what is put away is as it must be.
        for (qube, property, value) in self.mine().filter(|(qube, ..)| wanted.qubes.contains_key(*qube)) {
            if let Some(to) = target.qubes.get_mut(qube).and_then(|settings| settings.properties.get_mut(property)) {
                to.clone_from(value);
            }
        }
        target
    }

    /// The ledger once `wanted` is in place, where `observed` was there before that.
    pub fn after(&self, wanted: &State, observed: &State) -> Self {
        let mut found: BTreeMap<_, _> = self.found.iter().map(|(name, found)| (name.clone(), found.clone())).collect();
        found.retain(|name, found| !matches!(found, Found::There(_)) || wanted.qubes.contains_key(name));
        for (name, wanted) in &wanted.qubes {
            let first = match (self.found.get(name), observed.qubes.get(name)) {
                (Some(Found::There(before)), seen) => Found::There(touched(wanted, seen, Some(before))),
                (Some(Found::NoTemplate(before)), _) => Found::NoTemplate(fresh(wanted, Some(before))),
                (Some(Found::NoQube(before)), _) => Found::NoQube(fresh(wanted, Some(before))),
                (None, Some(seen)) => Found::There(touched(wanted, Some(seen), None)),
                (None, None) if wanted.is_clone() => Found::NoTemplate(fresh(wanted, None)),
                (None, None) => Found::NoQube(fresh(wanted, None)),
            };
            found.insert(name.clone(), first);
        }
        let policy_before = match (&wanted.policy, &self.managed.policy) {
            (None, _) => None,
            (Some(_), None) => observed.policy.clone(),
            (Some(_), Some(_)) => self.policy_before.clone(),
        };
        let mut mine = self.mine.clone();
        mine.retain(|qube, _| wanted.qubes.contains_key(qube));
        Self { managed: wanted.clone(), found, policy_before, mine }
    }
}

/// `wanted`, and for each further thing in `before` the value that it has there.
fn completed(mut wanted: Settings, before: &Settings) -> Settings {
    for (name, value) in &before.properties {
        wanted.properties.entry(name.clone()).or_insert_with(|| value.clone());
    }
    for (tag, present) in &before.tags {
        wanted.tags.entry(tag.clone()).or_insert(*present);
    }
    for (name, value) in &before.features {
        wanted.features.entry(name.clone()).or_insert_with(|| value.clone());
    }
    if let Some(before) = &before.inside {
        wanted.inside = wanted.inside.map(|inside| inside.without(before.paths()));
    }
    wanted.firewall = wanted.firewall.or_else(|| before.firewall.clone());
    wanted
}

/// What the things in `managed` are on a fresh qube. Files that were put into it earlier, as is `known`, are remembered.
fn fresh(managed: &Settings, known: Option<&Settings>) -> Settings {
    Settings {
        properties: managed.properties.keys().map(|name| (name.clone(), Property::Default)).collect(),
        tags: managed.tags.keys().map(|tag| (tag.clone(), false)).collect(),
        features: managed.features.keys().map(|name| (name.clone(), Feature::Absent)).collect(),
        firewall: managed.firewall.as_ref().map(|_| FirewallRule::to_admin(&[FirewallRule::accept()])),
        inside: put_so_far(managed, known),
        ..Settings::default()
    }
}

/// None of the files that were ever put into a qube; none, if there were none.
fn put_so_far(managed: &Settings, known: Option<&Settings>) -> Option<Inside> {
    let ever = [Some(managed), known].into_iter().flatten().filter_map(|settings| settings.inside.as_ref());
    let none = Inside::default().without(ever.flat_map(Inside::paths));
    (!none.is_empty()).then_some(none)
}

/// What `wanted` touches, as it was before: as it is `known` from an earlier touch, or else as it is `seen` now.
fn touched(wanted: &Settings, seen: Option<&Settings>, known: Option<&Settings>) -> Settings {
    let mut before = fresh(wanted, known);
    for source in [seen, known].into_iter().flatten() {
        for (name, value) in &mut before.properties {
            source.properties.get(name).into_iter().for_each(|seen| value.clone_from(seen));
        }
        for (tag, present) in &mut before.tags {
            source.tags.get(tag).into_iter().for_each(|seen| *present = *seen);
        }
        for (name, value) in &mut before.features {
            source.features.get(name).into_iter().for_each(|seen| value.clone_from(seen));
        }
        if before.firewall.is_some() && source.firewall.is_some() {
            before.firewall.clone_from(&source.firewall);
        }
    }
    before
}
