//! A capture that can be shown to others: what is named in it is neutral, and what it can say is known.
//!
//! Only what is on a list here is taken over; whatever else there is goes, or becomes a neutral name. Halite's own books are left out.

use serde_json::{Map, Value as Json};

use super::aliases::{Aliases, Kind};
use super::capture::{Books, Capture, Captured, Value};
use crate::base::{FeatureName, PropertyName};
use crate::model::{Kind as Typed, Property};
use crate::qrexec::Names;

/// Properties that plans have no use for, and that name a qube.
const QUBES: [&str; 4] = ["dispvm", "name", "relayvm", "template"];
/// Those that are numbers, or yes and no.
const PLAIN: [&str; 8] =
    ["auto_cleanup", "installed_by_rpm", "is_preload", "qid", "stubdom_mem", "stubdom_xid", "updateable", "xid"];
/// Those that are a text, or tell when something was done.
const TEXTS: [&str; 11] =
    ["backup_timestamp", "dns", "gateway", "gateway6", "icon", "ip", "ip6", "mac", "start_time", "storage_type", "transport_rpc"];
/// What texts say on most systems.
const USUAL: [&str; 7] = ["default", "hvm", "pv", "pvh", "root", "us++", "user"];
/// Features, and parts of those that are `service.…` and `supported-service.…`.
const FEATURES: [&str; 33] = [
    "anon-timezone",
    "appmenus-dispvm",
    "apparmor",
    "gui",
    "gui-emulated",
    "gui-events-max-delay",
    "internal",
    "menu-favorites",
    "menu-items",
    "os",
    "os-distribution",
    "os-family",
    "os-version",
    "preload-dispvm-max",
    "prohibit-start",
    "qrexec",
    "qubes-firewall",
    "servicevm",
    "skip-update",
    "uses-default-netvm",
    "vmexec",
    "whonix-default-dispvm",
    "whonix-default-gw",
    "whonix-gw",
    "whonix-ws",
    "x-halite-made",
    "x-halite-provisioned",
    "x-halite-retired",
    "updates-available",
    "last-update",
    "last-updates-check",
    "supported-feature.prohibit-start",
    "net.fake-ip",
];
/// Services inside qubes, that features switch on and off (qubes-doc, `qvm-service`).
const SERVICES: [&str; 16] = [
    "apparmor",
    "clocksync",
    "crond",
    "cups",
    "disable-default-route",
    "disable-dns-server",
    "meminfo-writer",
    "minimal-netvm",
    "minimal-usbvm",
    "network-manager",
    "qubes-firewall",
    "qubes-network",
    "qubes-update-check",
    "qubes-updates-proxy",
    "shutdown-idle",
    "updates-proxy-setup",
];
/// Features that name a qube.
const FEATURES_OF_QUBES: [&str; 2] = ["whonix-default-dispvm", "whonix-default-gw"];
/// What features say on most systems.
const VALUES: [&str; 6] = ["", "1", "Linux", "debian", "fedora", "whonix"];
/// Colours of the labels that every system has (qubes-core-admin, `qubes/config.py`), and of those before R4.3.
const COLOURS: [&str; 8] = ["0xcc0000", "0xf57900", "0xedd400", "0x73d216", "0x555555", "0x3465a4", "0x75507b", "0x000000"];
/// The colour of any other.
const COLOURLESS: &str = "0x888888";

/// The same dom0, with `aliases`.
pub fn redact(capture: &Capture, aliases: &mut Aliases) -> Capture {
    let qubes = capture.qubes.iter().map(|(name, captured)| (aliases.name(name), qube(captured, aliases))).collect();
    let system = system(&capture.system, aliases);
    // As whoever reads it decides: by what qubesd says of the system.
    let release = capture.system().map_or(capture.release, |system| system.release());
    let policy = capture.policy.renamed(aliases, release);
    Capture::new(capture.release, qubes, system, policy, Books::default())
}

fn qube(captured: &Captured, aliases: &mut Aliases) -> Captured {
    let tags = captured.tags.iter().filter_map(|tag| aliases.tag(tag.as_str()).parse().ok());
    let tags = tags.collect();
    let properties = captured.properties.iter().filter_map(|(name, value)| property(name, value, aliases)).collect();
    Captured {
        class: aliases.class(&captured.class),
        is_halted: captured.is_halted,
        properties,
        tags,
        features: captured.features.iter().filter_map(|(name, value)| feature(name, value, aliases)).collect(),
        firewall: captured.firewall.as_ref().map(|rules| rules.lines().map(|rule| firewall(rule, aliases)).collect()),
        private_volume: captured.private_volume,
    }
}

fn property(name: &PropertyName, Value { is_default, value }: &Value, aliases: &mut Aliases) -> Option<(PropertyName, Value)> {
    let key = name.as_str();
    let known = Property::find(key).map(|property| property.kind);
    let value = match known {
        _ if key == "label" => aliases.label(value),
        _ if key == "klass" => aliases.class(value),
        _ if key == "uuid" => aliases.uuid(value),
        _ if QUBES.contains(&key) => aliases.qube(value),
        Some(Typed::Qube) => aliases.qube(value),
        Some(Typed::Bool | Typed::Int) if is_plain(value) => value.clone(),
        None if PLAIN.contains(&key) && is_plain(value) => value.clone(),
        Some(Typed::Text) if USUAL.contains(&value.as_str()) => value.clone(),
        _ => aliases.text(value),
    };
    let is_known = known.is_some() || QUBES.contains(&key) || PLAIN.contains(&key) || TEXTS.contains(&key);
    let is_known = is_known || ["klass", "label", "uuid"].contains(&key);
    let name = if is_known { Some(name.clone()) } else { aliases.of(Kind::Property, key).parse().ok() };
    Some((name?, Value { is_default: *is_default, value }))
}

/// Whether a value is a number, or yes or no.
fn is_plain(value: &str) -> bool {
    matches!(value, "True" | "False") || value.parse::<f64>().is_ok_and(f64::is_finite)
}

fn feature(name: &FeatureName, value: &str, aliases: &mut Aliases) -> Option<(FeatureName, String)> {
    let text = name.as_str();
    let value = match text {
        _ if VALUES.contains(&value) => value.to_owned(),
        _ if FEATURES_OF_QUBES.contains(&text) => aliases.qube(value),
        "gui-events-max-delay" | "preload-dispvm-max" if is_plain(value) => value.to_owned(),
        _ => aliases.text(value),
    };
    let inner = |prefix: &str| text.strip_prefix(prefix);
    let name = match (inner("service."), inner("supported-service."), inner("supported-rpc.")) {
        _ if FEATURES.contains(&text) => text.to_owned(),
        (Some(service), ..) | (_, Some(service), _) => {
            let beginning = text.strip_suffix(service).unwrap_or_default();
            let is_known = SERVICES.contains(&service);
            let service = if is_known { service.to_owned() } else { aliases.of(Kind::Service, service) };
            format!("{beginning}{service}")
        }
        (_, _, Some(service)) => format!("supported-rpc.{}", aliases.service(service)),
        _ => aliases.of(Kind::Feature, text),
    };
    Some((name.parse().ok()?, value))
}

/// A rule of a firewall. What its author noted, and when it ends, is left out; what is no rule lets nothing through.
fn firewall(rule: &str, aliases: &mut Aliases) -> String {
    let mut words = Vec::new();
    let mut is_rule = false;
    for word in rule.split_whitespace() {
        match word.split_once('=') {
            // It goes to the end of the line.
            Some(("comment", _)) => break,
            Some(("action", "accept" | "drop")) => is_rule = true,
            Some(("proto", "tcp" | "udp" | "icmp") | ("specialtarget", "dns")) => {}
            Some(("dstports" | "icmptype", ports)) if ports.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {}
            Some(("dsthost" | "dst4" | "dst6", host)) => {
                words.push(format!("dsthost={}", aliases.of(Kind::Host, host)));
                continue;
            }
            Some(("expire", _)) => continue,
            _ => return "action=drop\n".to_owned(),
        }
        words.push(word.to_owned());
    }
    if is_rule { format!("{}\n", words.join(" ")) } else { "action=drop\n".to_owned() }
}

/// What qubesd tells the daemon that decides calls.
fn system(said: &Json, aliases: &mut Aliases) -> Json {
    let mut domains = Map::new();
    for (name, said) in said.get("domains").and_then(Json::as_object).into_iter().flatten() {
        let mut qube = Map::new();
        for (key, value) in said.as_object().into_iter().flatten() {
            qube.extend(fact(key, value, aliases).map(|value| (key.clone(), value)));
        }
        domains.insert(aliases.qube(name), Json::Object(qube));
    }
    Json::Object([("domains".to_owned(), Json::Object(domains))].into_iter().collect())
}

/// One thing that is said of a qube; none where nobody decides by it. Whatever is `null` stays so, and so does what is said at all, by
/// which the releases are told apart.
fn fact(key: &str, value: &Json, aliases: &mut Aliases) -> Option<Json> {
    let text = value.as_str();
    let other = match (key, text) {
        ("type", Some(class)) => aliases.class(class),
        ("default_dispvm" | "relayvm" | "guivm" | "name", Some(name)) => aliases.qube(name),
        ("transport_rpc", Some(service)) => match service.find('+') {
            Some(at) => format!("{}{}", aliases.service(&service[..at]), aliases.argument(&service[at..])),
            None => aliases.service(service),
        },
        ("uuid", Some(uuid)) => aliases.uuid(uuid),
        ("power_state", Some("Running")) => "Running".to_owned(),
        ("power_state", Some(_)) => "Halted".to_owned(),
        ("label", Some(colour)) if COLOURS.contains(&colour) => colour.to_owned(),
        ("label", Some(_)) => COLOURLESS.to_owned(),
        ("internal", Some(text)) => if text.is_empty() { "" } else { "1" }.to_owned(),
        ("tags", _) => {
            let tags = value.as_array()?.iter().filter_map(Json::as_str);
            return Some(tags.map(|tag| Json::String(aliases.tag(tag))).collect());
        }
        ("template_for_dispvms", _) => return value.as_bool().map(Json::Bool),
        // As Python takes it.
        ("internal", None) => return Some(internal(value)),
        ("default_dispvm" | "relayvm" | "guivm" | "name" | "transport_rpc" | "uuid" | "power_state" | "label", None) => {
            return Some(Json::Null);
        }
        _ => return None,
    };
    Some(Json::String(other))
}

/// Without what may be in it.
fn internal(value: &Json) -> Json {
    match value {
        Json::Null => Json::Null,
        Json::Bool(yes) => Json::Bool(*yes),
        Json::Number(number) => Json::Bool(number.as_f64() != Some(0.0)),
        Json::String(text) => Json::Bool(!text.is_empty()),
        Json::Array(list) => Json::Bool(!list.is_empty()),
        Json::Object(map) => Json::Bool(!map.is_empty()),
    }
}
