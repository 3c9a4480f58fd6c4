//! What claims rest on, in words: ways to the network, qubes and their templates, and calls.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Handle, QubeName};
use crate::check::{Passing, Way};
use crate::model::{Qube, Role, Setting};
use crate::qrexec::Hop;
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;

/// Names, one after the other; `none`, if there are none.
pub fn names<'a>(names: impl IntoIterator<Item = &'a QubeName>, none: &str) -> Phrase {
    Phrase::joined(names.into_iter().map(Phrase::name), ", ", none)
}

/// The ways of all qubes of an identity that have applications or data, as in `a → gateway → sys-firewall`.
pub fn ways(examined: &Examined, identity: &Handle) -> Phrase {
    let own = examined.qubes_of(identity).filter(|(_, qube)| !qube.role.provides_network());
    Phrase::joined(own.map(|(name, qube)| way(examined, name, qube)), "; ", "it has no qubes with applications")
}

/// The way of a qube to the network.
pub fn way(examined: &Examined, name: &QubeName, qube: &Qube) -> Phrase {
    match qube.pref("netvm") {
        Some(Setting::Qube(_)) => Phrase::name(Way::of(examined.desired(), name)),
        Some(Setting::None) => Phrase::name(name) + " has no network".into(),
        _ => Phrase::name(name) + " has the global default as its netvm".into(),
    }
}

/// Qubes of an identity that have a role, by name.
pub fn of_role<'a>(examined: &Examined<'a>, identity: &Handle, role: Role) -> Vec<&'a QubeName> {
    examined.qubes_of(identity).filter(|(_, qube)| qube.role == role).map(|(name, _)| name).collect()
}

/// A qube with the template that it is on, and what that is cloned from.
pub fn on_template(examined: &Examined, name: &QubeName, qube: &Qube) -> Phrase {
    let desired = examined.desired();
    let template = desired.template_of(qube);
    let base = desired.templates.get(template).map(|made| format!(", a clone of `{}`", made.base)).unwrap_or_default();
    Phrase::of(format!("`{name}`, {}, on `{template}`{base}", qube.label))
}

/// Calls, by who calls whom: `a → b: qubes.Filecopy (ask)`.
pub fn calls<'a>(passings: impl IntoIterator<Item = &'a Passing>, none: &str) -> Phrase {
    let mut services: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
    for Passing { hop, .. } in passings {
        services.entry((&hop.from, &hop.to)).or_default().insert(format!("{} ({})", service(hop), answer(hop)));
    }
    let told = services.into_iter().map(|((from, to), services)| {
        let services: Vec<_> = services.into_iter().collect();
        Phrase::name(format!("{from} → {to}")) + Phrase::of(format!(": {}", services.join(", ")))
    });
    Phrase::joined(told, "; ", none)
}

/// What calls come to, by service, whoever calls whom: `you are asked: qubes.Filecopy; allowed: qubes.VMShell`.
pub fn services<'a>(passings: impl IntoIterator<Item = &'a Passing>, none: &str) -> Phrase {
    let mut by_answer: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for Passing { hop, .. } in passings {
        by_answer.entry(answer(hop)).or_default().insert(service(hop));
    }
    let told = by_answer.into_iter().rev().map(|(answer, services)| {
        let services = services.into_iter().map(Phrase::name);
        Phrase::of(format!("{answer}: ")) + Phrase::joined(services, ", ", "")
    });
    Phrase::joined(told, "; ", none)
}

/// The service of a call, as people may know it.
pub fn service(hop: &Hop) -> String {
    hop.service.clone().unwrap_or_else(|| "every service that no rule names".to_owned())
}

/// What becomes of a call.
pub fn answer(hop: &Hop) -> &'static str {
    if hop.is_asked { "you are asked" } else { "allowed" }
}
