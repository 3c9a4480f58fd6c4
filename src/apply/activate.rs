//! Carrying out a plan: journal, steps, reading back, books; and going back if any of it fails.

use super::books::close;
use super::confirm::{Counts, Moment, Wait, wait};
use super::current::Current;
use super::deed::{Outcome, Task};
use super::execute::execute;
use super::generation::Generation;
use super::inside::check_free;
use super::journal::{Header, Journal};
use super::look::look;
use super::recover::go_back;
use super::{ApplyError, history};
use crate::dom0::Layout;
use crate::plan::{Observed, Plan, State};
use crate::qubesd::Qubesd;

/// What is to be in place after a plan.
#[derive(Debug, Clone)]
pub struct Next {
    /// What this is, for the history.
    pub task: Task,
    /// Which generation, with which ledger.
    pub current: Current,
    /// The generation to record, if it is a new one.
    pub generation: Option<Generation>,
    /// The state that the plan brings about.
    pub target: State,
}

/// Carries out `plan`, which was made for `observed`. On any refusal everything is put back; and so it is where somebody is to confirm
/// what was done, and nobody does.
///
/// # Errors
/// If something was refused, did not take effect, or was not confirmed. [`ApplyError::Reverted`] if everything is as before; anything else
/// leaves the journal in place, and the next command tries again. [`ApplyError::Unbooked`] if everything is as it is to be.
pub fn activate(
    qubesd: &mut dyn Qubesd,
    layout: &Layout,
    plan: &Plan,
    observed: &Observed,
    next: Next,
    counts: Counts,
) -> Result<(), ApplyError> {
    if !plan.running.is_empty() {
        return Err(ApplyError::Running(plan.running.clone()));
    }
    let Next { task, current, generation, target } = next;
    let current = if matches!(counts, Counts::AtOnce) { current } else { current.confirmed() };
    if plan.is_empty() && matches!(counts, Counts::AtOnce) {
        // Only the books change, which one file decides about: it is written or not, without a journal.
        close(layout, &current, generation.as_ref())?;
        return history::add(layout, task, Outcome::Done);
    }
    if plan.steps.iter().any(|step| step.provisioned().is_some()) {
        check_free(layout)?;
    }
    let absent = target.qubes.keys().filter(|name| !observed.exists(name)).cloned().collect();
    let before = observed.restricted_to(&target, &Current::load(layout)?.ledger);
    let header = Header::new(task, before, absent, plan.steps.clone(), current, generation);
    let mut journal = Journal::begin(layout, &header)?;
    match steps(qubesd, layout, &header, &target, &mut journal, counts) {
        Ok(()) => {
            let closed = close(layout, &header.next, header.generation.as_ref())
                .and_then(|()| history::add(layout, header.task, Outcome::Done))
                .and_then(|()| Journal::close(layout));
            closed.map_err(|why| ApplyError::Unbooked(Box::new(why)))
        }
        Err(error) => {
            let turned = journal.turn_back();
            let reverted = turned
                .and_then(|()| go_back(qubesd, layout, &header, journal.begun()))
                .and_then(|_| history::add(layout, header.task, Outcome::Undone))
                .and_then(|()| Journal::close(layout));
            Err(match reverted {
                Ok(()) => ApplyError::Reverted(Box::new(error)),
                Err(why) => ApplyError::Stuck { error: Box::new(error), why: Box::new(why) },
            })
        }
    }
}

fn steps(
    qubesd: &mut dyn Qubesd,
    layout: &Layout,
    header: &Header,
    target: &State,
    journal: &mut Journal,
    mut counts: Counts,
) -> Result<(), ApplyError> {
    for (number, step) in (0_u32..).zip(&header.steps) {
        if let Counts::WhenConfirmed(go_on) = &mut counts
            && let Wait::Over(why) = go_on(Moment::BetweenSteps)
        {
            return Err(ApplyError::Stopped { done: number as usize, all: header.steps.len(), why });
        }
        if step.is_traceless() {
            journal.step(number)?;
        }
        execute(qubesd, layout, step, header.bundle())
            .map_err(|error| ApplyError::Step { step: Box::new(step.clone()), why: Box::new(error) })?;
    }
    let seen = look(qubesd, layout, target)?;
    if let Some(difference) = seen.first_difference(target) {
        return Err(ApplyError::NotInEffect(difference));
    }
    match counts {
        Counts::AtOnce => journal.done(),
        Counts::WhenConfirmed(go_on) => wait(journal, layout, go_on),
    }
}
