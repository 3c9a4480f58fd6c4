//! What was read from dom0 for a plan.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger::Ledger;
use super::state::feature::PROVISIONED;
use super::state::{Feature, Policy, Property, Settings, State};
use super::supplies::Supplies;
use crate::base::{QubeName, Tag};
use crate::model::Stored;

/// dom0 as it is, as far as a plan needs to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// All qubes that there are.
    pub there: BTreeMap<QubeName, There>,
    /// The managed qubes that exist: everything that was read of them, and more than is managed.
    pub qubes: BTreeMap<QubeName, Settings>,
    /// Further qubes that managed ones whose netvm is to change reach the network through, now or then.
    pub providers: BTreeMap<QubeName, Provider>,
    /// The private volumes of managed qubes that are to have a certain size.
    pub private_volumes: BTreeMap<QubeName, Stored>,
    /// The policy file.
    pub policy: Policy,
    /// What new things are made of; none where nobody asked, and then nothing is refused for want of it.
    pub supplies: Option<Supplies>,
}

/// A qube that others reach the network through, and that is not managed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its tags.
    pub tags: BTreeSet<Tag>,
    /// What it hangs on.
    pub links: Links,
}

/// What a qube that is not managed hangs on, whoever chose it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Its netvm.
    pub netvm: Option<QubeName>,
    /// Its template; of a disposable, the disposable template.
    pub template: Option<QubeName>,
    /// Whether qubesd lets others reach the network through it.
    pub provides_network: bool,
}

/// A qube that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct There {
    /// Its class, as Qubes spells it.
    pub class: String,
    /// Whether it is halted; anything else counts as running.
    pub halted: bool,
}

impl Observed {
    /// Whether there is a qube of this name.
    pub fn exists(&self, name: &QubeName) -> bool {
        self.there.contains_key(name)
    }

    /// Whether there is a qube of this name, and it runs.
    pub fn is_running(&self, name: &QubeName) -> bool {
        self.there.get(name).is_some_and(|there| !there.halted)
    }

    /// As a state to compare and record.
    pub fn state(&self) -> State {
        State { qubes: self.qubes.clone(), policy: Some(self.policy.clone()) }
    }

    /// Whether `name` runs Tor for others, as its tags say.
    pub fn is_gateway(&self, name: &QubeName) -> bool {
        let own = self
            .qubes
            .get(name)
            .is_some_and(|settings| settings.tags.iter().any(|(tag, present)| *present && tag.as_str() == "anon-gateway"));
        own || self.providers.get(name).is_some_and(|provider| provider.tags.iter().any(|tag| tag.as_str() == "anon-gateway"))
    }
}

impl Observed {
    /// Of what is, only that which `target` names; what is inside a qube, as far as `ledger` knows.
    pub fn restricted_to(&self, target: &State, ledger: &Ledger) -> State {
        let restricted = target.qubes.iter().filter_map(|(name, wanted)| {
            let seen = self.qubes.get(name)?;
            let property = |name| seen.properties.get(name).cloned().unwrap_or(Property::Default);
            let tag = |tag| seen.tags.get(tag).copied().unwrap_or(false);
            let feature = |name| seen.features.get(name).cloned().unwrap_or(Feature::Absent);
            let settings = Settings {
                origin: None,
                properties: wanted.properties.keys().map(|name| (name.clone(), property(name))).collect(),
                tags: wanted.tags.keys().map(|name| (name.clone(), tag(name))).collect(),
                features: wanted.features.keys().map(|name| (name.clone(), feature(name))).collect(),
                private_volume: None,
                inside: wanted.inside.as_ref().and_then(|wanted| Some(ledger.inside(name, seen)?.without(wanted.paths()))),
                firewall: wanted.firewall.as_ref().and(seen.firewall.clone()),
            };
            Some((name.clone(), settings))
        });
        State { qubes: restricted.collect(), policy: target.policy.as_ref().map(|_| self.policy.clone()) }
    }

    /// The first thing in which dom0 is not as `target` wants it, in words.
    pub fn first_difference(&self, target: &State) -> Option<String> {
        for (name, wanted) in &target.qubes {
            let Some(seen) = self.qubes.get(name) else {
                match wanted.origin {
                    Some(_) => return Some(format!("`{name}` does not exist")),
                    None => continue,
                }
            };
            for (property, to) in &wanted.properties {
                let is = seen.properties.get(property).unwrap_or(&Property::Default);
                if is != to {
                    return Some(format!("{property} of `{name}` is {is}, not {to}"));
                }
            }
            for (tag, to) in &wanted.tags {
                if seen.tags.get(tag).copied().unwrap_or(false) != *to {
                    return Some(format!("the tag {tag} of `{name}` is {}", if *to { "missing" } else { "still there" }));
                }
            }
            for (feature, to) in &wanted.features {
                if seen.features.get(feature).unwrap_or(&Feature::Absent) != to {
                    return Some(match feature.as_str() {
                        PROVISIONED => format!("what was put into `{name}` is not what is wanted there"),
                        feature => format!("the feature {feature} of `{name}` is not as wanted"),
                    });
                }
            }
            if wanted.firewall.is_some() && wanted.firewall != seen.firewall {
                return Some(format!("the firewall of `{name}` is not as wanted"));
            }
        }
        let is_other = target.policy.as_ref().is_some_and(|wanted| *wanted != self.policy);
        is_other.then(|| format!("the policy file {} is not as wanted", crate::qrexec::POLICY_FILE))
    }
}
