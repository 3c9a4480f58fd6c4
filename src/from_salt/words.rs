//! The words of states: which there are, which were meant, and what they are read as.

use std::fmt::Display;
use std::str::FromStr;

use super::action::Actions;
use super::remarks::About;
use super::state::{Argument, text};
use super::yaml::{Node, Value};
use crate::base::{QubeName, cleaned};
use crate::check::Code;
use crate::recipe::{At, Fault, Place, did_you_mean, nearest};

/// What `qvm.vm` takes, and what each of the others does alone.
pub const ACTIONS: [&str; 19] = [
    "absent", "clone", "devices", "exists", "features", "firewall", "halted", "kill", "missing", "pause", "prefs", "present",
    "run", "running", "service", "shutdown", "start", "tags", "unpause",
];
/// Of these, what is done once, and is no setting of a qube.
pub const DEEDS: [&str; 10] = ["exists", "halted", "kill", "missing", "pause", "run", "running", "shutdown", "start", "unpause"];
/// What every state may have, and what says no more than in which order they are applied. Source: Salt 3008, `salt/state.py`,
/// `STATE_INTERNAL_KEYWORDS`.
pub const ORDER: [&str; 20] = [
    "require",
    "require_in",
    "require_any",
    "watch",
    "watch_in",
    "watch_any",
    "onchanges",
    "onchanges_in",
    "onchanges_any",
    "onfail",
    "onfail_in",
    "onfail_any",
    "onfail_all",
    "onfail_stop",
    "prereq",
    "prereq_in",
    "listen",
    "listen_in",
    "order",
    "failhard",
];
/// What every state may have, and on which it depends whether it is applied at all.
pub const CONDITIONS: [&str; 4] = ["onlyif", "unless", "creates", "check_cmd"];
/// Qubes that every system has, and that are nobody's identity. Source: qubes-mgmt-salt-dom0-virtual-machines R4.3, `qvm/`.
pub const OF_QUBES: [&str; 7] = ["dom0", "sys-net", "sys-firewall", "sys-usb", "sys-whonix", "sys-audio", "default-mgmt-dvm"];

impl Actions<'_> {
    /// The word of `known` that is meant.
    pub(super) fn meant(
        &self,
        word: &str,
        place: &Place,
        known: impl IntoIterator<Item = &'static str> + Clone,
        prefix: &str,
        about: About,
    ) -> Option<&'static str> {
        if let Some(known) = known.clone().into_iter().find(|known| *known == word) {
            return Some(known);
        }
        let nearest = nearest(word, known);
        let (shown, is_action) = (cleaned(word), prefix.is_empty());
        let (message, help) = match nearest {
            Some(meant) if is_action => (
                format!("`qvm.vm` knows no `{shown}`, and does nothing at all for it; taken as `{meant}`"),
                format!("write `{meant}`"),
            ),
            Some(meant) => {
                (format!("there is no `{prefix}{shown}`; taken as `{prefix}{meant}`"), format!("write `{prefix}{meant}`"))
            }
            None if is_action => (
                format!("`qvm.vm` knows no `{shown}`, and does nothing at all for it: left out"),
                "remove it, or write what was meant".to_owned(),
            ),
            None => (format!("there is no `{prefix}{shown}`: left out"), "remove it, or write what was meant".to_owned()),
        };
        self.remarks.say(about, Code::SaltSpelling, place, message, &help);
        nearest
    }

    /// A value as text.
    pub(super) fn text_of(&self, node: &Node, qube: &QubeName, key: &At<String>) -> Option<At<String>> {
        let read = text(node);
        if read.is_none() {
            let message = format!("`{}` is {} here: left out", cleaned(&key.value), node.value.kind());
            let help = format!("write it out as `- {}: VALUE`", cleaned(&key.value));
            self.remarks.say(About::qube(qube.as_str()), Code::SaltCode, &node.place, message, &help);
        }
        read
    }

    /// A list of values as texts; one alone counts as such a list.
    pub(super) fn texts(&self, node: &Node, qube: &QubeName, key: &At<String>) -> Vec<At<String>> {
        match &node.value {
            Value::List(items) => items.iter().filter_map(|item| self.text_of(item, qube, key)).collect(),
            Value::Nothing => Vec::new(),
            _ => self.text_of(node, qube, key).into_iter().collect(),
        }
    }

    /// A text as a name or value of its kind.
    pub(super) fn parse<T: FromStr<Err: Display>>(&self, text: &At<String>, about: About) -> Option<At<T>> {
        match text.value.parse() {
            Ok(value) => Some(At { value, place: text.place.clone() }),
            Err(error) => {
                let message = format!("`{}` cannot be taken: {error}", cleaned(&text.value));
                self.remarks.say(about, Code::SaltUnknown, &text.place, message, "write one that Qubes takes, or leave it out");
                None
            }
        }
    }

    pub(super) fn unknown_option(
        &self,
        qube: &QubeName,
        option: &Argument,
        function: &str,
        known: impl IntoIterator<Item = &'static str>,
    ) {
        let (Argument::Pair(word, _) | Argument::Word(word)) = option;
        self.unknown(qube.as_str(), &word.value, &word.place, &format!("is nothing that `{function}` sets"), known);
    }

    pub(super) fn unknown(
        &self,
        qube: &str,
        word: &str,
        place: &Place,
        what: &str,
        known: impl IntoIterator<Item = &'static str>,
    ) {
        let message = format!("`{}` {what}: left out", cleaned(word));
        let help = did_you_mean(word, known).unwrap_or("remove it, or say in the recipe what was meant".to_owned());
        self.remarks.add(About::qube(qube), Fault::new(Code::SaltUnknown, place.clone(), message).help(Some(help)));
    }
}
