//! States of Salt for dom0, read as data, and the recipe that says the same: for people who come from Salt.
//!
//! `gather` reads the files of a folder; `jinja` sets aside what only a run of Salt would tell; `mend` makes YAML of what is nearly YAML;
//! `yaml` parses; `state` and `top` know how Salt takes states; `action` what Salt's `qvm` takes (`prefs`, `settings`, and `packages` beside it),
//! and gathers it by `qube`; `identity` finds out who is who, with the `mode`, `network` and `template` of each; from that `draft`, `write` writes the recipe. Whatever is doubtful on the way becomes one of the `remarks`, which
//! are drawn in the states and stand as comments in the recipe.
//!
//! **Architecture invariant:** part of `halite` only. Nothing is evaluated and nothing is believed: what comes out is a recipe for people
//! to read, which is checked like any other.

mod action;
mod draft;
mod gather;
mod identity;
mod jinja;
mod mend;
mod mode;
mod network;
mod packages;
mod prefs;
mod qube;
mod remarks;
mod settings;
mod state;
mod template;
mod top;
mod words;
mod write;
mod yaml;

use std::path::Path;

use thiserror::Error;

use crate::base::BundleName;
use crate::disk::DiskError;
use crate::recipe::{Faults, FileId, Files};
use action::Actions;
use gather::Gathered;
use qube::Said;
use remarks::Remarks;

/// A recipe made of states.
#[derive(Debug)]
pub struct Imported {
    /// The recipe.
    pub text: String,
    /// What was doubtful, drawn in the states.
    pub remarks: Faults,
}

/// Why states become no recipe.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The folder cannot be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// More than is read.
    #[error("{0}")]
    TooMuch(String),
    /// Files in it are not what they should be.
    #[error("the states cannot be read")]
    Unreadable(Faults),
    /// There is nothing to make a recipe of.
    #[error("no state in it makes a qube that a recipe can have")]
    Nothing(Faults),
}

/// Makes a recipe called `name` of the states in `folder`.
///
/// # Errors
/// If they cannot be read, or no qube is left of them.
pub fn import(folder: &Path, name: &BundleName) -> Result<Imported, ImportError> {
    let remarks = Remarks::default();
    let gathered = gather::gather(folder, &remarks)?;
    let mut states = Vec::new();
    let mut assignments = Vec::new();
    for (number, path) in gathered.paths.iter().enumerate() {
        let file = FileId::nth(number);
        let Some(document) = document(&gathered, number, &remarks) else { continue };
        if top::is_top(path) {
            assignments.extend(top::read(&document, &remarks));
        } else {
            states.extend(state::read(&document, file, &remarks));
        }
    }
    let meet = |one: FileId, other: FileId| top::meet(one, other, &assignments, &gathered.paths);
    state::find_twins(&states, meet, &remarks);
    top::find_missing(&assignments, &gathered.paths, &remarks);
    let mut actions = Actions::new(&gathered.paths, &assignments, &remarks);
    states.iter().for_each(|state| actions.read(state));
    let said = actions.finish();
    let draft = identity::draft(&said, &remarks);
    let is_full = remarks.is_full();
    let remarks = remarks.sorted();
    let files = Files::new(gathered.files);
    let text = write::recipe(name, &draft, &remarks, &files, &gathered.paths);
    let faults = Faults { files, faults: remarks.into_iter().map(|remark| remark.fault).collect() };
    if said.is_too_much {
        return Err(ImportError::TooMuch(format!("more than {} qubes are in it", Said::QUBES_MOST)));
    }
    if is_full {
        return Err(ImportError::TooMuch(format!("more than {} lines of it are doubtful", Remarks::MOST)));
    }
    if faults.has_errors() {
        return Err(ImportError::Unreadable(faults));
    }
    if draft.identities.is_empty() {
        return Err(ImportError::Nothing(faults));
    }
    Ok(Imported { text, remarks: faults })
}

/// What a file says, if it can be read.
fn document(gathered: &Gathered, number: usize, remarks: &Remarks) -> Option<yaml::Node> {
    let file = FileId::nth(number);
    if gathered.broken.contains(&number) {
        return None;
    }
    let text = &gathered.files.get(number)?.text;
    let plain = jinja::without_code(text, file, remarks)?;
    yaml::read(&plain, file, remarks)
}
