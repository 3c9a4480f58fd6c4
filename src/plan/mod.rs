//! Plans: what would have to change in dom0, as a value.
//!
//! A [`State`] is what dom0 has or is to have; a [`Ledger`] says what was there before halite; [`plan()`] finds the steps between.
//! Switching to a bundle, rolling back, repairing and leaving are all the same question with another target.
//!
//! **Architecture invariant:** pure. A plan changes nothing, and nobody is asked while it is made.

mod account;
mod danger;
mod inside;
mod ledger;
mod observed;
mod picture;
mod planner;
mod prefix;
mod ranked;
mod state;
mod step;
mod text;
mod violation;
mod wanted;
mod way_back;

pub use account::{Account, Inverse};
pub use danger::Danger;
pub use ledger::Ledger;
pub use observed::{Observed, There};
pub use planner::{Plan, Problem, plan};
pub use ranked::UNFINISHED;
pub use state::{Feature, Origin, Policy, Property, Settings, State, feature};
pub use step::Step;
pub use wanted::{kept, retired, wanted};
pub use way_back::way_back;
