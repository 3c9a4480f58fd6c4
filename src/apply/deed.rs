//! What is done in dom0, as the journal and the history name it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::generation::Generation;
use crate::base::{BundleId, BundleName, QubeName};

/// Something that is done, and when it was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// When it was begun, in seconds since 1970.
    pub begun: u64,
    /// What is done.
    pub deed: Deed,
}

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// A bundle was switched to.
    Switch {
        /// The new generation.
        generation: u32,
        /// The bundle.
        id: BundleId,
        /// The bundle's name.
        name: BundleName,
        /// The bundle's serial.
        serial: u32,
    },
    /// An earlier generation was gone back to.
    Rollback {
        /// Which one.
        generation: u32,
    },
    /// What was changed by hand since, or lost, was set again.
    Repair {
        /// The generation in place.
        generation: u32,
    },
    /// What could not be done while qubes ran was done.
    Resume {
        /// The generation in place.
        generation: u32,
    },
    /// Everything became what it was before halite.
    Uninstall,
    /// Somebody said that a generation works.
    Confirm {
        /// Which one.
        generation: u32,
    },
    /// A qube was removed for ever.
    Prune {
        /// Its name.
        qube: QubeName,
    },
    /// Generations and bundles that nothing kept were removed.
    Collect {
        /// How many generations.
        generations: u32,
        /// How many bundles.
        bundles: u32,
    },
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused, or not confirmed, and everything was put back.
    Undone,
    /// It was interrupted when all was done, and a later command closed the books.
    Recovered,
    /// It was interrupted, and a later command put everything back.
    RecoveredUndone,
}

impl Deed {
    /// Switching to what is recorded in `generation`.
    pub fn switch(Generation { head, .. }: &Generation) -> Self {
        Self::Switch { generation: head.number, id: head.id, name: head.name.clone(), serial: head.serial }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Switch { generation, id, name, serial } => {
                write!(f, "switch to {name}@{serial} ({}), generation {generation}", id.short())
            }
            Self::Rollback { generation } => write!(f, "rollback to generation {generation}"),
            Self::Repair { generation } => write!(f, "repair of generation {generation}"),
            Self::Resume { generation } => write!(f, "what was left to do of generation {generation}"),
            Self::Uninstall => f.write_str("uninstall"),
            Self::Confirm { generation } => write!(f, "confirm generation {generation}"),
            Self::Prune { qube } => write!(f, "prune {qube}"),
            Self::Collect { generations, bundles } => write!(f, "gc (generations: {generations}, bundles: {bundles})"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::Undone => "undone",
            Self::Recovered => "interrupted when all was done; the books were closed later",
            Self::RecoveredUndone => "interrupted, and undone later",
        })
    }
}
