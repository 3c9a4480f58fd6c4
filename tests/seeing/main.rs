//! What shows dom0 and changes nothing: that it tells the truth, finds what would be refused, and leaves everything as it was.

#![allow(clippy::disallowed_methods, reason = "tests look at files and run programs")]

mod dom0;
mod hostile;
mod plans;
mod refused;
#[path = "../support/mod.rs"]
mod support;
mod unchanged;
