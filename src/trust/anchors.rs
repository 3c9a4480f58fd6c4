//! Whom dom0 believes: keys in roles, and how many of each role must agree.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use thiserror::Error;

use super::key::{KeyId, PublicKey};

/// What a key vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Wrote the recipe and wants what it says.
    Author,
    /// Compiled the same recipe again, elsewhere, and got the same bundle.
    Rebuilder,
}

impl Role {
    /// Both roles.
    pub const ALL: [Self; 2] = [Self::Author, Self::Rebuilder];

    /// As the command line and the trust directory spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Rebuilder => "rebuilder",
        }
    }

    /// How many keys of the role must have signed where nothing else was said.
    pub fn default_threshold(self) -> u8 {
        match self {
            Self::Author => 1,
            Self::Rebuilder => 0,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or("expected `author` or `rebuilder`".to_owned())
    }
}

/// The trusted keys and the thresholds. At least one author is always required.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchors {
    keys: BTreeMap<KeyId, (Role, PublicKey)>,
    thresholds: BTreeMap<Role, u8>,
}

/// Why a key or a threshold is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadAnchor {
    /// The key is trusted already, under this id or another, or its id is taken.
    #[error("it is already trusted as {role}, with the id {id}; a key counts once, and in one role")]
    Twice {
        /// The id.
        id: KeyId,
        /// The role that it has.
        role: Role,
    },
    /// No author would be needed.
    #[error("at least one author must sign; the threshold of authors cannot be 0")]
    NoAuthor,
}

impl Default for Anchors {
    fn default() -> Self {
        Self { keys: BTreeMap::new(), thresholds: Role::ALL.into_iter().map(|role| (role, role.default_threshold())).collect() }
    }
}

impl Anchors {
    /// Trusts `key` in `role`.
    ///
    /// # Errors
    /// If the key, or another one of that id, is trusted already, in whatever role.
    pub fn add(&mut self, role: Role, key: PublicKey) -> Result<(), BadAnchor> {
        // Compared by the key itself, too: under a second id, one secret could otherwise meet a threshold of two.
        let same = self.keys.values().find(|(_, known)| known.id() == key.id() || known.same_point(&key));
        if let Some((role, known)) = same {
            return Err(BadAnchor::Twice { id: known.id(), role: *role });
        }
        self.keys.insert(key.id(), (role, key));
        Ok(())
    }

    /// Requires signatures of `threshold` keys of `role`.
    ///
    /// # Errors
    /// If that would let a bundle pass without any author.
    pub fn set_threshold(&mut self, role: Role, threshold: u8) -> Result<(), BadAnchor> {
        if role == Role::Author && threshold == 0 {
            return Err(BadAnchor::NoAuthor);
        }
        self.thresholds.insert(role, threshold);
        Ok(())
    }

    /// The key of this id and its role, if it is trusted.
    pub fn get(&self, id: KeyId) -> Option<(Role, &PublicKey)> {
        self.keys.get(&id).map(|(role, key)| (*role, key))
    }

    /// All trusted keys, by id.
    pub fn keys(&self) -> impl Iterator<Item = (Role, &PublicKey)> {
        self.keys.values().map(|(role, key)| (*role, key))
    }

    /// How many keys of `role` must have signed.
    pub fn threshold(&self, role: Role) -> u8 {
        self.thresholds.get(&role).copied().unwrap_or(role.default_threshold())
    }

    /// Whether no key is trusted at all.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}
