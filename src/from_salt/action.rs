//! What Salt's `qvm` is told to do with a qube, and what a recipe has words for of that.
//!
//! Source: qubes-mgmt-salt-dom0-qvm 4.3.6, `_states/ext_state_qvm.py` and `_modules/ext_module_qvm.py`.

use super::qube::{Qube, Said, say};
use super::remarks::{About, Remarks};
use super::state::{Argument, Given, State, arguments, text};
use super::template;
use super::top::Assignment;
use super::words::{ACTIONS, CONDITIONS, DEEDS, OF_QUBES, ORDER};
use super::yaml::{Node, Value};
use crate::base::{QubeName, cleaned};
use crate::check::Code;
use crate::recipe::Place;

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
                let is_policy = state.arguments.iter().any(|argument| {
                    matches!(argument, Argument::Pair(key, node)
                    if key.value == "name" && text(node).is_some_and(|name| name.value.starts_with(POLICY)))
                });
                if is_policy || state.id.value.starts_with(POLICY) {
                    self.said.policy.get_or_insert(state.function.place.clone());
                    let message =
                        format!("`{}` is a file of policy, and halite writes its own: left out", cleaned(&state.id.value));
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
                Argument::Pair(key, _)
                    if key.value == "name" || key.value == "actions" || ORDER.contains(&key.value.as_str()) => {}
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
                        let message = format!(
                            "`{action}` is not among the `actions`, and `qvm.vm` does nothing at all for it; taken as if it were"
                        );
                        self.remarks.say(
                            about.clone(),
                            Code::SaltSpelling,
                            &key.place,
                            message,
                            "name it among the `actions`, or leave them out",
                        );
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
        let parsed = self.parse::<QubeName>(&name, About::Nothing)?;
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
                self.remarks.say(
                    About::qube(name),
                    Code::SaltUnknown,
                    place,
                    message,
                    "remove it with `qvm-remove` if nobody needs it",
                );
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
                    let source =
                        self.text_of(value, &name, key).and_then(|source| self.parse(&source, About::key(name.as_str(), "base")));
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
