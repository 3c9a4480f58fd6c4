//! How it is known that something holds.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::check::Code;

/// How a claim is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Standing {
    /// In which way.
    pub held: Held,
    /// The checks that look at it.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_text")]
    pub codes: Vec<Code>,
}

/// In which way a claim is known, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// Settings and rules of this bundle see to it, and a check looked.
    Enforced,
    /// It is known of the program or the system in general, not of this bundle.
    Known,
    /// The recipe says so; no configuration can make it true.
    Declared,
    /// This bundle could do something about it, and does not.
    Open,
    /// A check warns of it, or it is excused.
    Warned,
    /// No configuration of qubes can do anything about it.
    OutOfReach,
    /// The check could not be made, since others found something broken first.
    Unknown,
    /// A check found that it is not so.
    Broken,
}

impl Held {
    /// All of them, in the order in which a legend tells them.
    pub const ALL: [Self; 8] =
        [Self::Enforced, Self::Declared, Self::Known, Self::Open, Self::Warned, Self::OutOfReach, Self::Unknown, Self::Broken];

    /// In a word or two.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enforced => "enforced",
            Self::Known => "known",
            Self::Declared => "declared",
            Self::Open => "open",
            Self::Warned => "warned",
            Self::OutOfReach => "out of reach",
            Self::Unknown => "unknown",
            Self::Broken => "BROKEN",
        }
    }

    /// What that means.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Enforced => "settings and rules of this bundle see to it, and the check that is named looked at them",
            Self::Known => "known of the program in general; this bundle has no say in it",
            Self::Declared => "the recipe says so; no configuration can make it true, or see whether it is",
            Self::Open => "this bundle could do something about it, and does not",
            Self::Warned => "the check that is named warns of it, or its author wants it as it is, for a reason",
            Self::OutOfReach => "no configuration of qubes can do anything about it",
            Self::Unknown => {
                "the check that is named could not be made, since others found something broken: put that right first"
            }
            Self::Broken => "the check that is named found that it is not so: do not use this bundle",
        }
    }
}

impl Standing {
    /// Known in a way in which no check looks.
    pub fn unchecked(held: Held) -> Self {
        Self { held, codes: Vec::new() }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// As in `enforced H0201`.
impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.held.fmt(f)?;
        self.codes.iter().try_for_each(|code| write!(f, " {code}"))
    }
}

fn as_text<S: Serializer>(codes: &[Code], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(codes.iter().map(|code| code.as_str()))
}
