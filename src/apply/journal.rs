//! The journal: written before anything is done, so that whatever happens, the next command knows what was under way.
//!
//! The file is a sequence of CBOR values (RFC 8742): a header with everything that is needed to go back or to finish, then a record
//! before each step, then one when all steps were found to be done. A last record that is torn was never relied on. Where writing that
//! one failed, nobody knows whether it is there; so another one follows before anything is put back.

use serde::{Deserialize, Serialize};

use super::ApplyError;
use super::generation::{Current, Generation};
use crate::base::{QubeName, canonical};
use crate::disk::{self, Log};
use crate::dom0::Layout;
use crate::plan::{State, Step};

/// The version of the journal's form.
const FORMAT: u32 = 1;
/// The largest journal that is read, in bytes.
const MOST: u64 = 256 << 20;

/// What was under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    format: u32,
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
}

impl Header {
    /// A header of this form.
    pub fn new(before: State, absent: Vec<QubeName>, steps: Vec<Step>, next: Current, generation: Option<Generation>) -> Self {
        Self { format: FORMAT, before, absent, steps, next, generation }
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
    /// It is put back nevertheless, since nobody was told that it is done.
    Back,
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
    /// The step that was last begun, from 0.
    pub begun: Option<u32>,
    /// Whether all steps were done.
    pub done: bool,
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
        self.log.append(&canonical::encode(&Record::Begin(number)))?;
        self.begun = Some(number);
        Ok(())
    }

    /// The step that was last begun, from 0.
    pub fn begun(&self) -> Option<u32> {
        self.begun
    }

    /// Says that all steps are done.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn done(&mut self) -> Result<(), ApplyError> {
        self.may_be_done = true;
        Ok(self.log.append(&canonical::encode(&Record::Done))?)
    }

    /// Says that everything is about to be put back, where the journal may say that all is done.
    ///
    /// # Errors
    /// If it cannot be written. Nothing may be put back then: the next command would take it for done.
    pub fn turn_back(&mut self) -> Result<(), ApplyError> {
        if self.may_be_done {
            self.log.append(&canonical::encode(&Record::Back))?;
        }
        Ok(())
    }

    /// The journal that is there, if there is one.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn find(layout: &Layout) -> Result<Option<Found>, ApplyError> {
        let path = layout.journal();
        let Some(bytes) = disk::read_if_there(&path, MOST)? else { return Ok(None) };
        let mut header = serde_cbor::Deserializer::from_slice(&bytes).into_iter::<Header>();
        let parsed = header.next().unwrap_or_else(|| unreachable_empty(&bytes));
        let parsed = parsed.map_err(|error| ApplyError::damaged(&path, error))?;
        if parsed.format != FORMAT {
            return Err(ApplyError::damaged(
                &path,
                format!("its format is {}, and this halite-dom0 reads {FORMAT}", parsed.format),
            ));
        }
        let rest = bytes.get(header.byte_offset()..).unwrap_or_default();
        let records: Vec<Record> = serde_cbor::Deserializer::from_slice(rest).into_iter().map_while(Result::ok).collect();
        let begun = records.iter().rev().find_map(|record| if let Record::Begin(number) = record { Some(*number) } else { None });
        Ok(Some(Found { header: parsed, begun, done: records.last() == Some(&Record::Done) }))
    }

    /// Removes the journal, durably: nothing is under way any more.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn close(layout: &Layout) -> Result<(), ApplyError> {
        Ok(disk::remove(&layout.journal())?)
    }
}

/// An empty file has no first value.
fn unreachable_empty(bytes: &[u8]) -> Result<Header, serde_cbor::Error> {
    serde_cbor::from_slice(bytes)
}
