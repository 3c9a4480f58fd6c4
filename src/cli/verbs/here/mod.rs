//! The verbs of `halite-dom0`, which run in dom0. What several of them share: `prospect`, `chosen`, `manner`, `going_back`,
//! `guard` and `inspect`.

mod capture;
mod chosen;
mod confirm;
mod diff;
mod gc;
mod generations;
mod going_back;
mod guard;
mod history;
mod import;
mod inspect;
mod list;
mod manner;
mod pin;
mod plan;
mod prospect;
mod prune;
mod recover;
mod report;
mod rollback;
mod show;
mod status;
mod switch;
mod trust;
mod uninstall;
mod verify;

pub use super::{explain::Explain, policy::here::Policy};
pub use {
    capture::TakeCapture, confirm::Confirm, diff::Diff, gc::Gc, generations::ListGenerations, history::History, import::Import,
    list::List, pin::Pin, pin::Unpin, plan::ShowPlan, prune::Prune, recover::Recover, report::Report, rollback::Rollback,
    show::Show, status::Status, switch::Switch, trust::Trust, uninstall::Uninstall, verify::Verify,
};
