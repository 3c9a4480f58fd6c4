//! The classes of qubes that a bundle holds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most qubes of a system, everything included. Source: qubes-core-admin R4.3, `qubes/config.py`, `max_qid`.
pub const MOST_QUBES: usize = 10_000;

/// What kind of qube Qubes makes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Class {
    /// A qube on a template, that keeps its private volume.
    #[default]
    #[serde(rename = "AppVM")]
    App,
    /// A disposable with a name of its own, that is made from a disposable template and keeps nothing.
    #[serde(rename = "DispVM")]
    Disposable,
}

impl Class {
    /// As Qubes spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::App => "AppVM",
            Self::Disposable => "DispVM",
        }
    }

    /// Whether it is what is made where nothing is said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.as_str())
    }
}
