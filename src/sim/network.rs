//! The addresses of a qube, and who is connected to whom.
//!
//! Source: `qubes/vm/mix/net.py`.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::qube::Class;
use super::value::Value;
use super::view::View;
use crate::base::QubeName;

/// `qubes_ipv6_prefix` of `qubes/config.py`.
const IPV6_PREFIX: [u16; 4] = [0xfd09, 0x24ef, 0x4179, 0];

impl<'a> View<'a> {
    /// The default of a property of the network; `None` for another property.
    pub(super) fn network_default(&self, property: &str) -> Option<Value> {
        let provides = self.is_on("provides_network");
        let text = match property {
            "mac" => Some("00:16:3e:5e:6c:00".to_owned()),
            "ip" => self.is_networked().then(|| self.address().to_string()),
            "ip6" => (self.is_networked() && self.has_ipv6()).then(|| self.address6().to_string()),
            "dns" => self.is_networked().then(|| "10.139.1.1 10.139.1.2".to_owned()),
            "gateway" => provides.then(|| self.text("visible_ip")).flatten(),
            "gateway6" => (provides && self.has_ipv6()).then(|| self.text("visible_ip6")).flatten(),
            "visible_ip" => self.faked("net.fake-ip").or_else(|| self.text("ip")),
            "visible_ip6" => self.text("ip6"),
            "visible_gateway" => self.faked("net.fake-gateway").or_else(|| self.netvm()?.text("gateway")),
            "visible_gateway6" if self.has_ipv6() => self.netvm().and_then(|netvm| netvm.text("gateway6")),
            "visible_gateway6" => None,
            "visible_netmask" => self
                .faked("net.fake-netmask")
                .or_else(|| self.netvm().filter(Self::is_networked).map(|_| "255.255.255.255".to_owned())),
            _ => return None,
        };
        Some(text.map_or(Value::Nothing, Value::Text))
    }

    fn text(&self, property: &str) -> Option<String> {
        self.get(property)?.as_text().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn faked(&self, feature: &str) -> Option<String> {
        self.feature(feature).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Whether it has a network or gives one.
    fn is_networked(&self) -> bool {
        self.is_on("provides_network") || self.netvm().is_some()
    }

    /// Whether the feature `ipv6` is on here or, before that is said, down the chain of network qubes.
    fn has_ipv6(&self) -> bool {
        self.upstream().find_map(|view| view.qube.features.get("ipv6")).is_some_and(|text| !text.is_empty())
    }

    /// The qube, its network qube, and so on, once each.
    pub(super) fn upstream(&self) -> impl Iterator<Item = View<'a>> {
        // One more than there are qubes, so that a loop comes back to where it began.
        let most = self.system.qubes.len().saturating_add(1);
        std::iter::successors(Some(*self), |view| view.netvm()).take(most)
    }

    fn number(&self) -> u32 {
        self.qube.dispid.filter(|_| self.qube.class == Class::DispVM).unwrap_or(self.qube.qid)
    }

    fn address(&self) -> Ipv4Addr {
        let net = if self.qube.class == Class::DispVM { 138 } else { 137 };
        let number = self.number();
        // No address ends in 0 or 255: a guest that takes the net for a /24 would trip over it.
        let (high, low) = match number.checked_sub(255) {
            None => (0, number),
            Some(_) => ((number - 1) / 254, (number - 1) % 254 + 1),
        };
        Ipv4Addr::new(10, net, u8::try_from(high).unwrap_or(u8::MAX), u8::try_from(low).unwrap_or(u8::MAX))
    }

    fn address6(&self) -> Ipv6Addr {
        let [a, b, c, d] = IPV6_PREFIX;
        let net = if self.qube.class == Class::DispVM { 0xa8a } else { 0xa89 };
        Ipv6Addr::new(a, b, c, d, 0, 0, net, u16::try_from(self.number()).unwrap_or(u16::MAX))
    }

    /// All qubes that reach the network through this one, over any number of others.
    pub(super) fn downstream(&self) -> BTreeSet<QubeName> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![*self];
        while let Some(provider) = waiting.pop() {
            waiting.extend(provider.users("netvm").filter(|client| found.insert(client.name.clone())));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Release;
    use crate::sim::Simulation;

    #[test]
    fn addresses_come_from_the_number() {
        let mut sim = Simulation::stock(Release::R4_3);
        let name = "personal".parse().unwrap();
        for (qid, ip) in
            [(12, "10.137.0.12"), (254, "10.137.0.254"), (255, "10.137.1.1"), (508, "10.137.1.254"), (509, "10.137.2.1")]
        {
            sim.qubes.get_mut(&name).unwrap().qid = qid;
            assert_eq!(sim.view(&name).unwrap().get("ip"), Some(ip.into()), "{qid}");
        }
        sim.qubes.get_mut(&name).unwrap().features.set("ipv6", "1");
        sim.qubes.get_mut(&name).unwrap().qid = 11;
        assert_eq!(sim.view(&name).unwrap().get("ip6"), Some("fd09:24ef:4179::a89:b".into()));
    }

    #[test]
    fn downstream_is_transitive() {
        let sim = Simulation::stock(Release::R4_3);
        let below = sim.find("sys-net").unwrap().downstream();
        assert!(below.contains(&"anon-whonix".parse().unwrap()));
        assert!(!below.contains(&"vault".parse().unwrap()));
    }
}
