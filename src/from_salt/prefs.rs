//! `qvm.present` and `qvm.prefs`: how a qube is made, and its properties.

use std::ops::RangeInclusive;

use super::action::Actions;
use super::qube::{Qube, Target, say, say_target, twice};
use super::remarks::About;
use super::state::{Argument, Given, arguments};
use super::template;
use super::yaml::{Node, Value};
use crate::base::{PropertyName, QubeName, cleaned};
use crate::check::Code;
use crate::model::{Kind, PROPERTIES, Property, Setting};
use crate::recipe::{At, MAXMEM, MEMORY, did_you_mean};

/// What makes of `qvm.present` something else than an AppVM.
const CLASSES: [&str; 4] = ["hvm-template", "standalone", "hvm", "internal"];
/// What `qvm.present` takes.
const OF_PRESENT: [&str; 7] = ["class", "flags", "label", "mem", "name", "template", "vcpus"];
/// What `qvm.prefs` sets besides properties.
const BESIDE: [&str; 3] = ["dispvm_allowed", "label", "template"];
/// Properties that Salt takes for none only where they are spelled with an underscore.
const NONE_BY_UNDERSCORE: [&str; 3] = ["default-dispvm", "devices-denied", "management-dispvm"];

impl Actions<'_> {
    pub(super) fn present(&mut self, at: usize, options: &[&Argument]) {
        self.said.qubes[at].is_made = true;
        for option in options {
            let name = self.said.qubes[at].name.value.clone();
            match option {
                Argument::Pair(key, value) => match key.value.as_str() {
                    "template" | "label" | "vcpus" => self.property(at, key, value),
                    "mem" => self.property(at, &At { value: "memory".to_owned(), place: key.place.clone() }, value),
                    "class" => {
                        let class = self.text_of(value, &name, key);
                        if let Some(class) = class.filter(|class| class.value != "AppVM") {
                            self.foreign(at, &class);
                        }
                    }
                    "flags" => {
                        for flag in self.texts(value, &name, key) {
                            self.flag(at, &flag);
                        }
                    }
                    other if Property::find(&other.replace('-', "_")).is_some() => {
                        let message = format!(
                            "`qvm.present` has no `{other}`, and Salt stops at it; taken as if it stood under `qvm.prefs`"
                        );
                        let help = "move it to `qvm.prefs`";
                        self.remarks.say(About::key(name.as_str(), key_of(other)), Code::SaltSpelling, &key.place, message, help);
                        self.property(at, key, value);
                    }
                    _ => self.unknown_option(&name, option, "qvm.present", OF_PRESENT),
                },
                Argument::Word(_) => self.unknown_option(&name, option, "qvm.present", OF_PRESENT),
            }
        }
    }

    fn flag(&mut self, at: usize, flag: &At<String>) {
        match flag.value.as_str() {
            "proxy" | "net" => self.said.qubes[at].provides_network = Some(At { value: true, place: flag.place.clone() }),
            "quiet" | "force-root" => {}
            class if CLASSES.contains(&class) => self.foreign(at, flag),
            other => {
                let name = self.said.qubes[at].name.value.to_string();
                let message = format!("`{}` is no flag of `qvm.present`: left out", cleaned(other));
                self.remarks.say(About::qube(name), Code::SaltUnknown, &flag.place, message, "remove it");
            }
        }
    }

    /// Notes that a qube is none of those that recipes have.
    fn foreign(&mut self, at: usize, class: &At<String>) {
        let name = self.said.qubes[at].name.value.to_string();
        self.said.qubes[at].is_foreign = true;
        let message = format!("recipes have no qubes that are `{}`: `{name}` is left out", cleaned(&class.value));
        let help = "make it an AppVM on a template, or go on setting it up by other means";
        self.remarks.say(About::qube(name), Code::SaltUnknown, &class.place, message, help);
    }

    pub(super) fn prefs(&mut self, at: usize, options: &[&Argument]) {
        for option in options {
            let name = self.said.qubes[at].name.value.clone();
            match option {
                Argument::Pair(key, _) if matches!(key.value.as_str(), "action" | "flags") => {}
                Argument::Pair(key, value) if key.value == "set" => {
                    let inner = arguments(value, Given::Function("set"), &About::qube(name.as_str()), self.remarks);
                    self.prefs(at, &inner.iter().collect::<Vec<_>>());
                }
                Argument::Pair(key, _) if key.value == "get" => {
                    let message = "`get` only looks at properties: left out";
                    self.remarks.say(About::qube(name.as_str()), Code::SaltUnknown, &key.place, message, "remove it");
                }
                Argument::Pair(key, value) => self.property(at, key, value),
                Argument::Word(word) => {
                    let message =
                        format!("`{}` without a value is only looked at, and set to nothing: left out", cleaned(&word.value));
                    let help = "write it as `- PROPERTY: VALUE`";
                    self.remarks.say(About::qube(name.as_str()), Code::SaltUnknown, &word.place, message, help);
                }
            }
        }
    }

    /// Sets one property.
    fn property(&mut self, at: usize, key: &At<String>, node: &Node) {
        let name = self.said.qubes[at].name.value.clone();
        let spelled = key.value.replace('-', "_");
        let node = &match node.value {
            // For Salt, too, an empty value is none.
            Value::Nothing => Node { value: Value::Text(String::new()), place: node.place.clone() },
            _ => node.clone(),
        };
        if Property::find(&spelled).is_none() && !BESIDE.contains(&spelled.as_str()) {
            return self.no_property(&name, key, &spelled);
        }
        let Some(value) = self.text_of(node, &name, key) else { return };
        let about = About::key(name.as_str(), key_of(&spelled));
        let remarks = self.remarks;
        match spelled.as_str() {
            "template" => {
                if let Some(template) = self.parse(&value, about.clone()) {
                    template::look_at(&template, about, remarks);
                    say(&mut self.said.qubes[at].template, template, &name, "template", remarks);
                }
            }
            "label" => {
                if let Some(label) = self.parse(&value, about) {
                    say(&mut self.said.qubes[at].label, label, &name, "label", remarks);
                }
            }
            "memory" | "maxmem" => {
                if value.value == "*default*" {
                    return;
                }
                let bounds = if spelled == "memory" { MEMORY } else { MAXMEM };
                let Some(number) = self.number(&value, bounds, about) else { return };
                let qube = &mut self.said.qubes[at];
                match spelled.as_str() {
                    "memory" => say(&mut qube.memory, number, &name, "memory", remarks),
                    _ => say(&mut qube.maxmem, number, &name, "maxmem", remarks),
                }
            }
            "netvm" | "default_dispvm" => {
                let Some(target) = self.target(&value, key, about) else { return };
                let qube = &mut self.said.qubes[at];
                match spelled.as_str() {
                    "netvm" => say_target(&mut qube.netvm, target, &name, "netvm", remarks),
                    _ => say_target(&mut qube.dispvm, target, &name, "disposables", remarks),
                }
            }
            "provides_network" | "template_for_dispvms" | "dispvm_allowed" => {
                let Some(yes) = self.yes_or_no(&value, about) else { return };
                let qube: &mut Qube = &mut self.said.qubes[at];
                match spelled.as_str() {
                    "provides_network" => qube.provides_network = Some(yes),
                    _ => qube.template_for_dispvms = Some(yes),
                }
            }
            other => {
                if let Some((property, parsed)) = Property::find(other).zip(other.parse::<PropertyName>().ok())
                    && let Some(setting) = self.setting(property, &value, key, about)
                {
                    let old = self.said.qubes[at].prefs.insert(parsed, setting.clone());
                    if let Some(old) = old.filter(|old| old.value != setting.value) {
                        twice(&old, &setting, &setting, &name, other, "prefs", remarks);
                    }
                }
            }
        }
    }

    fn no_property(&self, name: &QubeName, key: &At<String>, spelled: &str) {
        let message = format!("`{}` is no property that a recipe sets: left out", cleaned(&key.value));
        let known = PROPERTIES.iter().map(|property| property.name).chain(BESIDE);
        let help = did_you_mean(spelled, known).unwrap_or("remove it, or set it in dom0".to_owned());
        self.remarks.say(About::qube(name.as_str()), Code::SaltUnknown, &key.place, message, &help);
    }

    fn setting(&self, property: &Property, value: &At<String>, key: &At<String>, about: About) -> Option<At<Setting>> {
        let setting = if value.value == "*default*" {
            Setting::Default
        } else {
            match property.kind {
                Kind::Qube => match self.target(value, key, about)?.value {
                    Target::Default => Setting::Default,
                    Target::None => Setting::None,
                    Target::Qube(name) => Setting::Qube(name),
                },
                Kind::Bool => Setting::Bool(self.yes_or_no(value, about)?.value),
                Kind::Int => Setting::Int(self.number(value, 0..=u32::MAX, about)?.value),
                Kind::Text if value.value.chars().any(crate::base::is_invisible) => {
                    let message = format!("the value of `{}` has characters that cannot be seen: left out", property.name);
                    self.remarks.say(about, Code::SaltUnknown, &value.place, message, "write it in visible characters");
                    return None;
                }
                Kind::Text => Setting::Text(value.value.clone()),
            }
        };
        Some(At { value: setting, place: value.place.clone() })
    }

    fn target(&self, value: &At<String>, key: &At<String>, about: About) -> Option<At<Target>> {
        let target = match value.value.as_str() {
            "*default*" => Target::Default,
            "" => Target::None,
            word if word.eq_ignore_ascii_case("none") => {
                if NONE_BY_UNDERSCORE.contains(&key.value.as_str()) || word != "none" {
                    let spelled = key.value.replace('-', "_");
                    let message = format!(
                        "Salt looks for a qube called `{word}` where `{}` is spelled like this; taken as no qube",
                        cleaned(&key.value)
                    );
                    let help = format!("write `- {spelled}: none`");
                    self.remarks.say(about, Code::SaltSpelling, &value.place, message, &help);
                }
                Target::None
            }
            _ => Target::Qube(self.parse::<QubeName>(value, about)?.value),
        };
        Some(At { value: target, place: value.place.clone() })
    }

    fn number(&self, value: &At<String>, bounds: RangeInclusive<u32>, about: About) -> Option<At<u32>> {
        let number = value.value.parse().ok().filter(|number| bounds.contains(number));
        if number.is_none() {
            let (least, most) = (bounds.start(), bounds.end());
            let message = format!("`{}` is no number between {least} and {most}: left out", cleaned(&value.value));
            self.remarks.say(about, Code::SaltUnknown, &value.place, message, "write a whole number without a unit");
        }
        number.map(|number| At { value: number, place: value.place.clone() })
    }

    /// As YAML 1.1 has it, which Salt reads.
    fn yes_or_no(&self, value: &At<String>, about: About) -> Option<At<bool>> {
        let yes = match value.value.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => true,
            "false" | "no" | "off" => false,
            _ => {
                let message = format!("`{}` is neither yes nor no: left out", cleaned(&value.value));
                self.remarks.say(about, Code::SaltUnknown, &value.place, message, "write `true` or `false`");
                return None;
            }
        };
        Some(At { value: yes, place: value.place.clone() })
    }
}

/// The key of a recipe's table that a property becomes.
fn key_of(property: &str) -> &'static str {
    match property.replace('-', "_").as_str() {
        "template" => "template",
        "label" => "label",
        "memory" | "mem" => "memory",
        "maxmem" => "maxmem",
        "netvm" => "netvm",
        "default_dispvm" => "disposables",
        _ => "prefs",
    }
}
