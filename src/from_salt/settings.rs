//! `qvm.tags`, `qvm.features`, `qvm.service` and `qvm.firewall`: what is set on a qube beside its properties.

use super::action::Actions;
use super::qube::{say, twice};
use super::remarks::About;
use super::state::{Argument, Given, arguments};
use super::yaml::{Node, Value};
use crate::base::{FeatureName, ServiceName, Tag, is_invisible};
use crate::check::Code;
use crate::model::FirewallRule;
use crate::recipe::At;

impl Actions<'_> {
    pub(super) fn tags(&mut self, at: usize, options: &[&Argument]) {
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
                    self.remarks.say(
                        About::key(name.as_str(), "tags"),
                        Code::SaltUnknown,
                        &key.place,
                        message,
                        "remove it with `qvm-tags`",
                    );
                }
                other => self.unknown_option(&name, other, "qvm.tags", ["add", "del"]),
            }
        }
    }

    pub(super) fn features(&mut self, at: usize, options: &[&Argument]) {
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
                            Argument::Word(word) => {
                                self.unknown(name.as_str(), &word.value, &word.place, "is no feature with a value", [])
                            }
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

    pub(super) fn services(&mut self, at: usize, options: &[&Argument]) {
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

    pub(super) fn firewall(&mut self, at: usize, options: &[&Argument]) {
        for option in options {
            let name = self.said.qubes[at].name.value.clone();
            match option {
                Argument::Pair(key, value) if key.value == "set" => {
                    let rules = self.texts(value, &name, key);
                    let rules =
                        rules.iter().filter_map(|rule| self.parse::<FirewallRule>(rule, About::key(name.as_str(), "firewall")));
                    let rules: Vec<FirewallRule> = rules.map(|rule| rule.value).collect();
                    let new = At { value: rules.into(), place: key.place.clone() };
                    say(&mut self.said.qubes[at].firewall, new, &name, "firewall", self.remarks);
                }
                other => self.unknown_option(&name, other, "qvm.firewall", ["set"]),
            }
        }
    }
}
