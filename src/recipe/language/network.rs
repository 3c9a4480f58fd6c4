//! What an identity reaches the network through.

use super::qube::Body;
use super::template::TemplateRef;
use crate::base::{Handle, QubeName};
use crate::model::Bridge;
use crate::recipe::place::At;

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
