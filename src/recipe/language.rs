//! The recipe language: what a recipe declares, as typed values with their places.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::place::{At, Place};
use crate::base::{BundleName, BundlePath, FileMode, FilePath, Handle, PackageName, QubeName, Text};
use crate::check::Subject;
use crate::model::{self, Bridge, Label, Mode, Release};

/// The file that every recipe begins with.
pub const FILE: &str = "halite.toml";

/// A recipe in which whatever is referred to is declared.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The bundle's name.
    pub name: BundleName,
    /// The bundle's serial.
    pub serial: u32,
    /// One line that says what the bundle is for.
    pub summary: Text,
    /// The releases that it can be built for.
    pub releases: Vec<Release>,
    /// Identities by handle.
    pub identities: BTreeMap<Handle, At<Identity>>,
    /// Gateways by the name of their qube.
    pub gateways: BTreeMap<QubeName, At<Gateway>>,
    /// Workstations by the name of their qube.
    pub workstations: BTreeMap<QubeName, At<Workstation>>,
    /// Disposable templates by the name of their qube.
    pub disposables: BTreeMap<QubeName, At<Workstation>>,
    /// Templates by stem.
    pub templates: BTreeMap<Stem, At<Template>>,
}

/// `[identity.HANDLE]`
#[derive(Debug, Clone)]
pub struct Identity {
    /// Its mode.
    pub mode: Mode,
    /// Its accounts.
    pub accounts: Vec<At<Handle>>,
    /// Its applications.
    pub applications: Vec<At<Handle>>,
    /// How it reaches the network.
    pub network: Network,
}

/// The way of an identity to the network.
#[derive(Debug, Clone)]
pub enum Network {
    /// Through a gateway of its own (modes 1 to 3).
    Gateway(At<QubeName>),
    /// In clear, through this qube of dom0's (mode 4).
    Clear(At<QubeName>),
}

/// `[gateway.QUBE]`
#[derive(Debug, Clone)]
pub struct Gateway {
    /// The qube of dom0's that it reaches the network through.
    pub upstream: At<QubeName>,
    /// What its template is.
    pub template: At<TemplateRef>,
    /// The bridges that it reaches Tor through; none: it connects to relays that everybody knows.
    pub bridges: Vec<At<Bridge>>,
    /// Its appearance and resources.
    pub body: Body,
}

/// `[workstation.QUBE]` and `[disposable.QUBE]`
#[derive(Debug, Clone)]
pub struct Workstation {
    /// Whose it is.
    pub identity: At<Handle>,
    /// What its template is.
    pub template: At<TemplateRef>,
    /// The disposable template that its disposables are made from; of a disposable template, itself.
    pub disposables: Option<At<QubeName>>,
    /// Its appearance and resources.
    pub body: Body,
}

/// What every qube has.
#[derive(Debug, Clone)]
pub struct Body {
    /// Its label.
    pub label: Label,
    /// Initial memory in MiB.
    pub memory: Option<u32>,
    /// Most memory in MiB; 0 means that it is never balanced.
    pub maxmem: Option<u32>,
    /// Least size of the private volume in MiB.
    pub private: Option<u32>,
    /// Files that are put into its private volume.
    pub files: Staged,
}

/// Files that are put into a qube, by their path there.
pub type Staged = BTreeMap<FilePath, At<StagedFile>>;

/// One of them.
#[derive(Debug, Clone)]
pub struct StagedFile {
    /// The file, in the folder of the recipe that says so.
    pub source: BundlePath,
    /// Its permissions in the qube.
    pub mode: FileMode,
}

/// What a qube's `template` refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateRef {
    /// A template of the recipe.
    Declared(Stem),
    /// A stock template, by the name that stands for it in every release.
    Stock(&'static str),
}

/// The names that stand for a stock template of each release.
pub const STOCK: [&str; 4] = ["debian", "fedora", "whonix-gateway", "whonix-workstation"];

/// The name of a template in a recipe, from which the clone's name is made: at most 10 lower-case letters, digits and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stem(String);

impl Stem {
    /// The stem as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Stem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Stem {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if STOCK.contains(&text) {
            return Err(format!("`{text}` stands for a stock template; choose another name"));
        }
        match model::Template::is_stem(text) {
            true => Ok(Self(text.to_owned())),
            false => Err(format!("a template's name is 1 to {} lower-case letters, digits and `-`", model::Template::STEM_MOST)),
        }
    }
}

/// `[template.STEM]`
#[derive(Debug, Clone)]
pub struct Template {
    /// What it is cloned from, for each release of the recipe: a name, or what halite knows a stock template by.
    pub base: BTreeMap<Release, QubeName>,
    /// What is installed in it.
    pub packages: Vec<At<PackageName>>,
    /// Files that are put into it.
    pub files: Staged,
}

impl Recipe {
    /// Where in the recipe `subject` was written.
    pub fn place_of(&self, subject: &Subject) -> Place {
        let place = match subject {
            Subject::Bundle => None,
            Subject::Identity(handle) => self.identities.get(handle).map(|item| &item.place),
            Subject::Template(name) => {
                let stem = name.as_str().strip_prefix("h-").and_then(|rest| rest.rsplit_once('-')).map(|(stem, _)| stem);
                stem.and_then(|stem| self.templates.get(&stem.parse().ok()?)).map(|item| &item.place)
            }
            Subject::Qube(name) => (self.gateways.get(name).map(|item| &item.place))
                .or_else(|| self.workstations.get(name).map(|item| &item.place))
                .or_else(|| self.disposables.get(name).map(|item| &item.place)),
        };
        place.cloned().unwrap_or_default()
    }
}
