//! How people name a bundle of a store.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::base::{BundleId, BundleName};
use crate::model::Release;

/// The beginning of an id, or `NAME@SERIAL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// The first digits of the id, at least four.
    Prefix(String),
    /// A name and a serial, for one release or for whichever there is.
    NameSerial {
        /// The bundle's name.
        name: BundleName,
        /// Its serial.
        serial: u32,
        /// Its release, where one is meant.
        release: Option<Release>,
    },
}

/// Not a selector.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected the first digits of a bundle's id (at least 4, at most 64), or NAME@SERIAL")]
pub struct BadSelector;

impl Selector {
    /// The one bundle with this id.
    pub fn of(id: BundleId) -> Self {
        Self::Prefix(id.to_string())
    }

    /// The same for bundles of one release only.
    pub fn of_release(self, wanted: Release) -> Self {
        match self {
            Self::NameSerial { name, serial, .. } => Self::NameSerial { name, serial, release: Some(wanted) },
            prefix => prefix,
        }
    }
}

impl FromStr for Selector {
    type Err = BadSelector;

    fn from_str(text: &str) -> Result<Self, BadSelector> {
        if let Some((name, serial)) = text.split_once('@') {
            let name = name.parse().map_err(|_| BadSelector)?;
            let digits = serial.bytes().all(|byte| byte.is_ascii_digit());
            let serial = serial.parse().ok().filter(|_| digits).ok_or(BadSelector)?;
            return Ok(Self::NameSerial { name, serial, release: None });
        }
        let hexadecimal = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match (4..=64).contains(&text.len()) && hexadecimal {
            true => Ok(Self::Prefix(text.to_owned())),
            false => Err(BadSelector),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Prefix(prefix) => f.pad(prefix),
            Self::NameSerial { name, serial, release: None } => write!(f, "{name}@{serial}"),
            Self::NameSerial { name, serial, release: Some(release) } => write!(f, "{name}@{serial} for {release}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_digits_or_name_and_serial() {
        assert_eq!("2f1c".parse(), Ok(Selector::Prefix("2f1c".to_owned())));
        assert_eq!("anonymity-modes@2".parse::<Selector>().unwrap().to_string(), "anonymity-modes@2");
        for bad in ["", "2f1", "2F1C", "xyzw", "a@", "a@-1", "a@+1", "A@1", "@1", &"0".repeat(65)] {
            assert_eq!(bad.parse::<Selector>(), Err(BadSelector), "{bad}");
        }
    }
}
