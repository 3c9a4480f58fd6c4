//! The desired state: all that a bundle asks of dom0, file contents aside.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Class, Exception, FirewallRule, Flow, Inside, Label, Mode, Setting};
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
    /// What may move between identities, or between them and qubes that dom0 has. Whatever is not here is denied.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub flows: BTreeMap<Handle, Flow>,
    /// What of the checks' findings is as its author wants it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exceptions: BTreeMap<Handle, Exception>,
    /// The gateway of dom0's that templates of all modes over Tor are updated through; none where no identity goes over Tor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_gateway: Option<QubeName>,
    /// The memory that the computer has for qubes, in MiB, if it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u32>,
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
    /// Servers that it talks to, by neutral handle. Declared, too.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub destinations: BTreeSet<Handle>,
    /// Its gateway, where that is a qube that dom0 has already, and that halite leaves as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing_gateway: Option<QubeName>,
}

impl Identity {
    /// An identity in this mode, of which nothing else is declared.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            accounts: BTreeSet::new(),
            applications: BTreeSet::new(),
            destinations: BTreeSet::new(),
            existing_gateway: None,
        }
    }
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
    /// Tags that the clone must carry. They say how it is updated, not what is in it, and so are no part of its name.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<Tag>,
}

/// A file that is put into a qube.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StagedFile {
    /// The digest of its contents, by which the payload holds them.
    pub blake3: Digest,
    /// Its permissions.
    pub mode: FileMode,
    /// Whether its contents are nobody's business, as its author says: a bridge, a key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
}

impl Template {
    /// A clone of `base` with nothing added.
    pub fn new(base: QubeName) -> Self {
        Self { base, packages: BTreeSet::new(), files: BTreeMap::new(), tags: BTreeSet::new() }
    }

    /// What is done inside the clone.
    pub fn inside(&self) -> Inside {
        Inside { packages: self.packages.clone(), files: self.files.clone(), ..Inside::default() }
    }

    /// The packages as a bundle's payload lists them: one a line.
    pub fn package_list(&self) -> String {
        self.packages.iter().map(|package| format!("{package}\n")).collect()
    }

    /// How the name of every template that halite makes begins.
    pub const PREFIX: &str = "h-";

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
        let content = Self { tags: BTreeSet::new(), ..self.clone() };
        let digest = Digest::of(&canonical::encode(&content)).to_string();
        format!("{}{stem}-{}", Self::PREFIX, digest.get(..8)?).parse().ok()
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
    /// Holds the network card that leads to another computer, which is the identity's gateway.
    ExternalGateway,
    /// Leads through a virtual private network, before or behind Tor.
    Vpn,
    /// Keeps the identity's data, and has no network.
    Vault,
}

impl Role {
    /// Whether the identity's own applications, with their data, are in it.
    pub fn holds_applications(self) -> bool {
        matches!(self, Self::Workstation | Self::DisposableTemplate)
    }

    /// Whether others reach the network through it.
    pub fn provides_network(self) -> bool {
        matches!(self, Self::Gateway | Self::ExternalGateway | Self::Vpn)
    }

    /// Whether it is what an identity's own qubes must be behind.
    pub fn is_gateway(self) -> bool {
        matches!(self, Self::Gateway | Self::ExternalGateway)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::Gateway => "gateway",
            Self::Workstation => "workstation",
            Self::DisposableTemplate => "disposable template",
            Self::ExternalGateway => "network qube of an external gateway",
            Self::Vpn => "VPN qube",
            Self::Vault => "vault",
        })
    }
}

/// A qube.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Qube {
    /// What it is for.
    pub role: Role,
    /// What kind of qube it is.
    #[serde(default, skip_serializing_if = "Class::is_default")]
    pub class: Class,
    /// The identity it belongs to.
    pub identity: Handle,
    /// Its template; of a disposable, the disposable template that it is made from.
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
    /// The rules of its firewall, in order; none: they are the user's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firewall: Option<Vec<FirewallRule>>,
    /// Of a VPN qube: which provider or configuration it is, by neutral handle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<Handle>,
}

impl Desired {
    /// Every file that is put into a template or a qube: whose, where, and what.
    pub fn files(&self) -> impl Iterator<Item = (&QubeName, &FilePath, &StagedFile)> {
        let templates = self.templates.iter().map(|(name, template)| (name, &template.files));
        let qubes = self.qubes.iter().map(|(name, qube)| (name, &qube.files));
        templates.chain(qubes).flat_map(|(name, files)| files.iter().map(move |(path, file)| (name, path, file)))
    }
}

impl Desired {
    /// The template that a qube is on: a disposable is on that of its disposable template.
    pub fn template_of<'a>(&'a self, qube: &'a Qube) -> &'a QubeName {
        match qube.class {
            Class::App => &qube.template,
            Class::Disposable => self.qubes.get(&qube.template).map_or(&qube.template, |made_from| &made_from.template),
        }
    }

    /// The stock template that a qube is on, or, where halite makes its template, the one that that is cloned from. None, if it should be
    /// one of halite's and is not there.
    pub fn stock_template_of<'a>(&'a self, qube: &'a Qube) -> Option<&'a QubeName> {
        let template = self.template_of(qube);
        let made = template.as_str().starts_with(Template::PREFIX);
        let stock = (!made).then_some(template);
        self.templates.get(template).map(|template| &template.base).or(stock)
    }

    /// The gateways of identities: one that halite makes, or one that dom0 has. None in clear.
    pub fn gateways(&self) -> BTreeMap<&Handle, &QubeName> {
        let existing = self.identities.iter().filter_map(|(handle, own)| Some((handle, own.existing_gateway.as_ref()?)));
        let made = self.qubes.iter().filter(|(_, qube)| qube.role.is_gateway()).map(|(name, qube)| (&qube.identity, name));
        existing.chain(made).collect()
    }
}

impl Qube {
    /// What is done inside the qube.
    pub fn inside(&self) -> Inside {
        Inside { files: self.files.clone(), ..Inside::default() }
    }

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

/// The tag on each template that a mode over Tor uses: what is updated through Tor alone.
pub fn updated_over_tor_tag() -> Tag {
    "halite-over-tor".parse().expect("a literal in this crate")
}

/// The tag on each qube of every identity. Denials are written for it, so that they hold for qubes that a later bundle no longer names.
pub fn isolated_tag() -> Tag {
    "halite-isolated".parse().expect("a literal in this crate")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(packages: &[&str]) -> Template {
        let packages = packages.iter().map(|name| name.parse().unwrap()).collect();
        Template { packages, ..Template::new("whonix-workstation-18".parse().unwrap()) }
    }

    #[test]
    fn a_template_is_named_by_what_it_is() {
        let name = template(&["onionshare"]).clone_name("mode1").unwrap();
        assert!(name.as_str().starts_with("h-mode1-"));
        assert_ne!(Some(&name), template(&["hexchat"]).clone_name("mode1").as_ref());
        let file = StagedFile { blake3: Digest::of(b""), mode: FileMode::Plain, sensitive: false };
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
