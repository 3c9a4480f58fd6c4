//! The recipe language as a JSON Schema, for editors that complete, explain and check while somebody writes.
//!
//! It says what the parser says about structure: keys, kinds of values, bounds, the grammar of names; all of that comes from the
//! constants that the parser itself uses. What a recipe refers to, and what follows from it, only `halite check` knows.
//!
//! Written without `$ref` and in keywords that have meant the same since draft 7, because that is what editors for TOML know best.

mod bundle;
mod identity;
mod network;
mod qube;
mod template;
mod words;

use serde_json::{Value, json};

use super::language::STOCK;
use crate::base::{Handle, QubeName};
use words::{named, table};

/// The JSON Schema (draft 2020-12) of a recipe's files. Only the first of them must have a `[bundle]`, so the schema asks for none.
pub fn schema() -> Value {
    let (handle, name) = (Handle::pattern(), QubeName::pattern());
    let mut templates =
        named(&template::stem_pattern(), "Clones of templates with packages added, by a short name.", template::template());
    templates["propertyNames"] = json!({ "not": { "enum": STOCK } });
    let mut schema = table(
        "Identities, and the qubes and templates of each. Data only; all of it, comments included, is packed into the bundle.",
        &[],
        [
            ("bundle", bundle::bundle()),
            (
                "identity",
                named(&handle, "Identities, by handle: what must not be linked to anything else.", identity::identity()),
            ),
            ("gateway", named(&name, "Gateways, by the name of their qube: one for each identity.", network::gateway())),
            ("vpn", named(&name, "VPN qubes, before or behind Tor.", network::vpn())),
            ("workstation", named(&name, "Workstations, by the name of their qube.", qube::workstation())),
            ("disposable", named(&name, "Disposable templates, by the name of their qube.", qube::disposable())),
            ("named-disposable", named(&name, "Disposables with names of their own, by name.", qube::named_disposable())),
            ("vault", named(&name, "Qubes without network that keep an identity's data.", qube::vault())),
            ("existing", named(&name, "Qubes that dom0 has already, and that flows speak of.", qube::existing())),
            ("template", templates),
            ("flow", named(&handle, "What may move between qubes that are otherwise kept apart.", identity::flow())),
            ("exception", named(&handle, "What is right here although a check finds fault with it.", identity::exception())),
        ],
    );
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("A recipe for halite");
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls `look` for each schema inside `schema` that describes a table, with the key it stands under.
    fn tables(at: &str, schema: &Value, look: &mut impl FnMut(&str, &Value)) {
        if schema["type"] == "object" {
            look(at, schema);
        }
        let keys = ["properties", "patternProperties"].into_iter().filter_map(|key| schema[key].as_object()).flatten();
        keys.for_each(|(key, value)| tables(key, value, look));
        schema["anyOf"].as_array().into_iter().flatten().for_each(|value| tables(at, value, look));
    }

    #[test]
    fn every_table_is_closed_and_every_key_described() {
        let mut seen = 0;
        tables("the recipe", &schema(), &mut |at, table| {
            assert_eq!(table["additionalProperties"], false, "{at} takes further keys");
            for (key, value) in ["properties", "patternProperties"].iter().filter_map(|key| table[key].as_object()).flatten() {
                assert!(value["description"].as_str().is_some_and(|text| text.ends_with('.')), "{at}: `{key}` is not described");
                seen += 1;
            }
        });
        assert!(seen > 60, "{seen}");
    }
}
