//! H02xx: every way to the network passes the identity's own gateway, disposables included.

use std::collections::BTreeSet;

use super::code::Code;
use super::finding::{Finding, Part, Subject};
use crate::base::{Handle, QubeName};
use crate::model::{Desired, Mode, Qube, Release, Role, Setting, isolated_tag};

pub fn check(desired: &Desired, release: Release, findings: &mut Vec<Finding>) {
    for (name, qube) in &desired.qubes {
        let subject = || Subject::Qube(name.clone());
        let found = |(code, message): (Code, String), part| Finding::new(code, subject(), message).part(part);
        findings.extend(netvm(desired, name, qube).map(|breach| {
            let help = help_about_netvm(breach.0);
            Finding { help: help.map(str::to_owned), ..found(breach, Part::Netvm) }
        }));
        findings.extend(disposables(desired, name, qube).map(|breach| {
            let help = "name a disposable template of its own identity, or none";
            found(breach, Part::Disposables).help(help)
        }));
        findings.extend(template(desired, qube).map(|breach| {
            let help = match qube.role {
                Role::Gateway => "a gateway is on `whonix-gateway`, or on a template that is cloned from it",
                _ => "what is behind a gateway is on another template, such as `whonix-workstation`",
            };
            found(breach, Part::Template).help(help)
        }));
        findings.extend(tags(desired, qube, release).into_iter().map(|(code, message)| Finding::new(code, subject(), message)));
    }
}

fn help_about_netvm(code: Code) -> Option<&'static str> {
    match code {
        Code::TorOverTor | Code::Upstream => Some("behind a gateway comes a qube in clear, such as `sys-firewall`"),
        Code::NoNetwork => Some("a netvm is a qube that provides network, such as `sys-firewall`"),
        _ => None,
    }
}

fn over_tor(desired: &Desired, identity: &Handle) -> bool {
    // A qube of no known identity is held to the strictest mode.
    desired.identities.get(identity).map_or(Mode::Anonymous, |identity| identity.mode).over_tor()
}

fn netvm(desired: &Desired, name: &QubeName, qube: &Qube) -> Option<(Code, String)> {
    let netvm = match qube.pref("netvm") {
        None | Some(Setting::Default) => {
            return Some((Code::DefaultNetvm, "its netvm is left to the global default, which is in clear".to_owned()));
        }
        Some(Setting::Qube(netvm)) => netvm,
        Some(_) => return None, // None: no network at all.
    };
    if *netvm == QubeName::dom0() {
        return Some((Code::NoNetwork, "its netvm is dom0, which has no network".to_owned()));
    }
    if let Some(looping) = network_loop(desired, name) {
        return Some((Code::NetworkLoop, format!("its network path leads back to itself: {looping}")));
    }
    let provider = desired.qubes.get(netvm);
    if let Some(provider) = provider
        && provider.pref("provides_network") != Some(&Setting::Bool(true))
    {
        return Some((Code::NoNetwork, format!("its netvm `{netvm}` does not provide network")));
    }
    if qube.role == Role::Gateway {
        return upstream(netvm, provider);
    }
    if !over_tor(desired, &qube.identity) {
        return match provider {
            Some(_) => {
                Some((Code::NotBehindGateway, format!("its netvm `{netvm}` belongs to identity `{}`", provider?.identity)))
            }
            None => None,
        };
    }
    match provider {
        Some(gateway) if gateway.role == Role::Gateway && gateway.identity == qube.identity => None,
        Some(other) => Some((
            Code::NotBehindGateway,
            format!(
                "its netvm `{netvm}` is a {} of identity `{}`, not a gateway of its own `{}`",
                other.role, other.identity, qube.identity
            ),
        )),
        None => Some((Code::NotBehindGateway, format!("its netvm `{netvm}` is not a gateway of identity `{}`", qube.identity))),
    }
}

fn upstream(netvm: &QubeName, provider: Option<&Qube>) -> Option<(Code, String)> {
    match provider {
        Some(provider) if provider.role == Role::Gateway => {
            Some((Code::TorOverTor, format!("it is a gateway behind the gateway `{netvm}`: Tor over Tor")))
        }
        Some(provider) => Some((Code::Upstream, format!("its netvm `{netvm}` is a {} of the bundle", provider.role))),
        // The gateway that every Whonix system has is known by its name; others will be found in dom0.
        None if netvm.as_str() == "sys-whonix" => {
            Some((Code::TorOverTor, format!("it is a gateway behind the gateway `{netvm}`: Tor over Tor")))
        }
        None => None,
    }
}

/// The path from `start` over netvms back to it, if there is one.
fn network_loop(desired: &Desired, start: &QubeName) -> Option<String> {
    let mut path = vec![start.as_str()];
    let mut seen = BTreeSet::from([start]);
    let mut at = start;
    while let Some(next) = desired.qubes.get(at).and_then(|qube| qube.pref_qube("netvm")) {
        path.push(next.as_str());
        if next == start {
            return Some(path.join(" → "));
        }
        if !seen.insert(next) {
            return None; // A loop further on, which is the finding of the qubes in it.
        }
        at = next;
    }
    None
}

fn disposables(desired: &Desired, name: &QubeName, qube: &Qube) -> Option<(Code, String)> {
    let target = match qube.pref("default_dispvm") {
        Some(Setting::None) => return None,
        Some(Setting::Qube(target)) => target,
        _ => {
            let message = "its default_dispvm is left to the global default, whose disposables are in clear";
            return Some((Code::ForeignDisposables, message.to_owned()));
        }
    };
    match desired.qubes.get(target) {
        Some(other) if other.identity != qube.identity => {
            Some((Code::ForeignDisposables, format!("its disposables are made from `{target}` of identity `{}`", other.identity)))
        }
        Some(other) if other.role != Role::DisposableTemplate => {
            Some((Code::ForeignDisposables, format!("its default_dispvm `{target}` is no disposable template")))
        }
        Some(other) if other.pref("template_for_dispvms") != Some(&Setting::Bool(true)) => {
            Some((Code::ForeignDisposables, format!("its default_dispvm `{target}` lacks template_for_dispvms")))
        }
        Some(_) => None,
        None if target == name => None,
        None => {
            Some((Code::ForeignDisposables, format!("its disposables are made from `{target}`, which is not of its identity")))
        }
    }
}

/// The template that a qube is on, or that its own template comes from.
fn template_of<'a>(desired: &'a Desired, qube: &'a Qube) -> &'a QubeName {
    let template = desired.template_of(qube);
    desired.templates.get(template).map_or(template, |template| &template.base)
}

fn template(desired: &Desired, qube: &Qube) -> Option<(Code, String)> {
    let template = template_of(desired, qube);
    let runs_tor = template.as_str().starts_with("whonix-gateway-");
    if runs_tor == (qube.role == Role::Gateway) {
        return None;
    }
    let what = if runs_tor { "runs Tor for others" } else { "is no Whonix gateway, and would lead everything into the clearnet" };
    Some((Code::GatewayTemplate, format!("it is a {} on `{template}`, which {what}", qube.role)))
}

fn tags(desired: &Desired, qube: &Qube, release: Release) -> Vec<(Code, String)> {
    let mut found = Vec::new();
    let has = |tag: &str| qube.tags.iter().any(|have| have.as_str() == tag);
    let template = template_of(desired, qube);
    for tag in release.whonix_tags(template.as_str()) {
        if !has(tag) {
            found.push((Code::WhonixTag, format!("the tag `{tag}` is missing, which qubes on `{template}` need")));
        }
    }
    if !qube.tags.contains(&isolated_tag()) {
        found.push((Code::IsolationTag, format!("the tag `{}` is missing", isolated_tag())));
    }
    if qube.role != Role::Gateway && !qube.tags.contains(&qube.identity.tag()) {
        found.push((Code::IsolationTag, format!("the tag `{}` is missing", qube.identity.tag())));
    }
    for tag in qube.tags.iter().filter(|tag| tag.as_str().starts_with("halite-identity-")) {
        if qube.role == Role::Gateway || *tag != qube.identity.tag() {
            found.push((Code::IsolationTag, format!("the tag `{tag}` would open another identity's flows to it")));
        }
    }
    found
}
