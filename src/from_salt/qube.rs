//! What states say of one qube, gathered from all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::remarks::{About, Remarks};
use crate::base::{FeatureName, PackageName, PropertyName, QubeName, Tag};
use crate::check::Code;
use crate::model::{FirewallRule, Label, Setting};
use crate::recipe::{At, Fault, Place};

/// Everything that states say.
#[derive(Debug, Default)]
pub struct Said {
    /// Qubes and templates, in the order in which they are first spoken of.
    pub qubes: Vec<Qube>,
    /// Packages by the name of the template that they are for, and where that is named.
    pub packages: BTreeMap<QubeName, At<BTreeSet<PackageName>>>,
    /// The first state that says something of policy.
    pub policy: Option<Place>,
    /// Whether there are more qubes than are read.
    pub is_too_much: bool,
}

impl Said {
    /// Most qubes and templates.
    pub const QUBES_MOST: usize = 500;
}

/// What states say of a qube.
#[derive(Debug)]
pub struct Qube {
    /// Its name, and where it is first spoken of.
    pub name: At<QubeName>,
    /// What else may tell its mode: ids of states.
    pub hints: Vec<At<String>>,
    /// Its template.
    pub template: Option<At<QubeName>>,
    /// What it is a clone of.
    pub clone_of: Option<At<QubeName>>,
    /// Its label.
    pub label: Option<At<Label>>,
    /// Its memory in MiB.
    pub memory: Option<At<u32>>,
    /// The most memory that it gets.
    pub maxmem: Option<At<u32>>,
    /// The qube that it reaches the network through.
    pub netvm: Option<At<Target>>,
    /// What its disposables are made from.
    pub dispvm: Option<At<Target>>,
    /// Whether others reach the network through it.
    pub provides_network: Option<At<bool>>,
    /// Whether disposables are made from it.
    pub template_for_dispvms: Option<At<bool>>,
    /// Whether it is of a class that recipes do not have.
    pub is_foreign: bool,
    /// Whether a state makes it.
    pub is_made: bool,
    /// Other properties.
    pub prefs: BTreeMap<PropertyName, At<Setting>>,
    /// Tags.
    pub tags: BTreeMap<Tag, Place>,
    /// Features.
    pub features: BTreeMap<FeatureName, At<String>>,
    /// The rules of its firewall.
    pub firewall: Option<At<Rules>>,
}

/// The rules of a firewall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules(pub Vec<FirewallRule>);

impl From<Vec<FirewallRule>> for Rules {
    fn from(rules: Vec<FirewallRule>) -> Self {
        Self(rules)
    }
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&self.0.iter().map(FirewallRule::as_str).collect::<Vec<_>>().join("; "))
    }
}

/// A property that names a qube.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Whatever Qubes takes.
    Default,
    /// None.
    None,
    /// This one.
    Qube(QubeName),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Default => f.pad("*default*"),
            Self::None => f.pad("none"),
            Self::Qube(name) => name.fmt(f),
        }
    }
}

impl Qube {
    /// Nothing is said of it but its name.
    pub fn new(name: At<QubeName>) -> Self {
        Self {
            name,
            hints: Vec::new(),
            template: None,
            clone_of: None,
            label: None,
            memory: None,
            maxmem: None,
            netvm: None,
            dispvm: None,
            provides_network: None,
            template_for_dispvms: None,
            is_foreign: false,
            is_made: false,
            prefs: BTreeMap::new(),
            tags: BTreeMap::new(),
            features: BTreeMap::new(),
            firewall: None,
        }
    }

    /// The qube that it reaches the network through, if one is named.
    pub fn netvm_name(&self) -> Option<&QubeName> {
        match self.netvm.as_ref().map(|netvm| &netvm.value) {
            Some(Target::Qube(name)) => Some(name),
            _ => None,
        }
    }

    /// Whether states say what it is, and not only what is to be done with it.
    pub fn is_described(&self) -> bool {
        self.is_made || self.template.is_some()
    }

    /// Whether others reach the network through it.
    pub fn is_provider(&self) -> bool {
        self.provides_network.as_ref().is_some_and(|yes| yes.value)
    }

    /// Whether it provides network and has none from another qube, so that it must hold a network card.
    pub fn has_network_card(&self) -> bool {
        self.is_provider() && matches!(&self.netvm, Some(At { value: Target::None, .. }))
    }

    /// Whether disposables are made from it.
    pub fn is_disposable_template(&self) -> bool {
        self.template_for_dispvms.as_ref().is_some_and(|yes| yes.value)
    }
}

/// Puts a value where another one may stand; the last one counts.
pub fn say<T: PartialEq + fmt::Display>(
    slot: &mut Option<At<T>>,
    new: At<T>,
    name: &QubeName,
    key: &'static str,
    remarks: &Remarks,
) {
    if let Some(old) = slot.as_ref().filter(|old| old.value != new.value) {
        twice(old, &new, &new, name, key, key, remarks);
    }
    *slot = Some(new);
}

/// The same for a qube that is named: one counts more than none, since a network that comes in a later step is what is meant.
pub fn say_target(slot: &mut Option<At<Target>>, new: At<Target>, name: &QubeName, key: &'static str, remarks: &Remarks) {
    let taken = match slot.take() {
        Some(old) if old.value != new.value => {
            let is_old = matches!(old.value, Target::Qube(_)) && !matches!(new.value, Target::Qube(_));
            let what = if key == "disposables" { "default_dispvm" } else { key };
            twice(&old, &new, if is_old { &old } else { &new }, name, what, key, remarks);
            if is_old { old } else { new }
        }
        _ => new,
    };
    *slot = Some(taken);
}

/// Tells that two states say different things.
pub fn twice<T: fmt::Display>(
    old: &At<T>,
    new: &At<T>,
    taken: &At<T>,
    name: &QubeName,
    what: &str,
    key: &'static str,
    remarks: &Remarks,
) {
    let message = format!(
        "the {what} of `{name}` is `{}` here and `{}` elsewhere, and which is applied last no state says; taken as `{}`",
        new.value, old.value, taken.value
    );
    let fault = Fault::new(Code::SaltTwice, new.place.clone(), message).see(old.place.clone(), "the other one");
    remarks.add(About::key(name.as_str(), key), fault.help(Some("say it once".to_owned())));
}
