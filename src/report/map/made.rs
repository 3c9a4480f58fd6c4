//! A map of what is examined.

use std::collections::BTreeSet;

use super::flows;
use super::graph::{Danger, Exit, Kind, Lane, Leads, Map, Node, Through};
use crate::base::{Handle, QubeName, cleaned};
use crate::check::{Finding, Part, Subject, Way};
use crate::model::{Class, Desired, Identity, Qube, Role, Setting, whonix};
use crate::report::{Examined, Phrase};

impl Map {
    /// The map of what is examined.
    pub fn of(examined: &Examined) -> Self {
        let desired = examined.desired();
        let handles: BTreeSet<&Handle> =
            desired.identities.keys().chain(desired.qubes.values().map(|qube| &qube.identity)).collect();
        let gateways: BTreeSet<&QubeName> = desired.gateways().into_values().collect();
        let lane = |handle| Maker { examined, handle, gateways: &gateways }.lane();
        let mut lanes: Vec<Lane> = handles.into_iter().map(lane).collect();
        lanes.sort_by_cached_key(Lane::place);
        let updates = desired.update_gateway.as_ref().map(QubeName::to_string);
        let flows = flows::across(&examined.traffic, &lanes);
        Self { bundle: examined.subject.name.to_string(), lanes, flows, updates }
    }
}

/// Makes the lane of an identity.
struct Maker<'a> {
    examined: &'a Examined<'a>,
    handle: &'a Handle,
    /// All gateways.
    gateways: &'a BTreeSet<&'a QubeName>,
}

impl<'a> Maker<'a> {
    fn lane(&self) -> Lane {
        let identity = self.identity();
        let existing = identity.and_then(|identity| identity.existing_gateway.as_ref()).map(|name| {
            let leads = Leads::Out(Exit { through: Through::Unknown, over_tor: true });
            Node::new(name.to_string(), Kind::ExistingGateway, None, leads)
        });
        let own = self.examined.qubes_of(self.handle).map(|(name, qube)| self.node(name, qube));
        let mut nodes: Vec<Node> = existing.into_iter().chain(own).collect();
        nodes.sort_by(|one, other| (one.kind.rank(), &one.name).cmp(&(other.kind.rank(), &other.name)));
        Lane {
            id: self.handle.to_string(),
            title: plain(&self.examined.identity(self.handle)),
            mode: identity.map(|identity| identity.mode),
            over_tor: identity.is_none_or(|identity| identity.mode.over_tor()),
            destinations: identity.map(|identity| self.destinations(identity)).unwrap_or_default(),
            nodes,
            dangers: self.dangers(&Subject::Identity(self.handle.clone())),
            mark: None,
        }
    }

    fn destinations(&self, identity: &Identity) -> Vec<String> {
        identity.destinations.iter().map(|destination| plain(&self.examined.destination(destination))).collect()
    }

    fn node(&self, name: &'a QubeName, qube: &'a Qube) -> Node {
        let node = Node::new(name.to_string(), self.kind(name, qube), Some(qube.label), self.leads(name, qube));
        Node { dangers: self.dangers(&Subject::Qube(name.clone())), ..node }
    }

    fn kind(&self, name: &QubeName, qube: &Qube) -> Kind {
        match qube.role {
            Role::Gateway => Kind::Gateway,
            Role::ExternalGateway => Kind::ExternalGateway,
            Role::Vpn if self.is_behind_gateway(name) => Kind::VpnBehindTor,
            Role::Vpn => Kind::Vpn,
            Role::Vault => Kind::Vault,
            Role::DisposableTemplate => Kind::Disposables,
            Role::Workstation if qube.class == Class::Disposable => Kind::Disposable,
            Role::Workstation => Kind::Workstation,
        }
    }

    fn leads(&self, name: &'a QubeName, qube: &Qube) -> Leads {
        let through = match qube.pref("netvm") {
            Some(Setting::Qube(_)) if Way::of(self.desired(), name).leads_back() => Through::Loop,
            Some(Setting::Qube(netvm)) => match self.desired().qubes.get(netvm) {
                Some(other) if self.is_netvm_of(netvm, other, self.kind(name, qube)) => return Leads::Within(netvm.to_string()),
                Some(_) => Through::Wrong(netvm.to_string()),
                None if self.is_existing_gateway(netvm) => return Leads::Within(netvm.to_string()),
                None => Through::Existing(netvm.to_string()),
            },
            None | Some(Setting::Default) => Through::Default,
            Some(_) if qube.role == Role::ExternalGateway => Through::Computer,
            Some(_) => return Leads::Nowhere,
        };
        Leads::Out(Exit { through, over_tor: self.is_over_tor(name, qube) })
    }

    /// Whether `other` is what a qube of this kind can be behind within the lane.
    fn is_netvm_of(&self, netvm: &QubeName, other: &Qube, kind: Kind) -> bool {
        let rank = self.kind(netvm, other).rank();
        let are_vpns = other.role == Role::Vpn && rank == kind.rank();
        other.identity == *self.handle && (rank < kind.rank() || are_vpns)
    }

    /// Whether Tor is on the way of the qube, as far as the bundle knows: it runs it, or is before or behind what does.
    fn is_over_tor(&self, name: &QubeName, qube: &Qube) -> bool {
        let is_before = |(other, gateway): (&QubeName, &Qube)| {
            gateway.role.is_gateway() && Way::of(self.desired(), other).hops().iter().any(|hop| hop.name == name)
        };
        let is_gateway = |name: &QubeName| *name == whonix::stock_gateway() || self.gateways.contains(name);
        qube.role.is_gateway()
            || Way::of(self.desired(), name).hops().iter().any(|hop| is_gateway(hop.name))
            || self.examined.qubes_of(self.handle).any(is_before)
    }

    fn is_behind_gateway(&self, name: &QubeName) -> bool {
        Way::of(self.desired(), name).hops().iter().any(|hop| match hop.qube {
            Some(other) => other.role.is_gateway() && other.identity == *self.handle,
            None => self.is_existing_gateway(hop.name),
        })
    }

    fn is_existing_gateway(&self, name: &QubeName) -> bool {
        self.identity().is_some_and(|identity| identity.existing_gateway.as_ref() == Some(name))
    }

    fn dangers(&self, subject: &Subject) -> Vec<Danger> {
        let danger = |finding: &Finding| Danger {
            code: finding.code,
            message: cleaned(&finding.to_string()),
            is_way: finding.part == Some(Part::Netvm),
        };
        self.examined.report.errors().filter(|finding| finding.subject == *subject).map(danger).collect()
    }

    fn identity(&self) -> Option<&'a Identity> {
        self.desired().identities.get(self.handle)
    }

    fn desired(&self) -> &'a Desired {
        self.examined.desired()
    }
}

/// The words of a phrase, without what tells names from the rest.
fn plain(phrase: &Phrase) -> String {
    phrase.pieces().iter().map(|piece| piece.text()).collect::<String>().trim().to_owned()
}
