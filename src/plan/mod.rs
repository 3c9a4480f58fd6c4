//! Plans: what would have to change in dom0, as a value.
//!
//! A [`State`] is what dom0 has or is to have; a [`Ledger`] says what was there before halite; [`plan()`] finds the steps between.
//! Switching to a bundle, rolling back, repairing and leaving are all the same question with another target.
//!
//! **Architecture invariant:** pure. A plan changes nothing, and nobody is asked while it is made.

mod account;
mod conflict;
mod danger;
mod flow_text;
mod flows;
mod inside;
mod ledger;
mod observed;
mod picture;
mod planner;
mod prefix;
mod problem;
mod ranked;
mod refused;
mod room;
mod running;
mod state;
mod step;
mod supplies;
mod text;
mod violation;
mod wanted;
mod way;
mod way_back;

pub use account::{Account, Inverse};
pub use conflict::{Conflict, Thing};
pub use danger::Danger;
pub use flows::{Decider, FlowChange};
pub use ledger::Ledger;
pub use observed::{Links, Observed, Provider, There};
pub use planner::{Plan, plan};
pub use problem::Problem;
pub use ranked::UNFINISHED;
pub use room::Room;
pub use running::{Group, Running};
pub use state::{Feature, Origin, Policy, Property, Settings, State, feature};
pub use step::Step;
pub use supplies::{Needs, Supplies};
pub use wanted::{kept, retired, wanted};
pub use way::{Way, WayChange};
pub use way_back::way_back;
