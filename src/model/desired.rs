//! The desired state: all that a bundle asks of dom0, file contents aside.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Label, Mode, Setting};
use crate::base::{Digest, FeatureName, FileMode, FilePath, Handle, PackageName, PropertyName, QubeName, Tag, canonical};

/// Identities, templates and qubes, each under its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desired {
    /// Who is kept apart from whom.
    pub identities: BTreeMap<Handle, Identity>,
    /// Templates that halite makes; a qube may also hang on one that is already there.
    pub templates: BTreeMap<QubeName, Template>,
    /// Qubes that halite makes and keeps as they are described.
    pub qubes: BTreeMap<QubeName, Qube>,
}

/// An identity: what must not be linked to any other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Its anonymity mode.
    pub mode: Mode,
    /// Its accounts, by neutral handle. Declared, not enforced: no configuration keeps anybody from logging in.
    pub accounts: BTreeSet<Handle>,
    /// Its applications, by neutral handle. Declared, too.
    pub applications: BTreeSet<Handle>,
}

/// A template: a clone of a stock one with packages and files added. Immutable, since its name holds a hash of what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The template it is cloned from.
    pub base: QubeName,
    /// What is installed in the clone.
    pub packages: BTreeSet<PackageName>,
    /// Files that are put into the clone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<FilePath, StagedFile>,
}

/// A file that is put into a qube.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StagedFile {
    /// The digest of its contents, by which the payload holds them.
    pub blake3: Digest,
    /// Its permissions.
    pub mode: FileMode,
}

impl Template {
    /// The packages as a bundle's payload lists them: one a line.
    pub fn package_list(&self) -> String {
        self.packages.iter().map(|package| format!("{package}\n")).collect()
    }

    /// Most characters of a stem, so that the whole name fits into the 21 by which Salt tells qubes apart.
    pub const STEM_MOST: usize = 10;

    /// Whether a clone's name can be made from `stem`.
    pub fn is_stem(stem: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !stem.is_empty() && stem.len() <= Self::STEM_MOST && stem.bytes().all(plain)
    }

    /// The name of this template's clone: `h-STEM-XXXXXXXX`, where the digits are the first 32 bits of the digest of base, packages
    /// and files. `None` if `stem` is not short enough, or not of lower-case letters, digits and `-`.
    pub fn clone_name(&self, stem: &str) -> Option<QubeName> {
        if !Self::is_stem(stem) {
            return None;
        }
        let digest = Digest::of(&canonical::encode(self)).to_string();
        format!("h-{stem}-{}", digest.get(..8)?).parse().ok()
    }
}

/// What a qube is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Runs Tor and is the only network path of its identity.
    Gateway,
    /// Runs the identity's applications.
    Workstation,
    /// The template that the identity's disposables are made from.
    DisposableTemplate,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::Gateway => "gateway",
            Self::Workstation => "workstation",
            Self::DisposableTemplate => "disposable template",
        })
    }
}

/// A qube. Always an AppVM so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Qube {
    /// What it is for.
    pub role: Role,
    /// The identity it belongs to.
    pub identity: Handle,
    /// Its template.
    pub template: QubeName,
    /// Its label.
    pub label: Label,
    /// Properties to be set; those not named here are not touched.
    pub prefs: BTreeMap<PropertyName, Setting>,
    /// Tags it must carry; others are not touched.
    pub tags: BTreeSet<Tag>,
    /// Features to be set, to a text or (as an empty text) to "no"; others are not touched.
    pub features: BTreeMap<FeatureName, String>,
    /// The least size of its private volume, in bytes. A volume that is larger stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_volume: Option<u64>,
    /// Files that are put into its private volume; others are not touched.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<FilePath, StagedFile>,
}

impl Desired {
    /// Every file that is put into a template or a qube: whose, where, and what.
    pub fn files(&self) -> impl Iterator<Item = (&QubeName, &FilePath, &StagedFile)> {
        let templates = self.templates.iter().map(|(name, template)| (name, &template.files));
        let qubes = self.qubes.iter().map(|(name, qube)| (name, &qube.files));
        templates.chain(qubes).flat_map(|(name, files)| files.iter().map(move |(path, file)| (name, path, file)))
    }
}

impl Qube {
    /// The qube that the property of this name is set to, if it is set to one.
    pub fn pref_qube(&self, name: &str) -> Option<&QubeName> {
        match self.pref(name) {
            Some(Setting::Qube(qube)) => Some(qube),
            _ => None,
        }
    }

    /// What the property of this name is set to.
    pub fn pref(&self, name: &str) -> Option<&Setting> {
        self.prefs.iter().find(|(key, _)| key.as_str() == name).map(|(_, setting)| setting)
    }
}

/// The tag on each qube of every identity. Denials are written for it, so that they hold for qubes that a later bundle no longer names.
pub fn isolated_tag() -> Tag {
    "halite-isolated".parse().expect("a literal in this crate")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(packages: &[&str]) -> Template {
        Template {
            base: "whonix-workstation-18".parse().unwrap(),
            packages: packages.iter().map(|name| name.parse().unwrap()).collect(),
            files: BTreeMap::new(),
        }
    }

    #[test]
    fn a_template_is_named_by_what_it_is() {
        let name = template(&["onionshare"]).clone_name("mode1").unwrap();
        assert!(name.as_str().starts_with("h-mode1-"));
        assert_ne!(Some(&name), template(&["hexchat"]).clone_name("mode1").as_ref());
        let file = StagedFile { blake3: Digest::of(b""), mode: FileMode::Plain };
        let with_file = Template { files: [("/etc/a".parse().unwrap(), file)].into(), ..template(&["onionshare"]) };
        assert_ne!(Some(name), with_file.clone_name("mode1"));
    }

    #[test]
    fn the_longest_stem_still_fits_what_salt_looks_at() {
        let name = template(&[]).clone_name("abcdefghij").unwrap();
        assert_eq!(name.management_part(), name.as_str());
        assert_eq!(template(&[]).clone_name("abcdefghijk"), None);
        assert_eq!(template(&[]).clone_name("Mode"), None);
        assert_eq!(template(&[]).clone_name(""), None);
    }
}
