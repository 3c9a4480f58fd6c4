//! Templates: the recipe's own, and the stock ones of each release.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::qube::Staged;
use crate::base::{PackageName, QubeName};
use crate::model::{self, Release};
use crate::recipe::place::At;

/// What a qube's `template` refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateRef {
    /// A template of the recipe.
    Declared(Stem),
    /// A stock template, by the name that stands for it in every release.
    Stock(&'static str),
}

/// The names that stand for a stock template of each release.
pub const STOCK: [&str; 4] = ["debian", "fedora", "whonix-gateway", "whonix-workstation"];

/// The name of a template in a recipe, from which the clone's name is made: at most 10 lower-case letters, digits and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stem(String);

impl Stem {
    /// The stem as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Stem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Stem {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if STOCK.contains(&text) {
            return Err(format!("`{text}` stands for a stock template; choose another name"));
        }
        match model::Template::is_stem(text) {
            true => Ok(Self(text.to_owned())),
            false => Err(format!("a template's name is 1 to {} lower-case letters, digits and `-`", model::Template::STEM_MOST)),
        }
    }
}

/// `[template.STEM]`
#[derive(Debug, Clone)]
pub struct Template {
    /// What it is cloned from, for each release of the recipe: a name, or what halite knows a stock template by.
    pub base: At<BTreeMap<Release, QubeName>>,
    /// What is installed in it, on every release.
    pub packages: Vec<At<PackageName>>,
    /// What is installed in it besides, on some.
    pub by_release: BTreeMap<Release, Vec<At<PackageName>>>,
    /// Files that are put into it.
    pub files: Staged,
}
