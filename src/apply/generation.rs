//! Generations: what was activated. And which one is in place.

use serde::{Deserialize, Serialize};

use super::ApplyError;
use crate::base::{BundleId, BundleName, canonical};
use crate::bundle::Statement;
use crate::disk::{self, Mode};
use crate::dom0::Layout;
use crate::model::Release;
use crate::plan::{Ledger, State};

/// The version of both files' form.
const FORMAT: u32 = 1;
/// The largest of either file that is read, in bytes.
const MOST: u64 = 64 << 20;

/// A bundle that was activated, and the state that it brought about. Never changed once it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    format: u32,
    /// From 1. Generation 0 is dom0 as it was before halite.
    pub number: u32,
    /// The bundle.
    pub id: BundleId,
    /// The bundle's name.
    pub name: BundleName,
    /// The bundle's release.
    pub release: Release,
    /// The bundle's serial.
    pub serial: u32,
    /// When it was activated, in seconds since 1970.
    pub activated: u64,
    /// The state that it manages.
    pub state: State,
}

impl Generation {
    /// A generation of this form.
    pub fn new(number: u32, statement: &Statement, activated: u64, state: State) -> Self {
        Self {
            format: FORMAT,
            number,
            id: statement.id(),
            name: statement.name.clone(),
            release: statement.release,
            serial: statement.serial,
            activated,
            state,
        }
    }
}

/// Which generation is in place, and what was there before halite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Current {
    format: u32,
    /// The generation; 0 if none is.
    pub generation: u32,
    /// The ledger.
    pub ledger: Ledger,
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
        Self { format: FORMAT, generation: 0, ledger: Ledger::default(), highest: Vec::new() }
    }

    /// What is in place once generation `generation` is, with its ledger.
    pub fn then(&self, generation: u32, ledger: Ledger) -> Self {
        Self { generation, ledger, ..self.clone() }
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
                check_format(&path, current.format).map(|()| current)
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

/// The generations that are kept.
#[derive(Debug, Clone)]
pub struct Generations<'a> {
    layout: &'a Layout,
}

impl<'a> Generations<'a> {
    /// Those of this dom0.
    pub fn of(layout: &'a Layout) -> Self {
        Self { layout }
    }

    /// The numbers of all, sorted.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn numbers(&self) -> Result<Vec<u32>, ApplyError> {
        let names = disk::list(&self.layout.generations())?;
        let mut numbers: Vec<u32> = names.iter().filter_map(|name| name.strip_suffix(".cbor")?.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The number of the next one.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn next(&self) -> Result<u32, ApplyError> {
        Ok(self.numbers()?.last().map_or(1, |last| last.saturating_add(1)))
    }

    /// One of them.
    ///
    /// # Errors
    /// If there is none of that number, or it cannot be read.
    pub fn load(&self, number: u32) -> Result<Generation, ApplyError> {
        let path = self.path(number);
        let bytes = disk::read_if_there(&path, MOST)?.ok_or(ApplyError::NoGeneration(number))?;
        let generation: Generation = canonical::decode(&bytes).map_err(|error| ApplyError::damaged(&path, error))?;
        check_format(&path, generation.format)?;
        if generation.number == number { Ok(generation) } else { Err(ApplyError::damaged(&path, "it is another generation's")) }
    }

    /// All of them.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn all(&self) -> Result<Vec<Generation>, ApplyError> {
        self.numbers()?.into_iter().map(|number| self.load(number)).collect()
    }

    /// Writes one, durably.
    ///
    /// # Errors
    /// If it cannot.
    pub fn save(&self, generation: &Generation) -> Result<(), ApplyError> {
        disk::make_directory(&self.layout.generations())?;
        Ok(disk::replace(&self.path(generation.number), &canonical::encode(generation), Mode::Public)?)
    }

    fn path(&self, number: u32) -> std::path::PathBuf {
        self.layout.generations().join(format!("{number}.cbor"))
    }
}

/// The books: the generation first, then what is in place. A generation that nothing points to does no harm.
pub fn close(layout: &Layout, current: &Current, generation: Option<&Generation>) -> Result<(), ApplyError> {
    if let Some(generation) = generation {
        Generations::of(layout).save(generation)?;
    }
    current.save(layout)
}

fn check_format(path: &std::path::Path, format: u32) -> Result<(), ApplyError> {
    match format {
        FORMAT => Ok(()),
        other => Err(ApplyError::damaged(path, format!("its format is {other}, and this halite-dom0 reads {FORMAT}"))),
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
    }
}
