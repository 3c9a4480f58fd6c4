//! Words for people, in which names are told from the rest.

use std::fmt;
use std::ops::Add;

use serde::{Serialize, Serializer};

use crate::base::cleaned;

/// A sentence, or a part of one. Nothing in it can drive a terminal; each form escapes it for itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Phrase(Vec<Piece>);

/// A part of a phrase.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// Words.
    Plain(String),
    /// A name, a setting, a rule: whatever stands between backticks.
    Name(String),
}

impl Phrase {
    /// `text` of halite's own, in which names stand between backticks.
    pub fn of(text: impl AsRef<str>) -> Self {
        let piece = |(at, part): (usize, &str)| match at % 2 {
            0 => Piece::Plain(cleaned(part)),
            _ => Piece::Name(cleaned(part)),
        };
        let pieces = text.as_ref().split('`').enumerate().map(piece);
        Self(pieces.filter(|piece| !piece.text().is_empty()).collect())
    }

    /// Words that a person wrote: a label, a reason, a summary.
    pub fn written(text: &str) -> Self {
        Self(vec![Piece::Plain(cleaned(text))])
    }

    /// A name.
    pub fn name(name: impl fmt::Display) -> Self {
        Self(vec![Piece::Name(cleaned(&name.to_string()))])
    }

    /// These, with `between` between any two; `none`, if there are none.
    pub fn joined(phrases: impl IntoIterator<Item = Self>, between: &str, none: &str) -> Self {
        let joined = phrases.into_iter().reduce(|all, next| all + Self::of(between) + next);
        joined.unwrap_or_else(|| Self::of(none))
    }

    /// Its parts, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Piece {
    /// Its text.
    pub fn text(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Name(text) => text,
        }
    }
}

impl Add for Phrase {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl From<&str> for Phrase {
    fn from(text: &str) -> Self {
        Self::of(text)
    }
}

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        Self::of(text)
    }
}

/// As on a terminal: names between backticks.
impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Plain(text) => f.write_str(text),
            Piece::Name(text) => write!(f, "`{text}`"),
        })
    }
}

impl Serialize for Phrase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
