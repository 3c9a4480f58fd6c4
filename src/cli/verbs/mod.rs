//! One verb a file; `policy`, which has verbs of its own, is in both programs. What several of them share: `target`, `compared`, `describe`,
//! `judge`, `planned` and `verification` in both programs; `captured`, `recipe`, `new_recipe` and `passphrase` in `halite`; `inspect`, `guard` and `prospect` in `halite-dom0`. `draft` is the
//! text that `init` writes.

mod compared;
mod describe;
mod explain;
mod judge;
mod planned;
mod policy;
mod target;
mod verification;

pub use explain::Explain;

#[cfg(feature = "build")]
mod build;
#[cfg(feature = "build")]
mod captured;
#[cfg(feature = "build")]
mod check;
#[cfg(feature = "build")]
mod diff;
#[cfg(feature = "build")]
mod draft;
#[cfg(feature = "build")]
mod export;
#[cfg(feature = "build")]
mod import_salt;
#[cfg(feature = "build")]
mod init;
#[cfg(feature = "build")]
mod judged;
#[cfg(feature = "build")]
mod keygen;
#[cfg(feature = "build")]
mod new_recipe;
#[cfg(feature = "build")]
mod passphrase;
#[cfg(feature = "build")]
mod plan_elsewhere;
#[cfg(feature = "build")]
mod recipe;
#[cfg(feature = "build")]
mod schema;
#[cfg(feature = "build")]
mod show;
#[cfg(feature = "build")]
mod sign;
#[cfg(feature = "build")]
mod simulate;
#[cfg(feature = "build")]
mod verify;

#[cfg(feature = "build")]
pub use {
    build::Build, check::Check, diff::Diff, export::Export, import_salt::ImportSalt, init::Init, keygen::Keygen,
    plan_elsewhere::PlanElsewhere, policy::Policy, schema::Schema, show::Show, sign::Sign, simulate::Simulate, verify::Verify,
};

#[cfg(feature = "dom0")]
mod capture;
#[cfg(feature = "dom0")]
mod diff_here;
#[cfg(feature = "dom0")]
mod generations;
#[cfg(feature = "dom0")]
mod guard;
#[cfg(feature = "dom0")]
mod import;
#[cfg(feature = "dom0")]
mod inspect;
#[cfg(feature = "dom0")]
mod list;
#[cfg(feature = "dom0")]
mod plan;
#[cfg(feature = "dom0")]
mod prospect;
#[cfg(feature = "dom0")]
mod rollback;
#[cfg(feature = "dom0")]
mod show_stored;
#[cfg(feature = "dom0")]
mod status;
#[cfg(feature = "dom0")]
mod switch;
#[cfg(feature = "dom0")]
mod trust;
#[cfg(feature = "dom0")]
mod verify_here;

#[cfg(feature = "dom0")]
pub use {
    capture::TakeCapture, diff_here::DiffHere, generations::ListGenerations, import::Import, list::List, plan::ShowPlan,
    policy::PolicyHere, rollback::Rollback, show_stored::ShowStored, status::Status, switch::Switch, trust::Trust,
    verify_here::VerifyHere,
};
