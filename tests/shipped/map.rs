//! The maps of the shipped recipes.

use halite::base::BundleId;
use halite::check::Surroundings;
use halite::compile;
use halite::model::Labels;
use halite::qrexec::parse_policy;
use halite::report::{Examined, Map, Subject};

use crate::source;

/// The map of a recipe on its last release, as lines.
fn lines(name: &str) -> String {
    let source = source(name);
    let release = *source.recipe.releases.last().unwrap();
    let compiled = compile::desired(&source, release);
    let rules = &parse_policy(&compiled.policy).unwrap();
    let surroundings = Surroundings::stock(release, rules.clone());
    let (name, serial, summary) = (&source.recipe.name, source.recipe.serial, &source.recipe.summary);
    let id: BundleId = compile::compile(&source, release, compile::desired(&source, release)).seal().unwrap().id();
    let (desired, labels) = (&compiled.desired, &Labels::default());
    let subject = Subject { name, release, serial, id, summary, desired, rules, surroundings: &surroundings, labels };
    Map::of(&Examined::of(subject)).lines().join("\n")
}

#[test]
fn each_way_is_what_the_recipe_says_it_is() {
    insta::assert_snapshot!(lines("anonymity-modes"), @"");
    insta::assert_snapshot!(lines("journalist"), @"");
    insta::assert_snapshot!(lines("physical-gateway"), @"");
    insta::assert_snapshot!(lines("vpn-chains"), @"");
}
