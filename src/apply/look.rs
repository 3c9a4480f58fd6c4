//! Looking at dom0 before and after something is done: what qubesd says, and the policy file.

use super::ApplyError;
use crate::disk;
use crate::dom0::Layout;
use crate::observe;
use crate::plan::{Observed, Policy, State};
use crate::qubesd::Qubesd;

/// The largest policy file that is read, in bytes.
const POLICY_MOST: u64 = 16 << 20;

/// dom0 as it is, with everything that `target` compares.
///
/// # Errors
/// If qubesd refuses or makes no sense, or the policy file cannot be read.
pub fn look(qubesd: &mut dyn Qubesd, layout: &Layout, target: &State) -> Result<Observed, ApplyError> {
    Ok(observe::observe(qubesd, policy(layout)?, target)?)
}

/// The policy file that is halite's.
///
/// # Errors
/// If it cannot be read, or is no text.
pub fn policy(layout: &Layout) -> Result<Policy, ApplyError> {
    let Some(bytes) = disk::read_if_there(&layout.policy(), POLICY_MOST)? else { return Ok(Policy::Absent) };
    String::from_utf8(bytes).map(Policy::Text).map_err(|_| ApplyError::damaged(&layout.policy(), "it is not UTF-8 text"))
}
