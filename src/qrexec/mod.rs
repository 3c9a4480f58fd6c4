//! The qrexec policy language, as far as bundles speak it: rules that halite writes, and that dom0 reads again before it puts them in
//! place.
//!
//! **Architecture invariant:** pure.

mod bits;
mod bundled;
mod decide;
mod edges;
mod graph;
mod kinds;
mod lint;
mod load;
mod reach;
mod rule;
mod service;
mod source;
mod stock;
mod system;
mod token;

pub use bits::Bits;
pub use bundled::{Action, BadRule, Party, Rule, Service};
pub use decide::{Decision, Outcome, Request};
pub use edges::{Drawing, Edges, drawn};
pub use graph::{Flow, Graph, NamedCall};
pub use kinds::{Kinds, SourceKind, Target, TargetKind};
pub use lint::{Remark, What, lint};
pub use load::{Directories, Policy, PolicyFault, Why};
pub use reach::{Hop, Question, Reach};
pub use rule::{Origin, Permission, Rule as PolicyRule};
pub use service::{Carries, carries};
pub use source::Files;
pub use stock::stock;
pub use system::{BadSystem, System, SystemQube};
pub use token::{BadToken, Place, Token};

use thiserror::Error;

/// The file in `/etc/qubes/policy.d` that holds a bundle's rules. It sorts after `30-qubesctl-salt.policy`, which must win while Salt
/// runs, and before everything that Qubes and Whonix install.
pub const POLICY_FILE: &str = "32-halite.policy";

/// A line of a policy file that is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {why}")]
pub struct BadPolicy {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: BadRule,
}

/// Reads a policy file of a bundle: rules, comments and empty lines. What Qubes has besides (includes, other parameters) no bundle
/// needs, and so none may have.
///
/// # Errors
/// At the first line that is none of these. One such line in dom0 would make Qubes deny every call of every qube.
pub fn parse_policy(text: &str) -> Result<Vec<Rule>, BadPolicy> {
    let lines = text.lines().enumerate().map(|(index, line)| (index.saturating_add(1), line.trim()));
    let rules = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    rules.map(|(line, text)| text.parse().map_err(|why| BadPolicy { line, why })).collect()
}
