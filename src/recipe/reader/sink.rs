//! Where faults are gathered while everything is read.

use std::cell::{Cell, RefCell};

use crate::recipe::fault::{Fault, Faults};

/// The faults so far.
#[derive(Debug, Default)]
pub struct Sink {
    faults: RefCell<Vec<Fault>>,
    is_partial: Cell<bool>,
}

impl Sink {
    /// Adds a fault.
    pub fn add(&self, fault: Fault) {
        self.faults.borrow_mut().push(fault);
    }

    /// Notes that something could not be read that may declare any name.
    pub fn lacks_names(&self) {
        self.is_partial.set(true);
    }

    /// Whether all names that are declared are known. If not, faults of names that nothing has would mislead.
    pub fn knows_all_names(&self) -> bool {
        !self.is_partial.get()
    }

    /// Whether there are more faults already than will be shown.
    pub fn is_full(&self) -> bool {
        self.count() > Faults::SHOWN
    }

    /// How many faults there are.
    pub fn count(&self) -> usize {
        self.faults.borrow().len()
    }

    /// All faults, in the order of the files and their texts.
    pub fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| (fault.place.order(), fault.code));
        // The parser of TOML says some things twice.
        faults.dedup();
        faults
    }
}
