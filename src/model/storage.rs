//! Storage: the volumes of qubes that outlive a shutdown, and the pools that they are in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::PoolName;

/// A volume. Of a qube that is based on a template, only the private one outlives a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Volume {
    /// The system.
    Root,
    /// What the qube keeps: `/rw`.
    Private,
}

impl Volume {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Root, Self::Private];
    /// The size of a private volume of which nothing is said, in bytes. Source: qubes-core-admin, `qubes/config.py`,
    /// `private_img_size`.
    pub const PRIVATE_SIZE: u64 = 2 << 30;

    /// As Qubes spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Private => "private",
        }
    }
}

impl fmt::Display for Volume {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a volume is, and how large.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// The pool; none if its name is none that halite can ask for.
    pub pool: Option<PoolName>,
    /// How large it may become, in bytes.
    pub size: u64,
    /// How much of that was written so far.
    pub usage: u64,
}

/// A storage pool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// How much it holds, in bytes, if it says so.
    pub size: Option<u64>,
    /// How much of that is taken.
    pub usage: Option<u64>,
    /// How many earlier revisions of each volume it keeps where nobody said otherwise.
    pub revisions: u64,
}

impl Pool {
    /// How much can still be written, if that is known.
    pub fn free(&self) -> Option<u64> {
        Some(self.size?.saturating_sub(self.usage?))
    }
}
