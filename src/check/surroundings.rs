//! H07xx: the dom0 that a bundle comes into, as far as its rules meet those of others there.

use super::code::Code;
use super::finding::{Finding, Subject};
use crate::base::cleaned;
use crate::model::Release;
use crate::qrexec::{POLICY_FILE, Policy, PolicyTree, Rule, System, SystemQube, stock_beside};

/// How many faults of a policy are told, one by one.
const FAULTS_TOLD: usize = 10;

/// What a bundle comes into: the policy that dom0 will read once the bundle's file is in place, and the qubes that there are.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The whole policy, the bundle's file included.
    pub policy: Policy,
    /// The qubes that there are; those of the bundle are taken as the bundle wants them.
    pub qubes: Vec<SystemQube>,
    /// The directory with a file that dom0 reads instead of the bundle's, if there is one.
    pub masked_by: Option<String>,
    /// Whether this is somebody's dom0, and not the one that everybody gets.
    pub is_real: bool,
}

impl Surroundings {
    /// A stock system of `release`, with nobody in it but those that a bundle must reckon with anyway, and `rules` as the bundle's file.
    pub fn stock(release: Release, rules: Vec<Rule>) -> Self {
        Self { policy: stock_beside(release, rules), qubes: Vec::new(), masked_by: None, is_real: false }
    }

    /// Somebody's dom0, with `text` as the bundle's file.
    pub fn of(tree: PolicyTree, text: &str, system: &System, release: Release) -> Self {
        let tree = tree.with_bundled(text);
        let masked_by = tree.masking(release).map(str::to_owned);
        Self { policy: tree.load(release), qubes: system.qubes().to_vec(), masked_by, is_real: true }
    }

    /// Somebody's dom0 as it is, whatever stands there as the bundle's file.
    pub fn as_it_is(tree: PolicyTree, system: &System, release: Release) -> Self {
        let masked_by = tree.masking(release).map(str::to_owned);
        Self { policy: tree.load(release), qubes: system.qubes().to_vec(), masked_by, is_real: true }
    }

    /// Whether the bundle's rules are among those that dom0 reads.
    pub fn has_its_rules(&self) -> bool {
        self.masked_by.is_none() && !self.policy.is_void()
    }

    /// Why nothing of the bundle's policy would count.
    pub fn check(&self, findings: &mut Vec<Finding>) {
        if let Some(directory) = &self.masked_by {
            let message = format!("`{directory}/{POLICY_FILE}` is read instead of the bundle's");
            findings.push(Finding::new(Code::PolicyMasked, Subject::Bundle, message));
        }
        for fault in self.policy.faults.iter().take(FAULTS_TOLD) {
            let message = format!("dom0 cannot read {}", cleaned(&fault.to_string()));
            findings.push(Finding::new(Code::PolicyVoid, Subject::Bundle, message));
        }
        if let Some(more) = self.policy.faults.len().checked_sub(FAULTS_TOLD).filter(|more| *more > 0) {
            findings.push(Finding::new(
                Code::PolicyVoid,
                Subject::Bundle,
                format!("dom0 cannot read {more} more lines or files"),
            ));
        }
    }
}
