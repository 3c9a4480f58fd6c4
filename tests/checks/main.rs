//! The rules: what they find, what they let pass, and what becomes of it.

#![allow(clippy::disallowed_methods, reason = "a test reads the recipes")]

mod disposables;
mod drawn;
mod explain;
mod lines;
mod mutants;
mod rules;
mod sound;
#[path = "../support/mod.rs"]
mod support;
mod there;
