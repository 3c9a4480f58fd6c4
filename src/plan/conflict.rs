//! What the user changed by hand since halite set it. It is theirs to say whose value holds.

use std::fmt;

use serde::Serialize;

use super::ledger::Ledger;
use super::observed::Observed;
use super::state::{Feature, Policy, Property, State};
use crate::base::{FeatureName, PropertyName, QubeName};
use crate::qrexec::POLICY_FILE;

/// Properties that a user may keep as they set them: nothing that keeps identities apart rests on their values.
const KEEPABLE: [&str; 8] =
    ["autostart", "include_in_backups", "label", "maxmem", "memory", "qrexec_timeout", "shutdown_timeout", "vcpus"];

/// A managed value that is neither what halite set, nor what it is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// Whose; none: dom0's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qube: Option<QubeName>,
    /// What.
    #[serde(flatten)]
    pub thing: Thing,
}

/// What was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "thing")]
pub enum Thing {
    /// A property.
    Property {
        /// Which.
        name: PropertyName,
        /// What halite set.
        set: Property,
        /// What it is now.
        is: Property,
        /// What it is to be.
        to: Property,
    },
    /// A feature.
    Feature {
        /// Which.
        name: FeatureName,
    },
    /// The rules of a firewall.
    Firewall,
    /// The policy file.
    Policy,
}

impl Conflict {
    /// The value that may be kept as the user set it; none, if something rests on it.
    pub fn keepable(&self) -> Option<(&QubeName, &PropertyName, &Property)> {
        match (&self.qube, &self.thing) {
            (Some(qube), Thing::Property { name, is, .. }) if KEEPABLE.contains(&name.as_str()) => Some((qube, name, is)),
            _ => None,
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.thing {
            Thing::Property { name, .. } => write!(f, "{name}")?,
            Thing::Feature { name } => write!(f, "the feature {name}")?,
            Thing::Firewall => f.write_str("the firewall")?,
            Thing::Policy => write!(f, "the policy file {POLICY_FILE}")?,
        }
        if let Some(qube) = &self.qube {
            write!(f, " of `{qube}`")?;
        }
        match &self.thing {
            Thing::Property { set, is, to, .. } => write!(f, " was set to {set}, is {is} by hand, and is to be {to}"),
            _ => f.write_str(" was changed by hand"),
        }
    }
}

/// What the user changed since `ledger` was written, where `target` wants something else. What is lost, or back to its default, is no
/// change of theirs that could be kept.
pub fn conflicts(ledger: &Ledger, target: &State, observed: &Observed) -> Vec<Conflict> {
    let mut found = Vec::new();
    for (qube, managed) in &ledger.managed.qubes {
        let (Some(seen), Some(wanted)) = (observed.qubes.get(qube), target.qubes.get(qube)) else { continue };
        let mut push = |thing| found.push(Conflict { qube: Some(qube.clone()), thing });
        for (name, set) in &managed.properties {
            let (Some(is), Some(to)) = (seen.properties.get(name), wanted.properties.get(name)) else { continue };
            if *is != Property::Default && is != set && is != to {
                push(Thing::Property { name: name.clone(), set: set.clone(), is: is.clone(), to: to.clone() });
            }
        }
        for (name, set) in managed.features.iter().filter(|(name, _)| !name.as_str().starts_with("x-halite-")) {
            let (Some(is @ Feature::Set(_)), Some(to)) = (seen.features.get(name), wanted.features.get(name)) else { continue };
            if is != set && is != to {
                push(Thing::Feature { name: name.clone() });
            }
        }
        if let (Some(set), Some(is), Some(to)) = (&managed.firewall, &seen.firewall, &wanted.firewall)
            && is != set
            && is != to
        {
            push(Thing::Firewall);
        }
    }
    let is_text = matches!(observed.policy, Policy::Text(_));
    if let (Some(set), Some(to)) = (&ledger.managed.policy, &target.policy)
        && is_text
        && observed.policy != *set
        && observed.policy != *to
    {
        found.push(Conflict { qube: None, thing: Thing::Policy });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::state::Settings;
    use super::*;
    use crate::model::property;

    /// What conflicts there are over a property that halite set to `5`.
    fn case(name: &'static str, is: &str, to: &str) -> Vec<Conflict> {
        let value = |text: &str| if text == "-" { Property::Default } else { Property::Set(text.to_owned()) };
        let settings = |text: &str| Settings { properties: [(property(name), value(text))].into(), ..Settings::default() };
        let state = |text: &str| State { qubes: [("work".parse().unwrap(), settings(text))].into(), policy: None };
        let ledger = Ledger::default().after(&state("5"), &State::default());
        let observed = Observed { qubes: state(is).qubes, ..Observed::default() };
        conflicts(&ledger, &state(to), &observed)
    }

    #[test]
    fn only_what_somebody_set_to_something_else_is_a_conflict() {
        for (is, to) in [("5", "7"), ("7", "7"), ("-", "7"), ("-", "5")] {
            assert!(case("memory", is, to).is_empty(), "{is} {to}");
        }
        for to in ["5", "7", "-"] {
            assert_eq!(case("memory", "6", to).len(), 1, "{to}");
        }
        let told = case("memory", "6", "7")[0].to_string();
        assert_eq!(told, "memory of `work` was set to 5, is 6 by hand, and is to be 7");
    }

    #[test]
    fn what_identities_are_kept_apart_by_cannot_be_kept() {
        assert!(case("memory", "6", "7")[0].keepable().is_some());
        for name in ["netvm", "default_dispvm", "template", "provides_network", "guivm", "kernelopts"] {
            assert!(case(name, "6", "7")[0].keepable().is_none(), "{name}");
        }
    }
}
