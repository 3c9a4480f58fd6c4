//! What Salt does inside a simulated qube, of the states that bundles have; anything else is refused.
//!
//! Source: qubes-mgmt-salt, `qubessalt/__init__.py`, `ManageVM.salt_call`: the qube is started, if it is not, and shut down again. Packages
//! lie in the root volume of a template; files in a qube on a template lie in its private one.

use std::collections::BTreeSet;

use super::power::Force;
use super::qube::Class;
use super::simulation::Simulation;
use crate::base::{Digest, FilePath, PackageName, QubeName};
use crate::qubesd::Unreachable;

/// What a state asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    packages: BTreeSet<PackageName>,
    files: Vec<(FilePath, Digest)>,
    absent: BTreeSet<FilePath>,
}

impl Asked {
    /// Reads a state of the closed grammar (docs/format.md, section 6), line by line; nothing, if it is another.
    pub fn read(state: &str) -> Option<Self> {
        let mut asked = Self::default();
        let mut lines = state.strip_prefix("#!yaml\n")?.lines().peekable();
        while let Some(id) = lines.next() {
            let id = unquoted(id.strip_suffix(':')?)?;
            match lines.next()? {
                "  pkg.installed:" => {
                    ["    - refresh: true", "    - pkgs:"].iter().all(|line| lines.next() == Some(line)).then_some(())?;
                    while let Some(line) = lines.next_if(|line| line.starts_with("      - ")) {
                        asked.packages.insert(unquoted(line.strip_prefix("      - ")?)?.parse().ok()?);
                    }
                }
                "  file.managed:" => {
                    let source = unquoted(lines.next()?.strip_prefix("    - source: ")?)?;
                    let digest = source.strip_prefix("salt://halite/files/")?.parse().ok()?;
                    asked.files.push((id.parse().ok()?, digest));
                    while lines.next_if(|line| line.starts_with("    - ")).is_some() {}
                }
                "  file.absent: []" => {
                    asked.absent.insert(id.parse().ok()?);
                }
                _ => return None,
            }
        }
        Some(asked)
    }

    /// The contents that it speaks of.
    #[cfg(feature = "build")]
    pub fn contents(&self) -> impl Iterator<Item = Digest> {
        self.files.iter().map(|(_, digest)| *digest)
    }
}

/// Names of packages and paths have nothing in them that would be escaped.
fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"').filter(|text| !text.contains(['"', '\\']))
}

impl Simulation {
    /// Has `state` applied inside a qube.
    ///
    /// # Errors
    /// If the qube does not exist or does not start, or the state is none of a bundle's.
    pub(super) fn salt(&mut self, name: &QubeName, state: &str) -> Result<(), Unreachable> {
        let refuse = |why: String| Unreachable(format!("Salt did nothing inside `{name}`: {why}"));
        let Some(class) = self.qubes.get(name).map(|qube| qube.class) else { return Err(refuse("it does not exist".to_owned())) };
        if !class.is_machine() {
            return Err(refuse("it is no machine of this computer".to_owned()));
        }
        let Some(asked) = Asked::read(state) else { return Err(refuse("the state is none of a bundle's".to_owned())) };
        let is_halted = self.qubes.get(name).is_some_and(|qube| qube.power.is_halted());
        if is_halted {
            self.start(name).map_err(|refusal| refuse(format!("it does not start: {}", refusal.message())))?;
        }
        if let Some(qube) = self.qubes.get_mut(name) {
            // In a qube on a template, what is installed is gone with the next start.
            if matches!(class, Class::TemplateVM | Class::StandaloneVM) {
                qube.packages.extend(asked.packages);
            }
            qube.files.retain(|path, _| !asked.absent.contains(path));
            qube.files.extend(asked.files);
        }
        if is_halted {
            self.shutdown(name, Force::No).map_err(|refusal| refuse(refusal.message()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::FileMode;
    use crate::model::{Inside, Release, StagedFile};
    use crate::salt::staged;

    fn inside() -> Inside {
        let file = StagedFile { blake3: Digest::of(b"x"), mode: FileMode::Plain, sensitive: false };
        Inside {
            packages: ["git".parse().unwrap(), "libstdc++6".parse().unwrap()].into(),
            files: [("/etc/apt/a".parse().unwrap(), file), ("/etc/b".parse().unwrap(), file)].into(),
            absent: ["/etc/c".parse().unwrap()].into(),
        }
    }

    #[test]
    fn every_state_of_a_bundle_is_read() {
        let asked = Asked::read(&staged(&"t".parse().unwrap(), &inside()).text).unwrap();
        assert_eq!(asked.packages, inside().packages);
        assert_eq!(asked.files.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["/etc/apt/a", "/etc/b"]);
        assert_eq!(asked.absent, inside().absent);
        for other in ["", "a:\n  cmd.run: []\n", "#!yaml\n\"a\":\n  cmd.run: []\n", "#!jinja\n"] {
            assert_eq!(Asked::read(other), None, "{other}");
        }
    }

    #[test]
    fn the_qube_runs_meanwhile_and_not_after_that() {
        let mut system = Simulation::stock(Release::R4_3);
        let template: QubeName = "debian-13-xfce".parse().unwrap();
        let state = staged(&template, &inside()).text;
        system.salt(&template, &state).unwrap();
        assert!(system.qubes[&template].power.is_halted());
        assert_eq!(system.qubes[&template].packages, inside().packages);
        system.qubes.get_mut(&template).unwrap().features.set("prohibit-start", "no");
        let error = system.salt(&template, &state).unwrap_err().to_string();
        assert_eq!(error, "Salt did nothing inside `debian-13-xfce`: it does not start: Qube start is prohibited. Rationale: no");
    }
}
