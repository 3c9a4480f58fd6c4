//! From a recipe to what a bundle holds: the desired state, the policy, the package lists, and the recipe itself.
//!
//! **Architecture invariant:** pure. The same recipe gives the same bytes, on any machine, at any time.

mod policy;
mod qubes;

pub use qubes::desired;

use crate::base::BundlePath;
use crate::bundle::{Contents, Unsealed};
use crate::model::{Desired, Release};
use crate::qrexec::POLICY_FILE;
use crate::recipe::Source;

/// Where the payload keeps the policy file.
pub const POLICY: &str = "policy";
/// Where the payload keeps the package lists, `TEMPLATE.list`, one package a line.
pub const PACKAGES: &str = "packages";
/// Where the payload keeps the recipe.
pub const RECIPE: &str = "recipe";

/// All that a bundle for `release` is made from. `desired` is what [`desired`] made of the same recipe, and was checked.
pub fn compile(source: &Source, release: Release, desired: Desired) -> Unsealed {
    let recipe = &source.recipe;
    let mut files = Contents::new();
    files.insert(path(POLICY, POLICY_FILE), policy::policy(&desired, recipe.name.as_str()).into_bytes());
    for (name, template) in &desired.templates {
        let list: String = template.packages.iter().map(|package| format!("{package}\n")).collect();
        files.insert(path(PACKAGES, &format!("{name}.list")), list.into_bytes());
    }
    files.insert(path(RECIPE, source.file.as_str()), source.text.clone().into_bytes());
    Unsealed {
        name: recipe.name.clone(),
        release,
        serial: recipe.serial,
        summary: recipe.summary.clone(),
        desired,
        files,
        expires: None,
    }
}

fn path(directory: &str, file: &str) -> BundlePath {
    format!("{directory}/{file}").parse().expect("names of templates and files of recipes are plain, and short")
}
