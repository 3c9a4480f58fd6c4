//! H0204, H0215, H0216: whom a qube's properties name, and what starts by itself.

use super::code::Code;
use super::finding::{Finding, Part, Subject};
use super::network::over_tor;
use crate::base::QubeName;
use crate::model::{Desired, Qube, Role, Setting};

/// Properties that name a qube, have no check of their own, and let that one look into this.
const TRUSTED: [&str; 3] = ["audiovm", "guivm", "management_dispvm"];

pub fn check(desired: &Desired, findings: &mut Vec<Finding>) {
    for (name, qube) in &desired.qubes {
        let subject = || Subject::Qube(name.clone());
        findings.extend(disposables(desired, name, qube).map(|message| {
            let help = "name a disposable template of its own identity, or none";
            Finding::new(Code::ForeignDisposables, subject(), message).part(Part::Disposables).help(help)
        }));
        for property in TRUSTED {
            let Some(other) = qube.pref_qube(property) else { continue };
            if let Some(owner) = desired.qubes.get(other).filter(|other| other.identity != qube.identity) {
                let message = format!("its {property} is `{other}` of identity `{}`", owner.identity);
                let part = Part::Property(property.parse().expect("a literal in this file"));
                findings.push(Finding::new(Code::ForeignQube, subject(), message).part(part));
            }
        }
        if over_tor(desired, &qube.identity) && qube.pref("autostart") == Some(&Setting::Bool(true)) {
            let message = "it starts with the computer, before anybody has chosen an identity";
            let part = Part::Property("autostart".parse().expect("a literal in this file"));
            findings.push(Finding::new(Code::StartsByItself, subject(), message).part(part));
        }
    }
}

fn disposables(desired: &Desired, name: &QubeName, qube: &Qube) -> Option<String> {
    let target = match qube.pref("default_dispvm") {
        Some(Setting::None) => return None,
        Some(Setting::Qube(target)) => target,
        _ => return Some("its default_dispvm is left to the global default, whose disposables are in clear".to_owned()),
    };
    match desired.qubes.get(target) {
        Some(other) if other.identity != qube.identity => {
            Some(format!("its disposables are made from `{target}` of identity `{}`", other.identity))
        }
        Some(other) if other.role != Role::DisposableTemplate => {
            Some(format!("its default_dispvm `{target}` is no disposable template"))
        }
        Some(other) if other.pref("template_for_dispvms") != Some(&Setting::Bool(true)) => {
            Some(format!("its default_dispvm `{target}` lacks template_for_dispvms"))
        }
        Some(_) => None,
        None if target == name => None,
        None => Some(format!("its disposables are made from `{target}`, which is not of its identity")),
    }
}
