//! `pkg.installed`: which packages are for which template.

use std::collections::BTreeSet;

use super::action::Actions;
use super::remarks::About;
use super::state::{Argument, State, text};
use super::top::file_of;
use super::yaml::Value;
use crate::base::{PackageName, QubeName, cleaned};
use crate::check::Code;
use crate::recipe::At;

impl Actions<'_> {
    pub(super) fn packages(&mut self, state: &State) {
        let packages: Vec<PackageName> =
            self.names(state).iter().filter_map(|name| Some(self.parse(name, About::Nothing)?.value)).collect();
        let targets: Vec<&At<String>> = self
            .assignments
            .iter()
            .filter(|given| file_of(&given.state.value, self.paths) == Some(state.file.number()))
            .map(|given| &given.target)
            .collect();
        if targets.is_empty() {
            let message = "which template these packages are for no top file says: left out";
            let help = "name them as the `packages` of a `[template.NAME]`";
            self.remarks.say(About::Nothing, Code::SaltUnknown, &state.function.place, message, help);
        }
        for target in targets {
            match target.value.parse::<QubeName>() {
                Ok(name) => {
                    let none = At { value: BTreeSet::new(), place: target.place.clone() };
                    self.said.packages.entry(name).or_insert(none).value.extend(packages.iter().cloned());
                }
                Err(_) => {
                    let message = format!(
                        "`{}` is a pattern, and no name of a template: its packages are left out",
                        cleaned(&target.value)
                    );
                    self.remarks.say(About::Nothing, Code::SaltUnknown, &target.place, message, "name each template");
                }
            }
        }
    }

    /// What a state installs.
    fn names(&self, state: &State) -> Vec<At<String>> {
        let mut names = Vec::new();
        for argument in &state.arguments {
            let Argument::Pair(key, value) = argument else { continue };
            match (key.value.as_str(), &value.value) {
                ("name", _) => names.extend(text(value)),
                ("pkgs" | "names", Value::List(items)) => {
                    for item in items {
                        match (&item.value, text(item)) {
                            (_, Some(name)) => names.push(name),
                            // With a version.
                            (Value::Map(entries), None) => {
                                for (name, _) in entries {
                                    let message = "a recipe pins no version of a package: taken without it";
                                    self.remarks.say(
                                        About::Nothing,
                                        Code::SaltUnknown,
                                        &name.place,
                                        message,
                                        "name the package alone",
                                    );
                                    names.extend(text(name));
                                }
                            }
                            _ => {
                                let message = format!("the name of this package is {}: left out", item.value.kind());
                                self.remarks.say(About::Nothing, Code::SaltCode, &item.place, message, "write the name out");
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        if names.is_empty() { vec![state.id.clone()] } else { names }
    }
}
