//! Carrying out a plan: journal, steps, reading back, books; and going back if any of it fails.

use super::ApplyError;
use super::execute::execute;
use super::generation::{Current, Generation, close};
use super::journal::{Header, Journal};
use super::look::look;
use super::recover::go_back;
use crate::dom0::Layout;
use crate::plan::{Observed, Plan, State};
use crate::qubesd::Qubesd;

/// What is to be in place after a plan.
#[derive(Debug, Clone)]
pub struct Next {
    /// Which generation, with which ledger.
    pub current: Current,
    /// The generation to record, if it is a new one.
    pub generation: Option<Generation>,
    /// The state that the plan brings about.
    pub target: State,
}

/// Carries out `plan`, which was made for `observed`. On any refusal everything is put back.
///
/// # Errors
/// If something was refused or did not take effect. [`ApplyError::Reverted`] if everything is as before; anything else leaves the
/// journal in place, and the next command tries again. [`ApplyError::Unbooked`] if everything is as it is to be.
pub fn activate(
    qubesd: &mut dyn Qubesd,
    layout: &Layout,
    plan: &Plan,
    observed: &Observed,
    next: Next,
) -> Result<(), ApplyError> {
    if !plan.running.is_empty() {
        return Err(ApplyError::Running(plan.running.clone()));
    }
    let Next { current, generation, target } = next;
    if plan.is_empty() && generation.is_none() {
        // One file alone is written or not, without a journal.
        return close(layout, &current, None);
    }
    let absent = target.qubes.keys().filter(|name| !observed.exists(name)).cloned().collect();
    let header = Header::new(observed.restricted_to(&target), absent, plan.steps.clone(), current, generation);
    let mut journal = Journal::begin(layout, &header)?;
    match steps(qubesd, layout, plan, &target, &mut journal) {
        Ok(()) => {
            let closed = close(layout, &header.next, header.generation.as_ref()).and_then(|()| Journal::close(layout));
            closed.map_err(|why| ApplyError::Unbooked(Box::new(why)))
        }
        Err(error) => {
            let turned = journal.turn_back();
            let reverted =
                turned.and_then(|()| go_back(qubesd, layout, &header, journal.begun())).and_then(|()| Journal::close(layout));
            Err(match reverted {
                Ok(()) => ApplyError::Reverted(Box::new(error)),
                Err(why) => ApplyError::Stuck { error: Box::new(error), why: Box::new(why) },
            })
        }
    }
}

fn steps(qubesd: &mut dyn Qubesd, layout: &Layout, plan: &Plan, target: &State, journal: &mut Journal) -> Result<(), ApplyError> {
    for (number, step) in (0_u32..).zip(&plan.steps) {
        journal.step(number)?;
        execute(qubesd, layout, step).map_err(|error| ApplyError::Step { step: Box::new(step.clone()), why: Box::new(error) })?;
    }
    let seen = look(qubesd, layout, target)?;
    match seen.first_difference(target) {
        Some(difference) => Err(ApplyError::NotInEffect(difference)),
        None => journal.done(),
    }
}
