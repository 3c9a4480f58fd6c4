//! What a plan needs of dom0 besides its qubes: labels, kernels, room for volumes; and what dom0 has of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::observed::Observed;
use super::state::{Origin, Property, Settings, State};
use crate::base::{PoolName, QubeName};
use crate::model::{Label, Pool, Stored, Volume};

/// What dom0 has. A plan that needs none of something does not ask for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supplies {
    /// The labels that qubes can have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeSet<String>>,
    /// The kernels that qubes can be started with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernels: Option<BTreeSet<String>>,
    /// Where volumes of new qubes are made.
    #[serde(default)]
    pub default_pools: BTreeMap<Volume, PoolName>,
    /// The pools in which something is to be made, or to grow.
    #[serde(default)]
    pub pools: BTreeMap<PoolName, Pool>,
    /// The volumes of the templates that are cloned.
    #[serde(default)]
    pub volumes: BTreeMap<QubeName, BTreeMap<Volume, Stored>>,
    /// The other qubes that hang on one which is to provide no network any more, or no disposables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub users: BTreeMap<QubeName, BTreeSet<QubeName>>,
    /// Running disposables, not managed, of disposable templates that are to change their own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub disposables: BTreeMap<QubeName, BTreeSet<QubeName>>,
}

/// What must be known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Whether a qube is to have a label that not every system has.
    pub labels: bool,
    /// Whether a qube is to be started with another kernel.
    pub kernels: bool,
    /// The templates that are cloned.
    pub bases: BTreeSet<QubeName>,
    /// The volumes that are made anew.
    pub new: BTreeSet<Volume>,
    /// The pools in which a volume is to grow.
    pub growing: BTreeSet<PoolName>,
    /// What is to provide no network any more.
    pub no_network: BTreeSet<QubeName>,
    /// What is to be no disposable template any more.
    pub no_disposables: BTreeSet<QubeName>,
    /// Disposable templates that are to change their own.
    pub moved: BTreeSet<QubeName>,
}

impl Needs {
    /// Those of the way from `observed` to `target`.
    pub fn of(target: &State, observed: &Observed) -> Self {
        let mut needs = Self::default();
        for (name, wanted) in &target.qubes {
            needs.add(name, wanted, observed);
        }
        needs
    }

    fn add(&mut self, name: &QubeName, wanted: &Settings, observed: &Observed) {
        let seen = observed.qubes.get(name);
        if seen.is_none() && wanted.origin.is_none() {
            return;
        }
        let changed = |property: &str| new_text(wanted, seen, property);
        self.labels |= changed("label").is_some_and(|label| label.parse::<Label>().is_err());
        self.kernels |= changed("kernel").is_some_and(|kernel| !kernel.is_empty());
        match (seen, &wanted.origin) {
            (None, Some(Origin::Clone(base))) if observed.exists(base) => {
                self.bases.insert(base.clone());
                self.new.extend(Volume::ALL);
            }
            (None, Some(Origin::App)) => drop(self.new.insert(Volume::Private)),
            _ => {}
        }
        if let (Some(to), Some(is)) = (wanted.private_volume, observed.private_volumes.get(name))
            && to > is.size
        {
            self.growing.extend(is.pool.clone());
        }
        if lets_go(wanted, seen, "provides_network") {
            self.no_network.insert(name.clone());
        }
        if lets_go(wanted, seen, "template_for_dispvms") {
            self.no_disposables.insert(name.clone());
        }
        let is_on = |seen: &Settings| seen.property("template_for_dispvms") == Some(&Property::Set("True".to_owned()));
        if changed("template").is_some() && seen.is_some_and(is_on) {
            self.moved.insert(name.clone());
        }
    }
}

/// The text that a property is to be set to, if that is another than it has.
pub fn new_text<'a>(wanted: &'a Settings, seen: Option<&Settings>, property: &str) -> Option<&'a str> {
    let to = wanted.property(property)?;
    match to {
        Property::Set(text) if seen.and_then(|seen| seen.property(property)) != Some(to) => Some(text),
        _ => None,
    }
}

/// Whether a switch that is on is to be off.
pub fn lets_go(wanted: &Settings, seen: Option<&Settings>, switch: &str) -> bool {
    let on = Property::Set("True".to_owned());
    let is_on = seen.and_then(|seen| seen.property(switch)) == Some(&on);
    is_on && wanted.property(switch).is_some_and(|to| *to != on)
}
