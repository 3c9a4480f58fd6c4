//! Whether everything that a recipe refers to is declared in it, once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::fault::{Fault, did_you_mean};
use super::language::{Network, Stem, TemplateRef};
use super::parts::{Named, Parts};
use super::reader::{At, Sink};
use crate::base::{Handle, QubeName};
use crate::check::Code;

/// Finds what is referred to and not declared, declared and not used, or declared twice.
pub fn check(parts: &Parts, sink: &Sink) {
    let declared = Declared {
        identities: names(&parts.identities),
        gateways: names(&parts.gateways),
        disposables: names(&parts.disposables),
        templates: names(&parts.templates),
        qubes: qubes(parts, sink),
        sink,
    };
    let owners = owners(parts, &declared);
    // An identity that could not be read may be the one that has it.
    let all_known = parts.identities.iter().all(|(_, identity)| identity.is_some());
    for (name, gateway) in &parts.gateways {
        if all_known && !owners.contains_key(&name.value) {
            sink.add(Fault::new(Code::UnknownName, name.span.clone(), format!("no identity has the gateway `{}`", name.value)));
        }
        if let Some(gateway) = gateway {
            declared.template(&gateway.template);
            declared.outside(&gateway.upstream);
        }
    }
    for workstation in parts.workstations.iter().chain(&parts.disposables).filter_map(|(_, workstation)| workstation.as_ref()) {
        declared.must("identity", &workstation.identity, &declared.identities);
        declared.template(&workstation.template);
        if let Some(disposables) = &workstation.disposables {
            declared.must("disposable", disposables, &declared.disposables);
        }
    }
}

/// Every name that is declared, whether what it stands for could be read or not.
struct Declared<'a> {
    identities: BTreeSet<&'a Handle>,
    gateways: BTreeSet<&'a QubeName>,
    disposables: BTreeSet<&'a QubeName>,
    templates: BTreeSet<&'a Stem>,
    qubes: BTreeSet<&'a QubeName>,
    sink: &'a Sink,
}

fn names<K: Ord, V>(named: &Named<K, V>) -> BTreeSet<&K> {
    named.iter().map(|(name, _)| &name.value).collect()
}

/// All qubes. A qube has one name and one role.
fn qubes<'a>(parts: &'a Parts, sink: &Sink) -> BTreeSet<&'a QubeName> {
    let gateways = parts.gateways.iter().map(|(name, _)| name);
    let workstations = parts.workstations.iter().chain(&parts.disposables).map(|(name, _)| name);
    let mut seen = BTreeSet::new();
    for name in gateways.chain(workstations) {
        if !seen.insert(&name.value) {
            sink.add(Fault::new(Code::Conflict, name.span.clone(), format!("there is already a qube `{}`", name.value)));
        }
    }
    seen
}

/// Which identity has which gateway. A gateway has one identity.
fn owners<'a>(parts: &'a Parts, declared: &Declared) -> BTreeMap<&'a QubeName, &'a Handle> {
    let mut owners = BTreeMap::new();
    for (name, identity) in &parts.identities {
        match identity.as_ref().map(|identity| &identity.network) {
            Some(Network::Gateway(gateway)) => {
                declared.must("gateway", gateway, &declared.gateways);
                if let Some(other) = owners.insert(&gateway.value, &name.value) {
                    let message = format!("`{}` is already the gateway of identity `{other}`", gateway.value);
                    let help =
                        "two identities behind one gateway could be linked by it; give this one a gateway of its own".to_owned();
                    declared.sink.add(Fault::new(Code::Conflict, gateway.span.clone(), message).help(Some(help)));
                }
            }
            Some(Network::Clear(upstream)) => declared.outside(upstream),
            None => {}
        }
    }
    owners
}

impl Declared<'_> {
    /// What a reference names must be declared.
    fn must<T: Ord + Display>(&self, kind: &str, reference: &At<T>, among: &BTreeSet<&T>) {
        if among.contains(&reference.value) {
            return;
        }
        let text = reference.value.to_string();
        let help = || {
            let known: Vec<String> = among.iter().map(ToString::to_string).collect();
            did_you_mean(&text, known.iter().map(String::as_str)).unwrap_or(format!("declare it: `[{kind}.{text}]`"))
        };
        // Comparing with every name is for those that will be shown.
        let help = (!self.sink.is_full()).then(help);
        let message = format!("there is no {kind} `{text}` in this recipe");
        self.sink.add(Fault::new(Code::UnknownName, reference.span.clone(), message).help(help));
    }

    fn template(&self, reference: &At<TemplateRef>) {
        if let TemplateRef::Declared(stem) = &reference.value {
            self.must("template", &At { value: stem.clone(), span: reference.span.clone() }, &self.templates);
        }
    }

    /// An upstream is a qube of dom0's, not one of the recipe's own.
    fn outside(&self, upstream: &At<QubeName>) {
        if self.qubes.contains(&upstream.value) {
            let message = format!("`{}` is a qube of this recipe, and no way out", upstream.value);
            let help = "an upstream is a qube that dom0 already has, such as `sys-firewall`".to_owned();
            self.sink.add(Fault::new(Code::Conflict, upstream.span.clone(), message).help(Some(help)));
        }
    }
}
