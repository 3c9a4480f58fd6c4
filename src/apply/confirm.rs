//! Waiting until somebody confirms what was done; and confirming it.

use super::ApplyError;
use super::journal::{Journal, Standing};
use crate::dom0::Layout;

/// When what was done counts.
pub enum Counts<'a> {
    /// At once.
    AtOnce,
    /// When somebody confirms it. The other is asked before each step, and then again and again.
    WhenConfirmed(&'a mut dyn FnMut(Moment) -> Wait),
}

/// When is asked whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the next step is begun, which is not to be kept waiting.
    BetweenSteps,
    /// When all is done. Whoever is asked lets a moment pass.
    Done,
}

/// Whether to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// Yes.
    On,
    /// No, because of this.
    Over(String),
}

/// What came of confirming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// Whoever waits for it goes on, and then this generation is in place.
    InTime(u32),
    /// Everything is being put back already.
    TooLate,
    /// Something is under way, but nobody waits for a word yet.
    TooEarly,
    /// Nothing is under way.
    Nothing,
}

/// Waits until somebody confirms what the journal says. What was said first counts, so there is no moment in which both sides are right.
///
/// # Errors
/// If nobody confirmed it ([`ApplyError::NotConfirmed`]), or the journal cannot be read or written.
pub fn wait(journal: &mut Journal, layout: &Layout, go_on: &mut dyn FnMut(Moment) -> Wait) -> Result<(), ApplyError> {
    journal.wait()?;
    let mut known = 0;
    loop {
        let length = journal.length()?;
        if length != known && journal.certain(layout)?.standing == Standing::Counts {
            return Ok(());
        }
        known = length;
        if let Wait::Over(why) = go_on(Moment::Done) {
            journal.give_up()?;
            return match journal.found(layout)?.standing {
                // Giving up has synced all that was said before, too.
                Standing::Counts => Ok(()),
                _ => Err(ApplyError::NotConfirmed(why)),
            };
        }
    }
}

/// Confirms what another process waits for.
///
/// # Errors
/// If the journal cannot be read or written.
pub fn confirm(layout: &Layout) -> Result<Confirmed, ApplyError> {
    let Some(mut journal) = Journal::open(layout)? else { return Ok(Confirmed::Nothing) };
    if journal.found(layout)?.standing == Standing::Waiting {
        journal.confirm()?;
    }
    // Who said it before us may not have synced it.
    let found = journal.certain(layout)?;
    Ok(match found.standing {
        Standing::Changing => Confirmed::TooEarly,
        // A torn record before ours hides it: it does not count, whoever reads it.
        Standing::Waiting | Standing::GivenUp => Confirmed::TooLate,
        Standing::Counts => Confirmed::InTime(found.header.next.generation),
    })
}
