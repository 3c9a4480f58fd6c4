//! What was read of a recipe before its references are looked at: some of it may be faulty, but every name is there.

use super::language::{Gateway, Identity, Stem, Template, Workstation};
use super::reader::At;
use crate::base::{Handle, QubeName};

/// Named tables as they were read: every name, and what it stands for where that could be read.
pub type Named<K, V> = Vec<(At<K>, Option<V>)>;

/// Everything in a recipe, before references are looked at.
pub struct Parts {
    pub identities: Named<Handle, Identity>,
    pub gateways: Named<QubeName, Gateway>,
    pub workstations: Named<QubeName, Workstation>,
    pub disposables: Named<QubeName, Workstation>,
    pub templates: Named<Stem, Template>,
}
