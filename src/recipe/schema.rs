//! The recipe language as a JSON Schema, for editors that complete, explain and check while somebody writes.
//!
//! It says what the parser says about structure: keys, kinds of values, bounds, the grammar of names; all of that comes from the
//! constants that the parser itself uses. What a recipe refers to, and what follows from it, only `halite check` knows.
//!
//! Written without `$ref` and in keywords that have meant the same since draft 7, because that is what editors for TOML know best.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use super::folder_path::FolderPath;
use super::language::{Keyboard, STOCK};
use super::read::{ANSWERS, MAXMEM, MEMORY, PRIVATE};
use super::source_path::SourcePath;
use crate::base::{
    BundleName, BundlePath, CheckCode, FeatureName, FilePath, Handle, PackageName, PropertyName, QubeName, ServiceName, Tag,
    Text, class,
};
use crate::model::{self, Bridge, Label, Mode, Release};

/// The JSON Schema (draft 2020-12) of a recipe's files. Only the first of them must have a `[bundle]`, so the schema asks for none.
pub fn schema() -> Value {
    let (handle, qube) = (Handle::pattern(), QubeName::pattern());
    let mut templates = named(&stem_pattern(), "Clones of templates with packages added, by a short name.", template());
    templates["propertyNames"] = json!({ "not": { "enum": STOCK } });
    let mut schema = table(
        "Identities, and the qubes and templates of each. Data only; all of it, comments included, is packed into the bundle.",
        &[],
        [
            ("bundle", bundle()),
            ("identity", named(&handle, "Identities, by handle: what must not be linked to anything else.", identity())),
            ("gateway", named(&qube, "Gateways, by the name of their qube: one for each identity.", gateway())),
            ("vpn", named(&qube, "VPN qubes, before or behind Tor.", vpn())),
            ("workstation", named(&qube, "Workstations, by the name of their qube.", workstation())),
            ("disposable", named(&qube, "Disposable templates, by the name of their qube.", disposable())),
            ("vault", named(&qube, "Qubes without network that keep an identity's data.", vault())),
            ("existing", named(&qube, "Qubes that dom0 has already, and that flows speak of.", existing())),
            ("template", templates),
            ("flow", named(&handle, "What may move between qubes that are otherwise kept apart.", flow())),
            ("exception", named(&handle, "What is right here although a check finds fault with it.", exception())),
        ],
    );
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("A recipe for halite");
    schema
}

/// A table with these keys and no others.
fn table<'a>(description: &str, required: &[&str], keys: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
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
fn named(pattern: &str, description: &str, mut table: Value) -> Value {
    add(&mut table, "replaces", flag("Whether this stands in the place of the table of the same name in an extended recipe."));
    json!({
        "type": "object",
        "description": description,
        "patternProperties": { pattern: table },
        "additionalProperties": false,
    })
}

fn add(table: &mut Value, key: &str, value: Value) {
    table["properties"][key] = value;
}

fn text(pattern: &str, description: impl Into<String>) -> Value {
    json!({ "type": "string", "pattern": pattern, "description": description.into() })
}

fn number(bounds: &RangeInclusive<u32>, description: &str) -> Value {
    json!({ "type": "integer", "minimum": bounds.start(), "maximum": bounds.end(), "description": description })
}

fn flag(description: &str) -> Value {
    json!({ "type": "boolean", "description": description })
}

/// A list in which nothing stands twice.
fn list(item: Value, description: &str) -> Value {
    json!({ "type": "array", "items": item, "uniqueItems": true, "description": description })
}

/// A path of a file in the recipe's folder.
fn file(description: &str) -> Value {
    json!({ "type": "string", "pattern": BundlePath::pattern(), "maxLength": SourcePath::MOST, "description": description })
}

fn bundle() -> Value {
    let releases = Release::ALL.map(Release::as_str);
    let plain = BundlePath::pattern();
    let recipe = format!(r"^(\.\./){{0,{}}}{}", FolderPath::UP_MOST, plain.trim_start_matches('^'));
    table(
        "What the bundle is called.",
        &["name", "serial", "summary"],
        [
            ("name", text(&BundleName::pattern(), "The bundle's name: lower-case letters, digits and `-`, first a letter.")),
            (
                "serial",
                number(
                    &(1..=u32::MAX),
                    "Raise it with each bundle that you give away. dom0 refuses to switch to an older one, and a serial that stands for two bundles.",
                ),
            ),
            (
                "summary",
                json!({
                    "type": "string",
                    "pattern": r"\S",
                    "maxLength": Text::MOST,
                    "description": "One line for people.",
                }),
            ),
            (
                "releases",
                list(
                    json!({ "enum": releases }),
                    "The releases of Qubes OS that it can be built for; all, where nothing is said.",
                ),
            ),
            (
                "extends",
                list(
                    text(&recipe, "The path of a recipe's folder, from this recipe's folder."),
                    "Folders of other recipes that this one begins with.",
                ),
            ),
            (
                "memory",
                number(
                    &MEMORY,
                    "The memory that the computer has for qubes, in MiB: what one identity needs at once is compared with it.",
                ),
            ),
            (
                "updates",
                text(
                    &QubeName::pattern(),
                    "The gateway of dom0's that templates of modes over Tor are updated through, and that serves no identity; `sys-whonix`, where nothing is said.",
                ),
            ),
            ("include", list(file("The path of a TOML file in this recipe's folder."), "Further files of this recipe.")),
        ],
    )
}

fn identity() -> Value {
    let modes: Vec<String> = Mode::ALL.iter().map(|mode| format!("{}: {}", mode.number(), mode.description())).collect();
    let handles = || text(&Handle::pattern(), "A neutral handle.");
    let mut identity = table(
        "What must not be linked to anything else. A qube can read this handle in its own tags, so it tells nothing about who it is.",
        &["mode"],
        [
            (
                "mode",
                json!({
                    "type": "integer",
                    "enum": Mode::ALL.map(Mode::number),
                    "description": format!("The anonymity mode, as Whonix numbers them. {}.", modes.join("; ")),
                }),
            ),
            ("gateway", text(&QubeName::pattern(), "The qube of its own `[gateway.QUBE]`: for every mode over Tor.")),
            (
                "upstream",
                text(
                    &QubeName::pattern(),
                    "A qube that dom0 has, such as `sys-firewall`, or a `[vpn.QUBE]`: for the mode in clear.",
                ),
            ),
            ("vpn", text(&QubeName::pattern(), "The `[vpn.QUBE]` behind its gateway: user, then Tor, then VPN.")),
            (
                "keyboard",
                text(
                    Keyboard::PATTERN,
                    "The keyboard layout that its qubes see, as Qubes spells it, such as `us++`; or `dom0`, for dom0's own.",
                ),
            ),
            ("audio", flag("Whether its qubes have sound.")),
            (
                "accounts",
                list(handles(), "Accounts, by neutral handle. An account belongs to one identity. Declared, not enforced."),
            ),
            ("applications", list(handles(), "Applications, by neutral handle. Declared, not enforced.")),
            ("destinations", list(handles(), "Servers that it talks to, by neutral handle. Declared, not enforced.")),
        ],
    );
    // Either goes through Tor and has a gateway, or goes out in clear and has an upstream.
    let clear: Vec<u8> = Mode::ALL.into_iter().filter(|mode| !mode.over_tor()).map(Mode::number).collect();
    let either = |this: &str, other: &str| json!({ "required": [this], "not": { "required": [other] } });
    identity["if"] = json!({ "properties": { "mode": { "enum": clear } }, "required": ["mode"] });
    identity["then"] = either("upstream", "gateway");
    identity["else"] = either("gateway", "upstream");
    identity
}

fn gateway() -> Value {
    let mut gateway = qube(
        "One identity's gateway: a Whonix gateway that halite makes, one that dom0 has, or another computer.",
        &[],
        Label::Black,
    );
    let upstream =
        "What a Whonix gateway reaches the network through: a qube that dom0 has, such as `sys-firewall`, or a `[vpn.QUBE]`.";
    add(&mut gateway, "upstream", text(&QubeName::pattern(), upstream));
    add(&mut gateway, "template", template_of("Its template; `whonix-gateway`, where nothing is said."));
    let mut bridge = text(r"^\S+( \S+)*$", "A bridge, as torrc's `Bridge` takes it, without that word.");
    bridge["maxLength"] = json!(Bridge::MOST);
    add(&mut gateway, "bridges", list(bridge, "Bridges that Tor uses in place of public entry guards."));
    add(&mut gateway, "sensitive", flag("Whether you know that the bundle holds the bridges in clear."));
    add(&mut gateway, "existing", flag("Whether dom0 has it already, and halite leaves it as it is."));
    let external =
        "Whether the gateway is another computer; the qube holds the network card that leads there, and needs a `template`.";
    add(&mut gateway, "external", flag(external));
    let says = |key: &str| json!({ "properties": { key: { "const": true } }, "required": [key] });
    gateway["if"] = json!({ "anyOf": [says("existing"), says("external")] });
    gateway["else"] = json!({ "required": ["upstream"] });
    gateway
}

fn vpn() -> Value {
    let mut vpn = qube(
        "A VPN qube, one identity's: before its gateway, or behind it.",
        &["upstream", "configuration", "template"],
        Label::Green,
    );
    let upstream = "What it reaches the network through: a qube that dom0 has, such as `sys-firewall`, or a `[gateway.QUBE]`.";
    add(&mut vpn, "upstream", text(&QubeName::pattern(), upstream));
    let configuration = "Which provider or configuration it is, by neutral handle: one belongs to one chain only.";
    add(&mut vpn, "configuration", text(&Handle::pattern(), configuration));
    add(&mut vpn, "template", template_of("Its template: one of the recipe, or a stock one."));
    vpn
}

fn vault() -> Value {
    member("A qube without network. Its identity's qubes may put something into it; nothing leaves it but by a flow.")
}

fn existing() -> Value {
    table("A qube that dom0 has already, and that halite leaves as it is.", &[], [])
}

fn flow() -> Value {
    let answers = ANSWERS.map(|(word, _)| word);
    let end = |description: &str| text(&QubeName::pattern(), description);
    table(
        "Calls from one qube to another that are let through.",
        &["from", "to", "services", "action", "reason"],
        [
            ("from", end("The qube that calls: one of the recipe, or an `[existing.QUBE]`.")),
            ("to", end("The qube that is called: one of the recipe, or an `[existing.QUBE]`.")),
            (
                "services",
                list(text(&ServiceName::pattern(), "A service of qrexec, such as `qubes.Filecopy`."), "By which services."),
            ),
            ("action", json!({ "enum": answers, "description": "Whether the user is asked each time." })),
            ("reason", reason()),
        ],
    )
}

fn exception() -> Value {
    let one_of = "It is about one identity, one template, one qube, or the bundle as a whole.";
    table(
        "A finding of a check that is as it should be.",
        &["code", "reason"],
        [
            ("code", text(&CheckCode::pattern(), "The check's code, such as `H0304`; see `halite explain`.")),
            ("identity", text(&Handle::pattern(), one_of)),
            ("template", text(&stem_pattern(), one_of)),
            ("qube", text(&QubeName::pattern(), one_of)),
            ("reason", reason()),
        ],
    )
}

fn reason() -> Value {
    json!({ "type": "string", "pattern": r"\S", "maxLength": Text::MOST, "description": "Why; it stands in every report." })
}

fn workstation() -> Value {
    let mut workstation = member("A qube that an identity's applications run in.");
    let disposables = "The `[disposable.QUBE]` that its disposables are made from; without it, it opens none.";
    add(&mut workstation, "disposables", text(&QubeName::pattern(), disposables));
    workstation
}

fn disposable() -> Value {
    member("A disposable template. A disposable's network and tags are those of its template, so each identity needs its own.")
}

/// What workstations and disposable templates have in common.
fn member(description: &str) -> Value {
    let mut member = qube(description, &["identity", "template"], Label::Red);
    add(&mut member, "identity", text(&Handle::pattern(), "Whose it is; its netvm follows from that."));
    add(&mut member, "template", template_of("Its template: one of the recipe, or a stock one."));
    member
}

/// What every qube has.
fn qube(description: &str, required: &[&str], label: Label) -> Value {
    let labels = Label::ALL.map(Label::as_str);
    let mut qube = table(
        description,
        required,
        [
            ("label", json!({ "enum": labels, "description": format!("Its colour; {label}, where nothing is said.") })),
            ("memory", number(&MEMORY, "Memory at the start, in MiB.")),
            ("maxmem", number(&MAXMEM, "Most memory, in MiB; 0 switches balancing off.")),
            ("private", number(&PRIVATE, "The least size of the private volume, in MiB; a larger one stays as it is.")),
            ("files", files()),
            (
                "firewall",
                list(
                    text(r"^\S+( \S+)*$", "A rule, such as `action=accept dsthost=192.0.2.1 proto=tcp dstports=443`."),
                    "The rules of its firewall, in order; what matches none is dropped.",
                ),
            ),
        ],
    );
    let by_release = Release::ALL.map(|release| {
        let table = table("What it has besides, on this release.", &[], extras());
        (release.as_str(), table)
    });
    for (key, value) in extras().into_iter().chain(by_release) {
        add(&mut qube, key, value);
    }
    qube
}

/// What a qube's author may know better.
fn extras() -> [(&'static str, Value); 4] {
    let entries = |pattern: String, description: &str, kinds: Value| {
        let value = json!({ "type": kinds, "description": "The value." });
        json!({ "type": "object", "description": description, "patternProperties": { pattern: value }, "additionalProperties": false })
    };
    [
        ("prefs", entries(PropertyName::pattern(), "Properties, as Qubes names them.", json!(["string", "integer", "boolean"]))),
        ("tags", list(text(&Tag::pattern(), "A tag."), "Further tags.")),
        ("features", entries(FeatureName::pattern(), "Features, as Qubes names them.", json!(["string", "integer", "boolean"]))),
        ("services", entries(ServiceName::pattern(), "Services inside it, on or off.", json!(["boolean"]))),
    ]
}

fn template() -> Value {
    let base = || {
        text(
            &QubeName::pattern(),
            format!("A template of dom0's, or one of {}, which stand for the one of each release.", STOCK.join(", ")),
        )
    };
    let each = table("A template for each release.", &[], Release::ALL.map(|release| (release.as_str(), base())));
    let packages = || list(text(&PackageName::pattern(), "A package of the distribution."), "Packages of the distribution.");
    let mut template = table(
        "A clone of a template with packages added. It is never changed: other packages make another clone beside it.",
        &["base"],
        [
            ("base", json!({ "description": "What is cloned: one name, or one for each release.", "anyOf": [base(), each] })),
            ("packages", packages()),
            ("files", files()),
        ],
    );
    for release in Release::ALL {
        let besides = table("What it has besides, on this release.", &[], [("packages", packages())]);
        add(&mut template, release.as_str(), besides);
    }
    template
}

/// The name of a template of the recipe, which is none of the stock ones.
fn stem_pattern() -> String {
    let plain = class(|byte| model::Template::is_stem(&char::from(byte).to_string()));
    format!("^{plain}{{1,{}}}$", model::Template::STEM_MOST)
}

/// What a qube's `template` may be.
fn template_of(description: &str) -> Value {
    json!({ "description": description, "anyOf": [{ "enum": STOCK }, { "type": "string", "pattern": stem_pattern() }] })
}

fn files() -> Value {
    let source = || file("The file, by its path in the recipe's folder.");
    let with_mode = table(
        "A file with its mode.",
        &["source"],
        [
            ("source", source()),
            ("executable", flag("Whether the file may be run as a program; no, where nothing is said.")),
            ("sensitive", flag("Whether you know that the bundle holds in clear what is nobody's business.")),
        ],
    );
    json!({
        "type": "object",
        "description": "Files that are put into it: by absolute path there, the file of the recipe's folder.",
        "propertyNames": { "maxLength": FilePath::MOST },
        "patternProperties": { FilePath::pattern(): { "description": "The file, or the file and its mode.", "anyOf": [source(), with_mode] } },
        "additionalProperties": false,
    })
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

    #[test]
    fn names_of_templates_are_stems() {
        assert_eq!(stem_pattern(), r"^[\-0-9a-z]{1,10}$");
    }
}
