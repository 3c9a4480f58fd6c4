//! Which generation is in place, and what must be known of all that ever were.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ApplyError;
use super::generation::check_format;
use crate::base::{BundleId, BundleName, QubeName, canonical};
use crate::bundle::Statement;
use crate::disk::{self, Mode};
use crate::dom0::Layout;
use crate::model::Release;
use crate::plan::Ledger;

/// The version of the file's form.
const FORMAT: u32 = 1;
/// The largest file that is read, in bytes.
const MOST: u64 = 64 << 20;

/// Which generation is in place, and what was there before halite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Current {
    format: u32,
    /// The generation; 0 if none is.
    pub generation: u32,
    /// The ledger.
    pub ledger: Ledger,
    /// The highest number that a generation ever had: none is given twice, even when its generation is gone.
    last: u32,
    /// The generation that somebody last said works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<u32>,
    /// Generations that are kept until somebody says otherwise.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub pinned: BTreeSet<u32>,
    /// Qubes that ran when the generation was activated, and are what they were before until what is left to do is done.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub pending: BTreeSet<QubeName>,
    /// The highest serials that were ever activated. They outlive their generations, and spare every command to read all of them.
    highest: Vec<Highest>,
}

/// The highest serial of one name and release that was ever activated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Highest {
    name: BundleName,
    release: Release,
    /// The serial.
    pub serial: u32,
    /// The bundle that had it.
    pub id: BundleId,
}

impl Current {
    /// A dom0 in which nothing was ever activated.
    fn none() -> Self {
        Self {
            format: FORMAT,
            generation: 0,
            ledger: Ledger::default(),
            last: 0,
            confirmed: None,
            pinned: BTreeSet::new(),
            pending: BTreeSet::new(),
            highest: Vec::new(),
        }
    }

    /// The number of the next generation.
    pub fn next(&self) -> u32 {
        self.last.saturating_add(1)
    }

    /// What is in place once generation `generation` is, with its ledger.
    pub fn then(&self, generation: u32, ledger: Ledger) -> Self {
        Self { generation, ledger, last: self.last.max(generation), pending: BTreeSet::new(), ..self.clone() }
    }

    /// The same, but for these qubes, which are what they were before.
    pub fn deferring(self, pending: BTreeSet<QubeName>) -> Self {
        Self { pending, ..self }
    }

    /// Whether this generation is kept whatever is removed: it is in place, was last confirmed, or is pinned.
    pub fn keeps(&self, generation: u32) -> bool {
        self.generation == generation || self.confirmed == Some(generation) || self.pinned.contains(&generation)
    }

    /// The same, once somebody says that it works.
    pub fn confirmed(self) -> Self {
        Self { confirmed: Some(self.generation), ..self }
    }

    /// The same, remembering that this bundle was activated.
    pub fn activating(mut self, statement: &Statement) -> Self {
        let Statement { name, release, serial, .. } = statement;
        match self.highest.iter_mut().find(|known| known.name == *name && known.release == *release) {
            Some(known) if known.serial >= *serial => {}
            Some(known) => (known.serial, known.id) = (*serial, statement.id()),
            None => {
                let new = Highest { name: name.clone(), release: *release, serial: *serial, id: statement.id() };
                self.highest.push(new);
            }
        }
        self
    }

    /// The highest serial that was ever activated of this name and release.
    pub fn highest(&self, name: &BundleName, release: Release) -> Option<&Highest> {
        self.highest.iter().find(|known| known.name == *name && known.release == release)
    }

    /// Reads which generation is in place.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn load(layout: &Layout) -> Result<Self, ApplyError> {
        let path = layout.current();
        match disk::read_if_there(&path, MOST)? {
            None => Ok(Self::none()),
            Some(bytes) => {
                let current: Self = canonical::decode(&bytes).map_err(|error| ApplyError::damaged(&path, error))?;
                check_format(&path, current.format, FORMAT).map(|()| current)
            }
        }
    }

    /// Writes it, durably.
    ///
    /// # Errors
    /// If it cannot.
    pub fn save(&self, layout: &Layout) -> Result<(), ApplyError> {
        disk::make_directory(&layout.state())?;
        Ok(disk::replace(&layout.current(), &canonical::encode(self), Mode::Public)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Digest;

    fn statement(name: &str, serial: u32) -> Statement {
        Statement {
            name: name.parse().unwrap(),
            release: Release::R4_3,
            serial,
            built_with: "halite/0.1.0".to_owned(),
            expires: None,
            manifest: Digest::of(&serial.to_le_bytes()),
            payload: Digest::of(b"p"),
        }
    }

    #[test]
    fn the_highest_serial_is_remembered_for_each_name_and_release() {
        let mut current = Current::none();
        for (name, serial) in [("a", 2), ("b", 7), ("a", 5), ("a", 3)] {
            current = current.then(serial, Ledger::default()).activating(&statement(name, serial));
        }
        let serial = |name: &str, release| current.highest(&name.parse().unwrap(), release).map(|highest| highest.serial);
        assert_eq!(serial("a", Release::R4_3), Some(5));
        assert_eq!(serial("b", Release::R4_3), Some(7));
        assert_eq!(serial("a", Release::R4_2), None);
        assert_eq!(current.generation, 3, "going back does not forget");
        assert_eq!(current.next(), 8, "no number is given twice");
        assert_eq!(current.confirmed().confirmed, Some(3));
    }
}
