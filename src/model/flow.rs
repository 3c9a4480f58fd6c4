//! Flows that a bundle lets through between what is otherwise kept apart.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::{QubeName, ServiceName, Text};

/// What may move from one qube to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// The qube that calls.
    pub from: QubeName,
    /// The qube that is called.
    pub to: QubeName,
    /// By which services of qrexec.
    pub services: BTreeSet<ServiceName>,
    /// Whether the user is asked each time.
    pub answer: Answer,
    /// Why that must be.
    pub reason: Text,
}

/// What becomes of a call that a flow is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// The user is asked.
    Ask,
    /// It goes through.
    Allow,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::Ask => "ask",
            Self::Allow => "allow",
        })
    }
}
