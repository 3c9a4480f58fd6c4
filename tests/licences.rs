//! `deny.toml` against the packages that Cargo.lock really has: the licences that it allows are all and only those that are needed,
//! and what it bans is not there.

#![allow(clippy::disallowed_methods, reason = "a test runs cargo")]

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

fn rules() -> toml::Table {
    include_str!("../deny.toml").parse().unwrap()
}

/// All packages for this machine, with every feature.
fn packages() -> Vec<Value> {
    let host = Command::new("rustc").arg("-vV").output().unwrap().stdout;
    let host = String::from_utf8(host).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--all-features", "--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The allowed licences by which an SPDX expression is met; `None` if it is not. Of `A OR B` the first that is allowed counts.
fn met(expression: &str, allowed: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let expression = expression.trim();
    for (operator, all) in [(" AND ", true), (" OR ", false), ("/", false)] {
        let parts = split(expression, operator);
        if parts.len() > 1 {
            let mut each = parts.iter().map(|part| met(part, allowed));
            return match all {
                true => each.try_fold(BTreeSet::new(), |sum, part| Some(sum.union(&part?).cloned().collect())),
                false => each.find_map(|part| part),
            };
        }
    }
    match expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => met(inner, allowed),
        None => allowed.contains(expression).then(|| BTreeSet::from([expression.to_owned()])),
    }
}

/// Splits at an operator outside of parentheses.
fn split<'a>(expression: &'a str, operator: &str) -> Vec<&'a str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, character) in expression.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && expression[at..].starts_with(operator) => {
                parts.push(&expression[start..at]);
                start = at + operator.len();
            }
            _ => {}
        }
    }
    parts.push(&expression[start..]);
    parts
}

#[test]
fn every_licence_is_allowed_and_every_allowed_one_is_needed() {
    let rules = rules();
    let allowed = rules["licenses"]["allow"].as_array().unwrap();
    let allowed: BTreeSet<String> = allowed.iter().map(|licence| licence.as_str().unwrap().to_owned()).collect();
    let mut needed = BTreeSet::new();
    for package in packages() {
        let licence = package["license"].as_str().unwrap_or("none");
        let licences = met(licence, &allowed);
        needed.extend(licences.unwrap_or_else(|| panic!("{} has the licence {licence}", package["name"])));
    }
    assert_eq!(needed, allowed);
}

#[test]
fn nothing_banned_and_nothing_from_elsewhere() {
    let rules = rules();
    let banned = rules["bans"]["deny"].as_array().unwrap();
    let banned: BTreeSet<&str> = banned.iter().map(|ban| ban["crate"].as_str().unwrap()).collect();
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        assert!(!banned.contains(name), "`{name}` is banned in deny.toml");
        let source = package["source"].as_str();
        assert!(
            name == "halite" || source.is_some_and(|source| source.starts_with("registry+")),
            "`{name}` comes from {source:?}"
        );
    }
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "Unicode-3.0".to_owned()]);
    let met = |expression| met(expression, &allowed).map(|set| set.into_iter().collect::<Vec<_>>().join(" "));
    assert_eq!(met("MIT").as_deref(), Some("MIT"));
    assert_eq!(met("GPL-3.0 OR MIT").as_deref(), Some("MIT"));
    assert_eq!(met("MIT/Apache-2.0").as_deref(), Some("MIT"));
    assert_eq!(met("(MIT OR Apache-2.0) AND Unicode-3.0").as_deref(), Some("MIT Unicode-3.0"));
    assert_eq!(met("MIT AND GPL-3.0"), None);
    assert_eq!(met("GPL-3.0"), None);
}
