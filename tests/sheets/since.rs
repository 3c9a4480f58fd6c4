//! What a report marks when it is told what was there before.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{RECIPE, Sandbox};

/// A sandbox with the sample in `one/`, and with this in place of that in `other/`.
fn edited(this: &str, that: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("one/halite.toml", RECIPE);
    assert!(RECIPE.contains(this), "{this}");
    sandbox.write("other/halite.toml", RECIPE.replacen(this, that, 1));
    sandbox
}

/// Each mark in a report, with what it is on.
fn marks(report: &Value) -> Vec<String> {
    fn walk(value: &Value, all: &mut Vec<String>) {
        if let Some(mark) = value.get("mark").and_then(Value::as_str) {
            let names = ["id", "key", "text", "name"];
            let name = names.iter().find_map(|name| value.get(name).and_then(Value::as_str)).unwrap_or_default();
            all.push(format!("{mark} {}", name.chars().take(60).collect::<String>()));
        }
        match value {
            Value::Array(values) => values.iter().for_each(|value| walk(value, all)),
            Value::Object(values) => values.values().for_each(|value| walk(value, all)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    walk(report, &mut all);
    all
}

#[test]
fn nothing_is_marked_where_nothing_changed() {
    let sandbox = edited("serial = 1", "serial = 1");
    let report: Value = sandbox.halite("report other --since one --json").succeeds().json();
    assert_eq!(marks(&report), [""; 0]);
    let plain: Value = sandbox.halite("report other --json").succeeds().json();
    let (marked, plain) = (report["sections"].as_array().unwrap(), plain["sections"].as_array().unwrap());
    assert_eq!(&marked[1..], &plain[..], "the rest is as without `--since`");
}

#[test]
fn what_changed_is_marked_in_every_sheet() {
    let sandbox = edited("packages = [\"onionshare\"]", "packages = [\"onionshare\", \"hexchat\"]");
    let report: Value = sandbox.halite("report other --since one --json").succeeds().json();
    assert_snapshot!(marks(&report).join("\n"), @r"
    changed id
    changed updates
    changed quiet.browser
    changed quiet.template
    changed workstation
    changed quiet
    changed quiet-dvm
    ");
}

#[test]
fn an_identity_that_is_gone_stays_and_is_marked() {
    let sandbox = Sandbox::new();
    sandbox.write("both/halite.toml", RECIPE);
    let at = RECIPE.find("[identity.loud]").expect("the identity in clear comes last");
    sandbox.write("less/halite.toml", &RECIPE[..at]);
    let report: Value = sandbox.halite("report less --since both --json").succeeds().json();
    let gone = marks(&report);
    assert!(gone.contains(&"removed boundary-map.loud".to_owned()), "{gone:?}");
    let report: Value = sandbox.halite("report both --since less --json").succeeds().json();
    assert!(marks(&report).contains(&"added boundary-map.loud".to_owned()));
}
