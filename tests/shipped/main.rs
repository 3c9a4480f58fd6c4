//! The shipped recipes: they build without a warning, come to the same again from what is packed, are switched to and back on each
//! release, and keep what they promise.

#![allow(clippy::disallowed_methods, reason = "tests may touch the world")]

#[path = "../support/mod.rs"]
mod support;

mod contents;
mod flows;
mod map;
mod networks;
mod way;

use std::path::Path;

use halite::compile::{self, Compiled};
use halite::model::Release;
use halite::recipe::{self, Source};

/// What a recipe is called: as its folder, and its bundle.
fn name(folder: &Path) -> &str {
    folder.file_name().unwrap().to_str().unwrap()
}

/// A shipped recipe by its name.
fn source(name: &str) -> Source {
    recipe::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes").join(name)).unwrap()
}

/// Each shipped recipe, and what it comes to on each of its releases.
fn compiled() -> Vec<(String, Release, Compiled)> {
    let mut all = Vec::new();
    for folder in support::shipped() {
        let source = source(name(&folder));
        for &release in &source.recipe.releases {
            all.push((name(&folder).to_owned(), release, compile::desired(&source, release)));
        }
    }
    all
}
