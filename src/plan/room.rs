//! How much room a plan may come to need, and whether there certainly is too little.
//!
//! A clone shares with its base what neither of them has changed, and a volume takes what was written to it: so all volumes together may be
//! larger than the pool that they are in, and often are. The most that they can take is said; only what cannot be there at all is a problem.

use std::collections::BTreeMap;

use serde::Serialize;

use super::observed::Observed;
use super::problem::Problem;
use super::state::{Origin, State};
use super::supplies::Supplies;
use crate::base::{PoolName, QubeName};
use crate::model::{Stored, Volume};

/// What may come to be needed of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Room {
    /// The pool.
    pub pool: PoolName,
    /// The most that all that is new in it can ever take, in bytes, with what Qubes keeps of earlier states.
    pub most: u64,
    /// How many earlier revisions of each volume that is.
    pub revisions: u64,
    /// What is free in it, if it says so.
    pub free: Option<u64>,
}

/// Something that takes room.
struct Claim<'a> {
    qube: &'a QubeName,
    pool: &'a PoolName,
    /// The most that can be written to it.
    most: u64,
    kind: Kind<'a>,
}

enum Kind<'a> {
    /// A copy of this volume of this template.
    Copy(&'a QubeName, &'a Stored),
    /// Somebody asked for a volume of this size.
    AskedFor(u64),
    /// The volume that every qube has.
    Usual,
}

/// What may be needed of each pool.
pub fn room(target: &State, observed: &Observed) -> Vec<Room> {
    let Some(supplies) = &observed.supplies else { return Vec::new() };
    let mut most: BTreeMap<&PoolName, u64> = BTreeMap::new();
    for claim in claims(target, observed, supplies) {
        let sum = most.entry(claim.pool).or_default();
        *sum = sum.saturating_add(claim.most);
    }
    let room = |(name, most): (&PoolName, u64)| {
        let pool = supplies.pools.get(name)?;
        let most = most.saturating_mul(pool.revisions.saturating_add(1));
        Some(Room { pool: name.clone(), most, revisions: pool.revisions, free: pool.free() })
    };
    most.into_iter().filter_map(room).collect()
}

/// What certainly is too little.
pub fn shortages(target: &State, observed: &Observed, supplies: &Supplies) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut copies: BTreeMap<&PoolName, (u64, Vec<QubeName>)> = BTreeMap::new();
    let free = |pool: &PoolName| supplies.pools.get(pool).and_then(crate::model::Pool::free);
    for claim in claims(target, observed, supplies) {
        match claim.kind {
            // Between pools nothing is shared: all that was written is written again.
            Kind::Copy(base, volume) if volume.pool.as_ref() != Some(claim.pool) => {
                let (sum, bases) = copies.entry(claim.pool).or_default();
                *sum = sum.saturating_add(volume.usage);
                bases.push(base.clone());
            }
            Kind::AskedFor(size) => {
                if let Some(free) = free(claim.pool).filter(|free| claim.most > *free) {
                    let (qube, pool) = (claim.qube.clone(), claim.pool.clone());
                    problems.push(Problem::NoRoom { qube, size, pool, more: claim.most, free });
                }
            }
            Kind::Copy(..) | Kind::Usual => {}
        }
    }
    for (pool, (needed, mut bases)) in copies {
        bases.dedup();
        if let Some(free) = free(pool).filter(|free| needed > *free) {
            problems.push(Problem::NoRoomForCopies { bases, pool: pool.clone(), needed, free });
        }
    }
    problems
}

fn claims<'a>(target: &'a State, observed: &'a Observed, supplies: &'a Supplies) -> Vec<Claim<'a>> {
    let mut claims = Vec::new();
    for (qube, wanted) in &target.qubes {
        let is_new = !observed.exists(qube);
        match &wanted.origin {
            Some(Origin::Clone(base)) if is_new => {
                for (volume, stored) in supplies.volumes.get(base).into_iter().flatten() {
                    let pool = supplies.default_pools.get(volume);
                    let claim = |pool| Claim { qube, pool, most: stored.size, kind: Kind::Copy(base, stored) };
                    claims.extend(pool.map(claim));
                }
            }
            Some(Origin::App) if is_new => {
                let most = wanted.private_volume.unwrap_or(Volume::PRIVATE_SIZE);
                let kind = wanted.private_volume.map_or(Kind::Usual, Kind::AskedFor);
                claims.extend(supplies.default_pools.get(&Volume::Private).map(|pool| Claim { qube, pool, most, kind }));
            }
            _ => {
                let (Some(size), Some(is)) = (wanted.private_volume, observed.private_volumes.get(qube)) else { continue };
                let (Some(pool), Some(most)) = (&is.pool, size.checked_sub(is.size).filter(|more| *more > 0)) else { continue };
                claims.push(Claim { qube, pool, most, kind: Kind::AskedFor(size) });
            }
        }
    }
    claims
}
