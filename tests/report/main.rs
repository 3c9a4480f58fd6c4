//! Pages that `halite report` writes, as a real browser shows them (Chromium, by Playwright), as axe-core judges them, and as they come out on
//! paper; its Markdown, as a parser that is not ours reads it. `scripts/install-tools` gets the programs.

#![allow(clippy::disallowed_methods, reason = "a test runs programs")]

#[path = "../support/mod.rs"]
mod support;

mod browser;
mod markdown;
mod pages;
mod paper;
mod screen;
