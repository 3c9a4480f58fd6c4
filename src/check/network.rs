//! H02xx, netvms: every way to the network passes the identity's own gateway.

use super::code::Code;
use super::finding::{Finding, Part, Subject};
use super::way::{Hop, Way};
use crate::base::{Handle, QubeName};
use crate::model::{Desired, Identity, Mode, Qube, Role, Setting, whonix};

pub fn check(desired: &Desired, findings: &mut Vec<Finding>) {
    let network = Network { desired };
    for (name, qube) in &desired.qubes {
        let breach = network.netvm(name, qube);
        findings.extend(breach.map(|Breach { code, message, help }| {
            let finding = Finding::new(code, Subject::Qube(name.clone()), message).part(Part::Netvm);
            Finding { help: help.map(str::to_owned), ..finding }
        }));
    }
    network.shared_gateways(findings);
}

/// Whether everything of an identity goes through Tor. One that is not known is held to the strictest mode.
pub fn over_tor(desired: &Desired, identity: &Handle) -> bool {
    desired.identities.get(identity).map_or(Mode::Anonymous, |identity| identity.mode).over_tor()
}

/// What is wrong with a qube's netvm.
struct Breach {
    code: Code,
    message: String,
    help: Option<&'static str>,
}

const CLEAR: &str = "behind a gateway comes a qube in clear, such as `sys-firewall`";

impl Breach {
    fn new(code: Code, message: String) -> Option<Self> {
        let help = match code {
            Code::TorOverTor | Code::Upstream => Some(CLEAR),
            Code::NoNetwork => Some("a netvm is a qube that provides network, such as `sys-firewall`"),
            _ => None,
        };
        Some(Self { code, message, help })
    }
}

struct Network<'a> {
    desired: &'a Desired,
}

impl Network<'_> {
    fn netvm(&self, name: &QubeName, qube: &Qube) -> Option<Breach> {
        let netvm = match qube.pref("netvm") {
            None | Some(Setting::Default) => {
                let message = "its netvm is left to the global default, which is in clear";
                return Breach::new(Code::DefaultNetvm, message.to_owned());
            }
            Some(Setting::Qube(netvm)) => netvm,
            Some(_) => return None, // None: no network at all.
        };
        if matches!(qube.role, Role::Vault | Role::ExternalGateway) {
            let message = format!("it is a {}, and its netvm is `{netvm}`", qube.role);
            return Breach::new(Code::OfflineQube, message);
        }
        if *netvm == QubeName::dom0() {
            return Breach::new(Code::NoNetwork, "its netvm is dom0, which has no network".to_owned());
        }
        let way = Way::of(self.desired, name);
        if way.leads_back() {
            return Breach::new(Code::NetworkLoop, format!("its network path leads back to itself: {way}"));
        }
        if let Some(provider) = self.desired.qubes.get(netvm)
            && provider.pref("provides_network") != Some(&Setting::Bool(true))
        {
            return Breach::new(Code::NoNetwork, format!("its netvm `{netvm}` does not provide network"));
        }
        match qube.role {
            Role::Gateway => self.out_of_gateway(&way, qube),
            Role::Vpn => self.out_of_vpn(&way, qube),
            _ if over_tor(self.desired, &qube.identity) => self.over_tor(&way, qube),
            _ => self.in_clear(&way, qube),
        }
    }

    /// A gateway leads out, if need be through VPN qubes of its identity.
    fn out_of_gateway(&self, way: &Way, qube: &Qube) -> Option<Breach> {
        let (hop, rest) = way.hops().split_first()?;
        if self.is_gateway(hop) {
            let message = format!("it is a gateway behind the gateway `{}`: Tor over Tor", hop.name);
            return Breach::new(Code::TorOverTor, message);
        }
        if let Some(gateway) = rest.iter().find(|hop| self.is_gateway(hop)) {
            let message = format!("it is a gateway behind the gateway `{}`: Tor over Tor; {way}", gateway.name);
            return Breach::new(Code::TorOverTor, message);
        }
        self.upstream(hop, qube)
    }

    /// A VPN qube leads out, or through its identity's own gateway.
    fn out_of_vpn(&self, way: &Way, qube: &Qube) -> Option<Breach> {
        let hop = way.hops().first()?;
        if self.is_own_gateway(hop, &qube.identity) {
            return None;
        }
        if self.is_gateway(hop) {
            let message = match over_tor(self.desired, &qube.identity) {
                true => {
                    format!("its netvm `{}` is a gateway, and not one of its own identity `{}`; {way}", hop.name, qube.identity)
                }
                false => return self.in_clear(way, qube),
            };
            return Breach::new(Code::NotBehindGateway, message);
        }
        self.upstream(hop, qube)
    }

    /// The first qube behind a gateway or a VPN qube is none of the bundle's, or a VPN qube of the same identity.
    fn upstream(&self, hop: &Hop, qube: &Qube) -> Option<Breach> {
        let other = hop.qube?;
        match (other.role == Role::Vpn, other.identity == qube.identity) {
            (true, true) => None,
            (true, false) => {
                let message = format!("its netvm `{}` is a VPN qube of identity `{}`", hop.name, other.identity);
                Breach::new(Code::Upstream, message)
            }
            (false, _) => Breach::new(Code::Upstream, format!("its netvm `{}` is a {} of the bundle", hop.name, other.role)),
        }
    }

    /// Between a qube and its identity's own gateway there is at most a VPN qube.
    fn over_tor(&self, way: &Way, qube: &Qube) -> Option<Breach> {
        let identity = &qube.identity;
        for hop in way.hops() {
            if self.is_own_gateway(hop, identity) {
                return None;
            }
            let Hop { name, qube: other } = hop;
            let message = match other {
                Some(vpn) if vpn.role == Role::Vpn && vpn.identity == *identity => continue,
                Some(other) if other.role.is_gateway() || other.identity != *identity => {
                    format!(
                        "its netvm `{name}` is a {} of identity `{}`, not a gateway of its own `{identity}`",
                        other.role, other.identity
                    )
                }
                Some(other) => format!("its netvm `{name}` is a {}, not the gateway of identity `{identity}`", other.role),
                None => format!("its netvm `{name}` is not a gateway of identity `{identity}`"),
            };
            return Breach::new(Code::NotBehindGateway, of_way(message, way));
        }
        // The way ends in the bundle, at a qube without a netvm, or nowhere: nothing gets out, and a loop is the finding of those on it.
        None
    }

    /// In clear, too, nothing leads through another identity, nor through Tor.
    fn in_clear(&self, way: &Way, qube: &Qube) -> Option<Breach> {
        for hop in way.hops() {
            let Hop { name, qube: other } = hop;
            match other {
                Some(vpn) if vpn.role == Role::Vpn && vpn.identity == qube.identity => {}
                Some(other) if other.identity != qube.identity => {
                    let message = format!("its netvm `{name}` belongs to identity `{}`", other.identity);
                    return Breach::new(Code::NotBehindGateway, of_way(message, way));
                }
                _ if self.is_gateway(hop) => {
                    let message = format!("its netvm `{name}` is a Tor gateway, and identity `{}` is in clear", qube.identity);
                    return Breach::new(Code::ThroughTor, of_way(message, way));
                }
                Some(other) => {
                    return Breach::new(Code::Upstream, format!("its netvm `{name}` is a {} of the bundle", other.role));
                }
                None => {}
            }
        }
        None
    }

    fn is_own_gateway(&self, hop: &Hop, identity: &Handle) -> bool {
        match hop.qube {
            Some(qube) => qube.role.is_gateway() && qube.identity == *identity,
            None => self.desired.identities.get(identity).is_some_and(|own| own.existing_gateway.as_ref() == Some(hop.name)),
        }
    }

    /// Whether it is a gateway, as far as can be known here: the one that every Whonix system has is known by its name, others are found
    /// in dom0.
    fn is_gateway(&self, hop: &Hop) -> bool {
        let name = Some(hop.name);
        match hop.qube {
            Some(qube) => qube.role.is_gateway(),
            None => {
                *hop.name == whonix::stock_gateway()
                    || self.desired.update_gateway.as_ref() == name
                    || self.desired.identities.values().any(|identity| identity.existing_gateway.as_ref() == name)
            }
        }
    }

    /// Gateways that dom0 has already and that two identities name, or that templates are updated through. One that halite makes belongs
    /// to one identity, and is behind none.
    fn shared_gateways(&self, findings: &mut Vec<Finding>) {
        let mut owners = std::collections::BTreeMap::new();
        for (handle, Identity { existing_gateway, .. }) in &self.desired.identities {
            let Some(gateway) = existing_gateway else { continue };
            let subject = Subject::Identity(handle.clone());
            if let Some(other) = owners.insert(gateway, handle) {
                let message = format!("its gateway `{gateway}` is also that of identity `{other}`");
                let finding = Finding::new(Code::SharedGateway, subject, message).part(Part::Netvm);
                let help = "declare another gateway for one of the two";
                findings.push(finding.help(help).see(Subject::Identity(other.clone()), Some(Part::Netvm)));
            } else if self.desired.update_gateway.as_ref() == Some(gateway) {
                let message = format!("its gateway `{gateway}` is the one that templates are updated through");
                let finding = Finding::new(Code::SharedGateway, subject, message).part(Part::Netvm);
                findings.push(finding.help("declare a gateway of its own for the identity"));
            }
        }
        if let Some(gateway) = &self.desired.update_gateway
            && let Some(qube) = self.desired.qubes.get(gateway)
        {
            let message =
                format!("templates are updated through `{gateway}`, which is a {} of identity `{}`", qube.role, qube.identity);
            let finding = Finding::new(Code::SharedGateway, Subject::Bundle, message).part(Part::Updates);
            findings.push(finding.help("name a gateway that dom0 has and no identity uses, such as `sys-whonix`"));
        }
    }
}

/// A message, with the way where it is longer than a hop.
fn of_way(message: String, way: &Way) -> String {
    if way.hops().len() > 1 { format!("{message}; {way}") } else { message }
}
