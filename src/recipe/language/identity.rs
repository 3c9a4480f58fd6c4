//! Identities, and what is said about them: flows between their qubes, and exceptions.

use super::template::Stem;
use crate::base::{CheckCode, Handle, QubeName, ServiceName, Text};
use crate::model::{Answer, Mode};
use crate::recipe::place::At;

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
