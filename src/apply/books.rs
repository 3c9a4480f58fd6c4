//! The books: what is recorded once everything is done.

use super::ApplyError;
use super::current::Current;
use super::generation::{Generation, Generations};
use crate::dom0::Layout;

/// Closes the books: the generation first, then what is in place. A generation that this does not know yet is none
/// ([`Generations::numbers`]), and goes with the next command ([`Generations::remove_unfinished`]).
pub fn close(layout: &Layout, current: &Current, generation: Option<&Generation>) -> Result<(), ApplyError> {
    if let Some(generation) = generation {
        Generations::of(layout).save(generation)?;
    }
    current.save(layout)
}
