//! A door that fails at the n-th change: for tests of what a switch leaves behind.

use crate::base::QubeName;
use crate::qubesd::{Call, Qubesd, Reply, Unreachable};
use crate::salt::Staged;

/// How a change fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// qubesd refuses with this exception and changes nothing.
    Refuse {
        /// The class of the Python exception.
        kind: String,
        /// Its text.
        message: String,
    },
    /// The connection breaks before qubesd does what was asked.
    DieBefore,
    /// qubesd does what was asked, and the connection breaks before the reply.
    DieAfter,
}

/// How long a fault lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// Only that change fails.
    Once,
    /// After it nothing is answered any more, reading included, as if the power had gone.
    ForGood,
}

/// Another door behind which the n-th change fails. Changes are counted from 1: every call that does not only read, and whatever
/// Salt does.
#[derive(Debug)]
pub struct Faulty<Q> {
    inner: Q,
    at: usize,
    fault: Fault,
    lasting: Lasting,
    changes: usize,
    is_dead: bool,
}

impl<Q: Qubesd> Faulty<Q> {
    /// A door that fails at change number `at`.
    pub fn new(inner: Q, at: usize, fault: Fault, lasting: Lasting) -> Self {
        Self { inner, at, fault, lasting, changes: 0, is_dead: false }
    }

    /// How many changes were asked for so far, the failing one included.
    pub fn changes(&self) -> usize {
        self.changes
    }

    /// The door behind, with whatever was done until now.
    pub fn into_inner(self) -> Q {
        self.inner
    }

    /// Does one change, unless it is the one that fails; `refused` is how a refusal looks.
    fn change<T>(
        &mut self,
        refused: impl FnOnce(String, String) -> Result<T, Unreachable>,
        run: impl FnOnce(&mut Q) -> Result<T, Unreachable>,
    ) -> Result<T, Unreachable> {
        self.changes = self.changes.saturating_add(1);
        if self.changes != self.at {
            return run(&mut self.inner);
        }
        self.is_dead = self.lasting == Lasting::ForGood;
        match self.fault.clone() {
            Fault::Refuse { kind, message } => refused(kind, message),
            Fault::DieBefore => Err(gone()),
            Fault::DieAfter => run(&mut self.inner).and(Err(gone())),
        }
    }
}

impl<Q: Qubesd> Qubesd for Faulty<Q> {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        match (self.is_dead, only_reads(&call.method)) {
            (true, _) => Err(gone()),
            (false, true) => self.inner.call(call),
            (false, false) => self.change(|kind, message| Ok(Reply::Exception { kind, message }), |inner| inner.call(call)),
        }
    }

    fn provision(&mut self, qube: &QubeName, state: &Staged) -> Result<(), Unreachable> {
        if self.is_dead {
            return Err(gone());
        }
        self.change(|_, message| Err(Unreachable(message)), |inner| inner.provision(qube, state))
    }
}

fn gone() -> Unreachable {
    Unreachable("the connection to qubesd broke (as this test wants it)".to_owned())
}

/// Whether a method changes nothing.
pub(super) fn only_reads(method: &str) -> bool {
    let verb = method.rsplit('.').next().unwrap_or_default();
    verb.starts_with("Get")
        || verb.starts_with("CheckWith")
        || matches!(verb, "List" | "Info" | "Index" | "CurrentState" | "Help" | "Available" | "Assigned" | "Attached")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Release;
    use crate::sim::Simulation;

    fn tag(name: &str) -> Call {
        Call::new("admin.vm.tag.Set", &"vault".parse().unwrap()).argument(name)
    }

    fn tags(door: &mut impl Qubesd) -> Result<String, Unreachable> {
        match door.call(&Call::new("admin.vm.tag.List", &"vault".parse().unwrap()))? {
            Reply::Ok(tags) => Ok(String::from_utf8(tags).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    /// Sets the tags `a`, `b` and `c`, the second of which fails, and tells which are there in the end.
    #[track_caller]
    fn case(fault: Fault, lasting: Lasting, there: [bool; 3]) {
        let mut door = Faulty::new(Simulation::stock(Release::R4_3), 2, fault, lasting);
        for name in ["x-a", "x-b", "x-c"] {
            let _ = door.call(&tag(name));
            assert_eq!(tags(&mut door).is_err(), door.is_dead, "reading fails only when all does");
        }
        let all = tags(&mut door.into_inner()).unwrap();
        assert_eq!(["x-a", "x-b", "x-c"].map(|name| all.contains(name)), there);
    }

    #[test]
    fn the_second_change_fails() {
        let refusal = Fault::Refuse { kind: "QubesException".to_owned(), message: "no".to_owned() };
        case(refusal, Lasting::Once, [true, false, true]);
        case(Fault::DieBefore, Lasting::Once, [true, false, true]);
        case(Fault::DieBefore, Lasting::ForGood, [true, false, false]);
        case(Fault::DieAfter, Lasting::Once, [true, true, true]);
        case(Fault::DieAfter, Lasting::ForGood, [true, true, false]);
    }
}
