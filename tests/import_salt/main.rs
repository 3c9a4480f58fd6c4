//! States of Salt become recipes: a transcript for each thing that can be wrong with them, and what no states may do to the program.

#![allow(clippy::disallowed_methods, reason = "a test writes the states")]

#[path = "../support/mod.rs"]
mod support;

mod ancestor;

mod hostile;
mod jinja;
mod round_trip;
mod syntax;
mod templates;
mod verb;
mod ways;
mod words;

use support::{Ended, Sandbox};

/// A folder `states` with these files.
fn states(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    for (path, text) in files {
        sandbox.write(&format!("states/{path}"), text);
    }
    sandbox
}

/// What comes of these files, a recipe among it.
#[track_caller]
fn imported(files: &[(&str, &str)]) -> Ended {
    states(files).halite("import-salt states --name x").succeeds()
}

/// What is said about one file of states, but for what no state in it says.
#[track_caller]
fn remarks(text: &str) -> String {
    drawn(&imported(&[("x.sls", text)]))
}

/// What is said, but for what no state says.
#[track_caller]
fn drawn(ended: &Ended) -> String {
    let said = format!("\n\n{}", ended.stderr);
    let (drawn, _) = said.split_once(" about the states\n").unwrap_or_else(|| panic!("{}", ended.transcript()));
    let (drawn, _) = drawn.rsplit_once("\n\n").unwrap_or_default();
    let told: Vec<&str> = drawn.split("\n\n").filter(|one| !one.starts_with("warning[H0910]: ")).collect();
    told.join("\n\n").trim().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// The recipe without its head and its comments.
#[track_caller]
fn recipe(ended: &Ended) -> String {
    let lines: Vec<&str> = ended.stdout.lines().filter(|line| !line.starts_with('#')).collect();
    let text = lines.join("\n").replace("\n\n\n", "\n\n");
    let (_, tables) = text.split_once("\n[identity.").unwrap_or_else(|| panic!("{}", ended.transcript()));
    format!("[identity.{tables}")
}

/// Why these files become no recipe.
#[track_caller]
fn refused(files: &[(&str, &str)]) -> String {
    let sandbox = states(files);
    let before = sandbox.snapshot();
    let ended = sandbox.halite("import-salt states --output new").exits(1);
    assert!(before == sandbox.snapshot(), "something was written");
    assert_eq!(ended.stdout, "");
    ended.stderr.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
