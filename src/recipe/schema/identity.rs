//! `[identity.HANDLE]`, and what is said about identities: flows between their qubes, and exceptions.

use serde_json::{Value, json};

use super::template::stem_pattern;
use super::words::{flag, list, reason, table, text};
use crate::base::{CheckCode, Handle, QubeName, ServiceName};
use crate::model::Mode;
use crate::recipe::language::Keyboard;
use crate::recipe::read::ANSWERS;

pub fn identity() -> Value {
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

pub fn flow() -> Value {
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

pub fn exception() -> Value {
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
