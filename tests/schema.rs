//! The JSON Schema of recipes: what `halite schema` prints is the golden file, and has the keys that the parser asks for.

#![allow(clippy::disallowed_methods, reason = "a test runs programs")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use support::{FULL, Sandbox};

/// A key that no table has, and that is like none.
const STRANGER: &str = "zzzzzzzz";

/// Editors of other people use copies of it: a change is a change for them. To take it over:
/// `halite schema > tests/golden/recipe.schema.json`
#[test]
fn the_schema_is_the_golden_one() {
    let printed = Sandbox::new().halite("schema").succeeds();
    assert_eq!(printed.stderr, "");
    assert!(printed.stdout == include_str!("golden/recipe.schema.json"), "see above how to take a change over");
}

/// The tables of the language: what each is called, where the schema has it, and a line that opens it in the full recipe.
const TABLES: [(&str, &str, &str); 15] = [
    ("the recipe", "", ""),
    ("[bundle]", "/properties/bundle", "[bundle]\n"),
    ("[identity.press]", "/properties/identity", "[identity.press]\n"),
    ("[gateway.press-gateway]", "/properties/gateway", "[gateway.press-gateway]\n"),
    ("[vpn.press-vpn]", "/properties/vpn", "[vpn.press-vpn]\n"),
    ("[workstation.work]", "/properties/workstation", "[workstation.work]\n"),
    ("[r4.2]", "/properties/workstation/*/properties/r4.2", "[workstation.work.\"r4.2\"]\n"),
    ("[disposable.press-dvm]", "/properties/disposable", "[disposable.press-dvm]\n"),
    ("[named-disposable.press-once]", "/properties/named-disposable", "[named-disposable.press-once]\n"),
    ("[vault.work-vault]", "/properties/vault", "[vault.work-vault]\n"),
    ("[existing.sys-usb]", "/properties/existing", "[existing.sys-usb]\n"),
    ("[template.press]", "/properties/template", "[template.press]\n"),
    ("[r4.3]", "/properties/template/*/properties/r4.3", "[template.press.\"r4.3\"]\n"),
    ("[flow.scans]", "/properties/flow", "[flow.scans]\n"),
    ("[exception.office]", "/properties/exception", "[exception.office]\n"),
];

/// The keys that the parser asks for in each table, by its own words about a key that it did not ask for.
fn asked() -> BTreeMap<String, BTreeSet<String>> {
    let mut recipe = FULL.to_owned();
    for (_, _, opening) in TABLES {
        assert!(recipe.contains(opening));
        recipe = recipe.replacen(opening, &format!("{opening}{STRANGER} = 1\n"), 1);
    }
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", recipe);
    let found = sandbox.halite("check recipe --json").exits(1).json();
    let fault = |fault: &Value| {
        let (table, _) = fault["message"].as_str().unwrap().split_once(" has no key ").unwrap();
        let keys = fault["help"].as_str().unwrap().strip_prefix("expected one of ").unwrap();
        let keys = keys.split(", ").map(|key| key.trim_matches('`').to_owned()).collect();
        (table.to_owned(), keys)
    };
    found["faults"].as_array().unwrap().iter().map(fault).collect()
}

#[test]
fn the_schema_has_the_keys_that_the_parser_asks_for() {
    let schema = Sandbox::new().halite("schema").succeeds().json();
    let asked = asked();
    assert_eq!(asked.len(), TABLES.len(), "{asked:?}");
    let mut wrong = String::new();
    for (table, pointer, _) in TABLES {
        let mut place = &schema;
        for part in pointer.split("/*") {
            place = place.pointer(part).unwrap();
            if let Some(named) = place.get("patternProperties") {
                place = named.as_object().unwrap().values().next().unwrap();
            }
        }
        let keys: BTreeSet<String> = place["properties"].as_object().unwrap().keys().cloned().collect();
        for key in keys.symmetric_difference(&asked[table]) {
            let (has, lacks) = if keys.contains(key) { ("schema", "parser") } else { ("parser", "schema") };
            wrong += &format!("{table}: `{key}` is known to the {has}, not to the {lacks}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
