//! The flow matrix of a report, beside plain distances: how many calls it takes from one identity to another, with and without questions.

use std::collections::{BTreeMap, VecDeque};

use halite::base::Handle;
use halite::check::{Surroundings, traffic};

use crate::case::Case;
use crate::flows::Edge;
use crate::services::Moves;
use crate::world::World;

/// The fewest calls without a question, if there is such a way; and the fewest of all.
type Distance = (Option<usize>, usize);
/// For each two identities between which there is a way.
type Distances = BTreeMap<(Handle, Handle), Distance>;

/// Where the matrix and the oracle disagree.
pub fn disagreement(case: &Case) -> Option<String> {
    let (world, edges) = case.edges();
    let any = distances(&world, &edges, |_| true);
    let unasked = distances(&world, &edges, |edge| !edge.is_asked);
    let plain: Distances = any.into_iter().map(|(pair, any)| (pair.clone(), (unasked.get(&pair).copied(), any))).collect();
    let surroundings = Surroundings::stock(case.release, case.rules.clone());
    let told = traffic(&case.desired, &surroundings, case.release).routes.into_iter().filter_map(|((from, to), route)| {
        let distance = (route.unasked.map(|calls| calls.len()), route.any.len());
        Some(((from?, to?), distance))
    });
    let told: Distances = told.collect();
    (plain != told).then(|| format!("oracle: {plain:?}\nmatrix: {told:?}"))
}

fn distances(world: &World, edges: &[Edge], is_meant: fn(&Edge) -> bool) -> BTreeMap<(Handle, Handle), usize> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for edge in edges.iter().filter(|edge| matches!(edge.moves, Moves::Data | Moves::Control | Moves::Both) && is_meant(edge)) {
        next.entry(&edge.from).or_default().push(&edge.to);
    }
    let mut distances = BTreeMap::new();
    for start in world.callers() {
        let Some(own) = world.owner(start) else { continue };
        let mut far: BTreeMap<&str, usize> = [(start, 0)].into();
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for &to in next.get(at).into_iter().flatten() {
                if far.contains_key(to) {
                    continue;
                }
                let calls = far[at] + 1;
                far.insert(to, calls);
                queue.push_back(to);
                if let Some(other) = world.owner(to).filter(|other| *other != own) {
                    let known = distances.entry((own.clone(), other.clone())).or_insert(calls);
                    *known = calls.min(*known);
                }
            }
        }
    }
    distances
}
