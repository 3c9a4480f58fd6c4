//! Who stands behind the handles.

use std::collections::BTreeMap;

use crate::base::Handle;

/// What people call what a bundle has handles for. Never part of a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// Identities.
    pub identities: BTreeMap<Handle, String>,
    /// Accounts.
    pub accounts: BTreeMap<Handle, String>,
    /// Servers.
    pub destinations: BTreeMap<Handle, String>,
}

impl Labels {
    /// Each label, with what it is the label of.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Handle, &str)> {
        let kinds = [("identity", &self.identities), ("account", &self.accounts), ("destination", &self.destinations)];
        kinds.into_iter().flat_map(|(what, labels)| labels.iter().map(move |(handle, label)| (what, handle, label.as_str())))
    }
}
