//! The value of a property.

use serde::{Deserialize, Serialize};

/// A property's value. In the state file plain JSON: `null`, `true`, `400`, `"sys-net"`; what a text stands for, the table of
/// properties says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Value {
    /// Python's `None`; for a reference to a qube, no qube.
    Nothing,
    /// A `bool`.
    Switch(bool),
    /// An `int`.
    Number(i64),
    /// A text, an address, or the name of a qube, label or pool.
    Text(String),
}

impl Value {
    /// As the Admin API sends it: nothing is an empty text.
    pub(super) fn sent(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            other => other.printed(),
        }
    }

    /// As Python's `str()` prints it.
    pub(super) fn printed(&self) -> String {
        match self {
            Self::Nothing => "None".to_owned(),
            Self::Switch(true) => "True".to_owned(),
            Self::Switch(false) => "False".to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    /// Whether it is the switch that is on.
    pub(super) fn is_on(&self) -> bool {
        *self == Self::Switch(true)
    }

    /// The text, if it is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
