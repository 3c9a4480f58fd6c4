//! What a bundle's author wants although a check finds fault with it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::{CheckCode, Handle, QubeName, Text};

/// Something that a check finds, and that its author wants nevertheless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The check's code, as in `H0302`.
    pub code: CheckCode,
    /// What it is about.
    pub about: About,
    /// Why it is right here.
    pub reason: Text,
}

/// What an exception is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// The bundle as a whole.
    Bundle,
    /// An identity.
    Identity(Handle),
    /// A template that halite makes.
    Template(QubeName),
    /// A qube.
    Qube(QubeName),
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Bundle => f.write_str("the bundle"),
            Self::Identity(handle) => write!(f, "identity {handle}"),
            Self::Template(name) => write!(f, "template {name}"),
            Self::Qube(name) => write!(f, "qube {name}"),
        }
    }
}
