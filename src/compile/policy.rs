//! The policy of a bundle: what may flow inside an identity, and a wall around each.
//!
//! The first rule that matches decides, so each identity's few permissions come first, and the wall after all of them. The wall is
//! written for one tag that every qube of every identity carries, so that it also holds for qubes that a later bundle no longer
//! names. It denies service by service, since a wildcard to `@anyvm` would also stop notifications, updates and Whonix's clock
//! (`docs/architecture.md`, "Policy"). The flows that a recipe declares come before everything else.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::base::{Handle, QubeName};
use crate::model::{Answer, Desired, Flow, Identity, Release, Role, isolated_tag, updated_over_tor_tag, whonix};
use crate::qrexec::{Action, Call, Clause, Origin, Permission, Rule, Token};

/// For what programs ask by themselves, again and again: a pop-up each second would teach people to ignore them.
const DENY_QUIETLY: Action = Action::Deny { notify: false };
const DENY: Action = Action::Deny { notify: true };

fn ask() -> Action {
    Action::Ask { permission: Permission::default(), default_target: None }
}

fn ask_disposable() -> Action {
    Action::Ask { permission: Permission::default(), default_target: Some(Token::Disposable) }
}

/// For Whonix's own services: they must not start a qube of an identity that is shut down.
fn allow_running() -> Action {
    Action::Allow(Permission { autostart: false, ..Permission::default() })
}

/// Services by which data moves at the user's word.
const COPY: [&str; 2] = ["qubes.Filecopy", "qubes.ClipboardPaste"];
/// Services that open something elsewhere, by default in a disposable.
const OPEN: [&str; 3] = ["qubes.OpenInVM", "qubes.OpenURL", "qubes.StartApp"];
/// Further services that move data or give control, which stock policy allows or asks for between any two qubes.
const OTHER: [&str; 3] = ["qubes.GetImageRGBA", "qubes.Gpg", "qubes.GpgImportKey"];
/// Services that dom0 offers to qubes, too: its screen, and a camera.
const OF_DOM0: [&str; 2] = ["qvc.ScreenShare", "qvc.Webcam"];
/// What templates reach their distribution's packages through.
const UPDATES: &str = "qubes.UpdatesProxy";

/// The text of the policy file. It names no serial: a policy that stays the same is not put in place again.
pub fn policy(desired: &Desired, release: Release, bundle: &str) -> String {
    let mut text = format!("# Compiled by halite for the bundle {bundle}. Change the recipe, not this file.\n");
    for (handle, declared) in &desired.flows {
        flow(&mut text, handle, declared);
    }
    let mut members: BTreeMap<&Handle, Vec<(&QubeName, Role)>> = BTreeMap::new();
    for (name, qube) in &desired.qubes {
        members.entry(&qube.identity).or_default().push((name, qube.role));
    }
    for (handle, declared) in &desired.identities {
        identity(&mut text, release, handle, declared, members.get(handle).map_or(&[], Vec::as_slice));
    }
    if let Some(gateway) = &desired.update_gateway {
        updates(&mut text, gateway);
    }
    wall(&mut text, release, &walled(desired));
    text
}

fn flow(text: &mut String, handle: &Handle, flow: &Flow) {
    let (from, to) = (&flow.from, &flow.to);
    comment(text, &format!("Flow {handle}: from {from} to {to}."));
    for service in &flow.services {
        let action = match flow.answer {
            Answer::Ask => ask(),
            Answer::Allow => Action::Allow(Permission::default()),
        };
        rule(text, service.as_str(), None, Token::Qube(from.to_string()), Token::Qube(to.to_string()), action);
    }
}

fn identity(text: &mut String, release: Release, handle: &Handle, identity: &Identity, members: &[(&QubeName, Role)]) {
    let own = || Token::Tag(handle.tag().to_string());
    let of = |role| members.iter().filter(move |(_, own)| *own == role).map(|(name, _)| *name);
    let has_disposables = of(Role::DisposableTemplate).next().is_some();
    let has_several = has_disposables || members.iter().filter(|(_, role)| role.holds_applications()).count() > 1;
    let vaults: Vec<_> = of(Role::Vault).collect();
    if has_several || !vaults.is_empty() {
        comment(text, &format!("Identity {handle}, {}: inside it, the user is asked.", identity.mode));
    }
    for service in COPY {
        if has_several {
            rule(text, service, None, own(), own(), ask());
        }
        for vault in &vaults {
            rule(text, service, None, own(), Token::Qube(vault.to_string()), ask());
        }
    }
    for service in OPEN.into_iter().filter(|_| has_several) {
        if has_disposables {
            rule(text, service, None, own(), Token::Disposable, ask_disposable());
        }
        rule(text, service, None, own(), own(), ask());
        rule(text, service, None, own(), Token::Default, ask());
    }
    if has_disposables {
        rule(text, "qubes.GetImageRGBA", None, own(), Token::Disposable, Action::Allow(Permission::default()));
    }
    for gateway in of(Role::Gateway).chain(&identity.existing_gateway) {
        comment(text, &format!("Identity {handle}: Whonix's own services, with its own gateway {gateway} alone."));
        let gateway = || Token::Qube(gateway.to_string());
        for service in whonix::to_gateway(release) {
            rule(text, service, None, own(), gateway(), allow_running());
        }
        for (service, arguments) in whonix::TO_WORKSTATION {
            for argument in arguments {
                rule(text, service, Some(argument), gateway(), own(), allow_running());
            }
        }
    }
}

/// Templates of modes over Tor, Whonix's or not, through one gateway that serves no identity.
fn updates(text: &mut String, gateway: &QubeName) {
    let templates = || Token::Tag(updated_over_tor_tag().to_string());
    let to_gateway = Permission { target: Some(Token::Qube(gateway.to_string())), ..Permission::default() };
    comment(text, &format!("Templates that modes over Tor use are updated through {gateway}, and through nothing else."));
    rule(text, UPDATES, None, templates(), Token::Default, Action::Allow(to_gateway));
    rule(text, UPDATES, None, templates(), Token::AnyVm, DENY);
}

/// Everything that is walled in: what carries the tag, and the gateways that dom0 has already, which do not.
fn walled(desired: &Desired) -> Vec<Token> {
    let existing = desired.identities.values().filter_map(|identity| identity.existing_gateway.as_ref());
    let tagged = Token::Tag(isolated_tag().to_string());
    [tagged].into_iter().chain(existing.map(|gateway| Token::Qube(gateway.to_string()))).collect()
}

fn wall(text: &mut String, release: Release, walled: &[Token]) {
    let tagged = || isolated_tag().to_string();
    comment(text, "The wall: nothing else leaves an identity, and nothing else enters one.");
    for service in COPY.into_iter().chain(OPEN).chain(OTHER).chain(OF_DOM0) {
        for isolated in walled {
            rule(text, service, None, isolated.clone(), Token::AnyVm, DENY);
            rule(text, service, None, Token::AnyVm, isolated.clone(), DENY);
        }
        // A disposable that does not exist yet has no tags; its template has.
        rule(text, service, None, Token::AnyVm, Token::DisposableTagged(tagged()), DENY);
    }
    for service in OF_DOM0 {
        walled.iter().for_each(|isolated| rule(text, service, None, isolated.clone(), Token::AdminVm, DENY));
    }
    comment(text, "The same for what Whonix asks by itself; no pop-ups.");
    for service in whonix::to_gateway(release).chain(whonix::TO_WORKSTATION.map(|(service, _)| service)) {
        for isolated in walled {
            rule(text, service, None, isolated.clone(), Token::AnyVm, DENY_QUIETLY);
            rule(text, service, None, Token::AnyVm, isolated.clone(), DENY_QUIETLY);
        }
    }
    comment(text, "And for every service that is not named above, between any two of them.");
    for (source, target) in walled.iter().flat_map(|source| walled.iter().map(move |target| (source.clone(), target.clone()))) {
        let wildcard = Clause { source, target, action: DENY, origin: Origin::nowhere() };
        let wildcard = Rule::new(Call { service: None, argument: None }, wildcard);
        writeln!(text, "{wildcard}").expect("writing to a string");
    }
}

fn comment(text: &mut String, comment: &str) {
    writeln!(text, "\n# {comment}").expect("writing to a string");
}

fn rule(text: &mut String, service: &str, argument: Option<&str>, source: Token, target: Token, action: Action) {
    let call = Call { service: Some(service.to_owned()), argument: argument.map(str::to_owned) };
    let rule = Rule::new(call, Clause { source, target, action, origin: Origin::nowhere() });
    writeln!(text, "{rule}").expect("writing to a string");
}
