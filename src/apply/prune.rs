//! Removing for ever what halite made and put away. There is no way back from it.

use thiserror::Error;

use super::books::close;
use super::current::Current;
use super::deed::{Deed, Outcome, Task};
use super::generation::Generations;
use super::journal::{Header, Journal};
use super::{ApplyError, history};
use crate::base::QubeName;
use crate::dom0::Layout;
use crate::plan::feature;
use crate::qubesd::{Admin, Qubesd};

/// Why something is not removed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unprunable {
    /// It is somebody else's.
    #[error("halite did not make it")]
    NotOurs,
    /// It is in use.
    #[error("it belongs to generation {0}, which is in place")]
    Managed(u32),
    /// It is not put away.
    #[error("it is not put away: it lacks the feature {}", feature::RETIRED)]
    NotRetired,
    /// It runs.
    #[error("it is running")]
    Running,
    /// Somebody could go back to it.
    #[error("{}", needed(.0))]
    Needed(Vec<u32>),
}

fn needed(numbers: &[u32]) -> String {
    let list: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    match list.as_slice() {
        [one] => format!("generation {one} needs it, and is kept"),
        _ => format!("generations {} need it, and are kept", list.join(", ")),
    }
}

/// Whether `qube` is there, and may be removed for ever.
///
/// # Errors
/// If it may not ([`ApplyError::Unprunable`]), or dom0 cannot be read.
pub fn check_prunable(qubesd: &mut dyn Qubesd, layout: &Layout, qube: &QubeName) -> Result<There, ApplyError> {
    let current = Current::load(layout)?;
    let refused = |why| Err(ApplyError::Unprunable { qube: qube.clone(), why });
    if current.ledger.managed.qubes.contains_key(qube) {
        return refused(Unprunable::Managed(current.generation));
    }
    if !current.ledger.made(qube) {
        return refused(Unprunable::NotOurs);
    }
    let mut admin = Admin::new(qubesd);
    let Some(listed) = admin.list()?.remove(qube) else { return Ok(There::Gone) };
    // Somebody may have removed it, and made another of its name.
    let features = admin.features(qube)?;
    if !features.contains(&feature::name(feature::MADE)) {
        return refused(Unprunable::NotOurs);
    }
    if listed.class != "TemplateVM" && !features.contains(&feature::name(feature::RETIRED)) {
        return refused(Unprunable::NotRetired);
    }
    if !listed.halted {
        return refused(Unprunable::Running);
    }
    let generations = Generations::of(layout);
    let mut needed = Vec::new();
    for number in generations.numbers()? {
        if generations.load(number)?.state.qubes.contains_key(qube) {
            needed.push(number);
        }
    }
    if needed.is_empty() { Ok(There::Yes) } else { refused(Unprunable::Needed(needed)) }
}

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum There {
    /// It is.
    Yes,
    /// Somebody removed it already.
    Gone,
}

/// Removes `qube` for ever, with all that is in it, and forgets it.
///
/// # Errors
/// If it may not be removed, or qubesd refuses. [`ApplyError::Reverted`] if it is still there; anything else leaves the journal in
/// place, and the next command looks what came of it.
pub fn prune(qubesd: &mut dyn Qubesd, layout: &Layout, qube: &QubeName, begun: u64) -> Result<There, ApplyError> {
    let there = check_prunable(qubesd, layout, qube)?;
    let mut next = Current::load(layout)?;
    next.ledger.forget(qube);
    let task = Task { begun, deed: Deed::Prune { qube: qube.clone() } };
    Journal::begin(layout, &Header::removing(task.clone(), qube.clone(), next.clone()))?;
    if there == There::Yes
        && let Err(error) = Admin::new(qubesd).remove(qube)
    {
        // An error does not prove that it is still there.
        let stuck = |error, why| ApplyError::Stuck { error: Box::new(error), why: Box::new(why) };
        match Admin::new(qubesd).list() {
            Err(why) => return Err(stuck(error.into(), why.into())),
            Ok(all) if all.contains_key(qube) => {
                history::add(layout, task, Outcome::Undone)?;
                Journal::close(layout)?;
                return Err(ApplyError::Reverted(Box::new(error.into())));
            }
            Ok(_) => {}
        }
    }
    close(layout, &next, None)?;
    history::add(layout, task, Outcome::Done)?;
    Journal::close(layout).map(|()| there)
}
