//! The recipe language: what a recipe declares, as typed values with their places.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::place::{At, Place};
use super::source_path::SourcePath;
use crate::base::{BundleName, FileMode, FilePath, Handle, PackageName, QubeName, Text};
use crate::check::{Part, Subject};
use crate::model::{self, Bridge, Label, Mode, Release, whonix};

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
    pub memory: Option<At<u32>>,
    /// Most memory in MiB; 0 means that it is never balanced.
    pub maxmem: Option<At<u32>>,
    /// Least size of the private volume in MiB.
    pub private: Option<u32>,
    /// Files that are put into its private volume.
    pub files: Staged,
}

/// Files that are put into a qube, by their path there; the place is that of the path.
pub type Staged = BTreeMap<FilePath, At<StagedFile>>;

/// One of them.
#[derive(Debug, Clone)]
pub struct StagedFile {
    /// The file, in the folder of the recipe that says so.
    pub source: At<SourcePath>,
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
    pub base: At<BTreeMap<Release, QubeName>>,
    /// What is installed in it.
    pub packages: Vec<At<PackageName>>,
    /// Files that are put into it.
    pub files: Staged,
}

impl Recipe {
    /// Where in the recipe `subject` was written, or that part of it.
    pub fn place_of(&self, subject: &Subject, part: Option<&Part>) -> Place {
        let place = match subject {
            Subject::Bundle => None,
            Subject::Identity(handle) => self.identities.get(handle).map(|identity| part_of_identity(identity, part)),
            Subject::Template(name) => {
                let stem = name.as_str().strip_prefix("h-").and_then(|rest| rest.rsplit_once('-')).map(|(stem, _)| stem);
                let template = stem.and_then(|stem| self.templates.get(&stem.parse().ok()?));
                template.map(|template| part_of_template(template, part))
            }
            Subject::Qube(name) => (self.gateways.get(name).map(|gateway| part_of_gateway(gateway, part)))
                .or_else(|| self.workstations.get(name).map(|workstation| self.part_of_workstation(workstation, part)))
                .or_else(|| self.disposables.get(name).map(|disposable| self.part_of_workstation(disposable, part))),
        };
        place.cloned().unwrap_or_default()
    }

    fn part_of_workstation<'a>(&'a self, declared: &'a At<Workstation>, part: Option<&Part>) -> &'a Place {
        let workstation = &declared.value;
        let place = match part {
            Some(Part::Template) => Some(&workstation.template.place),
            Some(Part::Disposables) => workstation.disposables.as_ref().map(|disposables| &disposables.place),
            // It has its identity's.
            Some(Part::Netvm) => self.identities.get(&workstation.identity.value).map(|identity| match &identity.value.network {
                Network::Gateway(qube) | Network::Clear(qube) => &qube.place,
            }),
            Some(part) => part_of_body(&workstation.body, part),
            None => None,
        };
        place.unwrap_or(&declared.place)
    }
}

fn part_of_identity<'a>(declared: &'a At<Identity>, part: Option<&Part>) -> &'a Place {
    let place = match part {
        Some(Part::Account(handle)) => declared.value.accounts.iter().find(|account| account.value == *handle),
        _ => None,
    };
    place.map_or(&declared.place, |account| &account.place)
}

fn part_of_template<'a>(declared: &'a At<Template>, part: Option<&Part>) -> &'a Place {
    let place = match part {
        Some(Part::Template) => Some(&declared.value.base.place),
        Some(Part::File(path)) => declared.value.files.get(path).map(|file| &file.place),
        _ => None,
    };
    place.unwrap_or(&declared.place)
}

fn part_of_gateway<'a>(declared: &'a At<Gateway>, part: Option<&Part>) -> &'a Place {
    let gateway = &declared.value;
    let place = match part {
        Some(Part::Template) => Some(&gateway.template.place),
        Some(Part::Netvm) => Some(&gateway.upstream.place),
        // What halite writes there follows from them.
        Some(Part::File(path)) if *path == whonix::bridges_file() && !gateway.bridges.is_empty() => {
            gateway.bridges.first().map(|bridge| &bridge.place)
        }
        Some(part) => part_of_body(&gateway.body, part),
        None => None,
    };
    place.unwrap_or(&declared.place)
}

fn part_of_body<'a>(body: &'a Body, part: &Part) -> Option<&'a Place> {
    match part {
        Part::Memory => body.memory.as_ref().or(body.maxmem.as_ref()).map(|memory| &memory.place),
        Part::File(path) => body.files.get(path).map(|file| &file.place),
        _ => None,
    }
}
