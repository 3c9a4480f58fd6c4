//! Whether everything that a recipe refers to is declared in it, once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::fault::Fault;
use super::language::{About, Gateway, Network, STOCK, Staged, Stem, TemplateRef};
use super::parts::{Named, Parts, values};
use super::place::{At, Place};
use super::reader::Sink;
use super::suggestion::did_you_mean;
use crate::base::{FilePath, Handle, QubeName};
use crate::check::Code;
use crate::model::whonix;

/// Finds what is referred to and not declared, declared and not used, or declared twice.
pub fn check(parts: &Parts, sink: &Sink) {
    let declared = Declared {
        identities: names(&parts.identities),
        gateways: names(&parts.gateways),
        vpns: names(&parts.vpns),
        disposables: names(&parts.disposables),
        templates: names(&parts.templates),
        qubes: qubes(parts, sink),
        existing: existing(parts),
        sink,
    };
    ways(parts, &declared);
    for gateway in values(&parts.gateways) {
        match gateway {
            Gateway::Whonix { upstream, template, bridges, body, .. } => {
                declared.template(template);
                declared.way_out(upstream);
                if !bridges.is_empty() {
                    own_file(&body.files, &whonix::bridges_file(), "the bridges of this gateway are written there", sink);
                }
            }
            Gateway::External { template, .. } => declared.template(template),
            Gateway::Existing => {}
        }
    }
    for vpn in values(&parts.vpns) {
        declared.template(&vpn.template);
        if !declared.gateways.contains(&vpn.upstream.value) {
            declared.outside(&vpn.upstream);
        }
    }
    for member in parts.members() {
        declared.must("identity", &member.identity, &declared.identities, &[]);
        declared.template(&member.template);
        if let Some(disposables) = &member.disposables {
            declared.must("disposable", disposables, &declared.disposables, &[]);
        }
        own_file(&member.body.files, &whonix::sdwdate_gui_file(), "the gateway's name is written there", sink);
    }
    for named in values(&parts.named_disposables) {
        declared.must("disposable", &named.template, &declared.disposables, &[]);
    }
    for flow in values(&parts.flows) {
        declared.end_of_flow(&flow.from);
        declared.end_of_flow(&flow.to);
    }
    for exception in values(&parts.exceptions) {
        match &exception.about {
            About::Bundle => {}
            About::Identity(handle) => declared.must("identity", handle, &declared.identities, &[]),
            About::Template(stem) => declared.must("template", stem, &declared.templates, &[]),
            About::Qube(qube) => declared.must("qube", qube, &declared.qubes, &[]),
        }
    }
}

/// A file that halite writes itself is none that a recipe may put there.
fn own_file(files: &Staged, path: &FilePath, why: &str, sink: &Sink) {
    if let Some(file) = files.get(path) {
        sink.add(Fault::new(Code::Conflict, file.place.clone(), format!("`{path}` is written by halite itself: {why}")));
    }
}

/// Every name that is declared, whether what it stands for could be read or not.
struct Declared<'a> {
    identities: BTreeSet<&'a Handle>,
    gateways: BTreeSet<&'a QubeName>,
    vpns: BTreeSet<&'a QubeName>,
    disposables: BTreeSet<&'a QubeName>,
    templates: BTreeSet<&'a Stem>,
    /// All qubes that halite makes.
    qubes: BTreeSet<&'a QubeName>,
    /// All qubes that dom0 has, and that are declared nevertheless.
    existing: BTreeSet<&'a QubeName>,
    sink: &'a Sink,
}

fn names<K: Ord, V>(named: &Named<K, V>) -> BTreeSet<&K> {
    named.iter().map(|declared| &declared.name.value).collect()
}

/// Qubes that dom0 has already.
fn existing(parts: &Parts) -> BTreeSet<&QubeName> {
    let gateways = parts.gateways.iter().filter(|declared| matches!(declared.value, Some(Gateway::Existing)));
    let gateways = gateways.map(|declared| &declared.name.value);
    gateways.chain(parts.existing.iter().map(|declared| &declared.name.value)).collect()
}

/// All qubes that halite makes. A qube has one name and one role.
fn qubes<'a>(parts: &'a Parts, sink: &Sink) -> BTreeSet<&'a QubeName> {
    let gateways = parts.gateways.iter().map(|declared| &declared.name);
    let vpns = parts.vpns.iter().map(|declared| &declared.name);
    let members = parts.workstations.iter().chain(&parts.disposables).chain(&parts.vaults).map(|declared| &declared.name);
    let named_disposables = parts.named_disposables.iter().map(|declared| &declared.name);
    let existing = parts.existing.iter().map(|declared| &declared.name);
    let mut seen = BTreeMap::new();
    for name in gateways.chain(vpns).chain(members).chain(named_disposables).chain(existing) {
        if let Some(first) = seen.insert(&name.value, &name.place) {
            let fault = Fault::new(Code::Conflict, name.place.clone(), format!("there is already a qube `{}`", name.value));
            sink.add(fault.see(first.clone(), "the other one"));
        }
    }
    let outside = self::existing(parts);
    seen.into_keys().filter(|name| !outside.contains(name)).collect()
}

/// Whether each gateway and each VPN qube is on the way of one identity, and of one only.
fn ways(parts: &Parts, declared: &Declared) {
    let mut gateways = Owners { kind: "gateway", by: BTreeMap::new(), sink: declared.sink };
    let mut vpns = Owners { kind: "VPN qube", by: BTreeMap::new(), sink: declared.sink };
    for identity in &parts.identities {
        let handle = &identity.name.value;
        match identity.value.as_ref().map(|identity| &identity.network) {
            Some(Network::Tor { gateway, vpn }) => {
                declared.must("gateway", gateway, &declared.gateways, &[]);
                gateways.add(gateway, handle);
                if let Some(vpn) = vpn {
                    declared.must("vpn", vpn, &declared.vpns, &[]);
                    vpns.add(vpn, handle);
                    behind(parts, vpn, gateway, declared.sink);
                }
            }
            Some(Network::Clear(upstream)) => {
                declared.way_out(upstream);
                if declared.vpns.contains(&upstream.value) {
                    vpns.add(upstream, handle);
                }
            }
            None => {}
        }
    }
    for gateway in &parts.gateways {
        if let (Some(Gateway::Whonix { upstream, .. }), Some((owner, _))) = (&gateway.value, gateways.by.get(&gateway.name.value))
            && declared.vpns.contains(&upstream.value)
        {
            vpns.add(upstream, owner);
        }
    }
    // An identity or gateway that could not be read may be the one that has it.
    if parts.identities.iter().all(|identity| identity.value.is_some()) {
        let help = |name: &QubeName| format!("say `gateway = \"{name}\"` in the identity that it is for, or leave it out");
        gateways.unowned(&parts.gateways, help);
        if parts.gateways.iter().all(|gateway| gateway.value.is_some()) {
            let help = |name: &QubeName| {
                format!("name it as the `upstream` of a gateway or an identity, or say `vpn = \"{name}\"` in an identity")
            };
            vpns.unowned(&parts.vpns, help);
        }
    }
}

/// A VPN behind Tor is behind the gateway of its identity.
fn behind(parts: &Parts, vpn: &At<QubeName>, gateway: &At<QubeName>, sink: &Sink) {
    let declared = parts.vpns.iter().find(|declared| declared.name.value == vpn.value);
    let Some(upstream) = declared.and_then(|declared| declared.value.as_ref()).map(|vpn| &vpn.upstream) else { return };
    if upstream.value != gateway.value {
        let message =
            format!("`{}` is to be behind the gateway `{}`, and its upstream is `{}`", vpn.value, gateway.value, upstream.value);
        let help = format!("for user → Tor → VPN, say `upstream = \"{}\"` in [vpn.{}]", gateway.value, vpn.value);
        let fault = Fault::new(Code::Conflict, upstream.place.clone(), message).help(Some(help));
        sink.add(fault.see(vpn.place.clone(), "because of this"));
    }
}

/// Whose gateways or VPN qubes are.
struct Owners<'a> {
    kind: &'static str,
    by: BTreeMap<&'a QubeName, (&'a Handle, &'a Place)>,
    sink: &'a Sink,
}

impl<'a> Owners<'a> {
    fn add(&mut self, qube: &'a At<QubeName>, identity: &'a Handle) {
        let Some((other, place)) = self.by.insert(&qube.value, (identity, &qube.place)) else { return };
        let (kind, name) = (self.kind, &qube.value);
        let message = format!("`{name}` is already the {kind} of identity `{other}`");
        let help = format!("two identities behind one {kind} could be linked by it; give this one a {kind} of its own");
        let fault = Fault::new(Code::Conflict, qube.place.clone(), message).help(Some(help));
        self.sink.add(fault.see(place.clone(), "the other one"));
    }

    fn unowned<V>(&self, declared: &Named<QubeName, V>, help: impl Fn(&QubeName) -> String) {
        for name in declared.iter().map(|declared| &declared.name).filter(|name| !self.by.contains_key(&name.value)) {
            let message = format!("no identity has the {} `{}`", self.kind, name.value);
            self.sink.add(Fault::new(Code::UnknownName, name.place.clone(), message).help(Some(help(&name.value))));
        }
    }
}

impl Declared<'_> {
    /// What a reference names must be declared. `others` are names that need not be, and that may have been meant.
    fn must<T: Ord + Display>(&self, kind: &str, reference: &At<T>, among: &BTreeSet<&T>, others: &[&str]) {
        if among.contains(&reference.value) {
            return;
        }
        let text = reference.value.to_string();
        let help = || {
            let known: Vec<String> = among.iter().map(ToString::to_string).collect();
            let known = known.iter().map(String::as_str).chain(others.iter().copied());
            did_you_mean(&text, known).unwrap_or(format!("declare it: `[{kind}.{text}]`"))
        };
        // Comparing with every name is for those that will be shown.
        let help = (!self.sink.is_full()).then(help);
        let message = format!("there is no {kind} `{text}` in this recipe");
        self.sink.add(Fault::new(Code::UnknownName, reference.place.clone(), message).help(help));
    }

    fn template(&self, reference: &At<TemplateRef>) {
        if let TemplateRef::Declared(stem) = &reference.value {
            self.must("template", &At { value: stem.clone(), place: reference.place.clone() }, &self.templates, &STOCK);
        }
    }

    /// A flow begins and ends at a qube that halite makes, or at one that is declared to be there.
    fn end_of_flow(&self, qube: &At<QubeName>) {
        // That nothing leads to dom0 is a rule, which bundles are held to as well.
        let is_known = self.existing.contains(&qube.value) || self.qubes.contains(&qube.value);
        if is_known || qube.value == QubeName::dom0() {
            return;
        }
        let text = qube.value.as_str();
        let known = self.qubes.iter().chain(&self.existing).map(|name| name.as_str());
        let help = did_you_mean(text, known).unwrap_or(format!("if dom0 has it already, declare it: `[existing.{text}]`"));
        let message = format!("there is no qube `{text}` in this recipe");
        self.sink.add(Fault::new(Code::UnknownName, qube.place.clone(), message).help(Some(help)));
    }

    /// A way out is a VPN qube, or a qube of dom0's.
    fn way_out(&self, upstream: &At<QubeName>) {
        if !self.vpns.contains(&upstream.value) {
            self.outside(upstream);
        }
    }

    /// A qube of dom0's, not one of the recipe's own.
    fn outside(&self, upstream: &At<QubeName>) {
        if self.qubes.contains(&upstream.value) {
            let message = format!("`{}` is a qube of this recipe, and no way out", upstream.value);
            let help = "an upstream is a qube that dom0 already has, such as `sys-firewall`, or a VPN qube".to_owned();
            self.sink.add(Fault::new(Code::Conflict, upstream.place.clone(), message).help(Some(help)));
        }
    }
}
