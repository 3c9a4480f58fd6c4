//! `halite-dom0 diff`

use clap::Args;

use super::prospect::{self, verify_stored};
use crate::apply::{Current, Generations};
use crate::base::BundleId;
use crate::cli::here::{Here, Where, not_found};
use crate::cli::verbs::compared::{self, Named};
use crate::cli::{Failure, Output};
use crate::store::Selector;

/// Show what two bundles of dom0's store, or generations, differ in
///
/// By what it means: identities, ways to the network, calls between identities, excused checks, qubes, templates and their packages. What
/// could cost somebody their anonymity comes first. Changes nothing. Exit code 3 if there is any difference.
#[derive(Debug, Args)]
#[command(
    name = "diff",
    after_help = "Examples:\n  halite-dom0 diff anonymity-modes@2      against the generation in place\n  halite-dom0 diff 1 2"
)]
pub struct Diff {
    /// A generation's number; or a bundle, by the first digits of its id or NAME@SERIAL
    #[arg(value_name = "FROM")]
    one: String,
    /// What it is compared with [default: FROM is, with the generation in place]
    #[arg(value_name = "TO")]
    other: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Diff {
    /// Runs the verb.
    ///
    /// # Errors
    /// If there is no such bundle or generation, or one is not verified.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let here = place.find()?;
        let one = found(&here, &self.one)?;
        let (from, to) = match &self.other {
            Some(other) => (one, found(&here, other)?),
            None => (in_place(&here)?, one),
        };
        Ok(compared::output(&from, &to, self.json))
    }
}

fn in_place(here: &Here) -> Result<Named, Failure> {
    let current = Current::load(&here.layout)?;
    let generation = prospect::in_place(here, &current)?
        .ok_or_else(|| Failure::new("no generation is in place").hint("name what it is to be compared with, too"))?;
    of_generation(here, generation.number, generation.id)
}

/// A number means a generation if there is one of that number.
fn found(here: &Here, text: &str) -> Result<Named, Failure> {
    let generations = Generations::of(&here.layout);
    let number = text.parse::<u32>().ok();
    if let Some(number) = number.filter(|number| text.len() < 4 || generations.head(*number).is_ok()) {
        return of_generation(here, number, generations.head(number)?.id);
    }
    let selector: Selector =
        text.parse().map_err(|error| Failure::usage(format!("`{text}` is neither a generation nor a bundle: {error}")))?;
    let id = here.layout.store().find(&selector.of_release(here.release)).map_err(not_found)?;
    Named::of(verify_stored(here, id)?.bundle_mut())
}

fn of_generation(here: &Here, number: u32, id: BundleId) -> Result<Named, Failure> {
    let mut named = Named::of(verify_stored(here, id)?.bundle_mut())?;
    named.title = format!("generation {number}: {}", named.title);
    Ok(named)
}
