//! `halite-dom0` as in dom0, a process of its own beside qubesd's, killed before each single system call with which it changes anything,
//! or with each of them failing, or with the power gone and whatever was not synced. Whatever the point: the next command ends with the
//! old state or the new one, whole.
//!
//! `cargo test --all-features --test crash -- --nocapture` says how many points there are.

#![allow(clippy::disallowed_methods, reason = "a test runs programs, and looks at files")]

#[path = "../support/mod.rs"]
mod support;

mod command;
mod disk;
mod dom0;
mod durability;
mod interrupted;
#[path = "../socket/dom0.rs"]
#[allow(dead_code, reason = "the dom0 of other tests")]
mod served;
mod syscall;
mod traced;
