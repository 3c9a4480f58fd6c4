//! Whether everything that a recipe refers to is declared in it, once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::Range;

use super::fault::{Fault, did_you_mean};
use super::language::{Network, TemplateRef};
use super::read::{Named, Parts};
use super::reader::{At, Sink};
use crate::base::QubeName;
use crate::check::Code;

/// Finds what is referred to and not declared, declared and not used, or declared twice.
pub fn check(parts: &Parts, sink: &Sink) {
    qube_names(parts, sink);
    let mut owners: BTreeMap<&QubeName, &Range<usize>> = BTreeMap::new();
    for (name, identity) in &parts.identities {
        let Some(Network::Gateway(gateway)) = identity.as_ref().map(|identity| &identity.network) else { continue };
        declared(gateway, "gateway", &parts.gateways, sink);
        if owners.insert(&gateway.value, &name.span).is_some() {
            let message = format!("`{}` is already another identity's gateway", gateway.value);
            let help = "two identities behind one gateway share Tor circuits; give this one a gateway of its own".to_owned();
            sink.add(Fault::new(Code::Conflict, gateway.span.clone(), message).help(Some(help)));
        }
    }
    for (name, gateway) in &parts.gateways {
        if !owners.contains_key(&name.value) && parts.identities.iter().all(|(_, identity)| identity.is_some()) {
            let message = format!("no identity has the gateway `{}`", name.value);
            sink.add(Fault::new(Code::UnknownName, name.span.clone(), message));
        }
        let Some(gateway) = gateway else { continue };
        template(&gateway.template, parts, sink);
        outside(&gateway.upstream, parts, sink);
    }
    for (_, identity) in &parts.identities {
        if let Some(Network::Clear(upstream)) = identity.as_ref().map(|identity| &identity.network) {
            outside(upstream, parts, sink);
        }
    }
    for (_, workstation) in parts.workstations.iter().chain(&parts.disposables) {
        let Some(workstation) = workstation else { continue };
        declared(&workstation.identity, "identity", &parts.identities, sink);
        template(&workstation.template, parts, sink);
        if let Some(disposables) = &workstation.disposables {
            declared(disposables, "disposable", &parts.disposables, sink);
        }
    }
}

/// A qube has one name and one role.
fn qube_names(parts: &Parts, sink: &Sink) {
    let mut seen = BTreeSet::new();
    let gateways = parts.gateways.iter().map(|(name, _)| name);
    let workstations = parts.workstations.iter().chain(&parts.disposables).map(|(name, _)| name);
    for name in gateways.chain(workstations) {
        if !seen.insert(&name.value) {
            sink.add(Fault::new(Code::Conflict, name.span.clone(), format!("there is already a qube `{}`", name.value)));
        }
    }
}

/// What a reference of this kind names must be declared.
fn declared<T: Ord + Display, V>(reference: &At<T>, kind: &str, among: &Named<T, V>, sink: &Sink) {
    if among.iter().any(|(name, _)| name.value == reference.value) {
        return;
    }
    let known: Vec<String> = among.iter().map(|(name, _)| name.value.to_string()).collect();
    let text = reference.value.to_string();
    let help = did_you_mean(&text, known.iter().map(String::as_str)).unwrap_or(format!("declare it: `[{kind}.{text}]`"));
    let message = format!("there is no {kind} `{text}` in this recipe");
    sink.add(Fault::new(Code::UnknownName, reference.span.clone(), message).help(Some(help)));
}

fn template(reference: &At<TemplateRef>, parts: &Parts, sink: &Sink) {
    let TemplateRef::Declared(stem) = &reference.value else { return };
    declared(&At { value: stem.clone(), span: reference.span.clone() }, "template", &parts.templates, sink);
}

/// An upstream is a qube of dom0's, not one of the recipe's own.
fn outside(upstream: &At<QubeName>, parts: &Parts, sink: &Sink) {
    let gateways = parts.gateways.iter().map(|(name, _)| name);
    let workstations = parts.workstations.iter().chain(&parts.disposables).map(|(name, _)| name);
    if gateways.chain(workstations).any(|name| name.value == upstream.value) {
        let message = format!("`{}` is a qube of this recipe, and no way out", upstream.value);
        let help = "an upstream is a qube that dom0 already has, such as `sys-firewall`".to_owned();
        sink.add(Fault::new(Code::Conflict, upstream.span.clone(), message).help(Some(help)));
    }
}
