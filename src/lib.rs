//! Halite compiles anonymity modes for Qubes OS into content-addressed, reproducible, signed bundles. dom0 verifies and installs a
//! bundle instead of running generators, and can always go back.
//!
//! The way of the data, and the room of each step:
//!
//! ```text
//! recipe ─ resolve ─ check ─ compile ─ seal ─ sign ┐              on any machine
//!                                                  │ any transport
//! generation ◄ apply ◄ plan ◄ store ◄ verify ◄─────┘              in dom0
//! ```
//!
//! `docs/architecture.md` describes the rooms, which of them are in which of the two programs, and what must never be true.

#[cfg(feature = "dom0")]
pub mod apply;
pub mod base;
pub mod bundle;
pub mod check;
pub mod cli;
pub mod compare;
#[cfg(feature = "build")]
pub mod compile;
pub mod disk;
#[cfg(feature = "dom0")]
pub mod dom0;
#[cfg(feature = "build")]
pub mod from_salt;
pub mod model;
pub mod observe;
pub mod plan;
pub mod qrexec;
pub mod qubesd;
#[cfg(feature = "build")]
pub mod recipe;
pub mod report;
pub mod salt;
pub mod sim;
pub mod store;
pub mod trust;
