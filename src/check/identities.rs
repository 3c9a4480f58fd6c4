//! H03xx: what identities must not share, and what gives them away.

use std::collections::BTreeMap;

use super::browser;
use super::code::Code;
use super::finding::{Finding, Part, Subject};
use super::network::over_tor;
use crate::base::{Handle, QubeName};
use crate::model::{Desired, Mode, Qube, whonix};

pub fn check(desired: &Desired, findings: &mut Vec<Finding>) {
    accounts(desired, findings);
    destinations(desired, findings);
    configurations(desired, findings);
    templates(desired, findings);
    for (handle, identity) in &desired.identities {
        if identity.mode.is_anonymous() {
            for application in identity.applications.iter().filter(|application| browser::is_application(application)) {
                let message = format!("its application `{application}` is another browser than Tor Browser");
                findings.push(Finding::new(Code::Browser, Subject::Identity(handle.clone()), message));
            }
        }
        if identity.mode.over_tor() {
            choices(desired, handle, findings);
        }
    }
    for (name, qube) in applications(desired).filter(|(_, qube)| over_tor(desired, &qube.identity)) {
        without_whonix(desired, name, qube, findings);
    }
}

/// Qubes that hold applications.
fn applications(desired: &Desired) -> impl Iterator<Item = (&QubeName, &Qube)> {
    desired.qubes.iter().filter(|(_, qube)| qube.role.holds_applications())
}

/// The mode of a qube's identity; the strictest, if that is not known.
fn mode_of(desired: &Desired, qube: &Qube) -> Mode {
    desired.identities.get(&qube.identity).map_or(Mode::Anonymous, |identity| identity.mode)
}

fn accounts(desired: &Desired, findings: &mut Vec<Finding>) {
    let mut owners: BTreeMap<&Handle, &Handle> = BTreeMap::new();
    for (handle, identity) in &desired.identities {
        for account in &identity.accounts {
            if let Some(other) = owners.insert(account, handle) {
                let message = format!("the account `{account}` is also one of identity `{other}`");
                let help = "an account used in two identities tells its provider that they are one";
                let part = Part::Account(account.clone());
                let finding = Finding::new(Code::SharedAccount, Subject::Identity(handle.clone()), message);
                let other = Subject::Identity(other.clone());
                findings.push(finding.help(help).part(part.clone()).see(other, Some(part)));
            }
        }
    }
}

/// A server may be reached by several identities as long as all are anonymous, or all are known and over Tor, or all in clear.
fn destinations(desired: &Desired, findings: &mut Vec<Finding>) {
    let mut visitors: BTreeMap<&Handle, (&Handle, Mode)> = BTreeMap::new();
    for (handle, identity) in &desired.identities {
        let mode = identity.mode;
        for server in &identity.destinations {
            let (other, known) = *visitors.entry(server).or_insert((handle, mode));
            if (known.is_anonymous(), known.over_tor()) != (mode.is_anonymous(), mode.over_tor()) {
                let message = format!("it reaches `{server}` in {mode}, and identity `{other}` does so in {known}");
                let finding = Finding::new(Code::SharedDestination, Subject::Identity(handle.clone()), message);
                let part = Part::Destination(server.clone());
                findings.push(finding.part(part.clone()).see(Subject::Identity(other.clone()), Some(part)));
            }
        }
    }
}

fn configurations(desired: &Desired, findings: &mut Vec<Finding>) {
    let mut users: BTreeMap<&Handle, &QubeName> = BTreeMap::new();
    for (name, qube) in &desired.qubes {
        let Some(configuration) = &qube.configuration else { continue };
        if let Some(other) = users.insert(configuration, name) {
            let message = format!("its VPN `{configuration}` is also that of `{other}`");
            let finding = Finding::new(Code::SharedVpn, Subject::Qube(name.clone()), message).part(Part::Configuration);
            findings.push(finding.see(Subject::Qube(other.clone()), Some(Part::Configuration)));
        }
    }
}

/// Stock templates are everybody's; what halite makes, it makes for one mode.
fn templates(desired: &Desired, findings: &mut Vec<Finding>) {
    let mut users: BTreeMap<&QubeName, (&QubeName, Mode)> = BTreeMap::new();
    for (name, qube) in applications(desired).filter(|(_, qube)| desired.templates.contains_key(&qube.template)) {
        let mode = mode_of(desired, qube);
        let (other, known) = *users.entry(&qube.template).or_insert((name, mode));
        if known != mode {
            let message = format!("its template `{}` serves {mode}, and `{other}` in {known}, too", qube.template);
            let finding = Finding::new(Code::SharedTemplate, Subject::Qube(name.clone()), message).part(Part::Template);
            findings.push(finding.see(Subject::Qube(other.clone()), Some(Part::Template)));
        }
    }
}

/// What only the user can choose, and has not.
fn choices(desired: &Desired, handle: &Handle, findings: &mut Vec<Finding>) {
    for (property, code, what) in [
        ("keyboard_layout", Code::Keyboard, "which keyboard layout its qubes see"),
        ("audiovm", Code::Audio, "whether its qubes have sound"),
    ] {
        let own = applications(desired).filter(|(_, qube)| qube.identity == *handle);
        if let Some((name, _)) = own.into_iter().find(|(_, qube)| qube.pref(property).is_none()) {
            let message = format!("nobody chose {what}; `{name}` sees what dom0 has");
            findings.push(Finding::new(code, Subject::Identity(handle.clone()), message));
        }
    }
}

/// Applications over Tor on another system than a Whonix workstation, and browsers on one.
fn without_whonix(desired: &Desired, name: &QubeName, qube: &Qube, findings: &mut Vec<Finding>) {
    let mode = mode_of(desired, qube);
    let Some(template) = desired.stock_template_of(qube) else { return };
    if !whonix::is_workstation_template(template) && !whonix::is_gateway_template(template) {
        let code = if mode.is_anonymous() { Code::NotWhonix } else { Code::NotWhonixKnown };
        let message = format!("it is a {} in {mode} on `{template}`, which is no Whonix workstation", qube.role);
        findings.push(Finding::new(code, Subject::Qube(name.clone()), message).part(Part::Template));
    }
    let packages = desired.templates.get(&qube.template).into_iter().flat_map(|template| &template.packages);
    for package in packages.filter(|_| mode.is_anonymous()) {
        if let Some(what) = browser::of_package(package) {
            let message = format!("`{package}` is {what}, and an identity in {mode} uses the template");
            let finding = Finding::new(Code::Browser, Subject::Template(qube.template.clone()), message);
            findings.push(finding.part(Part::Package(package.clone())));
        }
    }
}
