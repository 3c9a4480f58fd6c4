//! What a new value must satisfy.
//!
//! Source: `qubes/__init__.py` (`sanitize`), `qubes/vm/__init__.py` (`validate_name`, `VMProperty`), and the `_setter_…`
//! functions of `qubes/vm/qubesvm.py`, `vm/mix/net.py` and `vm/dispvm.py`.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::property::{Kind, Property, Write};
use super::python::{self, repr};
use super::qube::Class;
use super::refusal::{Exception, Outcome, Refusal};
use super::value::Value;
use super::view::View;
use crate::model::Release;

/// A payload as a value of the wanted kind, before the property itself has a say.
pub(super) fn sanitized(kind: Kind, untrusted: &[u8], release: Release) -> Outcome<Value> {
    let Some(text) = python::ascii(untrusted) else {
        let message = if kind == Kind::Qube { "" } else { "Non-ASCII bytes in property value" };
        return Err(Exception::Value.says(message));
    };
    let unparsable = |python_type: &str| Exception::Value.says(format!("Failed to parse property value as {python_type}"));
    match kind {
        Kind::Qube if text.is_empty() => Ok(Value::Nothing),
        Kind::Qube => valid_name(text, release).map(|()| text.into()),
        Kind::Number => python::integer(text).map(Value::Number).ok_or_else(|| unparsable("int")),
        Kind::Switch => python::switch(text)
            .map(Value::Switch)
            .ok_or_else(|| Exception::Value.says(format!("Invalid literal for boolean property: {}", repr(text)))),
        Kind::Ip4 => text.parse::<Ipv4Addr>().map(|ip| Value::Text(ip.to_string())).map_err(|_| unparsable("IPv4Address")),
        Kind::Ip6 => python::ip6(text).map(Value::Text).ok_or_else(|| unparsable("IPv6Address")),
        Kind::Uuid if python::is_uuid(text) => Ok(text.into()),
        Kind::Uuid => Err(unparsable("UUID")),
        Kind::Text | Kind::Label if python::is_printable(text) => Ok(text.into()),
        Kind::Text | Kind::Label => Err(Exception::Value.says("Invalid characters in property value")),
    }
}

/// Whether a text can be the name of a qube (`validate_name`). R4.3 took dots in.
pub(super) fn valid_name(text: &str, release: Release) -> Outcome {
    let refuse = |message: &str| Err(Exception::Value.says(message));
    if text.len() > 31 {
        return refuse("VM name must be shorter than 32 characters");
    }
    let has_dots = release >= Release::R4_3;
    if has_dots && text.starts_with(|c: char| c.is_ascii_digit() || "_.-".contains(c)) && !text.contains('\n') {
        return refuse("VM name cannot start with hyphen, underscore, dot or numbers");
    }
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || has_dots && c == '.';
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) || !text.chars().all(is_allowed) {
        return refuse("VM name contains illegal characters");
    }
    match text {
        "Domain-0" => refuse("VM name cannot be 'Domain-0'"),
        "none" | "default" => refuse("VM name cannot be 'none' nor 'default'"),
        _ if text.ends_with("-dm") => refuse("VM name cannot end with -dm"),
        _ => Ok(()),
    }
}

impl View<'_> {
    /// The value that a property gets when it is set to `value`, which for a reference is a qube that exists.
    pub(super) fn accepted(&self, property: &Property, value: Value) -> Outcome<Value> {
        let refuse = |message: String| Err(Exception::PropertyValue.says(message));
        let name = property.name;
        match (name, &value) {
            _ if property.write == Write::Never => {
                refuse(format!("property {} on {} instance cannot be set", repr(name), self.qube.class.as_str()))
            }
            ("label", Value::Text(text)) => self.accepted_label(text),
            ("memory" | "vcpus" | "stubdom_mem" | "qrexec_timeout" | "shutdown_timeout", Value::Number(..=0)) => {
                refuse(format!("{name} must be positive"))
            }
            ("maxmem", Value::Number(..0)) => refuse(format!("{name} must be positive or zero")),
            ("kernel", Value::Text(text)) if text.contains('/') => refuse("Kernel name cannot contain '/'".to_owned()),
            ("kernelopts", Value::Text(text)) if text.len() > 512 => {
                refuse("Kernelopts value too long (512 chars max)".to_owned())
            }
            ("default_user", Value::Text(text)) if !text.chars().all(|c| c.is_ascii_alphanumeric() || "_-+,.".contains(c)) => {
                refuse(
                    "Username can contain only those characters: \
                     abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+,."
                        .to_owned(),
                )
            }
            ("virt_mode", Value::Text(text)) => match text.to_ascii_lowercase().as_str() {
                mode @ ("hvm" | "pv" | "pvh") => Ok(mode.into()),
                _ => refuse("Invalid virtualization mode, supported values: hvm, pv, pvh".to_owned()),
            },
            ("keyboard_layout", Value::Text(text)) => match keyboard_fault(text) {
                Some(fault) => refuse(fault.to_owned()),
                None => Ok(value),
            },
            ("devices_denied", Value::Text(text)) => denied_devices(text).map(Value::Text),
            ("mac", Value::Text(text)) => accepted_mac(text),
            ("netvm", Value::Text(provider)) => self.check_provider(provider).map(|()| value),
            ("provides_network", Value::Switch(false)) if self.users("netvm").next().is_some() => {
                Err(Exception::Value.says("The qube is still used by other qubes, change theirs 'netvm' first"))
            }
            ("template", Value::Text(template)) if self.qube.class == Class::DispVM => {
                match self.system.find(template).is_some_and(|template| template.is_on("template_for_dispvms")) {
                    true => Ok(value),
                    false if self.system.release < Release::R4_3 => {
                        refuse("template for DispVM must have template_for_dispvms=True".to_owned())
                    }
                    false => refuse("template for disposable must have template_for_dispvms=True".to_owned()),
                }
            }
            _ => Ok(value),
        }
    }

    /// Whether the qube `name` may give this one its network (`_setter_netvm`).
    pub(super) fn check_provider(&self, name: &str) -> Outcome {
        let provider = self.system.find(name).ok_or(Refusal::Silence)?;
        match provider.get("provides_network") {
            // dom0 and remote qubes do not know the property.
            None => Err(Refusal::Silence),
            Some(Value::Switch(true)) if provider.name == self.name || self.downstream().contains(provider.name) => {
                Err(Exception::Value.says("Loops in network are unsupported"))
            }
            Some(Value::Switch(true)) => Ok(()),
            Some(_) => Err(Exception::Value.says(format!("The {name} qube does not provide network"))),
        }
    }

    /// A label's name, its number, or `label-NUMBER`.
    fn accepted_label(&self, text: &str) -> Outcome<Value> {
        let label = match text.strip_prefix("label-") {
            Some(number) => {
                let number = number.parse::<u32>().map_err(|_| Refusal::Silence)?;
                self.system.labels().find(|label| label.index == number).ok_or(Refusal::Silence)?
            }
            None => self.system.label(text)?,
        };
        Ok(Value::Text(label.name))
    }
}

fn keyboard_fault(text: &str) -> Option<&'static str> {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let [layout, variant, options] = text.split('+').collect::<Vec<_>>()[..] else {
        return Some("invalid number of keyboard layout parameters");
    };
    if layout.is_empty() || !layout.chars().all(|c| c.is_ascii_alphabetic()) {
        Some("Invalid keyboard layout provided")
    } else if !variant.chars().all(word) {
        Some("Invalid layout variant provided")
    } else if !options.chars().all(|c| word(c) || matches!(c, ':' | ',')) {
        Some("Invalid layout options provided")
    } else {
        None
    }
}

/// Interface codes of seven characters each, sorted, once each.
fn denied_devices(text: &str) -> Outcome<String> {
    if !text.len().is_multiple_of(7) {
        let length = text.len();
        return Err(
            Exception::Value.says(format!("Invalid length of interfaces={} (is {length}, expected multiple of 7)", repr(text)))
        );
    }
    let codes: BTreeSet<&[u8]> = text.as_bytes().chunks(7).collect();
    let is_code = |code: &&[u8]| {
        matches!(code, [b'b' | b'u' | b'm' | b'p' | b'*', rest @ ..]
            if rest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'*')))
    };
    if !codes.iter().all(is_code) {
        return Err(Exception::PropertyValue.says(
            "Interface code list should be in the form chhhhhhchhhhhh...,where c is one of \"b\", \"u\", \"m\", \"p\", \"*\" and h is \
             a hexdigit or \"*\".",
        ));
    }
    Ok(codes.into_iter().map(String::from_utf8_lossy).collect())
}

/// Six pairs of hexadecimal digits. qubesd does not handle its own refusal.
fn accepted_mac(text: &str) -> Outcome<Value> {
    let text = text.to_ascii_lowercase();
    let is_pair = |pair: &str| pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit());
    if text.split(':').count() == 6 && text.split(':').all(is_pair) { Ok(Value::Text(text)) } else { Err(Refusal::Silence) }
}
