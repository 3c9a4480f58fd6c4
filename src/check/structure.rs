//! H01xx: names, references, limits. What qubesd would refuse, or silently do wrong.

use std::collections::BTreeMap;

use super::code::Code;
use super::finding::{Finding, Part, Subject};
use crate::base::{FilePath, Handle, QubeName, cleaned};
use crate::model::{
    Class, Desired, Flow, MOST_QUBES, Property, Qube, Release, Role, Setting, StagedFile, Template, refused_feature, whonix,
};

/// The memory that a qube starts with where nothing is said, in MiB. Source: `qubes/config.py`, `defaults`.
const MEMORY: u32 = 400;

pub fn check(desired: &Desired, release: Release, findings: &mut Vec<Finding>) {
    names(desired, findings);
    templates(desired, findings);
    files(desired, findings);
    room(desired, findings);
    flows(desired, findings);
    let gateways = desired.gateways();
    for (name, qube) in &desired.qubes {
        let mut found = |code, message: String, part: Option<Part>| {
            let finding = Finding::new(code, Subject::Qube(name.clone()), message);
            findings.push(Finding { part, ..finding });
        };
        references(desired, qube, &mut found);
        properties(qube, release, &mut found);
        managed(qube, &mut found);
        firewall(desired, gateways.get(&qube.identity).copied(), qube, &mut found);
    }
}

/// Whether the system can hold all qubes, and the computer's memory those of each identity.
fn room(desired: &Desired, findings: &mut Vec<Finding>) {
    let count = desired.qubes.len() + desired.templates.len();
    // dom0 is one, too.
    if count >= MOST_QUBES {
        let message = format!("it has {count} qubes and templates; a Qubes system holds {MOST_QUBES}, dom0 included");
        findings.push(Finding::new(Code::TooManyQubes, Subject::Bundle, message));
    }
    let Some(memory) = desired.memory else { return };
    let mut needs: BTreeMap<&Handle, u64> = BTreeMap::new();
    for qube in desired.qubes.values() {
        let own = match qube.pref("memory") {
            Some(Setting::Int(own)) => *own,
            _ => MEMORY,
        };
        *needs.entry(&qube.identity).or_default() += u64::from(own);
    }
    for (handle, need) in needs.into_iter().filter(|(_, need)| *need > u64::from(memory)) {
        let message = format!("its qubes start with {need} MiB together, and the computer has {memory} MiB for qubes");
        let finding = Finding::new(Code::MemoryTotal, Subject::Identity(handle.clone()), message);
        findings.push(finding.see(Subject::Bundle, Some(Part::Memory)));
    }
}

fn flows(desired: &Desired, findings: &mut Vec<Finding>) {
    for (handle, flow) in &desired.flows {
        if let Some(message) = no_flow(desired, flow) {
            findings.push(Finding::new(Code::BadFlow, Subject::Flow(handle.clone()), message));
        }
    }
}

fn no_flow(desired: &Desired, Flow { from, to, .. }: &Flow) -> Option<String> {
    let identity = |name: &QubeName| desired.qubes.get(name).map(|qube| &qube.identity);
    if *from == QubeName::dom0() || *to == QubeName::dom0() {
        return Some("dom0 takes part in no flow".to_owned());
    }
    match (identity(from), identity(to)) {
        (None, None) => Some(format!("neither `{from}` nor `{to}` is a qube of the bundle")),
        (from, to) if from == to => Some(format!("both ends belong to identity `{}`", from?)),
        _ => None,
    }
}

/// Rules that a netvm does not enforce.
fn firewall(desired: &Desired, gateway: Option<&QubeName>, qube: &Qube, found: &mut impl FnMut(Code, String, Option<Part>)) {
    if qube.firewall.is_none() {
        return;
    }
    let Some(netvm) = qube.pref_qube("netvm") else {
        found(Code::FirewallWithoutEffect, "it has firewall rules, and no netvm that would enforce them".to_owned(), None);
        return;
    };
    let is_gateway = match desired.qubes.get(netvm) {
        Some(provider) => provider.role == Role::Gateway,
        None => *netvm == whonix::stock_gateway() || gateway == Some(netvm),
    };
    if is_gateway {
        let message = format!("it has firewall rules, which the Whonix gateway `{netvm}` does not enforce");
        found(Code::FirewallWithoutEffect, message, None);
    }
}

fn names(desired: &Desired, findings: &mut Vec<Finding>) {
    let mut by_part: BTreeMap<&str, &QubeName> = BTreeMap::new();
    for name in desired.templates.keys().chain(desired.qubes.keys()) {
        let subject = || Subject::Qube(name.clone());
        if *name == QubeName::dom0() {
            let finding = Finding::new(Code::NameTaken, subject(), "dom0 is not a qube that a bundle can hold");
            findings.push(finding.help("choose another name"));
        }
        match by_part.insert(name.management_part(), name) {
            Some(other) if other == name => {
                let help = "templates are named after what is in them; choose another name for the qube";
                let finding = Finding::new(Code::NameTaken, subject(), format!("`{name}` is both a template and a qube"));
                findings.push(finding.help(help).see(Subject::Template(name.clone()), None));
            }
            Some(other) => {
                let message = format!("`{name}` and `{other}` begin with the same 21 characters");
                let help = "Salt would use one management disposable for both; choose shorter names";
                let finding = Finding::new(Code::NamesCollide, subject(), message).help(help);
                findings.push(finding.see(Subject::Qube(other.clone()), None));
            }
            None => {}
        }
    }
    for (handle, identity) in &desired.identities {
        if let Some(gateway) = identity.existing_gateway.as_ref().filter(|gateway| desired.qubes.contains_key(*gateway)) {
            let message = format!("`{gateway}` is said to be in dom0 already, and is a qube of the bundle");
            let finding = Finding::new(Code::NameTaken, Subject::Identity(handle.clone()), message);
            findings.push(finding.see(Subject::Qube(gateway.clone()), None));
        }
    }
}

fn templates(desired: &Desired, findings: &mut Vec<Finding>) {
    for (name, template) in &desired.templates {
        let stem = name.as_str().strip_prefix(Template::PREFIX).and_then(|rest| rest.rsplit_once('-')).map(|(stem, _)| stem);
        let right = stem.and_then(|stem| template.clone_name(stem));
        if right.as_ref() != Some(name) {
            let message = "its name is not `h-STEM-` and the hash of its base, packages and files";
            findings.push(Finding::new(Code::TemplateName, Subject::Template(name.clone()), message));
        }
        let base = &template.base;
        if desired.templates.contains_key(base) || desired.qubes.contains_key(base) || *base == QubeName::dom0() {
            let message = format!("it is cloned from `{base}`, which is no template that dom0 already has");
            let help = "a template is cloned from one that dom0 already has, such as `debian-13-xfce`";
            let finding = Finding::new(Code::Dangling, Subject::Template(name.clone()), message).help(help);
            findings.push(finding.part(Part::Template));
        }
    }
}

/// A template's private volume is its own: qubes on it get none of what is in there. Of a qube, nothing else outlives a restart.
fn files(desired: &Desired, findings: &mut Vec<Finding>) {
    for (name, path, _) in desired.files() {
        let (subject, own) = match desired.qubes.get(name) {
            Some(qube) => (Subject::Qube(name.clone()), &qube.files),
            None => (Subject::Template(name.clone()), &desired.templates[name].files),
        };
        let is_template = matches!(subject, Subject::Template(_));
        let kept = "a qube keeps what is below /rw, /home and /usr/local; what lies elsewhere belongs into its template";
        let (message, help) = match (is_template, path.is_private()) {
            (true, true) => (format!("`{path}` lies in the template's private volume, which no qube on it sees"), kept),
            (false, false) => (format!("`{path}` would be gone with the next start"), kept),
            _ if is_directory_of(path, own) => {
                (format!("`{path}` is a file, and a directory of another one"), "give one of the two another path")
            }
            _ => continue,
        };
        findings.push(Finding::new(Code::FilePlace, subject, message).help(help).part(Part::File(path.clone())));
    }
}

/// Whether one of `files` lies below `path`. All that begin with the same letters stand together, so that few are compared.
fn is_directory_of(path: &FilePath, files: &BTreeMap<FilePath, StagedFile>) -> bool {
    let alike = files.range(path..).take_while(|(other, _)| other.as_str().starts_with(path.as_str()));
    alike.into_iter().any(|(other, _)| other.is_below(path.as_str()))
}

fn references(desired: &Desired, qube: &Qube, found: &mut impl FnMut(Code, String, Option<Part>)) {
    if !desired.identities.contains_key(&qube.identity) {
        found(Code::Dangling, format!("its identity `{}` is not in the bundle", qube.identity), None);
    }
    let own = |name: &QubeName| name.as_str().starts_with(Template::PREFIX);
    if qube.class == Class::App && desired.qubes.contains_key(&qube.template) {
        let message = format!("its template `{}` is a qube of the bundle, not a template", qube.template);
        found(Code::Dangling, message, Some(Part::Template));
    } else if own(&qube.template) && !desired.templates.contains_key(&qube.template) {
        let message = format!("its template `{}` is not in the bundle", qube.template);
        found(Code::Dangling, message, Some(Part::Template));
    }
    for (property, setting) in &qube.prefs {
        let Setting::Qube(target) = setting else { continue };
        if desired.templates.contains_key(target) {
            let part = match property.as_str() {
                "netvm" => Some(Part::Netvm),
                "default_dispvm" => Some(Part::Disposables),
                _ => None,
            };
            found(Code::BadProperty, format!("its {property} is `{target}`, which is a template"), part);
        }
    }
}

fn properties(qube: &Qube, release: Release, found: &mut impl FnMut(Code, String, Option<Part>)) {
    for (name, setting) in &qube.prefs {
        match Property::find(name.as_str()) {
            None => found(Code::BadProperty, format!("`{name}` is not a property that a bundle may set"), None),
            Some(row) if release < row.since() => {
                found(Code::BadProperty, format!("`{name}` does not exist before {}", row.since()), None);
            }
            Some(row) if !row.takes(setting) => {
                found(Code::BadProperty, format!("`{name}` cannot be set to `{setting}`"), None);
            }
            Some(row) => {
                if let Some(why) = row.refuses(setting) {
                    found(Code::BadProperty, format!("`{name}` is `{setting}`, and {why}"), Some(Part::Property(name.clone())));
                }
            }
        }
    }
    for (name, value) in &qube.features {
        if let Some(why) = refused_feature(name.as_str(), value, release) {
            let message = format!("the feature `{name}` is `{}`, and {why}", cleaned(value));
            found(Code::BadProperty, message, Some(Part::Feature(name.clone())));
        }
    }
    if let (Some(Setting::Int(memory)), Some(Setting::Int(maxmem))) = (qube.pref("memory"), qube.pref("maxmem"))
        && (*memory == 0 || (*maxmem != 0 && memory > maxmem))
    {
        found(
            Code::Memory,
            format!("memory is {memory} MiB and maxmem, the most that it gets, {maxmem} MiB"),
            Some(Part::Memory),
        );
    }
}

fn managed(qube: &Qube, found: &mut impl FnMut(Code, String, Option<Part>)) {
    for tag in qube.tags.iter().filter(|tag| tag.belongs_to_qubes()) {
        found(Code::ManagedElsewhere, format!("the tag `{tag}` is Qubes' own"), None);
    }
    for feature in qube.features.keys() {
        let name = feature.as_str();
        if name.starts_with("x-halite-") || name == "prohibit-start" {
            let message = format!("the feature `{name}` is what halite itself keeps qubes safe with");
            found(Code::ManagedElsewhere, message, None);
        }
    }
}
