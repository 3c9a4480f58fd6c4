//! Recipes: the one language that people write. TOML, read with a place for every value, so that every fault can be shown where it is.
//!
//! A recipe is data. There is no templating, no code, no environment and no clock in it.
//!
//! **Architecture invariant:** part of `halite` only; dom0 has no parser for recipes. Loading is the one thing here that reads files.

mod fault;
mod language;
mod load;
mod parts;
mod read;
mod reader;
mod references;
mod schema;

pub use fault::{Fault, FaultJson, Faults, did_you_mean};
pub use language::{Body, FILE, Gateway, Identity, Network, Recipe, Stem, Template, TemplateRef, Workstation};
pub use load::{LoadError, Source, load};
pub use reader::At;
pub use schema::schema;
