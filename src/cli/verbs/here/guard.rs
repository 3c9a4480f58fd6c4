//! The policy guard: a bundle held to its rules in the dom0 that it comes into, among the policy files and the qubes that are there.

use std::fs::File;

use super::inspect;
use crate::apply::ApplyError;
use crate::check::{Code, Finding, Surroundings};
use crate::cli::Failure;
use crate::cli::here::Here;
use crate::cli::verbs::judge::{Judged, judge};
use crate::cli::verbs::policy::PolicyFiles;
use crate::model::Release;
use crate::plan::{Danger, Decider};
use crate::qubesd::Admin;
use crate::trust::Verified;

/// A bundle, and what its rules come to in this dom0.
pub struct Guarded {
    /// What the rules come to.
    pub judged: Judged,
    /// The rules that it keeps anywhere else, and would break here.
    pub dangers: Vec<Danger>,
    /// What decides calls here now.
    pub decider: Decider,
}

/// Holds a bundle to its rules in this dom0.
///
/// # Errors
/// If it breaks them anywhere; if dom0's policy would be void, or would not hold the bundle's rules.
pub fn guard(here: &mut Here, verified: &mut Verified<File>) -> Result<Guarded, Failure> {
    inspect::of_release(verified, here.release)?;
    let release = here.release;
    let decider = decider(here)?;
    let judged = judge(verified.bundle_mut(), |text, _| Ok(surroundings(&decider, text, release)))?;
    stands(&judged)?;
    if judged.report.errors().next().is_some() {
        inspect::inspect(verified, release)?;
    }
    let dangers = judged.report.errors().map(|finding| Danger::Rule(told(finding))).collect();
    Ok(Guarded { judged, dangers, decider })
}

/// The rules that a bundle would break in this dom0, where it has been before: whatever they are, its user may want it back.
///
/// # Errors
/// If dom0's policy would be void, or would not hold the bundle's rules.
pub fn broken(here: &mut Here, verified: &mut Verified<File>) -> Result<Vec<Danger>, Failure> {
    let decider = decider(here)?;
    let judged = judge(verified.bundle_mut(), |text, _| Ok(surroundings(&decider, text, here.release)))?;
    stands(&judged)?;
    Ok(judged.report.errors().map(|finding| Danger::Rule(told(finding))).collect())
}

/// What decides calls in this dom0.
pub fn decider(here: &mut Here) -> Result<Decider, Failure> {
    let system = Admin::new(here.qubesd.as_mut()).system().map_err(ApplyError::from)?;
    let files = PolicyFiles::of(&here.layout, here.release)?.tree(here.release);
    Ok(Decider { files, system })
}

/// This dom0, with `text` as the bundle's policy.
pub fn surroundings(decider: &Decider, text: &str, release: Release) -> Surroundings {
    Surroundings::of(decider.files.clone(), text, &decider.system, release)
}

/// Refuses where nothing of the bundle's policy would count.
fn stands(judged: &Judged) -> Result<(), Failure> {
    let is_about_files = |finding: &&Finding| matches!(finding.code, Code::PolicyVoid | Code::PolicyMasked);
    let found: Vec<&Finding> = judged.report.errors().filter(is_about_files).collect();
    if found.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = found.iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect();
    let failure = Failure::new(format!("the bundle's rules would not count in this dom0:\n{}", lines.join("\n")));
    Err(failure.hint("`halite-dom0 policy lint` lists all that is wrong with the policy; put that right first"))
}

fn told(finding: &Finding) -> String {
    let advice = finding.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    format!("{} {finding}{advice}", finding.code)
}
