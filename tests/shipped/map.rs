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
    insta::assert_snapshot!(lines("anonymity-modes"), @r"
    mode1, mode 1
      anything ← Tor ← sys-firewall ← mode1-gateway ← mode1, mode1-scraping, mode1-dvm (disposables)
    mode2, mode 2
      anything ← Tor ← sys-firewall ← mode2-gateway ← mode2
    mode3, mode 3
      anything ← Tor ← sys-firewall ← mode3-gateway ← mode3, mode3-signal
    mode4, mode 4
      anything ← sys-firewall ← mode4
    nothing may move from one identity to another
    templates are updated through sys-whonix
    ");
    insta::assert_snapshot!(lines("journalist"), @r"
    alder, mode 1
      anything ← Tor ← sys-firewall ← alder-gateway ← alder, alder-dvm (disposables)
    birch, mode 2
      anything ← Tor ← sys-firewall ← birch-gateway ← birch, birch-dvm (disposables)
      no network: birch-vault
    cedar, mode 3
      anything ← Tor ← sys-firewall ← cedar-gateway ← cedar, cedar-signal, cedar-dvm (disposables)
    nothing may move from one identity to another
    templates are updated through sys-whonix
    ");
    insta::assert_snapshot!(lines("physical-gateway"), @r"
    mode1, mode 1
      anything ← Tor ← another computer ← tor-net ← mode1, mode1-dvm (disposables)
    nothing may move from one identity to another
    templates are updated through sys-whonix
    ");
    insta::assert_snapshot!(lines("vpn-chains"), @r"
    outer, mode 1
      anything ← Tor ← sys-firewall ← outer-vpn ← outer-gateway ← outer, outer-dvm (disposables)
    inner, mode 3
      anything ← Tor ← sys-firewall ← inner-gateway ← inner-vpn ← inner
    nothing may move from one identity to another
    templates are updated through sys-whonix
    ");
}
