//! Recipes: the one language that people write. TOML, read with a place for every value, so that every fault can be shown where it is.
//!
//! A recipe is data. There is no templating, no code, no environment and no clock in it. [`load`] follows it from its `halite.toml` to the
//! files it includes, the recipes it extends and the files it puts into qubes; `read` takes each text apart; `merge` makes one of them;
//! `references` looks whether all fits together; `labels` reads who is behind the handles, and `personal` keeps them out.
//!
//! **Architecture invariant:** part of `halite` only; dom0 has no parser for recipes. Only `shelf` reads files.

mod bounded;
mod draw;
mod fault;
mod files;
mod folder_path;
mod labels;
mod language;
mod load;
mod merge;
mod parts;
mod personal;
mod place;
mod place_of;
mod read;
mod readable;
mod reader;
mod references;
mod schema;
mod shelf;
mod source;
mod source_path;
mod suggestion;
mod syntax;

pub use fault::{Fault, FaultJson, Faults};
pub use files::{Files, TextFile};
pub use labels::{Handles, LABELS};
pub use language::{
    About, Body, Exception, Extras, FILE, Flow, Gateway, Identity, Keyboard, NamedDisposable, Network, Recipe, STOCK, Settings,
    Staged, StagedFile, Stem, Template, TemplateRef, Vpn, Workstation,
};
pub use load::{load, parse};
pub use place::{At, FileId, Place};
pub use read::{MAXMEM, MEMORY};
pub use schema::schema;
pub use source::{LoadError, Source};
pub use source_path::SourcePath;
pub use suggestion::{did_you_mean, nearest};
