//! What there is to say about states, and which line of the recipe it is about.

use std::cell::RefCell;

use crate::check::Code;
use crate::recipe::{Fault, Place};

/// One thing that was doubtful: what is wrong there, and what it was taken to mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Where, and what.
    pub fault: Fault,
    /// What became of it.
    pub about: About,
}

/// The line of a recipe that a remark belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// None in particular.
    Nothing,
    /// What this qube, or this template, became; and there the line with this key, if there is one.
    Qube(String, Option<&'static str>),
}

impl About {
    /// A qube as a whole.
    pub fn qube(name: impl Into<String>) -> Self {
        Self::Qube(name.into(), None)
    }

    /// One line of what a qube became.
    pub fn key(name: impl Into<String>, key: &'static str) -> Self {
        Self::Qube(name.into(), Some(key))
    }
}

/// All remarks, gathered while everything is read.
#[derive(Debug, Default)]
pub struct Remarks(RefCell<Vec<Remark>>);

impl Remarks {
    /// Most remarks: each stands in the recipe, too, and with more than these it could not be read.
    pub const MOST: usize = 1_000;

    /// Adds a remark.
    pub fn add(&self, about: About, fault: Fault) {
        if !self.is_full() {
            self.0.borrow_mut().push(Remark { fault, about });
        }
    }

    /// Adds a remark with what to do about it.
    pub fn say(&self, about: About, code: Code, place: &Place, message: impl Into<String>, help: &str) {
        self.add(about, Fault::new(code, place.clone(), message).help(Some(help.to_owned())));
    }

    /// Adds all of `others`.
    pub fn take(&self, others: Self) {
        others.0.into_inner().into_iter().for_each(|remark| self.add(remark.about, remark.fault));
    }

    /// Whether there are more than can be said.
    pub fn is_full(&self) -> bool {
        self.0.borrow().len() > Self::MOST
    }

    /// All of them, in the order of the files and their texts.
    pub fn sorted(&self) -> Vec<Remark> {
        let mut remarks = self.0.borrow().clone();
        remarks.sort_by_key(|remark| (remark.fault.place.order(), remark.fault.code));
        remarks.dedup();
        remarks
    }
}
