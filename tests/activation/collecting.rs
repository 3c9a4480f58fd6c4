//! Removing generations and bundles: what must stay does, whatever is in place, confirmed and pinned.

use std::collections::BTreeSet;
use std::fs;

use halite::apply::{Current, Garbage, Generations, Keep, Unused, collect, garbage};
use halite::base::{BundleId, Digest};
use halite::model::Release;

use crate::bundles::{Bundle, SMALL, bundle};
use crate::dom0::Dom0;

const NOTHING: Keep = Keep { latest: 0, since: u64::MAX, unused: Unused::Keep };

/// A dom0 with generations 1 to 4, activated at these times, the bundle of the first again in the third; all three bundles in the
/// store, and one that was never activated.
fn grown() -> (Dom0, Vec<BundleId>, BundleId) {
    let bundles: Vec<Bundle> = (1..=3).map(|serial| bundle(SMALL, serial, Release::R4_3)).collect();
    let mut dom0 = Dom0::stock(Release::R4_3);
    let order = [0, 1, 0, 2];
    for at in order {
        dom0.switch(&bundles[at]);
    }
    let unused = BundleId(Digest::of(b"unused"));
    fs::create_dir_all(dom0.layout.store().directory()).unwrap();
    let ids: Vec<BundleId> = order.iter().map(|at| bundles[*at].statement.id()).collect();
    ids.iter().chain([&unused]).for_each(|id| fs::write(dom0.layout.store().path_of(*id), "").unwrap());
    (dom0, ids, unused)
}

fn numbers(garbage: &Garbage) -> Vec<u32> {
    garbage.generations.iter().map(|head| head.number).collect()
}

#[test]
fn nothing_that_is_kept_ever_goes() {
    let (dom0, ids, unused) = grown();
    let current = Current::load(&dom0.layout).unwrap();
    let mut cases = 0;
    for in_place in 0..=4 {
        for confirmed in [None, Some(0), Some(1), Some(4)] {
            for pinned in [vec![], vec![1], vec![2, 3]] {
                for latest in 0..=4 {
                    for (since, removes) in [(u64::MAX, Unused::Keep), (3, Unused::Keep), (u64::MAX, Unused::Remove)] {
                        let mut current = current.clone();
                        (current.generation, current.confirmed) = (in_place, confirmed);
                        current.pinned = pinned.iter().copied().collect();
                        let found = garbage(&dom0.layout, &current, &Keep { latest, since, unused: removes }).unwrap();
                        let gone = numbers(&found);
                        // Said once more in other words.
                        let stays = |number: u32| {
                            number == in_place
                                || confirmed == Some(number)
                                || pinned.contains(&number)
                                || number > 4 - latest as u32
                                || u64::from(number) >= since
                        };
                        let expected: Vec<u32> = (1..=4).filter(|number| !stays(*number)).collect();
                        assert_eq!(gone, expected);
                        let needed: BTreeSet<_> =
                            (1..=4).filter(|number| stays(*number)).map(|number| ids[number as usize - 1]).collect();
                        for id in &ids {
                            assert_eq!(found.bundles.contains(id), !needed.contains(id));
                        }
                        assert_eq!(found.bundles.contains(&unused), removes == Unused::Remove);
                        cases += 1;
                    }
                }
            }
        }
    }
    assert_eq!(cases, 900);
}

#[test]
fn what_nothing_keeps_is_removed_and_its_number_is_not_given_again() {
    let (mut dom0, ids, unused) = grown();
    dom0.rollback(2);
    let current = Current::load(&dom0.layout).unwrap();
    let found = garbage(&dom0.layout, &current, &NOTHING).unwrap();
    assert_eq!((numbers(&found), found.bundles.len()), (vec![1, 3, 4], 2));
    collect(&dom0.layout, &found).unwrap();
    assert_eq!(Generations::of(&dom0.layout).numbers().unwrap(), [2]);
    let mut left = vec![ids[1], unused];
    left.sort();
    assert_eq!(dom0.layout.store().ids().unwrap(), left);
    assert!(garbage(&dom0.layout, &current, &NOTHING).unwrap().is_empty());
    assert!(dom0.drift().is_empty());
    let next = bundle(SMALL, 9, Release::R4_3);
    dom0.switch(&next);
    assert_eq!(Current::load(&dom0.layout).unwrap().generation, 5);
}

/// Bundles go first: a generation that is still there tells the next time which bundles are nobody's any more.
#[test]
fn what_stops_it_half_way_leaves_nothing_behind_for_ever() {
    let (dom0, ids, _) = grown();
    let current = Current::load(&dom0.layout).unwrap();
    let stubborn = dom0.layout.store().path_of(ids[0].max(ids[1]));
    fs::remove_file(&stubborn).unwrap();
    fs::create_dir(&stubborn).unwrap();
    let found = garbage(&dom0.layout, &current, &NOTHING).unwrap();
    assert!(collect(&dom0.layout, &found).is_err());
    assert_eq!(Generations::of(&dom0.layout).numbers().unwrap(), [1, 2, 3, 4]);
    fs::remove_dir(&stubborn).unwrap();
    fs::write(&stubborn, "").unwrap();
    let again = garbage(&dom0.layout, &current, &NOTHING).unwrap();
    collect(&dom0.layout, &again).unwrap();
    assert_eq!(Generations::of(&dom0.layout).numbers().unwrap(), [4]);
    assert_eq!(dom0.layout.store().ids().unwrap().len(), 2, "the one in place, and the one that was never activated");
}
