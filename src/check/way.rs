//! The way of a qube to the network: its netvm, the netvm of that one, and so on, as far as the bundle knows.

use std::fmt;

use crate::base::QubeName;
use crate::model::{Desired, Qube};

/// A way, from a qube outwards.
#[derive(Debug)]
pub struct Way<'a> {
    from: &'a QubeName,
    hops: Vec<Hop<'a>>,
    /// Whether the last hop was on the way already.
    loops: bool,
}

/// A qube on the way.
#[derive(Debug, Clone, Copy)]
pub struct Hop<'a> {
    /// Its name.
    pub name: &'a QubeName,
    /// What it is, if it is the bundle's. Where the way leads from a qube that is not, the bundle does not know.
    pub qube: Option<&'a Qube>,
}

impl<'a> Way<'a> {
    /// The way of the qube of this name.
    pub fn of(desired: &'a Desired, from: &'a QubeName) -> Self {
        let mut way = Self { from, hops: Vec::new(), loops: false };
        let mut at = desired.qubes.get(from);
        while let Some(name) = at.and_then(|qube| qube.pref_qube("netvm")) {
            way.loops = name == from || way.hops.iter().any(|hop| hop.name == name);
            at = desired.qubes.get(name);
            way.hops.push(Hop { name, qube: at });
            if way.loops {
                break;
            }
        }
        way
    }

    /// The qubes on it, from the qube's netvm on.
    pub fn hops(&self) -> &[Hop<'a>] {
        &self.hops
    }

    /// Whether it leads back to where it came from. A loop further on is that of the qubes on it.
    pub fn leads_back(&self) -> bool {
        self.loops && self.hops.last().is_some_and(|hop| hop.name == self.from)
    }
}

impl fmt::Display for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.from.fmt(f)?;
        self.hops.iter().try_for_each(|hop| write!(f, " → {}", hop.name))
    }
}
