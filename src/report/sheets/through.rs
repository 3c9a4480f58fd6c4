//! What a qube's traffic goes through, by what that means to whoever is at the other end.

use crate::base::QubeName;
use crate::check::{Hop, Way};
use crate::model::{Qube, Role};
use crate::report::examined::Examined;

/// What traffic goes through on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Through {
    /// Who runs Tor, if it goes through Tor.
    pub tor: Option<TorBy>,
    /// Whether Tor's own traffic goes through a VPN: `user → VPN → Tor`. In clear, whether anything does.
    pub vpn_first: bool,
    /// Whether what comes out of Tor goes through a VPN: `user → Tor → VPN`.
    pub vpn_last: bool,
}

/// Who runs Tor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TorBy {
    /// A gateway that halite makes.
    Gateway,
    /// A gateway that dom0 has already.
    Existing,
    /// Another computer.
    OtherComputer,
}

impl Through {
    /// What the traffic of a qube goes through; none of one that has no network.
    pub fn of(examined: &Examined, name: &QubeName, qube: &Qube) -> Option<Self> {
        let desired = examined.desired();
        if qube.role == Role::ExternalGateway {
            return Some(Self { tor: Some(TorBy::OtherComputer), vpn_first: false, vpn_last: false });
        }
        let way = Way::of(desired, name);
        let hops = way.hops();
        if hops.is_empty() {
            return None;
        }
        let own = examined.gateway(&qube.identity);
        let at = hops.iter().position(|hop| Some(hop.name) == own);
        let is_gateway = Some(name) == own;
        let by = |gateway: &QubeName| match desired.qubes.get(gateway).map(|qube| qube.role) {
            Some(Role::ExternalGateway) => TorBy::OtherComputer,
            Some(_) => TorBy::Gateway,
            None => TorBy::Existing,
        };
        let (nearer, farther) = at.map_or((hops, hops), |at| (&hops[..at], &hops[at..]));
        let has_vpn = |hops: &[Hop]| hops.iter().any(|hop| hop.qube.is_some_and(|qube| qube.role == Role::Vpn));
        let tor = if is_gateway { Some(TorBy::Gateway) } else { at.map(|at| by(hops[at].name)) };
        Some(match tor {
            Some(_) if is_gateway => Self { tor, vpn_first: has_vpn(hops), vpn_last: false },
            Some(_) => Self { tor, vpn_first: has_vpn(farther), vpn_last: has_vpn(nearer) || qube.role == Role::Vpn },
            None => Self { tor: None, vpn_first: has_vpn(hops) || qube.role == Role::Vpn, vpn_last: false },
        })
    }

    /// In a few words.
    pub fn words(self) -> &'static str {
        match (self.tor.is_some(), self.vpn_first, self.vpn_last) {
            (true, false, false) => "Tor",
            (true, true, false) => "a VPN, then Tor",
            (true, false, true) => "Tor, then a VPN",
            (true, true, true) => "a VPN, then Tor, then a VPN",
            (false, true, _) => "a VPN, without Tor",
            (false, false, _) => "nothing: in clear",
        }
    }
}
