//! A simulation behind sockets, in which something may go wrong at the n-th call.

use std::num::NonZeroUsize;

use super::kept::Kept;
use super::qubesctl::SALT;
use crate::qubesd::{Answer, Qubesd, Reply, Request, Unreachable};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// The call is refused, and nothing changes.
    Refused,
    /// Nothing changes, and no reply ever comes.
    Hung,
    /// qubesd is gone before it does anything.
    DeadBefore,
    /// qubesd does what was asked, and is gone before it says so.
    DeadAfter,
}

/// A kept simulation that counts the calls it is asked.
#[derive(Debug)]
pub struct Served {
    kept: Kept,
    mishap: Option<(NonZeroUsize, Mishap)>,
    calls: usize,
}

impl Served {
    /// Serves `kept`; at the call of that number, counted from 1 and reading included, what is named goes wrong.
    pub fn new(kept: Kept, mishap: Option<(NonZeroUsize, Mishap)>) -> Self {
        Self { kept, mishap, calls: 0 }
    }

    /// How many calls there were.
    pub fn calls(&self) -> usize {
        self.calls
    }

    /// Answers a request.
    ///
    /// # Errors
    /// If the new state cannot be kept.
    pub fn answer(&mut self, untrusted: Request) -> Result<Answer, Unreachable> {
        self.calls = self.calls.saturating_add(1);
        let mishap = self.mishap.filter(|(at, _)| at.get() == self.calls).map(|(_, mishap)| mishap);
        match mishap {
            None => self.reply(untrusted).map(Answer::Reply),
            Some(Mishap::Refused) => {
                let message = format!("call {} is refused, as was asked for", self.calls);
                Ok(Answer::Reply(Reply::Exception { kind: "QubesException".to_owned(), message }))
            }
            Some(Mishap::Hung) => Ok(Answer::Never),
            Some(Mishap::DeadBefore) => Ok(Answer::Gone),
            Some(Mishap::DeadAfter) => self.reply(untrusted).map(|_| Answer::Gone),
        }
    }

    fn reply(&mut self, untrusted: Request) -> Result<Reply, Unreachable> {
        match self.kept.simulation().understand(untrusted) {
            Ok(call) if call.method == SALT => Ok(self.kept.salt(&call)),
            Ok(call) => self.kept.call(&call),
            Err(reply) => Ok(reply),
        }
    }
}
