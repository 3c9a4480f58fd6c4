//! What a recipe is written from: identities, and the qubes and templates of each.

use super::qube::Qube;
use super::template::{Declared, Named};
use crate::base::{Handle, QubeName};
use crate::model::Mode;

/// What a recipe is written from.
#[derive(Debug)]
pub struct Draft<'a> {
    /// Identities, in the order of their first qubes.
    pub identities: Vec<Identity<'a>>,
    /// Templates that are declared.
    pub templates: Vec<Declared>,
}

/// An identity and its qubes.
#[derive(Debug)]
pub struct Identity<'a> {
    /// Its handle.
    pub handle: Handle,
    /// Its mode.
    pub mode: Mode,
    /// Its gateway, in modes over Tor.
    pub gateway: Option<Provider<'a>>,
    /// A VPN behind its gateway.
    pub behind: Option<Provider<'a>>,
    /// A VPN before its gateway or, in clear, before itself.
    pub before: Option<Provider<'a>>,
    /// The qube of dom0's that it goes out through.
    pub upstream: String,
    /// Its own qubes, the first of which it is called after.
    pub members: Vec<Member<'a>>,
}

/// A gateway or a VPN qube.
#[derive(Debug, Clone)]
pub struct Provider<'a> {
    /// Its name.
    pub name: QubeName,
    /// What states say of it, if they do.
    pub said: Option<(&'a Qube, Named)>,
    /// Who makes it.
    pub made: Made,
}

/// Who makes a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// Halite.
    ByHalite,
    /// It is in dom0 already.
    Already,
    /// Halite makes the qube that leads to it, and it is another computer.
    Elsewhere,
}

/// A qube that is an identity's own.
#[derive(Debug)]
pub struct Member<'a> {
    /// What it is.
    pub kind: Kind,
    /// What states say of it.
    pub qube: &'a Qube,
    /// Its template.
    pub template: Named,
    /// What its disposables are made from.
    pub disposables: Option<QubeName>,
}

/// What an identity's own qube is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A workstation.
    Workstation,
    /// A template of disposables.
    Disposable,
    /// A qube without network.
    Vault,
}
