//! What was read of a recipe before its references are looked at: some of it may be faulty, but every name is there.

use super::language::{Gateway, Identity, StagedFile, Stem, Template, Workstation};
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
    pub templates: Named<Stem, Template>,
}

impl Parts {
    /// Every file that is put into a qube or a template.
    pub fn staged(&self) -> impl Iterator<Item = &At<StagedFile>> {
        let templates = self.templates.iter().filter_map(|declared| Some(&declared.value.as_ref()?.files));
        let gateways = self.gateways.iter().filter_map(|declared| Some(&declared.value.as_ref()?.body.files));
        let workstations = self.workstations.iter().chain(&self.disposables);
        let workstations = workstations.filter_map(|declared| Some(&declared.value.as_ref()?.body.files));
        templates.chain(gateways).chain(workstations).flat_map(|files| files.values())
    }
}
