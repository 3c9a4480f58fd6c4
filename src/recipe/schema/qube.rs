//! What holds an identity's applications and data, and what every qube has.

use serde_json::{Value, json};

use super::template::{files, template_of};
use super::words::{add, list, number, table, text};
use crate::base::{FeatureName, Handle, PropertyName, QubeName, ServiceName, Tag};
use crate::model::{Label, Release};
use crate::recipe::read::{MAXMEM, MEMORY, PRIVATE};

pub fn workstation() -> Value {
    let mut workstation = member("A qube that an identity's applications run in.");
    let disposables = "The `[disposable.QUBE]` that its disposables are made from; without it, it opens none.";
    add(&mut workstation, "disposables", text(&QubeName::pattern(), disposables));
    workstation
}

pub fn disposable() -> Value {
    member("A disposable template. A disposable's network and tags are those of its template, so each identity needs its own.")
}

pub fn named_disposable() -> Value {
    let mut named =
        settings("A disposable with a name of its own: it is there whether it runs or not, and keeps nothing.", &["template"]);
    add(
        &mut named,
        "template",
        text(&QubeName::pattern(), "The `[disposable.QUBE]` that it is made from, whose identity it has."),
    );
    add(&mut named, "label", label("that of what it is made from"));
    named
}

pub fn vault() -> Value {
    member("A qube without network. Its identity's qubes may put something into it; nothing leaves it but by a flow.")
}

pub fn existing() -> Value {
    table("A qube that dom0 has already, and that halite leaves as it is.", &[], [])
}

/// What workstations and disposable templates have in common.
fn member(description: &str) -> Value {
    let mut member = qube(description, &["identity", "template"], Label::Red);
    add(&mut member, "identity", text(&Handle::pattern(), "Whose it is; its netvm follows from that."));
    add(&mut member, "template", template_of("Its template: one of the recipe, or a stock one."));
    member
}

/// What every qube has that keeps something.
pub fn qube(description: &str, required: &[&str], label: Label) -> Value {
    let mut qube = settings(description, required);
    add(&mut qube, "label", self::label(label.as_str()));
    add(&mut qube, "private", number(&PRIVATE, "The least size of the private volume, in MiB; a larger one stays as it is."));
    add(&mut qube, "files", files());
    qube
}

fn label(default: &str) -> Value {
    let labels = Label::ALL.map(Label::as_str);
    json!({ "enum": labels, "description": format!("Its colour; {default}, where nothing is said.") })
}

/// What every qube has.
fn settings(description: &str, required: &[&str]) -> Value {
    let rule = text(r"^\S+( \S+)*$", "A rule, such as `action=accept dsthost=192.0.2.1 proto=tcp dstports=443`.");
    let mut qube = table(
        description,
        required,
        [
            ("memory", number(&MEMORY, "Memory at the start, in MiB.")),
            ("maxmem", number(&MAXMEM, "Most memory, in MiB; 0 switches balancing off.")),
            ("firewall", list(rule, "The rules of its firewall, in order; what matches none is dropped.")),
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
