//! What two bundles differ in, by what it means: who may do what, which way everything goes, what is in templates. What could cost somebody
//! their anonymity comes first.
//!
//! `identities`, `templates`, `qubes`, `ways`, `flows` and `exceptions` each look at one thing, and tell it as a [`Change`].
//!
//! **Architecture invariant:** pure; knows neither bundles nor generations.

mod change;
mod exceptions;
mod flows;
mod identities;
mod list;
mod qubes;
mod templates;
mod ways;

pub use change::{About, Change, Mark};

use crate::model::{Desired, Release};
use crate::qrexec::Rule;

/// One of the two.
#[derive(Debug, Clone)]
pub struct Side<'a> {
    /// What it asks for.
    pub desired: &'a Desired,
    /// The rules of its policy.
    pub rules: Vec<Rule>,
    /// The release that it is for.
    pub release: Release,
}

/// All that is different in `to`, dangers first.
pub fn compare(from: &Side, to: &Side) -> Vec<Change> {
    let mut changes = Vec::new();
    identities::compare(from.desired, to.desired, &mut changes);
    ways::compare(from.desired, to.desired, &mut changes);
    flows::compare(from, to, &mut changes);
    exceptions::compare(from.desired, to.desired, &mut changes);
    qubes::compare(from.desired, to.desired, &mut changes);
    templates::compare(from.desired, to.desired, &mut changes);
    // Stable: within each half, in the order in which they were looked for.
    changes.sort_by_key(|change| change.danger.is_none());
    changes
}
