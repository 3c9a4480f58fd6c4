//! Gateway and workstation apart: every way out passes the identity's own gateway.

use std::collections::{BTreeMap, BTreeSet};

use super::key;
use crate::base::{Handle, QubeName};
use crate::check::Code;
use crate::model::{Identity, Role, Setting, updated_over_tor_tag};
use crate::report::document::section_id;
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;
use crate::report::sheets::claims::{Claims, about, anything};
use crate::report::sheets::evidence::{names, of_role, ways};
use crate::report::standing::Held;

/// Claims about the bundle as a whole.
pub fn whole(examined: &Examined, claims: &mut Claims) {
    let Some(gateway) = &examined.desired().update_gateway else { return };
    let over_tor = updated_over_tor_tag();
    let templates = examined.desired().templates.iter().filter(|(_, template)| template.tags.contains(&over_tor));
    let templates = names(templates.map(|(name, _)| name), "stock templates alone");
    let evidence = templates + Phrase::of(format!("; through `{gateway}`, which serves no identity"));
    let codes = [Code::UpdatesInClear, Code::UpdateGateway, Code::UpdatesElsewhere];
    claims.checked("updates", "Templates of identities over Tor are updated over Tor", &codes, anything, evidence);
}

/// Claims about one identity.
pub fn each(examined: &Examined, handle: &Handle, identity: &Identity, claims: &mut Claims) {
    let desired = examined.desired();
    let of = about(desired, handle);
    let who = || examined.identity(handle);
    if !identity.mode.over_tor() {
        let claim = who() + " is in clear, on purpose: everybody can learn who and where you are".into();
        claims.told(key(handle, "clear"), claim, Held::Declared, format!("{}: {}", identity.mode, identity.mode.description()));
        let claim = who() + " does not come out of a Tor gateway under a known name".into();
        claims.checked(key(handle, "way"), claim, &[Code::ThroughTor, Code::DefaultNetvm], of, ways(examined, handle));
        return;
    }
    let gateway = examined.gateway(handle);
    let through = gateway.map_or_else(|| "its gateway".into(), Phrase::name);
    let claim = Phrase::of("Everything of ") + who() + " goes out through ".into() + through.clone() + " alone".into();
    let codes = [Code::NotBehindGateway, Code::DefaultNetvm, Code::TorOverTor, Code::NetworkByCall];
    claims.checked(key(handle, "way"), claim, &codes, &of, ways(examined, handle));
    let claim = Phrase::of("What ") + who() + " opens in a disposable stays in it".into();
    claims.checked(key(handle, "disposables"), claim, &[Code::ForeignDisposables], &of, disposables(examined, handle));
    let claim = Phrase::of("Nobody else is behind ") + through;
    claims.checked(key(handle, "gateway"), claim, &[Code::SharedGateway], &of, behind(examined, handle));
    let claim = Phrase::of("Qubes and Whonix know the qubes of ") + who() + " for what they are".into();
    claims.checked(key(handle, "tags"), claim, &[Code::WhonixTag, Code::IsolationTag], &of, tags(examined, handle));
    by_tor(examined, handle, claims);
}

/// Who runs Tor for an identity, where that is not for halite to say; and what its VPNs rest on.
fn by_tor(examined: &Examined, handle: &Handle, claims: &mut Claims) {
    let (desired, who) = (examined.desired(), examined.identity(handle));
    let Some(gateway) = examined.gateway(handle) else { return };
    match desired.qubes.get(gateway).map(|qube| qube.role) {
        None => {
            let claim = Phrase::name(gateway) + " runs Tor for ".into() + who.clone();
            claims.told(key(handle, "existing"), claim, Held::Declared, "dom0 has it already, and halite leaves it as it is");
        }
        Some(Role::ExternalGateway) => {
            let claim = Phrase::of("The computer behind ") + Phrase::name(gateway) + " runs Tor for ".into() + who.clone();
            claims.told(
                key(handle, "external"),
                claim,
                Held::OutOfReach,
                "what another computer does, no configuration here can see",
            );
        }
        Some(_) => {}
    }
    for vpn in of_role(examined, handle, Role::Vpn) {
        let claim = Phrase::of("Nothing of ") + who.clone() + " gets past the tunnel of ".into() + Phrase::name(vpn);
        claims.told(
            section_id(&[handle.as_str(), vpn.as_str()]),
            claim,
            Held::Declared,
            "the files that the recipe puts into it see to it",
        );
    }
}

/// The tags of an identity's qubes; those that have the same are told together.
fn tags(examined: &Examined, handle: &Handle) -> Phrase {
    let mut bearers: BTreeMap<String, BTreeSet<&QubeName>> = BTreeMap::new();
    for (name, qube) in examined.qubes_of(handle) {
        let tags: Vec<_> = qube.tags.iter().map(|tag| format!("`{tag}`")).collect();
        bearers.entry(tags.join(", ")).or_default().insert(name);
    }
    let told = bearers.into_iter().map(|(tags, qubes)| Phrase::of(format!("{tags} on ")) + names(qubes, ""));
    Phrase::joined(told, "; ", "it has no qubes")
}

fn disposables(examined: &Examined, handle: &Handle) -> Phrase {
    let own = examined.qubes_of(handle).filter(|(_, qube)| qube.role.holds_applications());
    let told = own.map(|(name, qube)| match qube.pref("default_dispvm") {
        Some(Setting::Qube(template)) => Phrase::of(format!("`{name}` opens them from `{template}`")),
        _ => Phrase::of(format!("`{name}` opens none")),
    });
    Phrase::joined(told, "; ", "it has none")
}

/// Who is behind an identity's gateway, as the bundle says.
fn behind(examined: &Examined, handle: &Handle) -> Phrase {
    let desired = examined.desired();
    let Some(gateway) = examined.gateway(handle) else { return "it has none".into() };
    let own = desired.qubes.iter().filter(|(_, qube)| qube.pref_qube("netvm") == Some(gateway)).map(|(name, _)| name);
    Phrase::of("behind it: ") + names(own, "nothing")
}
