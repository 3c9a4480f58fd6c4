//! Removing generations and bundles that nothing keeps any more.
//!
//! Kept is the generation in place, the one that was last confirmed, those that are pinned, and as many of the latest as somebody says;
//! and of the store, the bundles of all these. Bundles go before the generations that name them, so that whatever interrupts it, the
//! next time finds what is left.

use std::collections::BTreeSet;

use super::ApplyError;
use super::current::Current;
use super::generation::{Generations, Head};
use crate::base::BundleId;
use crate::dom0::Layout;

/// What is kept besides that which always is.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// So many of the latest generations.
    pub latest: usize,
    /// Generations that were activated at this time or later, in seconds since 1970.
    pub since: u64,
    /// Bundles that were never activated, or not since their generations were removed.
    pub unused: Unused,
}

/// What becomes of bundles that no generation ever named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unused {
    /// They may be wanted yet.
    Keep,
    /// They go.
    Remove,
}

/// What nothing keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Garbage {
    /// Generations, the oldest first.
    pub generations: Vec<Head>,
    /// Bundles that are in the store, sorted.
    pub bundles: BTreeSet<BundleId>,
}

impl Garbage {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.generations.is_empty() && self.bundles.is_empty()
    }
}

/// Finds what nothing keeps.
///
/// # Errors
/// If a generation or the store cannot be read.
pub fn garbage(layout: &Layout, current: &Current, keep: &Keep) -> Result<Garbage, ApplyError> {
    let generations = Generations::of(layout);
    let numbers = generations.numbers()?;
    let latest = numbers.len().saturating_sub(keep.latest);
    let mut garbage = Garbage::default();
    let mut needed = BTreeSet::new();
    for (at, number) in numbers.into_iter().enumerate() {
        let head = generations.head(number)?;
        let is_kept = at >= latest || head.activated >= keep.since || current.keeps(number);
        if is_kept {
            needed.insert(head.id);
        } else {
            garbage.generations.push(head);
        }
    }
    let named: BTreeSet<BundleId> = garbage.generations.iter().map(|head| head.id).collect();
    let is_garbage = |id: &BundleId| !needed.contains(id) && (keep.unused == Unused::Remove || named.contains(id));
    garbage.bundles = layout.store().ids()?.into_iter().filter(is_garbage).collect();
    Ok(garbage)
}

/// Removes what was found.
///
/// # Errors
/// If something cannot be removed; what comes after it is then still there.
pub fn collect(layout: &Layout, garbage: &Garbage) -> Result<(), ApplyError> {
    layout.store().remove(garbage.bundles.iter().copied())?;
    Generations::of(layout).remove(garbage.generations.iter().map(|head| head.number))
}
