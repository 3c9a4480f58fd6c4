//! The label colours of qubes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A label that every Qubes system has. Others can be made in dom0; a bundle has no use for them.
///
/// Source: qubes-core-admin, `qubes/config.py`, `defaults["labels"]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it all")]
pub enum Label {
    Red,
    Orange,
    Yellow,
    Green,
    Gray,
    Blue,
    Purple,
    Black,
}

/// Not a label.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected a label: red, orange, yellow, green, gray, blue, purple or black")]
pub struct UnknownLabel;

impl Label {
    /// All labels, in the order in which Qubes numbers them.
    pub const ALL: [Self; 8] =
        [Self::Red, Self::Orange, Self::Yellow, Self::Green, Self::Gray, Self::Blue, Self::Purple, Self::Black];

    /// As qubesd spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Orange => "orange",
            Self::Yellow => "yellow",
            Self::Green => "green",
            Self::Gray => "gray",
            Self::Blue => "blue",
            Self::Purple => "purple",
            Self::Black => "black",
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Label {
    type Err = UnknownLabel;

    fn from_str(text: &str) -> Result<Self, UnknownLabel> {
        Self::ALL.into_iter().find(|label| label.as_str() == text).ok_or(UnknownLabel)
    }
}
