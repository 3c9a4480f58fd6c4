//! States of Salt become recipes: a transcript for each thing that can be wrong with them, and what no states may do to the program.

#![allow(clippy::disallowed_methods, reason = "a test writes the states")]

#[path = "../support/mod.rs"]
mod support;
