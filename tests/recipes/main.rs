//! Recipes with faults: a transcript for each that there is, and what no recipe may do to the program. And what recipes of several files
//! become.

#![allow(clippy::disallowed_methods, reason = "a test writes the recipes")]

#[path = "../support/mod.rs"]
mod support;

mod bundles;
mod characters;
mod every_message;
mod extends;
mod files;
mod hostile_files;
mod hostile_texts;
mod json;
mod keys;
mod labels;
mod more_tables;
mod mutations;
mod names;
mod paths;
mod references;
mod rules;
mod syntax;
mod values;

use std::time::Duration;

use insta::assert_snapshot;
use support::{FULL, RECIPE, Sandbox};

/// No recipe may take longer, whatever is in it.
const QUICK: Duration = Duration::from_secs(30);

/// The sample recipe with these texts replaced.
#[track_caller]
fn edited(edits: &[(&str, &str)]) -> String {
    let mut text = RECIPE.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "`{from}` is not in the sample");
        text = text.replacen(from, to, 1);
    }
    text
}

/// What is drawn of the faults of the recipe in `folder`. Building it says the same as checking it, and neither writes anything.
#[track_caller]
fn drawn(sandbox: &Sandbox, folder: &str) -> String {
    let before = sandbox.snapshot();
    let call = |verb| sandbox.halite(verb).argument(folder).at_most(QUICK).exits(1);
    let (check, build) = (call("check"), call("build"));
    assert_eq!(build.stderr, check.stderr, "`build` says what `check` says");
    assert_eq!((check.stdout.as_str(), build.stdout.as_str()), ("", ""));
    assert!(before == sandbox.snapshot(), "something was written");
    let (drawn, summary) = check.stderr.trim_end().rsplit_once("\n\n").unwrap_or_else(|| panic!("{}", check.stderr));
    let expected = match drawn.lines().filter(|line| line.starts_with("error[")).count() {
        1 => "error: the recipe has a fault; nothing was built".to_owned(),
        count => format!("error: the recipe has {count} faults; nothing was built"),
    };
    if !drawn.contains("… and ") {
        assert_eq!(summary, expected);
    }
    drawn.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// What is drawn of the faults of a recipe.
#[track_caller]
fn refused(recipe: impl AsRef<[u8]>) -> String {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", recipe);
    drawn(&sandbox, "recipe")
}

/// What is drawn of the faults of the sample recipe with one edit.
#[track_caller]
fn fault(from: &str, to: &str) -> String {
    refused(edited(&[(from, to)]))
}

/// A folder for each recipe: the sample in `recipe`, with these lines more in its `[bundle]`, and other files.
fn folders(bundle: &str, files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", edited(&[("serial = 1", &format!("serial = 1\n{bundle}"))]));
    for (path, text) in files {
        sandbox.write(path, text);
    }
    sandbox
}

/// What is drawn of the faults of the full recipe with one edit.
#[track_caller]
fn full_fault(from: &str, to: &str) -> String {
    assert!(FULL.contains(from), "`{from}` is not in the full recipe");
    refused(FULL.replacen(from, to, 1))
}

#[test]
fn the_full_recipe_has_no_faults() {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", FULL);
    assert_snapshot!(sandbox.halite("check recipe").transcript(), @r"
    ! excused: H0114 qube `work-vpn`: it has firewall rules, which the Whonix gateway `work-gateway` does not enforce; because: The rules stand for a gateway that enforces them
    ! full: no faults for r4.2, r4.3
    exit code 0
    ");
    for release in ["r4.2", "r4.3"] {
        sandbox.halite("build recipe --release").argument(release).succeeds();
    }
}

#[test]
fn the_sample_has_no_faults() {
    let sandbox = Sandbox::with_recipe();
    assert_snapshot!(sandbox.halite("check recipe").transcript(), @r"
    ! sample: no faults for r4.3
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("check").within("recipe").transcript(), @r"
    ! sample: no faults for r4.3
    exit code 0
    ");
    // As it is said to the user, without the two calls of each case here.
    sandbox.write("recipe/halite.toml", edited(&[("mode = 4", "mode = 5")]));
    assert_snapshot!(sandbox.halite("check recipe").transcript(), @r"
    ! error[H0004]: `mode` lies between 1 and 4
    !   --> recipe/halite.toml:32:8
    !    |
    ! 32 | mode = 5
    !    |        ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(sandbox.halite("build recipe").transcript(), @r"
    ! error[H0004]: `mode` lies between 1 and 4
    !   --> recipe/halite.toml:32:8
    !    |
    ! 32 | mode = 5
    !    |        ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
}
