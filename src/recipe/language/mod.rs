//! The recipe language: what a recipe declares, as typed values with their places.

mod identity;
mod network;
mod qube;
mod template;

use std::collections::BTreeMap;

use super::place::At;
use crate::base::{BundleName, Handle, QubeName, Text};
use crate::model::Release;

pub use identity::{About, Exception, Flow, Identity, Keyboard, Network};
pub use network::{Gateway, Vpn};
pub use qube::{Body, Extras, NamedDisposable, Settings, Staged, StagedFile, Workstation};
pub use template::{STOCK, Stem, Template, TemplateRef};

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
