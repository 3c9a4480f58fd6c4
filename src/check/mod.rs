//! The rules that a desired state must keep, each with a stable code.
//!
//! They judge the model that a manifest holds and nothing else, so that dom0 runs every one of them again on what it imports and
//! believes no verdict that came along.
//!
//! **Architecture invariant:** pure; knows neither recipes nor bundles.

mod browser;
mod code;
mod dependence;
mod disclosure;
mod disposables;
mod exceptions;
mod finding;
mod flows;
mod identities;
mod network;
mod structure;
mod surroundings;
mod updates;
mod way;
mod whonix;

pub use browser::of_package;
pub use code::{Code, Excuse, Level, UnknownCode};
pub use finding::{Finding, Part, Subject};
pub use flows::{Crossing, Passing, Route, Traffic, crossings, traffic};
pub use surroundings::Surroundings;
pub use way::{Hop, Way};

use crate::base::{Handle, Text};
use crate::model::{Desired, Release};
use crate::qrexec::Rule;

/// What the rules come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What is wrong, sorted by code and subject.
    pub findings: Vec<Finding>,
    /// What is as its author wants it.
    pub excused: Vec<Excused>,
    /// Whether flows were judged (H05xx). They are not where what decides calls is wrong already, or is not read: whatever was found then
    /// would only follow from that.
    pub are_flows_judged: bool,
}

/// A finding that an exception excuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excused {
    /// The finding.
    pub finding: Finding,
    /// The exception.
    pub exception: Handle,
    /// Why it is right there.
    pub reason: Text,
}

impl Report {
    /// The findings that stop everything.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_error())
    }
}

/// Holds `desired`, with the rules of its policy, to everything that must be on a stock system of `release`.
pub fn check(desired: &Desired, rules: Vec<Rule>, release: Release) -> Report {
    check_in(desired, &Surroundings::stock(release, rules), release)
}

/// The same where the bundle comes into a certain dom0.
pub fn check_in(desired: &Desired, surroundings: &Surroundings, release: Release) -> Report {
    let mut findings = Vec::new();
    structure::check(desired, release, &mut findings);
    network::check(desired, &mut findings);
    dependence::check(desired, &mut findings);
    disposables::check(desired, &mut findings);
    whonix::check(desired, release, &mut findings);
    updates::check(desired, &mut findings);
    identities::check(desired, &mut findings);
    disclosure::check(desired, &mut findings);
    surroundings.check(&mut findings);
    // Calls are decided by tags, templates and names: where these are wrong, whatever else would be found follows from it.
    let is_settled = !findings.iter().any(|finding| finding.is_error() && finding.code < Code::SharedAccount);
    let are_flows_judged = is_settled && surroundings.has_its_rules();
    if are_flows_judged {
        flows::check(desired, surroundings, release, &mut findings);
    }
    findings.sort();
    findings.dedup();
    let mut report = exceptions::apply(desired, findings);
    report.findings.sort();
    Report { are_flows_judged, ..report }
}
