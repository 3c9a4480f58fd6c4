//! Salt, for what Salt does best: packages in templates, files in qubes; and for a dom0 without halite.
//!
//! Everything here follows from the desired state, byte for byte. So dom0 need not read Salt to know what it does: it renders the states
//! of a bundle's manifest anew, and refuses a bundle whose payload holds anything else under [`ROOT`]. `docs/format.md`, "Salt", is the
//! grammar.
//!
//! Each state begins with `#!yaml`, so that Salt runs no template engine over it, and every text in it is quoted.
//!
//! **Architecture invariant:** pure; reads no Salt, and runs none.

mod in_dom0;
mod in_qube;
mod yaml;

pub use yaml::quoted;

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{BundlePath, Digest, QubeName};
use crate::model::{Desired, Inside};

/// Where a payload keeps all of it. What is below this directory belongs below `/srv/salt`.
pub const ROOT: &str = "salt";
/// The one folder of it that holds all but the top file.
pub const FOLDER: &str = "salt/halite";

/// The states and the top file of `desired`, by their path in the payload. `policy` is the digest of the bundle's policy file.
pub fn states(desired: &Desired, policy: Digest) -> BTreeMap<BundlePath, String> {
    let mut states = BTreeMap::new();
    let mut add = |at: String, text: String| states.insert(path(&at), text);
    let mut targets = vec![("dom0".to_owned(), "halite.qubes".to_owned())];
    let templates = desired.templates.iter().map(|(name, template)| (name, template.inside()));
    let qubes = desired.qubes.iter().map(|(name, qube)| (name, qube.inside()));
    for (name, inside) in templates.chain(qubes).filter(|(_, inside)| !inside.is_empty()) {
        add(format!("halite/in/{}.sls", file_name(name)), in_qube::state(&inside));
        targets.push((name.to_string(), state_name(name)));
    }
    add("halite/qubes.sls".to_owned(), in_dom0::qubes(desired, policy));
    add("halite/network.sls".to_owned(), in_dom0::network(desired));
    add("halite.top".to_owned(), in_dom0::top(&targets));
    states
}

/// The state that brings about inside `qube` what `inside` says. The contents that it speaks of belong at their [`contents_path`].
pub fn staged(qube: &QubeName, inside: &Inside) -> Staged {
    let path = path(&format!("halite/in/{}.sls", file_name(qube)));
    Staged { name: state_name(qube), path, text: in_qube::state(inside) }
}

/// A digest that stands for the packages and files of `inside`; none where there are none.
pub fn digest(inside: &Inside) -> Option<Digest> {
    let inside = Inside { absent: BTreeSet::new(), ..inside.clone() };
    (!inside.is_empty()).then(|| Digest::of(in_qube::state(&inside).as_bytes()))
}

/// A state that Salt is to apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// Its name, as Salt has it.
    pub name: String,
    /// Where it is, below [`ROOT`].
    pub path: BundlePath,
    /// Its text.
    pub text: String,
}

/// Where the payload keeps the contents with this digest, for Salt to copy from.
pub fn contents_path(contents: Digest) -> BundlePath {
    path(&format!("halite/files/{contents}"))
}

/// The contents with this digest, as Salt names them.
fn contents_url(contents: Digest) -> String {
    format!("salt://halite/files/{contents}")
}

/// A qube's state, as Salt names it.
fn state_name(qube: &QubeName) -> String {
    format!("halite.in.{}", file_name(qube))
}

/// The file of a qube's state, without its ending. Salt takes a dot in the name of a state for a directory; a plus sign is in no qube's
/// name.
fn file_name(qube: &QubeName) -> String {
    qube.as_str().replace('.', "+")
}

fn path(below: &str) -> BundlePath {
    format!("{ROOT}/{below}").parse().expect("names of qubes and digests are plain, and short")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileMode, FilePath};
    use crate::model::{Class, Identity, Label, Mode, Qube, Role, Setting, StagedFile, Template};

    fn digest() -> Digest {
        Digest::of(b"contents")
    }

    /// A desired state in whose states the names are those that the specification uses.
    fn desired() -> Desired {
        let mut desired = Desired::default();
        desired.identities.insert("i".parse().unwrap(), Identity::new(Mode::Anonymous));
        let path: FilePath = "/etc/PATH".parse().unwrap();
        let files = BTreeMap::from([(path, StagedFile { blake3: digest(), mode: FileMode::Plain, sensitive: false })]);
        let template =
            Template { packages: ["PACKAGE".parse().unwrap()].into(), files, ..Template::new("BASE".parse().unwrap()) };
        desired.templates.insert("TEMPLATE".parse().unwrap(), template);
        let qube = |role, prefs: &[(&'static str, Setting)]| Qube {
            role,
            class: Class::App,
            identity: "i".parse().unwrap(),
            template: "TEMPLATE".parse().unwrap(),
            label: Label::Red,
            prefs: prefs.iter().map(|(name, setting)| (name.parse().unwrap(), setting.clone())).collect(),
            tags: ["TAG".parse().unwrap()].into(),
            features: [("FEATURE".parse().unwrap(), "VALUE".to_owned())].into(),
            private_volume: None,
            files: [].into(),
            configuration: None,
            firewall: None,
        };
        let to = |name: &str| Setting::Qube(name.parse().unwrap());
        desired.qubes.insert("NETVM".parse().unwrap(), qube(Role::Gateway, &[]));
        let prefs = [("netvm", to("NETVM")), ("default_dispvm", to("QUBE")), ("autostart", Setting::Bool(true))];
        desired.qubes.insert("QUBE".parse().unwrap(), qube(Role::Workstation, &prefs));
        desired
    }

    #[test]
    fn states_are_those_of_the_specification() {
        let states = states(&desired(), digest());
        let specification = include_str!("../../docs/format.md");
        let specification = specification.split("## 6. Salt").nth(1).unwrap();
        let blocks: Vec<&str> = specification.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
        assert_eq!(blocks.len(), 4);
        for (at, block) in ["halite/in/TEMPLATE.sls", "halite/qubes.sls", "halite/network.sls", "halite.top"].iter().zip(blocks) {
            let text = states.iter().find(|(path, _)| path.as_str() == format!("{ROOT}/{at}")).expect(at).1;
            let text = text
                .replace(&digest().to_string(), "DIGEST")
                .replace("/etc/PATH", "PATH")
                .replace("\"root\"\n    - group: \"root\"", "\"OWNER\"\n    - group: \"OWNER\"")
                .replace("\"red\"", "\"LABEL\"")
                .replace("\"autostart\": true", "\"PROPERTY\": VALUE")
                .replace("\"netvm\": \"NETVM\"", "\"netvm\": \"QUBE\"")
                .replace("\"TEMPLATE\":\n    - \"halite.in.TEMPLATE\"", "\"NAME\":\n    - \"halite.in.NAME\"");
            let mut parts = block.split_inclusive('\n').collect::<Vec<_>>();
            assert_eq!(parts.remove(0), "#!yaml\n");
            assert!(text.starts_with("#!yaml\n"), "{at}");
            // Each state on its own: the specification shows one qube where there are two here.
            let mut state = String::new();
            for line in parts.into_iter().chain(["\""]) {
                if line.starts_with('"') && !state.is_empty() {
                    assert!(text.contains(&state), "{at} has not\n{state}\nbut\n{text}");
                    state.clear();
                }
                state.push_str(line);
            }
        }
    }

    #[test]
    fn where_packages_come_from_is_known_before_they_are_installed() {
        let mut desired = desired();
        let template = desired.templates.values_mut().next().unwrap();
        let file = *template.files.values().next().unwrap();
        for path in ["/etc/apt/sources.list.d/x.sources", "/usr/share/keyrings/x.asc", "/etc/aptitude", "/etc/yum.repos.d/x.repo"]
        {
            template.files.insert(path.parse().unwrap(), file);
        }
        let states = states(&desired, digest());
        let ids = states[&"salt/halite/in/TEMPLATE.sls".parse().unwrap()].lines().filter(|line| line.starts_with('"'));
        let expected = [
            "\"/etc/apt/sources.list.d/x.sources\":",
            "\"/etc/yum.repos.d/x.repo\":",
            "\"/usr/share/keyrings/x.asc\":",
            "\"packages\":",
            "\"/etc/PATH\":",
            "\"/etc/aptitude\":",
        ];
        assert_eq!(ids.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn dots_in_names_lead_into_no_directory() {
        let mut desired = desired();
        let template = desired.templates.remove(&"TEMPLATE".parse().unwrap()).unwrap();
        desired.templates.insert("a.b.".parse().unwrap(), template);
        let states = states(&desired, digest());
        assert!(states.contains_key(&"salt/halite/in/a+b+.sls".parse().unwrap()));
        assert!(states[&"salt/halite.top".parse().unwrap()].contains("  \"a.b.\":\n    - \"halite.in.a+b+\"\n"));
    }
}
