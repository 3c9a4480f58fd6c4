//! The JSON Schema of recipes: what `halite schema` prints is the golden file, and has the keys that the parser asks for.

#![allow(clippy::disallowed_methods, reason = "a test runs programs")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use support::{RECIPE, Sandbox};

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

/// The tables of the language: what each is called, where the schema has it, and a line that opens it in the sample recipe.
const TABLES: [(&str, &str, &str); 7] = [
    ("the recipe", "", ""),
    ("[bundle]", "/properties/bundle", "[bundle]\n"),
    ("[identity.quiet]", "/properties/identity", "[identity.quiet]\n"),
    ("[gateway.quiet-gateway]", "/properties/gateway", "[gateway.quiet-gateway]\n"),
    ("[workstation.quiet]", "/properties/workstation", "[workstation.quiet]\n"),
    ("[disposable.quiet-dvm]", "/properties/disposable", "[disposable.quiet-dvm]\n"),
    ("[template.quiet]", "/properties/template", "[template.quiet]\n"),
];

/// The keys that the parser asks for in each table, by its own words about a key that it did not ask for.
fn asked() -> BTreeMap<String, BTreeSet<String>> {
    let mut recipe = RECIPE.to_owned();
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
        let mut place = schema.pointer(pointer).unwrap();
        if let Some(named) = place.get("patternProperties") {
            place = named.as_object().unwrap().values().next().unwrap();
        }
        let keys: BTreeSet<String> = place["properties"].as_object().unwrap().keys().cloned().collect();
        for key in keys.symmetric_difference(&asked[table]) {
            let (has, lacks) = if keys.contains(key) { ("schema", "parser") } else { ("parser", "schema") };
            wrong += &format!("{table}: `{key}` is known to the {has}, not to the {lacks}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
