//! What is done in dom0 besides switching there and back, by real processes that wait, are killed, and get in each other's way.

#![allow(clippy::disallowed_methods, reason = "a test runs programs")]

#[path = "../support/mod.rs"]
mod support;

mod books;
mod boot;
mod by_hand;
mod coming;
mod dom0;
mod leaving;
mod locked;
mod rehearsed;
#[path = "../socket/dom0.rs"]
#[allow(dead_code, reason = "the dom0 of other tests")]
mod served;
mod waiting;
