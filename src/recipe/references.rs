//! Whether everything that a recipe refers to is declared in it, once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::fault::Fault;
use super::language::{Network, STOCK, Staged, Stem, TemplateRef};
use super::parts::{Named, Parts};
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
        disposables: names(&parts.disposables),
        templates: names(&parts.templates),
        qubes: qubes(parts, sink),
        sink,
    };
    let owners = owners(parts, &declared);
    // An identity that could not be read may be the one that has it.
    let all_known = parts.identities.iter().all(|identity| identity.value.is_some());
    for gateway in &parts.gateways {
        let name = &gateway.name;
        if all_known && !owners.contains_key(&name.value) {
            let message = format!("no identity has the gateway `{}`", name.value);
            let help = format!("say `gateway = \"{}\"` in the identity that it is for, or leave it out", name.value);
            sink.add(Fault::new(Code::UnknownName, name.place.clone(), message).help(Some(help)));
        }
        if let Some(gateway) = &gateway.value {
            declared.template(&gateway.template);
            declared.outside(&gateway.upstream);
            if !gateway.bridges.is_empty() {
                own_file(&gateway.body.files, &whonix::bridges_file(), "the bridges of this gateway are written there", sink);
            }
        }
    }
    for workstation in parts.workstations.iter().chain(&parts.disposables).filter_map(|declared| declared.value.as_ref()) {
        declared.must("identity", &workstation.identity, &declared.identities, &[]);
        declared.template(&workstation.template);
        if let Some(disposables) = &workstation.disposables {
            declared.must("disposable", disposables, &declared.disposables, &[]);
        }
        own_file(&workstation.body.files, &whonix::sdwdate_gui_file(), "the gateway's name is written there", sink);
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
    disposables: BTreeSet<&'a QubeName>,
    templates: BTreeSet<&'a Stem>,
    qubes: BTreeSet<&'a QubeName>,
    sink: &'a Sink,
}

fn names<K: Ord, V>(named: &Named<K, V>) -> BTreeSet<&K> {
    named.iter().map(|declared| &declared.name.value).collect()
}

/// All qubes. A qube has one name and one role.
fn qubes<'a>(parts: &'a Parts, sink: &Sink) -> BTreeSet<&'a QubeName> {
    let gateways = parts.gateways.iter().map(|declared| &declared.name);
    let workstations = parts.workstations.iter().chain(&parts.disposables).map(|declared| &declared.name);
    let mut seen = BTreeMap::new();
    for name in gateways.chain(workstations) {
        if let Some(first) = seen.insert(&name.value, &name.place) {
            let fault = Fault::new(Code::Conflict, name.place.clone(), format!("there is already a qube `{}`", name.value));
            sink.add(fault.see(first.clone(), "the other one"));
        }
    }
    seen.into_keys().collect()
}

/// Which identity has which gateway. A gateway has one identity.
fn owners<'a>(parts: &'a Parts, declared: &Declared) -> BTreeMap<&'a QubeName, (&'a Handle, &'a Place)> {
    let mut owners: BTreeMap<&QubeName, (&Handle, &Place)> = BTreeMap::new();
    for identity in &parts.identities {
        match identity.value.as_ref().map(|identity| &identity.network) {
            Some(Network::Gateway(gateway)) => {
                declared.must("gateway", gateway, &declared.gateways, &[]);
                let owner = (&identity.name.value, &gateway.place);
                if let Some((other, place)) = owners.insert(&gateway.value, owner) {
                    let message = format!("`{}` is already the gateway of identity `{other}`", gateway.value);
                    let help =
                        "two identities behind one gateway could be linked by it; give this one a gateway of its own".to_owned();
                    let fault = Fault::new(Code::Conflict, gateway.place.clone(), message).help(Some(help));
                    declared.sink.add(fault.see(place.clone(), "the other one"));
                }
            }
            Some(Network::Clear(upstream)) => declared.outside(upstream),
            None => {}
        }
    }
    owners
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

    /// An upstream is a qube of dom0's, not one of the recipe's own.
    fn outside(&self, upstream: &At<QubeName>) {
        if self.qubes.contains(&upstream.value) {
            let message = format!("`{}` is a qube of this recipe, and no way out", upstream.value);
            let help = "an upstream is a qube that dom0 already has, such as `sys-firewall`".to_owned();
            self.sink.add(Fault::new(Code::Conflict, upstream.place.clone(), message).help(Some(help)));
        }
    }
}
