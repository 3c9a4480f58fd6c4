//! What Salt's `qvm` is told to do with a qube, and what a recipe has words for of that.
//!
//! Source: qubes-mgmt-salt-dom0-qvm 4.3.6, `_states/ext_state_qvm.py` and `_modules/ext_module_qvm.py`.

use super::qube::{Qube, Said, say, twice};
use super::remarks::{About, Remarks};
use super::state::{Argument, Given, State, arguments, text};
use super::template;
use super::top::{Assignment, name_of};
use super::yaml::{Node, Value};
use crate::base::{FeatureName, QubeName, ServiceName, Tag, cleaned, is_invisible};
use crate::check::Code;
use crate::model::FirewallRule;
use crate::recipe::{At, Fault, Place, did_you_mean, nearest};

/// What `qvm.vm` takes, and what each of the others does alone.
const ACTIONS: [&str; 19] = [
    "absent", "clone", "devices", "exists", "features", "firewall", "halted", "kill", "missing", "pause", "prefs", "present", "run",
    "running", "service", "shutdown", "start", "tags", "unpause",
];
/// Of these, what is done once, and is no setting of a qube.
const DEEDS: [&str; 10] = ["exists", "halted", "kill", "missing", "pause", "run", "running", "shutdown", "start", "unpause"];
/// What every state may have, and what says no more than in which order they are applied. Source: Salt 3006, "Requisites and other
/// global state arguments".
const ORDER: [&str; 17] = [
    "require", "require_in", "require_any", "watch", "watch_in", "watch_any", "onchanges", "onchanges_in", "onchanges_any", "onfail",
    "onfail_in", "prereq", "prereq_in", "listen", "listen_in", "order", "failhard",
];
/// What every state may have, and on which it depends whether it is applied at all.
const CONDITIONS: [&str; 4] = ["onlyif", "unless", "creates", "check_cmd"];
/// Qubes that every system has, and that are nobody's identity. Source: qubes-mgmt-salt-dom0-virtual-machines R4.3, `qvm/`.
const OF_QUBES: [&str; 7] = ["dom0", "sys-net", "sys-firewall", "sys-usb", "sys-whonix", "sys-audio", "default-mgmt-dvm"];

/// Reads states one after the other.
pub struct Actions<'a> {
    pub(super) said: Said,
    pub(super) remarks: &'a Remarks,
    pub(super) paths: &'a [String],
    pub(super) assignments: &'a [Assignment],
}

impl<'a> Actions<'a> {
    /// Nothing was read yet.
    pub fn new(paths: &'a [String], assignments: &'a [Assignment], remarks: &'a Remarks) -> Self {
        Self { said: Said::default(), remarks, paths, assignments }
    }

    /// All that was said.
    pub fn finish(self) -> Said {
        self.said
    }

    /// Reads a state.
    pub fn read(&mut self, state: &State) {
        match state.function.value.split_once('.') {
            Some(("qvm", function)) => self.qvm(state, function),
            Some(("pkg", "installed")) => self.packages(state),
            _ => {
                let is_policy = state.arguments.iter().any(|argument| matches!(argument, Argument::Pair(key, node)
                    if key.value == "name" && text(node).is_some_and(|name| name.value.starts_with(POLICY))));
                if is_policy || state.id.value.starts_with(POLICY) {
                    self.said.policy.get_or_insert(state.function.place.clone());
                    let message = format!("`{}` is a file of policy, and halite writes its own: left out", cleaned(&state.id.value));
                    let help = "say in a `[flow.HANDLE]` what is to be let through besides";
                    self.remarks.say(About::Nothing, Code::SaltUnknown, &state.id.place, message, help);
                } else {
                    let message = format!("`{}` is nothing that a recipe says: left out", state.function.value);
                    let help = "files are put into qubes and templates by `files`, packages into templates by `packages`";
                    self.remarks.say(About::Nothing, Code::SaltUnknown, &state.function.place, message, help);
                }
            }
        }
    }

    fn qvm(&mut self, state: &State, function: &str) {
        if function == "template_installed" {
            let message = "halite installs no template, and expects the stock ones: left out";
            let help = "install it with `qvm-template install` if dom0 has not got it";
            return self.remarks.say(About::Nothing, Code::SaltUnknown, &state.function.place, message, help);
        }
        let known = ["vm"].into_iter().chain(ACTIONS);
        let Some(function) = self.meant(function, &state.function.place, known, "qvm.", About::Nothing) else { return };
        let Some(at) = self.qube(state) else { return };
        let name = self.said.qubes[at].name.value.to_string();
        let mut given = Vec::new();
        for argument in &state.arguments {
            match argument {
                Argument::Pair(key, _) if key.value == "name" || key.value == "actions" || ORDER.contains(&key.value.as_str()) => {}
                Argument::Pair(key, _) if CONDITIONS.contains(&key.value.as_str()) => {
                    let message = format!("whether `{}` holds only dom0 can tell; taken as if it did", key.value);
                    let help = "leave out what is not meant to be always there";
                    self.remarks.say(About::qube(&name), Code::SaltCode, &key.place, message, help);
                }
                other => given.push(other),
            }
        }
        if function != "vm" {
            return self.action(at, function, &state.function.place, &given);
        }
        let listed = listed(state);
        for argument in given {
            match argument {
                Argument::Pair(key, options) => {
                    let about = About::qube(&name);
                    let Some(action) = self.meant(&key.value, &key.place, ACTIONS, "", about.clone()) else { continue };
                    if listed.as_ref().is_some_and(|listed| !listed.contains(&key.value.as_str())) {
                        let message = format!("`{action}` is not among the `actions`, and `qvm.vm` does nothing at all for it; taken as if it were");
                        self.remarks.say(about.clone(), Code::SaltSpelling, &key.place, message, "name it among the `actions`, or leave them out");
                    }
                    let options = arguments(options, Given::Action(action), &about, self.remarks);
                    self.action(at, action, &key.place, &options.iter().collect::<Vec<_>>());
                }
                Argument::Word(word) => {
                    let word_shown = cleaned(&word.value);
                    let message = format!("`{word_shown}` stands alone, and is no action of `qvm.vm` like this: left out");
                    let help = format!("write `- {word_shown}: []`, if that is what was meant");
                    self.remarks.say(About::qube(&name), Code::SaltSpelling, &word.place, message, &help);
                }
            }
        }
    }

    /// The word of `known` that is meant.
    fn meant(
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
            Some(meant) if is_action => {
                (format!("`qvm.vm` knows no `{shown}`, and does nothing at all for it; taken as `{meant}`"), format!("write `{meant}`"))
            }
            Some(meant) => (format!("there is no `{prefix}{shown}`; taken as `{prefix}{meant}`"), format!("write `{prefix}{meant}`")),
            None if is_action => {
                (format!("`qvm.vm` knows no `{shown}`, and does nothing at all for it: left out"), "remove it, or write what was meant".to_owned())
            }
            None => (format!("there is no `{prefix}{shown}`: left out"), "remove it, or write what was meant".to_owned()),
        };
        self.remarks.say(about, Code::SaltSpelling, place, message, &help);
        nearest
    }

    /// The number of the qube that a state is about, if it is one of a recipe's.
    fn qube(&mut self, state: &State) -> Option<usize> {
        let named = state.arguments.iter().find_map(|argument| match argument {
            Argument::Pair(key, node) if key.value == "name" => Some(node),
            _ => None,
        });
        let name = match named {
            None => state.id.clone(),
            Some(node) => match text(node) {
                Some(name) => name,
                None => {
                    let message = format!("the name of this qube is {}: the state is left out", node.value.kind());
                    self.remarks.say(About::Nothing, Code::SaltCode, &node.place, message, "write the name out");
                    return None;
                }
            },
        };
        let Some(parsed) = self.parse::<QubeName>(&name, About::Nothing) else { return None };
        if OF_QUBES.contains(&parsed.value.as_str()) {
            let message = format!("`{}` is one that Qubes itself makes, and halite leaves it as it is: left out", parsed.value);
            let help = "go on setting it up by other means";
            self.remarks.say(About::Nothing, Code::SaltUnknown, &parsed.place, message, help);
            return None;
        }
        let known = self.said.qubes.iter().position(|qube| qube.name.value == parsed.value);
        if known.is_none() && self.said.qubes.len() == Said::QUBES_MOST {
            self.said.is_too_much = true;
            return None;
        }
        let at = known.unwrap_or_else(|| {
            self.said.qubes.push(Qube::new(parsed.clone()));
            self.said.qubes.len() - 1
        });
        self.said.qubes[at].hints.push(state.id.clone());
        Some(at)
    }

    fn action(&mut self, at: usize, action: &str, place: &Place, options: &[&Argument]) {
        let name = self.said.qubes[at].name.value.to_string();
        match action {
            "present" => self.present(at, options),
            "prefs" => self.prefs(at, options),
            "clone" => self.clone_of(at, options),
            "tags" => self.tags(at, options),
            "features" => self.features(at, options),
            "service" => self.services(at, options),
            "firewall" => self.firewall(at, options),
            "absent" => {
                let message = format!("halite removes no qube: `{name}` stays where it is");
                self.remarks.say(About::qube(name), Code::SaltUnknown, place, message, "remove it with `qvm-remove` if nobody needs it");
            }
            "devices" => {
                let message = "which devices are attached to a qube no recipe says: left out";
                self.remarks.say(About::qube(name), Code::SaltUnknown, place, message, "attach them in dom0");
            }
            deed if DEEDS.contains(&deed) => {
                let message = format!("`{deed}` is something that is done once, and no setting of a qube: left out");
                self.remarks.say(About::qube(name), Code::SaltUnknown, place, message, "do it by hand");
            }
            _ => unreachable!("these are all actions"),
        }
    }

    fn clone_of(&mut self, at: usize, options: &[&Argument]) {
        self.said.qubes[at].is_made = true;
        for option in options {
            let name = self.said.qubes[at].name.value.clone();
            match option {
                Argument::Pair(key, value) if key.value == "source" => {
                    let source = self.text_of(value, &name, key).and_then(|source| self.parse(&source, About::key(name.as_str(), "base")));
                    if let Some(source) = source {
                        template::look_at(&source, About::key(name.as_str(), "base"), self.remarks);
                        say(&mut self.said.qubes[at].clone_of, source, &name, "base", self.remarks);
                    }
                }
                Argument::Pair(key, _) if matches!(key.value.as_str(), "class" | "flags") => {}
                other => self.unknown_option(&name, other, "qvm.clone", ["source"]),
            }
        }
    }

    fn tags(&mut self, at: usize, options: &[&Argument]) {
        for option in options {
            let name = self.said.qubes[at].name.value.clone();
            match option {
                Argument::Pair(key, value) if key.value == "add" => {
                    for tag in self.texts(value, &name, key) {
                        if let Some(tag) = self.parse::<Tag>(&tag, About::key(name.as_str(), "tags")) {
                            self.said.qubes[at].tags.insert(tag.value, tag.place);
                        }
                    }
                }
                Argument::Pair(key, _) if key.value == "del" => {
                    let message = "halite takes no tag away that it has not given: left out";
                    self.remarks.say(About::key(name.as_str(), "tags"), Code::SaltUnknown, &key.place, message, "remove it with `qvm-tags`");
                }
                other => self.unknown_option(&name, other, "qvm.tags", ["add", "del"]),
            }
        }
    }

    fn features(&mut self, at: usize, options: &[&Argument]) {
        for option in options {
            let name = self.said.qubes[at].name.value.clone();
            let about = || About::key(name.as_str(), "features");
            match option {
                Argument::Pair(key, value) if key.value == "enable" || key.value == "disable" => {
                    let setting = if key.value == "enable" { "1" } else { "" };
                    for feature in self.texts(value, &name, key) {
                        self.feature(at, &feature, At { value: setting.to_owned(), place: feature.place.clone() });
                    }
                }
                Argument::Pair(key, value) if key.value == "set" => {
                    for entry in arguments(value, Given::Function("set"), &about(), self.remarks) {
                        match entry {
                            Argument::Pair(feature, Node { value: Value::Nothing, place }) => {
                                self.feature(at, &feature, At { value: String::new(), place });
                            }
                            Argument::Pair(feature, value) => {
                                if let Some(value) = self.text_of(&value, &name, &feature) {
                                    self.feature(at, &feature, value);
                                }
                            }
                            Argument::Word(word) => self.unknown(name.as_str(), &word.value, &word.place, "is no feature with a value", []),
                        }
                    }
                }
                Argument::Pair(key, _) if key.value == "default" => {
                    let message = "halite leaves a feature that no recipe names as it is: left out";
                    self.remarks.say(about(), Code::SaltUnknown, &key.place, message, "remove it with `qvm-features --unset`");
                }
                other => self.unknown_option(&name, other, "qvm.features", ["enable", "disable", "set", "default"]),
            }
        }
    }

    fn services(&mut self, at: usize, options: &[&Argument]) {
        for option in options {
            let name = self.said.qubes[at].name.value.clone();
            match option {
                Argument::Pair(key, value) if key.value == "enable" || key.value == "disable" => {
                    let setting = if key.value == "enable" { "1" } else { "" };
                    for service in self.texts(value, &name, key) {
                        if let Some(service) = self.parse::<ServiceName>(&service, About::key(name.as_str(), "services")) {
                            let feature = At { value: service.value.feature().to_string(), place: service.place.clone() };
                            self.feature(at, &feature, At { value: setting.to_owned(), place: service.place });
                        }
                    }
                }
                other => self.unknown_option(&name, other, "qvm.service", ["enable", "disable"]),
            }
        }
    }

    fn feature(&mut self, at: usize, feature: &At<String>, value: At<String>) {
        let name = self.said.qubes[at].name.value.to_string();
        let Some(feature) = self.parse::<FeatureName>(feature, About::key(name.as_str(), "features")) else { return };
        if value.value.chars().any(is_invisible) {
            let message = format!("the value of `{}` has characters that cannot be seen: left out", feature.value);
            let about = About::key(name, "features");
            return self.remarks.say(about, Code::SaltUnknown, &value.place, message, "write it in visible characters");
        }
        let qube = self.said.qubes[at].name.value.clone();
        let old = self.said.qubes[at].features.insert(feature.value.clone(), value.clone());
        if let Some(old) = old.filter(|old| old.value != value.value) {
            let seen = |value: &At<String>| {
                let text = if value.value.is_empty() { "(empty)" } else { value.value.as_str() };
                At { value: text.to_owned(), place: value.place.clone() }
            };
            let (old, new) = (seen(&old), seen(&value));
            twice(&old, &new, &new, &qube, &format!("feature {}", feature.value), "features", self.remarks);
        }
    }

    fn firewall(&mut self, at: usize, options: &[&Argument]) {
        for option in options {
            let name = self.said.qubes[at].name.value.clone();
            match option {
                Argument::Pair(key, value) if key.value == "set" => {
                    let rules = self.texts(value, &name, key);
                    let rules = rules.iter().filter_map(|rule| self.parse::<FirewallRule>(rule, About::key(name.as_str(), "firewall")));
                    let rules: Vec<FirewallRule> = rules.map(|rule| rule.value).collect();
                    let new = At { value: rules.into(), place: key.place.clone() };
                    say(&mut self.said.qubes[at].firewall, new, &name, "firewall", self.remarks);
                }
                other => self.unknown_option(&name, other, "qvm.firewall", ["set"]),
            }
        }
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
    pub(super) fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(&self, text: &At<String>, about: About) -> Option<At<T>> {
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

    fn unknown(&self, qube: &str, word: &str, place: &Place, what: &str, known: impl IntoIterator<Item = &'static str>) {
        let message = format!("`{}` {what}: left out", cleaned(word));
        let help = did_you_mean(word, known).unwrap_or("remove it, or say in the recipe what was meant".to_owned());
        self.remarks.add(About::qube(qube), Fault::new(Code::SaltUnknown, place.clone(), message).help(Some(help)));
    }

    /// The name of the state that a file holds.
    pub(super) fn name_of(&self, number: usize) -> Option<String> {
        self.paths.get(number).map(|path| name_of(path))
    }
}

/// The `actions` of a `qvm.vm`, where it has some: no other one may be given then.
fn listed(state: &State) -> Option<Vec<&str>> {
    let list = state.arguments.iter().find_map(|argument| match argument {
        Argument::Pair(key, Node { value: Value::List(list), .. }) if key.value == "actions" => Some(list),
        _ => None,
    })?;
    Some(
        list.iter()
            .filter_map(|node| match &node.value {
                Value::Text(text) => Some(text.as_str()),
                // With what becomes of a failure, as in `- kill: pass`.
                Value::Map(entries) => match &entries.first()?.0.value {
                    Value::Text(text) => Some(text.as_str()),
                    _ => None,
                },
                _ => None,
            })
            .collect(),
    )
}

/// Where policy lies in dom0.
const POLICY: &str = "/etc/qubes";
