//! Reports: that they say what a bundle contains, counted independently; that they are the same of a recipe and of its bundle; what they
//! mark, and how each form looks. What browsers make of the page is in tests/report.

#![allow(clippy::disallowed_methods, reason = "a test looks at files")]

#[path = "../support/mod.rs"]
mod support;

mod counted;
mod dom0;
mod forms;
mod labels;
mod since;
