//! How qubes reach the network, and which gateway an identity gets.

use std::collections::BTreeSet;

use super::draft::{Made, Provider};
use super::identity::{Drafting, UPSTREAM};
use super::mode::{self, Way};
use super::qube::{Qube, Target};
use super::remarks::About;
use super::template::{Named, kind_of};
use crate::base::QubeName;
use crate::check::Code;
use crate::model::Mode;

/// The gateway that templates are updated through, and no identity has.
const UPDATES: &str = "sys-whonix";
impl<'a> Drafting<'a> {
    /// A gateway of the states.
    pub(super) fn is_gateway(&self, qube: &Qube) -> bool {
        let mut name = qube.template.as_ref().map(|template| template.value.clone());
        for _ in 0..16 {
            let Some(template) = name else { return false };
            if kind_of(template.as_str()) == Some("whonix-gateway") {
                return true;
            }
            name = self.find(&template).and_then(|clone| clone.clone_of.clone()).map(|source| source.value);
        }
        false
    }

    /// The qube of dom0's behind `qube`.
    pub(super) fn upstream(&self, qube: &Qube) -> String {
        match qube.netvm_name() {
            Some(name) if self.find(name).is_none_or(Qube::has_network_card) && !is_whonix(name) => name.to_string(),
            _ => UPSTREAM.to_owned(),
        }
    }

    /// How states lead a qube to the network: whether through Tor, through which VPN qube first, and through which gateway of the states.
    pub(super) fn way(&self, qube: &'a Qube, template: &Named) -> (Way, Option<&'a Qube>, Option<&'a Qube>) {
        let name = qube.name.value.as_str();
        let netvm = match qube.netvm.as_ref().map(|netvm| (&netvm.value, &netvm.place)) {
            Some((Target::Qube(netvm), _)) => netvm,
            _ if template.kind == Some("whonix-workstation") => {
                let message = format!(
                    "no state says what `{name}` reaches the network through; Whonix takes `sys-whonix`, and so is it taken"
                );
                self.remarks.say(About::key(name, "gateway"), Code::SaltGateway, &qube.name.place, message, "name its gateway");
                return (Way::Tor, None, None);
            }
            other => {
                if !matches!(other, Some((Target::None, _))) {
                    let message = format!(
                        "no state says what `{name}` reaches the network through, and Qubes takes what is in clear; taken as `{UPSTREAM}`"
                    );
                    self.remarks.say(
                        About::key(name, "upstream"),
                        Code::SaltGateway,
                        &qube.name.place,
                        message,
                        "name its netvm",
                    );
                }
                return (Way::Clear(UPSTREAM.to_owned()), None, None);
            }
        };
        match self.find(netvm) {
            Some(gateway) if self.is_gateway(gateway) => (Way::Tor, None, Some(gateway)),
            Some(card) if card.has_network_card() => {
                let whonix = template.kind == Some("whonix-workstation");
                let (about, place) = (About::key(name, "gateway"), &card.name.place);
                if whonix || mode::is_called_over_tor(qube) {
                    let message =
                        format!("`{netvm}` provides network and has no netvm; taken as the way to a gateway on another computer");
                    let help = "make sure that its network card leads there and nowhere else";
                    self.remarks.say(about, Code::SaltGateway, place, message, help);
                    return (Way::Tor, None, Some(card));
                }
                let message =
                    format!("`{netvm}` provides network and has no netvm, which no recipe says; taken as one that dom0 has");
                self.remarks.say(about, Code::SaltGateway, place, message, "go on setting it up by other means");
                (Way::Clear(netvm.to_string()), None, None)
            }
            Some(vpn) if vpn.is_provider() => match vpn.netvm_name() {
                Some(next) if is_whonix(next) => (Way::Tor, Some(vpn), self.find(next).filter(|next| self.is_gateway(next))),
                Some(next) => match self.find(next).filter(|next| self.is_gateway(next)) {
                    Some(gateway) => (Way::Tor, Some(vpn), Some(gateway)),
                    None => (Way::Clear(netvm.to_string()), Some(vpn), None),
                },
                None => (Way::Clear(netvm.to_string()), Some(vpn), None),
            },
            _ if is_whonix(netvm) => (Way::Tor, None, None),
            _ => (Way::Clear(netvm.to_string()), None, None),
        }
    }

    /// Whether states lead a qube through Tor.
    pub(super) fn is_behind_tor(&self, qube: &Qube, template: &Named) -> bool {
        let Some(netvm) = qube.netvm_name() else { return template.kind == Some("whonix-workstation") };
        match self.find(netvm) {
            Some(gateway) if self.is_gateway(gateway) => true,
            Some(vpn) => {
                vpn.netvm_name().is_some_and(|next| is_whonix(next) || self.find(next).is_some_and(|next| self.is_gateway(next)))
            }
            None => is_whonix(netvm),
        }
    }

    /// The gateway of a new identity: the one that states give it, if it is nobody else's, or a new one.
    pub(super) fn gateway(&mut self, qube: &'a Qube, way: &Way, gateway: Option<&'a Qube>) -> Provider<'a> {
        let name = &qube.name.value;
        if let Some(gateway) = gateway.filter(|gateway| !self.claimed.contains(&gateway.name.value)) {
            self.claimed.insert(&gateway.name.value);
            // Only identities over Tor have gateways.
            let named = self.template_over(Mode::Anonymous, gateway);
            let made = if gateway.has_network_card() { Made::Elsewhere } else { Made::ByHalite };
            return Provider { name: gateway.name.value.clone(), said: Some((gateway, named)), made };
        }
        let new = self.free(name);
        let vpn = qube.netvm_name().and_then(|netvm| self.find(netvm)).filter(|netvm| !self.is_gateway(netvm));
        let behind: &'a Qube = vpn.unwrap_or(qube);
        if *way == Way::Tor
            && let (Some(netvm), Some(wanted)) = (&behind.netvm, behind.netvm_name())
        {
            let others = self.said.qubes.iter().filter(|other| other.netvm_name() == Some(wanted));
            let shared = others.filter(|other| !other.is_disposable_template()).count() > 1;
            if !shared && gateway.is_none() && wanted.as_str() != UPDATES && self.claimed.insert(wanted) {
                let message =
                    format!("no state makes `{wanted}`; taken as a gateway that dom0 has, and that `{name}` has for itself");
                let help = "make sure that no qube of another identity is behind it";
                self.remarks.say(About::key(name.as_str(), "gateway"), Code::SaltGateway, &netvm.place, message, help);
                return Provider { name: wanted.clone(), said: None, made: Made::Already };
            }
            let (message, help) = if shared {
                let message = format!("`{}` is the gateway of several qubes here; `{name}` gets its own, `{new}`", netvm.value);
                (message, "two identities behind one gateway could be linked by it: let each keep its own")
            } else {
                let message = format!(
                    "`{}` serves no identity in a recipe, but the updates of templates; `{name}` gets its own, `{new}`",
                    netvm.value
                );
                (message, "let each identity keep a gateway of its own")
            };
            self.remarks.say(About::key(name.as_str(), "gateway"), Code::SaltGateway, &netvm.place, message, help);
        }
        Provider { name: new, said: None, made: Made::ByHalite }
    }

    /// A name for a new gateway. Names are told apart by their first 21 characters.
    fn free(&self, qube: &QubeName) -> QubeName {
        let made = self.identities.iter().filter_map(|identity| identity.gateway.as_ref()).map(|gateway| &gateway.name);
        let taken: BTreeSet<&str> =
            self.said.qubes.iter().map(|qube| &qube.name.value).chain(made).map(QubeName::management_part).collect();
        let long = std::iter::once(format!("{qube}-gateway"));
        let short = (1..).map(|number: u32| format!("gateway{number}-{}", qube.management_part()));
        let mut names = long.chain(short).filter_map(|name| name.parse::<QubeName>().ok());
        names.find(|name| !taken.contains(name.management_part())).expect("some number is free")
    }
}

/// Whether a qube of dom0's is a Whonix gateway, by its name.
fn is_whonix(name: &QubeName) -> bool {
    name.as_str().contains("whonix")
}
