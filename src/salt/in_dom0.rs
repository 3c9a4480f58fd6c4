//! States for a dom0 without halite: the same qubes, by `qubesctl` alone.
//!
//! Two of them, with what is done inside the qubes in between: qubes are made and configured without network, and get it when everything
//! else is in place. A gateway that is started with a network before its bridges are there has already shown itself to Tor.

use std::fmt::Write;

use super::{contents_url, quoted};
use crate::base::{Digest, QubeName};
use crate::model::{Class, Desired, Qube, Role, Setting};
use crate::qrexec::POLICY_FILE;

/// Properties that are set last.
const NETWORK: [&str; 2] = ["netvm", "default_dispvm"];

/// The properties that Salt's `qvm.prefs` can set. Others of a bundle are set by halite alone.
/// Source: qubes-mgmt-salt-dom0-qvm, `_modules/ext_module_qvm.py`, `prefs`.
const KNOWN: [&str; 19] = [
    "audiovm",
    "autostart",
    "debug",
    "default_dispvm",
    "default_user",
    "devices_denied",
    "guivm",
    "include_in_backups",
    "kernel",
    "kernelopts",
    "management_dispvm",
    "maxmem",
    "memory",
    "netvm",
    "provides_network",
    "qrexec_timeout",
    "template_for_dispvms",
    "vcpus",
    "virt_mode",
];

/// Templates and qubes, with everything but their network.
pub fn qubes(desired: &Desired, policy: Digest) -> String {
    let mut text = "#!yaml\n".to_owned();
    let source = quoted(&contents_url(policy));
    line(&mut text, format_args!("\"/etc/qubes/policy.d/{POLICY_FILE}\":\n  file.managed:\n    - source: {source}"));
    line(&mut text, format_args!("    - user: \"root\"\n    - group: \"qubes\"\n    - mode: \"0664\""));
    for (name, template) in &desired.templates {
        let (name, base) = (quoted(name.as_str()), quoted(template.base.as_str()));
        line(&mut text, format_args!("{name}:\n  qvm.vm:\n    - clone:\n      - source: {base}"));
        if !template.tags.is_empty() {
            line(&mut text, format_args!("    - tags:\n      - add:"));
        }
        for tag in &template.tags {
            line(&mut text, format_args!("        - {}", quoted(tag.as_str())));
        }
    }
    for (name, qube) in in_order(desired) {
        qube_state(&mut text, desired, name, qube);
    }
    text
}

fn qube_state(text: &mut String, desired: &Desired, name: &QubeName, qube: &Qube) {
    let (template, label) = (quoted(qube.template.as_str()), quoted(qube.label.as_str()));
    line(text, format_args!("{}:\n  qvm.vm:", quoted(name.as_str())));
    // Tags first: they are what the denials are written for.
    line(text, format_args!("    - actions:\n      - present\n      - tags\n      - prefs\n      - features"));
    if qube.firewall.is_some() {
        line(text, format_args!("      - firewall"));
    }
    line(text, format_args!("    - present:\n      - template: {template}\n      - label: {label}"));
    if qube.class != Class::App {
        line(text, format_args!("      - class: {}", quoted(qube.class.as_str())));
    }
    line(text, format_args!("    - tags:\n      - add:"));
    for tag in &qube.tags {
        line(text, format_args!("        - {}", quoted(tag.as_str())));
    }
    // `present` changes neither of a qube that is already there.
    line(text, format_args!("    - prefs:\n      - template: {template}\n      - label: {label}"));
    for name in NETWORK {
        line(text, format_args!("      - {}: \"none\"", key(name)));
    }
    for (name, setting) in qube.prefs.iter().filter(|(name, _)| is_set_first(name.as_str())) {
        line(text, format_args!("      - {}: {}", key(name.as_str()), value(setting)));
    }
    if !qube.features.is_empty() {
        line(text, format_args!("    - features:\n      - set:"));
        for (name, value) in &qube.features {
            line(text, format_args!("        - {}: {}", quoted(name.as_str()), quoted(value)));
        }
    }
    if let Some(rules) = &qube.firewall {
        line(text, format_args!("    - firewall:\n      - set:"));
        for rule in rules {
            line(text, format_args!("        - {}", quoted(rule.as_str())));
        }
    }
    line(text, format_args!("    - require:\n      - file: \"/etc/qubes/policy.d/{POLICY_FILE}\""));
    if desired.templates.contains_key(&qube.template) || desired.qubes.contains_key(&qube.template) {
        line(text, format_args!("      - qvm: {template}"));
    }
}

/// The network of qubes that exist and are configured.
pub fn network(desired: &Desired) -> String {
    let mut text = "#!yaml\n".to_owned();
    for (name, qube) in in_order(desired) {
        // A name of its own beside the state of `qubes`, so that both can be applied in one go.
        let id = quoted(&format!("network of {name}"));
        line(&mut text, format_args!("{id}:\n  qvm.prefs:\n    - name: {}", quoted(name.as_str())));
        for (name, setting) in qube.prefs.iter().filter(|(name, _)| NETWORK.contains(&name.as_str())) {
            line(&mut text, format_args!("    - {}: {}", key(name.as_str()), value(setting)));
        }
        let netvm = qube.pref_qube("netvm").filter(|netvm| desired.qubes.contains_key(*netvm));
        if let Some(netvm) = netvm {
            line(&mut text, format_args!("    - require:\n      - qvm: {}", quoted(netvm.as_str())));
        }
    }
    text
}

/// Which states are for whom.
pub fn top(targets: &[(String, String)]) -> String {
    let mut text = "#!yaml\n\"base\":\n".to_owned();
    for (target, state) in targets {
        line(&mut text, format_args!("  {}:\n    - {}", quoted(target), quoted(state)));
    }
    text
}

fn is_set_first(property: &str) -> bool {
    KNOWN.contains(&property) && !NETWORK.contains(&property)
}

/// All qubes, those first that others need.
fn in_order(desired: &Desired) -> impl Iterator<Item = (&QubeName, &Qube)> {
    const ORDER: [Role; 6] =
        [Role::ExternalGateway, Role::Vpn, Role::Gateway, Role::DisposableTemplate, Role::Workstation, Role::Vault];
    ORDER.into_iter().flat_map(|role| desired.qubes.iter().filter(move |(_, qube)| qube.role == role))
}

/// A property as Salt's `qvm` spells it: with underscores, since only so it takes `none` for no qube at all; but for one that R4.2's knows
/// with a hyphen alone, and passes by without a word otherwise.
fn key(property: &str) -> String {
    quoted(if property == "provides_network" { "provides-network" } else { property })
}

/// A value as Salt's `qvm` compares it with what is there: numbers and booleans are not texts.
fn value(setting: &Setting) -> String {
    match setting {
        Setting::Default => quoted("*default*"),
        Setting::None => quoted("none"),
        Setting::Qube(qube) => quoted(qube.as_str()),
        Setting::Bool(yes) => yes.to_string(),
        Setting::Int(number) => number.to_string(),
        Setting::Text(text) => quoted(text),
    }
}

fn line(text: &mut String, line: std::fmt::Arguments) {
    writeln!(text, "{line}").expect("writing to a string");
}
