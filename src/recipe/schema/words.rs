//! The words that the schema is made of: tables, names, lists, and plain values.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use crate::base::{BundlePath, Text};
use crate::recipe::source_path::SourcePath;

/// A table with these keys and no others.
pub fn table<'a>(description: &str, required: &[&str], keys: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let properties: Map<String, Value> = keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    json!({
        "type": "object",
        "description": description,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Tables under names of this pattern. Any of them may replace one of an extended recipe.
pub fn named(pattern: &str, description: &str, mut table: Value) -> Value {
    add(&mut table, "replaces", flag("Whether this stands in the place of the table of the same name in an extended recipe."));
    json!({
        "type": "object",
        "description": description,
        "patternProperties": { pattern: table },
        "additionalProperties": false,
    })
}

pub fn add(table: &mut Value, key: &str, value: Value) {
    table["properties"][key] = value;
}

pub fn text(pattern: &str, description: impl Into<String>) -> Value {
    json!({ "type": "string", "pattern": pattern, "description": description.into() })
}

pub fn number(bounds: &RangeInclusive<u32>, description: &str) -> Value {
    json!({ "type": "integer", "minimum": bounds.start(), "maximum": bounds.end(), "description": description })
}

pub fn flag(description: &str) -> Value {
    json!({ "type": "boolean", "description": description })
}

/// A list in which nothing stands twice.
pub fn list(item: Value, description: &str) -> Value {
    json!({ "type": "array", "items": item, "uniqueItems": true, "description": description })
}

/// A path of a file in the recipe's folder.
pub fn file(description: &str) -> Value {
    json!({ "type": "string", "pattern": BundlePath::pattern(), "maxLength": SourcePath::MOST, "description": description })
}

pub fn reason() -> Value {
    json!({ "type": "string", "pattern": r"\S", "maxLength": Text::MOST, "description": "Why; it stands in every report." })
}
