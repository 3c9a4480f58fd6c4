//! A generation, or a bundle of dom0's store, on the command line.

use std::fs::File;

use super::prospect::{self, verify_stored};
use crate::apply::{Current, Generations};
use crate::base::BundleId;
use crate::cli::Failure;
use crate::cli::here::{Here, not_found};
use crate::store::Selector;
use crate::trust::Verified;

/// A bundle, verified under the trust of today.
pub struct Chosen {
    /// The generation that it was named by, if it was.
    pub generation: Option<u32>,
    /// The bundle.
    pub verified: Verified<File>,
}

/// The generation in place.
///
/// # Errors
/// If none is; `hint` says what to do then. If its bundle is not verified.
pub fn in_place(here: &Here, hint: &str) -> Result<Chosen, Failure> {
    let current = Current::load(&here.layout)?;
    let generation = prospect::in_place(here, &current)?;
    let generation = generation.ok_or_else(|| Failure::new("no generation is in place").hint(hint.to_owned()))?;
    of_generation(here, generation.number, generation.id)
}

/// What `text` names: a number means a generation if there is one of that number.
///
/// # Errors
/// If there is no such thing, or its bundle is not verified.
pub fn found(here: &Here, text: &str) -> Result<Chosen, Failure> {
    let generations = Generations::of(&here.layout);
    let number = text.parse::<u32>().ok();
    if let Some(number) = number.filter(|number| text.len() < 4 || generations.head(*number).is_ok()) {
        return of_generation(here, number, generations.head(number)?.id);
    }
    let selector: Selector =
        text.parse().map_err(|error| Failure::usage(format!("`{text}` is neither a generation nor a bundle: {error}")))?;
    let id = here.layout.store().find(&selector.of_release(here.release)).map_err(not_found)?;
    Ok(Chosen { generation: None, verified: verify_stored(here, id)? })
}

fn of_generation(here: &Here, number: u32, id: BundleId) -> Result<Chosen, Failure> {
    Ok(Chosen { generation: Some(number), verified: verify_stored(here, id)? })
}
