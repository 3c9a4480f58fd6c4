//! H01xx: names, references, limits. What qubesd would refuse, or silently do wrong.

use std::collections::BTreeMap;

use super::code::Code;
use super::finding::{Finding, Subject};
use crate::base::QubeName;
use crate::model::{Desired, Property, Qube, Release, Setting};

pub fn check(desired: &Desired, release: Release, findings: &mut Vec<Finding>) {
    names(desired, findings);
    templates(desired, findings);
    files(desired, findings);
    for (name, qube) in &desired.qubes {
        let mut found = |code, message: String| findings.push(Finding::new(code, Subject::Qube(name.clone()), message));
        references(desired, qube, &mut found);
        properties(qube, release, &mut found);
        managed(qube, &mut found);
    }
}

fn names(desired: &Desired, findings: &mut Vec<Finding>) {
    let mut by_part: BTreeMap<&str, &QubeName> = BTreeMap::new();
    for name in desired.templates.keys().chain(desired.qubes.keys()) {
        let subject = || Subject::Qube(name.clone());
        if *name == QubeName::dom0() {
            findings.push(Finding::new(Code::NameTaken, subject(), "dom0 is not a qube that a bundle can hold"));
        }
        match by_part.insert(name.management_part(), name) {
            Some(other) if other == name => {
                findings.push(Finding::new(Code::NameTaken, subject(), format!("`{name}` is both a template and a qube")));
            }
            Some(other) => {
                let message = format!("`{name}` and `{other}` begin with the same 21 characters");
                let help = "Salt would use one management disposable for both; choose shorter names";
                findings.push(Finding::new(Code::NamesCollide, subject(), message).help(help));
            }
            None => {}
        }
    }
}

fn templates(desired: &Desired, findings: &mut Vec<Finding>) {
    for (name, template) in &desired.templates {
        let stem = name.as_str().strip_prefix("h-").and_then(|rest| rest.rsplit_once('-')).map(|(stem, _)| stem);
        let right = stem.and_then(|stem| template.clone_name(stem));
        if right.as_ref() != Some(name) {
            let message = "its name is not `h-STEM-` and the hash of its base, packages and files";
            findings.push(Finding::new(Code::TemplateName, Subject::Template(name.clone()), message));
        }
        let base = &template.base;
        if desired.templates.contains_key(base) || desired.qubes.contains_key(base) || *base == QubeName::dom0() {
            let message = format!("it is cloned from `{base}`, which is no template that dom0 already has");
            findings.push(Finding::new(Code::Dangling, Subject::Template(name.clone()), message));
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
        let message = match (is_template, path.is_private()) {
            (true, true) => format!("`{path}` lies in the template's private volume, which no qube on it sees"),
            (false, false) => format!("`{path}` would be gone with the next start"),
            _ if own.keys().any(|other| other.is_below(path.as_str())) => {
                format!("`{path}` is a file, and a directory of another one")
            }
            _ => continue,
        };
        let help = "a qube keeps what is below /rw, /home and /usr/local; what lies elsewhere belongs into its template";
        findings.push(Finding::new(Code::FilePlace, subject, message).help(help));
    }
}

fn references(desired: &Desired, qube: &Qube, found: &mut impl FnMut(Code, String)) {
    if !desired.identities.contains_key(&qube.identity) {
        found(Code::Dangling, format!("its identity `{}` is not in the bundle", qube.identity));
    }
    let own = |name: &QubeName| name.as_str().starts_with("h-");
    if desired.qubes.contains_key(&qube.template) {
        found(Code::Dangling, format!("its template `{}` is a qube of the bundle, not a template", qube.template));
    } else if own(&qube.template) && !desired.templates.contains_key(&qube.template) {
        found(Code::Dangling, format!("its template `{}` is not in the bundle", qube.template));
    }
    for (property, setting) in &qube.prefs {
        let Setting::Qube(target) = setting else { continue };
        if desired.templates.contains_key(target) {
            found(Code::BadProperty, format!("its {property} is `{target}`, which is a template"));
        }
    }
}

fn properties(qube: &Qube, release: Release, found: &mut impl FnMut(Code, String)) {
    for (name, setting) in &qube.prefs {
        match Property::find(name.as_str()) {
            None => found(Code::BadProperty, format!("`{name}` is not a property that a bundle may set")),
            Some(row) if release < row.since() => {
                found(Code::BadProperty, format!("`{name}` does not exist before {}", row.since()));
            }
            Some(row) if !row.takes(setting) => {
                found(Code::BadProperty, format!("`{name}` cannot be set to `{setting}`"));
            }
            Some(_) => {}
        }
    }
    if let (Some(Setting::Int(memory)), Some(Setting::Int(maxmem))) = (qube.pref("memory"), qube.pref("maxmem"))
        && (*memory == 0 || (*maxmem != 0 && memory > maxmem))
    {
        found(Code::Memory, format!("memory is {memory} MiB and maxmem {maxmem} MiB"));
    }
}

fn managed(qube: &Qube, found: &mut impl FnMut(Code, String)) {
    for tag in qube.tags.iter().filter(|tag| tag.belongs_to_qubes()) {
        found(Code::ManagedElsewhere, format!("the tag `{tag}` is Qubes' own"));
    }
    for feature in qube.features.keys() {
        let name = feature.as_str();
        if name.starts_with("x-halite-") || name == "prohibit-start" {
            found(Code::ManagedElsewhere, format!("the feature `{name}` is what halite itself keeps qubes safe with"));
        }
    }
}
