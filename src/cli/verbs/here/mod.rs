//! The verbs of `halite-dom0`, which run in dom0. What several of them share: `prospect`, `guard` and `inspect`.

mod capture;
mod diff;
mod generations;
mod guard;
mod import;
mod inspect;
mod list;
mod plan;
mod prospect;
mod rollback;
mod show;
mod status;
mod switch;
mod trust;
mod verify;

pub use super::{explain::Explain, policy::here::Policy};
pub use {
    capture::TakeCapture, diff::Diff, generations::ListGenerations, import::Import, list::List, plan::ShowPlan,
    rollback::Rollback, show::Show, status::Status, switch::Switch, trust::Trust, verify::Verify,
};
