//! The rules that a desired state must keep, each with a stable code.
//!
//! They judge the model that a manifest holds and nothing else, so that dom0 runs every one of them again on what it imports and
//! believes no verdict that came along.
//!
//! **Architecture invariant:** pure; knows neither recipes nor bundles.

mod code;
mod disclosure;
mod disposables;
mod finding;
mod identities;
mod network;
mod structure;

pub use code::{Code, Level};
pub use finding::{Finding, Part, Subject};

use crate::model::{Desired, Release};

/// All that is wrong with `desired` on `release`, sorted by code and subject.
pub fn check(desired: &Desired, release: Release) -> Vec<Finding> {
    let mut findings = Vec::new();
    structure::check(desired, release, &mut findings);
    network::check(desired, release, &mut findings);
    disposables::check(desired, &mut findings);
    identities::check(desired, &mut findings);
    disclosure::check(desired, &mut findings);
    findings.sort();
    findings.dedup();
    findings
}

#[cfg(test)]
mod tests;
