//! The verbs of `halite`, which run anywhere. What several of them share: `recipe`, `judged`, `new_recipe` and `passphrase`;
//! `draft` is the text that `init` writes.

mod build;
mod check;
mod diff;
mod draft;
mod export;
mod import_salt;
mod init;
mod judged;
mod keygen;
mod new_recipe;
mod passphrase;
mod plan;
mod recipe;
mod report;
mod schema;
mod show;
mod sign;
mod simulate;
mod stand_in;
mod verify;

pub use super::{explain::Explain, policy::anywhere::Policy};
pub use {
    build::Build, check::Check, diff::Diff, export::Export, import_salt::ImportSalt, init::Init, keygen::Keygen, plan::ShowPlan,
    report::Report, schema::Schema, show::Show, sign::Sign, simulate::Simulate, stand_in::StandIn, verify::Verify,
};
