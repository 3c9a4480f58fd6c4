//! One verb a file, and what several of them share: `target` (a bundle on the command line), `recipe`, `passphrase` (halite), `inspect`,
//! `prospect` (halite-dom0).

#[cfg(feature = "build")]
mod build;
#[cfg(feature = "build")]
mod check;
#[cfg(feature = "dom0")]
mod import;
#[cfg(feature = "dom0")]
mod inspect;
#[cfg(feature = "build")]
mod keygen;
#[cfg(feature = "dom0")]
mod listing;
#[cfg(feature = "build")]
mod passphrase;
#[cfg(feature = "dom0")]
mod plan;
#[cfg(feature = "dom0")]
mod prospect;
#[cfg(feature = "build")]
mod recipe;
#[cfg(feature = "dom0")]
mod rollback;
mod show;
#[cfg(feature = "build")]
mod sign;
#[cfg(feature = "dom0")]
mod status;
#[cfg(feature = "dom0")]
mod switch;
mod target;
#[cfg(feature = "dom0")]
mod trust;
mod verify;

#[cfg(feature = "build")]
pub use {build::Build, check::Check, keygen::Keygen, show::Show, sign::Sign, verify::Verify};
#[cfg(feature = "dom0")]
pub use {
    import::Import, listing::List, listing::ShowStored, listing::VerifyHere, plan::ShowPlan, rollback::Rollback,
    status::ListGenerations, status::Status, switch::Switch, trust::Trust,
};
