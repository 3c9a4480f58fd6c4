//! Generations: what was activated, a file each.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::current::Current;
use super::{ApplyError, sequence};
use crate::base::{BundleId, BundleName, canonical};
use crate::bundle::Statement;
use crate::disk::{self, Mode};
use crate::dom0::Layout;
use crate::model::Release;
use crate::plan::State;

/// The version of the file's form: two CBOR values, the head and the state.
const FORMAT: u32 = 1;
/// The largest file that is read, in bytes.
const MOST: u64 = 64 << 20;
/// A head has no more bytes: its longest text is a bundle's name.
const HEAD_MOST: u64 = 1024;

/// A bundle that was activated, and the state that it brought about. Never changed once it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    /// What it is.
    pub head: Head,
    /// The state that it manages.
    pub state: State,
}

/// What a generation is, without the state. It stands first in the file, so that many can be listed without reading all of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
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
}

impl Generation {
    /// A generation of this form.
    pub fn new(number: u32, statement: &Statement, activated: u64, state: State) -> Self {
        let head = Head {
            format: FORMAT,
            number,
            id: statement.id(),
            name: statement.name.clone(),
            release: statement.release,
            serial: statement.serial,
            activated,
        };
        Self { head, state }
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

    /// The numbers of all that ever were in place, sorted.
    ///
    /// # Errors
    /// If the directory cannot be read, or what is in place.
    pub fn numbers(&self) -> Result<Vec<u32>, ApplyError> {
        let names = disk::list(&self.layout.generations())?;
        let next = Current::load(self.layout)?.next();
        let numbers = names.iter().filter_map(|name| name.strip_suffix(".cbor")?.parse().ok());
        let mut numbers: Vec<u32> = numbers.filter(|number| *number < next).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// One of them.
    ///
    /// # Errors
    /// If there is none of that number, or it cannot be read.
    pub fn load(&self, number: u32) -> Result<Generation, ApplyError> {
        let path = self.path(number);
        let bytes = disk::read_if_there(&path, MOST)?.ok_or(ApplyError::NoGeneration(number))?;
        let damaged = |error| ApplyError::damaged(&path, error);
        let (head, rest) = sequence::first::<Head>(&bytes).map_err(damaged)?;
        check_format(&path, head.format, FORMAT)?;
        let state = canonical::decode(rest).map_err(|error| ApplyError::damaged(&path, error))?;
        self.checked(number, head).map(|head| Generation { head, state })
    }

    /// The head of one of them.
    ///
    /// # Errors
    /// If there is none of that number, or it cannot be read.
    pub fn head(&self, number: u32) -> Result<Head, ApplyError> {
        let path = self.path(number);
        let bytes = disk::read_beginning(&path, HEAD_MOST).map_err(|error| match error.is_not_found() {
            true => ApplyError::NoGeneration(number),
            false => error.into(),
        })?;
        let (head, _) = sequence::first::<Head>(&bytes).map_err(|error| ApplyError::damaged(&path, error))?;
        check_format(&path, head.format, FORMAT)?;
        self.checked(number, head)
    }

    fn checked(&self, number: u32, head: Head) -> Result<Head, ApplyError> {
        if head.number == number { Ok(head) } else { Err(ApplyError::damaged(&self.path(number), "it is another generation's")) }
    }

    /// Writes one, durably.
    ///
    /// # Errors
    /// If it cannot.
    pub fn save(&self, generation: &Generation) -> Result<(), ApplyError> {
        let bytes = [canonical::encode(&generation.head), canonical::encode(&generation.state)].concat();
        disk::make_directory(&self.layout.generations())?;
        Ok(disk::replace(&self.path(generation.head.number), &bytes, Mode::Public)?)
    }

    /// Removes these, durably.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn remove(&self, numbers: impl IntoIterator<Item = u32>) -> Result<(), ApplyError> {
        Ok(disk::remove_all(&self.layout.generations(), numbers.into_iter().map(file_name))?)
    }

    /// Removes what was written of the next one before it was in place, if anything was.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove_unfinished(&self) -> Result<(), ApplyError> {
        Ok(disk::remove(&self.path(Current::load(self.layout)?.next()))?)
    }

    fn path(&self, number: u32) -> PathBuf {
        self.layout.generations().join(file_name(number))
    }
}

fn file_name(number: u32) -> String {
    format!("{number}.cbor")
}

/// Refuses a file of another form.
pub fn check_format(path: &Path, format: u32, ours: u32) -> Result<(), ApplyError> {
    if format == ours {
        return Ok(());
    }
    Err(ApplyError::damaged(path, format!("its format is {format}, and this halite-dom0 reads {ours}")))
}
