//! What was read of a recipe before its references are looked at: some of it may be faulty, but every name is there.

use super::language::{
    Body, Exception, Flow, Gateway, Identity, NamedDisposable, Staged, StagedFile, Stem, Template, Vpn, Workstation,
};
use super::place::{At, Place};
use crate::base::{Handle, QubeName};

/// A named table as it was read.
pub struct Declaration<K, V> {
    /// Its name.
    pub name: At<K>,
    /// Where it says that it stands in the place of one of an extended recipe, if it does.
    pub replaces: Option<Place>,
    /// What it declares, where that could be read.
    pub value: Option<V>,
}

/// The named tables of one kind.
pub type Named<K, V> = Vec<Declaration<K, V>>;

/// Everything in a recipe, or in one of its files.
#[derive(Default)]
pub struct Parts {
    pub identities: Named<Handle, Identity>,
    pub gateways: Named<QubeName, Gateway>,
    pub workstations: Named<QubeName, Workstation>,
    pub disposables: Named<QubeName, Workstation>,
    pub named_disposables: Named<QubeName, NamedDisposable>,
    pub vpns: Named<QubeName, Vpn>,
    pub vaults: Named<QubeName, Workstation>,
    pub existing: Named<QubeName, ()>,
    pub templates: Named<Stem, Template>,
    pub flows: Named<Handle, Flow>,
    pub exceptions: Named<Handle, Exception>,
}

impl Parts {
    /// Every file that is put into a qube or a template.
    pub fn staged(&self) -> impl Iterator<Item = &At<StagedFile>> {
        let templates = values(&self.templates).map(|template| &template.files);
        let gateways = values(&self.gateways).filter_map(Gateway::body);
        let vpns = values(&self.vpns).map(|vpn| &vpn.body);
        let bodies = gateways.chain(vpns).chain(self.members().map(|member| &member.body));
        templates.chain(bodies.map(|body: &Body| &body.files)).flat_map(Staged::values)
    }

    /// Everything that says whose it is: workstations, disposable templates and vaults.
    pub fn members(&self) -> impl Iterator<Item = &Workstation> {
        values(&self.workstations).chain(values(&self.disposables)).chain(values(&self.vaults))
    }
}

/// Of one kind, all that could be read.
pub fn values<K, V>(named: &Named<K, V>) -> impl Iterator<Item = &V> {
    named.iter().filter_map(|declared| declared.value.as_ref())
}
