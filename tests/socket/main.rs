//! `halite-dom0` as in dom0: a process of its own that speaks to qubesd through sockets. Behind them stands `halite simulate`, or a
//! server that does not mean well.

#![allow(clippy::disallowed_methods, reason = "a test runs programs and listens at sockets")]

#[path = "../support/mod.rs"]
mod support;

mod dom0;
mod hostile;
mod inside;
mod mishaps;
mod verb;
mod whole_way;
