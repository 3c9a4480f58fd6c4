//! Activations from end to end: bundles are compiled from recipes, and a simulated dom0 is switched to them, interrupted, changed by
//! hand, and rolled back.

#![allow(clippy::disallowed_methods, reason = "tests may touch the world")]

mod adopted;
mod bundles;
mod chains;
mod collecting;
mod confirming;
#[path = "../oracle/dice.rs"]
#[allow(dead_code, reason = "the dice of other tests")]
mod dice;
mod dom0;
mod faults;
mod going_back;
mod hand_edits;
mod observing;
#[path = "../pairs/open.rs"]
mod open;
mod order;
mod pruning;
mod recovery;
mod snapshot;
mod switching;
mod torn;
mod untouched;
#[path = "../pairs/watched.rs"]
mod watched;
mod world;
