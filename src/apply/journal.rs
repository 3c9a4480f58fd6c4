//! The journal: written before anything is done, so that whatever happens, the next command knows what was under way.
//!
//! The file is a sequence of CBOR values (RFC 8742): a header with all steps and everything that is needed to go back or to finish, then
//! a record before each step of which dom0 cannot tell afterwards whether it was begun ([`Step::is_traceless`]), then one when all steps
//! were found to be done. A last record that is torn was never relied on. Where writing that one failed, nobody knows whether it is there;
//! so another one follows before anything is put back.
//!
//! Where somebody is to confirm what was done, a record says so instead, and the word is a record, too: whether it came in time is
//! decided by the order of the records. It is written into the very journal that it is about, so it can never count for another.

use serde::{Deserialize, Serialize};

use super::current::Current;
use super::deed::Task;
use super::generation::{Generation, check_format};
use super::{ApplyError, sequence};
use crate::base::{BundleId, QubeName, canonical};
use crate::disk::{self, Log};
use crate::dom0::Layout;
use crate::plan::{State, Step};

/// The version of the journal's form.
const FORMAT: u32 = 2;
/// The one before, which had a record before every step. What it says more than this one, nobody ever needed, so it is read as well.
const WITH_ALL_STEPS: u32 = 1;
/// The largest journal that is read, in bytes.
const MOST: u64 = 256 << 20;

/// What was under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    format: u32,
    /// What is done.
    pub task: Task,
    /// All that the steps change, as it was.
    pub before: State,
    /// What did not exist before.
    pub absent: Vec<QubeName>,
    /// The steps.
    pub steps: Vec<Step>,
    /// What is in place when all steps are done.
    pub next: Current,
    /// The generation to be recorded then, if it is a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<Generation>,
    /// The qube that is removed for ever, if that is what is done: nothing brings it back, so once it is gone only the books are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<QubeName>,
}

impl Header {
    /// A header of this form.
    pub fn new(
        task: Task,
        before: State,
        absent: Vec<QubeName>,
        steps: Vec<Step>,
        next: Current,
        generation: Option<Generation>,
    ) -> Self {
        Self { format: FORMAT, task, before, absent, steps, next, generation, removed: None }
    }

    /// A header for removing a qube.
    pub fn removing(task: Task, qube: QubeName, next: Current) -> Self {
        let removed = Some(qube);
        Self { removed, ..Self::new(task, State::default(), Vec::new(), Vec::new(), next, None) }
    }

    /// The bundle that was being activated, if it is a new one.
    pub fn bundle(&self) -> Option<BundleId> {
        self.generation.as_ref().map(|generation| generation.head.id)
    }
}

/// A record after the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Record {
    /// The step of this number, from 0, is about to be done.
    Begin(u32),
    /// All steps were done, and dom0 was read back: only the books are left.
    Done,
    /// The same, but somebody is to confirm it first.
    Waiting,
    /// Somebody did.
    Confirmed,
    /// Nobody did in time, and it is to be put back.
    GivenUp,
    /// It is put back nevertheless, since nobody was told that it is done.
    Back,
}

/// How far an activation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its steps are being done.
    Changing,
    /// They are done, and somebody is to confirm that.
    Waiting,
    /// They are done, and that counts: only the books are left.
    Counts,
    /// They are done, and to be put back.
    GivenUp,
}

impl Standing {
    /// After this record.
    fn then(self, record: &Record) -> Self {
        match (self, record) {
            (Self::Changing, Record::Done) | (Self::Waiting, Record::Confirmed) => Self::Counts,
            (Self::Changing, Record::Waiting) => Self::Waiting,
            (Self::Waiting, Record::GivenUp) | (Self::Counts, Record::Back) => Self::GivenUp,
            // What comes too early or too late changes nothing.
            _ => self,
        }
    }
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    log: Log,
    begun: Option<u32>,
    /// Whether it may say that all steps are done.
    may_be_done: bool,
}

/// A journal that was found.
#[derive(Debug)]
pub struct Found {
    /// What was under way.
    pub header: Header,
    /// The last step that a record says was begun, from 0.
    pub begun: Option<u32>,
    /// How far it has come.
    pub standing: Standing,
}

impl Journal {
    /// Begins a journal, durably.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(layout: &Layout, header: &Header) -> Result<Self, ApplyError> {
        disk::make_directory(&layout.state())?;
        Ok(Self { log: Log::create(&layout.journal(), &canonical::encode(header))?, begun: None, may_be_done: false })
    }

    /// Says that the step of this number is about to be done.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn step(&mut self, number: u32) -> Result<(), ApplyError> {
        self.append(&Record::Begin(number))?;
        self.begun = Some(number);
        Ok(())
    }

    /// The last step that a record says was begun, from 0.
    pub fn begun(&self) -> Option<u32> {
        self.begun
    }

    /// Says that all steps are done.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn done(&mut self) -> Result<(), ApplyError> {
        self.may_be_done = true;
        self.append(&Record::Done)
    }

    /// Says that all steps are done, and wait for somebody to confirm it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn wait(&mut self) -> Result<(), ApplyError> {
        self.append(&Record::Waiting)
    }

    /// Confirms what waits for that, unless it was given up before.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn confirm(&mut self) -> Result<(), ApplyError> {
        self.append(&Record::Confirmed)
    }

    /// Gives up to wait, unless it was confirmed before.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn give_up(&mut self) -> Result<(), ApplyError> {
        self.append(&Record::GivenUp)
    }

    fn append(&mut self, record: &Record) -> Result<(), ApplyError> {
        Ok(self.log.append(&canonical::encode(record))?)
    }

    /// How long it is by now. It never shrinks, and stays the same while nothing is said.
    ///
    /// # Errors
    /// If it cannot be told.
    pub fn length(&self) -> Result<u64, ApplyError> {
        Ok(self.log.length()?)
    }

    /// What it says by now, whoever said it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn found(&self, layout: &Layout) -> Result<Found, ApplyError> {
        parse(layout, &self.log.contents(MOST)?)
    }

    /// The journal that is there, to add to it what another process waits for.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(layout: &Layout) -> Result<Option<Self>, ApplyError> {
        match Log::open(&layout.journal()) {
            Ok(log) => Ok(Some(Self { log, begun: None, may_be_done: false })),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The same, on the disk for certain: what is acted on must not be lost afterwards, and whoever said it may have been killed before
    /// it was synced.
    ///
    /// # Errors
    /// If it cannot be synced or read.
    pub fn certain(&self, layout: &Layout) -> Result<Found, ApplyError> {
        self.log.sync()?;
        self.found(layout)
    }

    /// Says that everything is about to be put back, where the journal may say that all is done.
    ///
    /// # Errors
    /// If it cannot be written. Nothing may be put back then: the next command would take it for done.
    pub fn turn_back(&mut self) -> Result<(), ApplyError> {
        if self.may_be_done {
            self.append(&Record::Back)?;
        }
        Ok(())
    }

    /// The journal that is there, if there is one, to look at. Who acts on it needs [`Journal::certain`].
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn find(layout: &Layout) -> Result<Option<Found>, ApplyError> {
        let bytes = disk::read_if_there(&layout.journal(), MOST)?;
        bytes.map(|bytes| parse(layout, &bytes)).transpose()
    }

    /// Removes the journal, durably: nothing is under way any more.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn close(layout: &Layout) -> Result<(), ApplyError> {
        Ok(disk::remove(&layout.journal())?)
    }
}

fn parse(layout: &Layout, bytes: &[u8]) -> Result<Found, ApplyError> {
    let path = layout.journal();
    let (header, rest) = sequence::first::<Header>(bytes).map_err(|error| ApplyError::damaged(&path, error))?;
    if header.format != WITH_ALL_STEPS {
        check_format(&path, header.format, FORMAT)?;
    }
    let (records, _) = sequence::whole::<Record>(rest);
    // The highest: of a torn record with zeroes for what was lost, a lower number may be left.
    let begun = records.iter().filter_map(|record| if let Record::Begin(number) = record { Some(*number) } else { None }).max();
    let standing = records.iter().fold(Standing::Changing, Standing::then);
    Ok(Found { header, begun, standing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_first_counts_and_nothing_counts_too_early() {
        use Record::{Begin, Confirmed, Done, GivenUp, Waiting};
        for (records, standing) in [
            (&[][..], Standing::Changing),
            (&[Begin(0), Begin(1)], Standing::Changing),
            (&[Begin(0), Confirmed], Standing::Changing),
            (&[Begin(0), Confirmed, Waiting], Standing::Waiting),
            (&[Begin(0), Waiting, Confirmed, GivenUp], Standing::Counts),
            (&[Begin(0), Waiting, GivenUp, Confirmed], Standing::GivenUp),
            (&[Begin(0), Waiting, GivenUp, Done], Standing::GivenUp),
            (&[Begin(0), Done, GivenUp], Standing::Counts),
        ] {
            assert_eq!(records.iter().fold(Standing::Changing, Standing::then), standing, "{records:?}");
        }
    }
}
