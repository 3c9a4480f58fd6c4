//! The recipe language: what a recipe declares, as typed values with their places.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::place::At;
use super::source_path::SourcePath;
use crate::base::{
    BundleName, CheckCode, FeatureName, FileMode, FilePath, Handle, PackageName, PropertyName, QubeName, ServiceName, Tag, Text,
};
use crate::model::{self, Answer, Bridge, FirewallRule, Label, Mode, Release, Setting};

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
    /// The memory that the computer has for qubes, in MiB.
    pub memory: Option<At<u32>>,
    /// The gateway of dom0's that templates of modes over Tor are updated through.
    pub updates: At<QubeName>,
    /// Identities by handle.
    pub identities: BTreeMap<Handle, At<Identity>>,
    /// Gateways by the name of their qube.
    pub gateways: BTreeMap<QubeName, At<Gateway>>,
    /// Workstations by the name of their qube.
    pub workstations: BTreeMap<QubeName, At<Workstation>>,
    /// Disposable templates by the name of their qube.
    pub disposables: BTreeMap<QubeName, At<Workstation>>,
    /// Disposables with names of their own.
    pub named_disposables: BTreeMap<QubeName, At<NamedDisposable>>,
    /// VPN qubes by name.
    pub vpns: BTreeMap<QubeName, At<Vpn>>,
    /// Vaults by the name of their qube.
    pub vaults: BTreeMap<QubeName, At<Workstation>>,
    /// Qubes that dom0 has, and that flows speak of.
    pub existing: BTreeMap<QubeName, At<()>>,
    /// Templates by stem.
    pub templates: BTreeMap<Stem, At<Template>>,
    /// Flows by handle.
    pub flows: BTreeMap<Handle, At<Flow>>,
    /// Exceptions by handle.
    pub exceptions: BTreeMap<Handle, At<Exception>>,
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
    /// Servers that it talks to.
    pub destinations: Vec<At<Handle>>,
    /// The keyboard layout that its qubes see, if it says so: as Qubes spells it, or dom0's own.
    pub keyboard: Option<At<Keyboard>>,
    /// Whether its qubes have sound, if it says so.
    pub audio: Option<bool>,
    /// How it reaches the network.
    pub network: Network,
}

/// The way of an identity to the network.
#[derive(Debug, Clone)]
pub enum Network {
    /// Through a gateway of its own (modes 1 to 3).
    Tor {
        /// The gateway.
        gateway: At<QubeName>,
        /// The VPN qube behind it, where its traffic leaves Tor through one.
        vpn: Option<At<QubeName>>,
    },
    /// In clear, through this qube of dom0's, or a VPN qube (mode 4).
    Clear(At<QubeName>),
}

/// A keyboard layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keyboard {
    /// The one that dom0 has.
    Dom0,
    /// As Qubes spells it: `LAYOUT+VARIANT+OPTIONS`.
    Layout(String),
}

/// `[gateway.QUBE]`
#[derive(Debug, Clone)]
pub enum Gateway {
    /// A Whonix gateway that halite makes.
    Whonix {
        /// The qube that it reaches the network through: one of dom0's, or a VPN qube.
        upstream: At<QubeName>,
        /// What its template is.
        template: At<TemplateRef>,
        /// The bridges that it reaches Tor through; none: it connects to relays that everybody knows.
        bridges: Vec<At<Bridge>>,
        /// Whether its author knows that the bundle holds the bridges in clear.
        sensitive: bool,
        /// Its appearance and resources.
        body: Body,
    },
    /// Another computer, behind a network qube that halite makes.
    External {
        /// What the network qube's template is.
        template: At<TemplateRef>,
        /// Its appearance and resources.
        body: Body,
    },
    /// One that dom0 has already.
    Existing,
}

impl Recipe {
    /// Every file that is put into a qube or a template.
    pub fn staged(&self) -> impl Iterator<Item = &At<StagedFile>> {
        let gateways = self.gateways.values().filter_map(|gateway| gateway.value.body());
        let vpns = self.vpns.values().map(|vpn| &vpn.value.body);
        let members = self.workstations.values().chain(self.disposables.values()).chain(self.vaults.values());
        let bodies = gateways.chain(vpns).chain(members.map(|member| &member.value.body));
        let templates = self.templates.values().map(|template| &template.value.files);
        templates.chain(bodies.map(|body| &body.files)).flat_map(Staged::values)
    }
}

impl Gateway {
    /// Its appearance and resources, where halite makes it.
    pub fn body(&self) -> Option<&Body> {
        match self {
            Self::Whonix { body, .. } | Self::External { body, .. } => Some(body),
            Self::Existing => None,
        }
    }
}

/// `[vpn.QUBE]`
#[derive(Debug, Clone)]
pub struct Vpn {
    /// The qube that it reaches the network through: one of dom0's, or a gateway.
    pub upstream: At<QubeName>,
    /// Which provider or configuration it is.
    pub configuration: At<Handle>,
    /// What its template is.
    pub template: At<TemplateRef>,
    /// Its appearance and resources.
    pub body: Body,
}

/// `[flow.HANDLE]`
#[derive(Debug, Clone)]
pub struct Flow {
    /// The qube that calls.
    pub from: At<QubeName>,
    /// The qube that is called.
    pub to: At<QubeName>,
    /// By which services.
    pub services: Vec<At<ServiceName>>,
    /// What becomes of the call.
    pub answer: Answer,
    /// Why that must be.
    pub reason: Text,
}

/// `[exception.HANDLE]`
#[derive(Debug, Clone)]
pub struct Exception {
    /// The check.
    pub code: At<CheckCode>,
    /// What it is about.
    pub about: About,
    /// Why it is right here.
    pub reason: Text,
}

/// What an exception is about.
#[derive(Debug, Clone)]
pub enum About {
    /// The bundle as a whole.
    Bundle,
    /// An identity.
    Identity(At<Handle>),
    /// A template of the recipe.
    Template(At<Stem>),
    /// A qube of the recipe.
    Qube(At<QubeName>),
}

/// `[workstation.QUBE]`, `[disposable.QUBE]` and `[vault.QUBE]`
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

/// `[named-disposable.QUBE]`
#[derive(Debug, Clone)]
pub struct NamedDisposable {
    /// The disposable template that it is made from, and whose identity it has.
    pub template: At<QubeName>,
    /// Its label, if that is another than its template's.
    pub label: Option<Label>,
    /// What it has otherwise than its template.
    pub settings: Settings,
}

/// What every qube has that keeps something.
#[derive(Debug, Clone)]
pub struct Body {
    /// Its label.
    pub label: Label,
    /// Least size of the private volume in MiB.
    pub private: Option<u32>,
    /// Files that are put into its private volume.
    pub files: Staged,
    /// What every qube has.
    pub settings: Settings,
}

/// What every qube has.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Initial memory in MiB.
    pub memory: Option<At<u32>>,
    /// Most memory in MiB; 0 means that it is never balanced.
    pub maxmem: Option<At<u32>>,
    /// The rules of its firewall, if it has rules of its own.
    pub firewall: Option<Vec<At<FirewallRule>>>,
    /// What it has besides, on every release.
    pub extras: Extras,
    /// What it has besides, on some.
    pub by_release: BTreeMap<Release, Extras>,
}

/// What a qube has besides, where its author knows better than halite.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// Properties.
    pub prefs: BTreeMap<PropertyName, At<Setting>>,
    /// Tags.
    pub tags: Vec<At<Tag>>,
    /// Features; services among them.
    pub features: BTreeMap<FeatureName, At<String>>,
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
    /// Whether its author knows that the bundle holds its contents in clear.
    pub sensitive: bool,
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
    /// What is installed in it, on every release.
    pub packages: Vec<At<PackageName>>,
    /// What is installed in it besides, on some.
    pub by_release: BTreeMap<Release, Vec<At<PackageName>>>,
    /// Files that are put into it.
    pub files: Staged,
}
