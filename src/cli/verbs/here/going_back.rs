//! Going back to a generation, or to dom0 as it was before halite: the one way that `rollback` and `uninstall` have.

use super::guard;
use super::manner::Change;
use super::prospect::{self, Consent, Prospect};
use crate::apply::{ApplyError, Deed, Generations};
use crate::cli::Failure;
use crate::cli::here::Here;
use crate::plan::{Danger, State};

/// The way back to a generation. 0 is dom0 as it was before halite, for which no bundle is needed.
pub fn prospect(here: &mut Here, number: u32, consent: &Consent) -> Result<Prospect, Failure> {
    let (wanted, dangers) = recorded(here, number)?;
    Prospect::of(here, wanted, dangers, consent)
}

/// Going that way.
pub fn change(prospect: &Prospect, number: u32, deed: Deed) -> Change {
    let ledger = prospect.current.ledger.after(&prospect.wanted, &prospect.observed.state());
    Change { deed, current: prospect.current.then(number, ledger), generation: None }
}

/// The state of a generation, if its bundle is still trusted; and the rules of today that it would break.
pub fn recorded(here: &mut Here, number: u32) -> Result<(State, Vec<Danger>), Failure> {
    if number == 0 {
        return Ok((State::default(), Vec::new()));
    }
    let generation = Generations::of(&here.layout).load(number).map_err(|error| match error {
        ApplyError::NoGeneration(_) => Failure::from(error).hint("`halite-dom0 generations` shows those that there are"),
        error => error.into(),
    })?;
    let head = generation.head;
    if head.release != here.release {
        let message = format!("generation {number} is of {}, and this dom0 is {}", head.release, here.release);
        return Err(Failure::new(message).hint("build the recipe for this release, and switch to that"));
    }
    let mut verified = prospect::verify_stored(here, head.id)?;
    Ok((generation.state, guard::broken(here, &mut verified)?))
}
