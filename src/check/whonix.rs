//! H0205 to H0208, H0211: Whonix's templates, tags and settings, and halite's own tags.

use super::code::Code;
use super::finding::{Finding, Part, Subject};
use crate::base::{Digest, QubeName};
use crate::model::{Class, Desired, Qube, Release, Role, isolated_tag, whonix};

pub fn check(desired: &Desired, release: Release, findings: &mut Vec<Finding>) {
    let gateways = desired.gateways();
    for (name, qube) in &desired.qubes {
        let subject = || Subject::Qube(name.clone());
        let Some(template) = desired.stock_template_of(qube) else { continue };
        if let Some(message) = gateway_template(template, qube) {
            let help = match qube.role {
                Role::Gateway => "a gateway is on `whonix-gateway`, or on a template that is cloned from it",
                _ => "what is behind a gateway is on another template, such as `whonix-workstation`",
            };
            findings.push(Finding::new(Code::GatewayTemplate, subject(), message).part(Part::Template).help(help));
            // Which tags it should have depends on which template it should be on.
            continue;
        }
        let tags = tags(template, qube, release).into_iter();
        findings.extend(tags.map(|(code, message)| Finding::new(code, subject(), message)));
        // A disposable has the files of what it is made from.
        let keeps_files = qube.role.holds_applications() && qube.class == Class::App;
        let is_workstation = whonix::is_workstation_template(template) && keeps_files;
        if let Some(gateway) = gateways.get(&qube.identity).filter(|_| is_workstation) {
            let message = sdwdate_gui(gateway, qube, release);
            findings.extend(message.map(|message| Finding::new(Code::SdwdateGui, subject(), message)));
        }
    }
}

fn gateway_template(template: &QubeName, qube: &Qube) -> Option<String> {
    let runs_tor = whonix::is_gateway_template(template);
    if runs_tor == (qube.role == Role::Gateway) {
        return None;
    }
    let what = if runs_tor { "runs Tor for others" } else { "is no Whonix gateway, and would lead everything into the clearnet" };
    Some(format!("it is a {} on `{template}`, which {what}", qube.role))
}

fn tags(template: &QubeName, qube: &Qube, release: Release) -> Vec<(Code, String)> {
    let mut found = Vec::new();
    let has = |tag: &str| qube.tags.iter().any(|have| have.as_str() == tag);
    for tag in release.whonix_tags(template.as_str()) {
        if !has(tag) {
            found.push((Code::WhonixTag, format!("the tag `{tag}` is missing, which qubes on `{template}` need")));
        }
    }
    if !qube.tags.contains(&isolated_tag()) {
        found.push((Code::IsolationTag, format!("the tag `{}` is missing", isolated_tag())));
    }
    let own = qube.identity.tag();
    // What only provides network, or only keeps data, is named in the policy, and takes part in nothing else.
    if qube.role.holds_applications() && !qube.tags.contains(&own) {
        found.push((Code::IsolationTag, format!("the tag `{own}` is missing")));
    }
    for tag in qube.tags.iter().filter(|tag| tag.as_str().starts_with("halite-identity-")) {
        if !qube.role.holds_applications() || *tag != own {
            found.push((Code::IsolationTag, format!("the tag `{tag}` would open that identity's flows to it")));
        }
    }
    found
}

/// Where a Whonix workstation does not say that this gateway is its own.
fn sdwdate_gui(gateway: &QubeName, qube: &Qube, release: Release) -> Option<String> {
    let path = whonix::sdwdate_gui_file();
    let expected = Digest::of(whonix::sdwdate_gui_contents(gateway, release).as_bytes());
    match qube.files.get(&path) {
        Some(file) if file.blake3 == expected => None,
        Some(_) => Some(format!("its `{path}` does not name its gateway `{gateway}` alone")),
        None => Some(format!("it lacks `{path}`, which would name its gateway `{gateway}`")),
    }
}
