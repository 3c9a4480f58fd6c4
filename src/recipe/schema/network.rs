//! `[gateway.QUBE]` and `[vpn.QUBE]`: what an identity reaches the network through.

use serde_json::{Value, json};

use super::qube::qube;
use super::template::template_of;
use super::words::{add, flag, list, text};
use crate::base::{Handle, QubeName};
use crate::model::{Bridge, Label};

pub fn gateway() -> Value {
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
    let asks = |key: &str, then: Value| json!({ "if": says(key), "then": then });
    gateway["allOf"] = json!([
        asks("existing", json!({ "maxProperties": 1 })),
        asks("external", json!({ "required": ["template"], "not": { "required": ["upstream"] } })),
    ]);
    gateway
}

pub fn vpn() -> Value {
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
