//! What was read from dom0 for a plan.

use std::collections::{BTreeMap, BTreeSet};

use super::state::{Settings, State};
use crate::base::{QubeName, Tag};

/// dom0 as it is, as far as a plan needs to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// All qubes that there are, and whether each is halted.
    pub halted: BTreeMap<QubeName, bool>,
    /// The managed qubes that exist: everything that was read of them, and more than is managed.
    pub qubes: BTreeMap<QubeName, Settings>,
    /// The tags of further qubes that managed ones reach the network through.
    pub provider_tags: BTreeMap<QubeName, BTreeSet<Tag>>,
    /// The policy file's text.
    pub policy: Option<String>,
}

impl Observed {
    /// Whether there is a qube of this name.
    pub fn exists(&self, name: &QubeName) -> bool {
        self.halted.contains_key(name)
    }

    /// As a state to compare and record.
    pub fn state(&self) -> State {
        State { qubes: self.qubes.clone(), policy: self.policy.clone() }
    }

    /// Whether `name` runs Tor for others, as its tags say.
    pub fn is_gateway(&self, name: &QubeName) -> bool {
        let own = self
            .qubes
            .get(name)
            .is_some_and(|settings| settings.tags.iter().any(|(tag, present)| *present && tag.as_str() == "anon-gateway"));
        own || self.provider_tags.get(name).is_some_and(|tags| tags.iter().any(|tag| tag.as_str() == "anon-gateway"))
    }
}
