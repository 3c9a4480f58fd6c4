//! Whether anything of an identity over Tor leaves around its own gateway: netvms followed by hand.

use std::collections::BTreeMap;

use halite::base::{Handle, QubeName};
use halite::model::{Class, Desired, Qube, Role, Setting};

/// Each qube of an identity over Tor that has a way around its gateway, and that way.
pub fn ways_around(desired: &Desired) -> BTreeMap<&QubeName, String> {
    let over_tor = |qube: &Qube| desired.identities.get(&qube.identity).is_some_and(|identity| identity.mode.over_tor());
    let qubes = desired.qubes.iter().filter(|(_, qube)| over_tor(qube));
    qubes.filter_map(|(name, qube)| Some((name, way_around(desired, name, qube)?))).collect()
}

fn way_around(desired: &Desired, name: &QubeName, qube: &Qube) -> Option<String> {
    // Gateways, and the VPN qubes before them, are in clear by their nature: it is their clients that must not be.
    let is_client = qube.role.holds_applications() || qube.role == Role::Vault;
    let own = is_client.then(|| in_clear(desired, &qube.identity, qube)).flatten();
    // What is opened in a new disposable has the network of that disposable's template, whoever opened it.
    let disposable = || match qube.pref("default_dispvm") {
        Some(Setting::None) => None,
        Some(Setting::Qube(template)) => match desired.qubes.get(template) {
            Some(made_from) => in_clear(desired, &qube.identity, made_from).map(|way| format!(" > new {template}{way}")),
            None => Some(format!(" > new {template}, not a qube of ours")),
        },
        _ => Some(" > new disposable by default, which is in clear".to_owned()),
    };
    own.or_else(disposable).map(|way| format!("{name}{way}"))
}

/// How a qube's traffic gets out without having passed the Tor of this identity; none, if it does not.
fn in_clear(desired: &Desired, identity: &Handle, qube: &Qube) -> Option<String> {
    let mut way = String::new();
    let mut at = qube;
    // A loop leads nowhere.
    for _ in 0..=desired.qubes.len() {
        let netvm = match at.pref("netvm") {
            Some(Setting::None) => return None,
            Some(Setting::Qube(netvm)) => netvm,
            _ => return Some(format!("{way} > the default, which is in clear")),
        };
        way.push_str(&format!(" > {netvm}"));
        if is_tor_of(desired, identity, netvm) {
            return None;
        }
        match desired.qubes.get(netvm) {
            // Its network card leads to a computer, which is somebody else's gateway at best.
            Some(next) if next.role == Role::ExternalGateway => return Some(format!("{way} > its network card")),
            Some(next) => at = next,
            None => return Some(way),
        }
    }
    None
}

/// Whether a qube's way leads through nothing but VPN qubes of its own identity, to its gateway or out. What goes through other qubes, or
/// leads nowhere, is as it should not be, but no way around anything.
pub fn is_straight(desired: &Desired, qube: &Qube) -> bool {
    let mut at = qube;
    for _ in 0..=desired.qubes.len() {
        let netvm = match at.pref("netvm") {
            Some(Setting::None) => return false,
            Some(Setting::Qube(netvm)) => netvm,
            _ => return true,
        };
        match desired.qubes.get(netvm) {
            Some(next) if next.role.is_gateway() => return next.identity == qube.identity,
            Some(next) if next.role == Role::Vpn && next.identity == qube.identity => at = next,
            Some(_) => return false,
            None => return true,
        }
    }
    false
}

/// Whether Tor runs behind this netvm, and for this identity: on a gateway that dom0 has; in a qube on Whonix's gateway template; or on the
/// computer that a network card leads to, if that is all that leads there.
fn is_tor_of(desired: &Desired, identity: &Handle, netvm: &QubeName) -> bool {
    if desired.identities[identity].existing_gateway.as_ref() == Some(netvm) && !desired.qubes.contains_key(netvm) {
        return true;
    }
    let Some(qube) = desired.qubes.get(netvm).filter(|qube| qube.identity == *identity) else { return false };
    match qube.role {
        Role::Gateway => is_on_gateway_template(desired, qube),
        Role::ExternalGateway => qube.pref("netvm") == Some(&Setting::None),
        _ => false,
    }
}

fn is_on_gateway_template(desired: &Desired, qube: &Qube) -> bool {
    let template = match (qube.class, desired.qubes.get(&qube.template)) {
        (Class::Disposable, Some(made_from)) => &made_from.template,
        _ => &qube.template,
    };
    desired.templates.get(template).map_or(template, |template| &template.base).as_str().starts_with("whonix-gateway-")
}
