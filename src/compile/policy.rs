//! The policy of a bundle: what may flow inside an identity, and a wall around each.
//!
//! The first rule that matches decides, so each identity's few permissions come first, and the wall after all of them. The wall is
//! written for one tag that every qube of every identity carries, so that it also holds for qubes that a later bundle no longer
//! names. It denies service by service, since a wildcard to `@anyvm` would also stop notifications, updates and Whonix's clock
//! (`docs/architecture.md`, "Policy"). The flows that a recipe declares come before everything else.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::base::{Handle, QubeName};
use crate::model::{Answer, Desired, Fact, Flow, Identity, Release, Role, isolated_tag, updated_over_tor_tag};
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
const OTHER: [&str; 4] = ["qubes.GetImageRGBA", "qubes.Gpg", "qubes.GpgImportKey", "qvc.Webcam"];
/// What workstations ask of their gateway by themselves.
const TO_GATEWAY: [&str; 5] =
    ["sdwdate-gui.Connect", "sdwdate-gui.ConnectCheck", "sdwdate.Connect", "sdwdate.ConnectCheck", "whonix.NewStatus"];
/// What a gateway asks of its workstations by itself, with the arguments that stock policy knows.
const TO_WORKSTATION: [(&str, &[&str]); 2] =
    [("whonix.SdwdateStatus", &["+"]), ("whonix.GatewayCommand", &["+restart", "+stop", "+showlog"])];

/// What templates reach their distribution's packages through.
const UPDATES: &str = "qubes.UpdatesProxy";

fn to_gateway(release: Release) -> impl Iterator<Item = &'static str> {
    TO_GATEWAY.into_iter().filter(move |service| release.has(Fact::Service(service)))
}

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
    wall(&mut text, release);
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
    comment(text, &format!("Identity {handle}, {}: inside it, the user is asked.", identity.mode));
    for service in COPY {
        rule(text, service, None, own(), own(), ask());
        for vault in of(Role::Vault) {
            rule(text, service, None, own(), Token::Qube(vault.to_string()), ask());
        }
    }
    let has_disposables = of(Role::DisposableTemplate).next().is_some();
    for service in OPEN {
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
        for service in to_gateway(release) {
            rule(text, service, None, own(), gateway(), allow_running());
        }
        for (service, arguments) in TO_WORKSTATION {
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

fn wall(text: &mut String, release: Release) {
    let isolated = || Token::Tag(isolated_tag().to_string());
    comment(text, "The wall: nothing else leaves an identity, and nothing else enters one.");
    for service in COPY.into_iter().chain(OPEN).chain(OTHER).chain(["qvc.ScreenShare"]) {
        rule(text, service, None, isolated(), Token::AnyVm, DENY);
        rule(text, service, None, Token::AnyVm, isolated(), DENY);
        // A disposable that does not exist yet has no tags; its template has.
        rule(text, service, None, Token::AnyVm, Token::DisposableTagged(isolated_tag().to_string()), DENY);
    }
    rule(text, "qvc.ScreenShare", None, isolated(), Token::AdminVm, DENY);
    comment(text, "The same for what Whonix asks by itself; no pop-ups.");
    for service in to_gateway(release).chain(TO_WORKSTATION.map(|(service, _)| service)) {
        rule(text, service, None, isolated(), Token::AnyVm, DENY_QUIETLY);
        rule(text, service, None, Token::AnyVm, isolated(), DENY_QUIETLY);
    }
    comment(text, "And for every service that is not named above, between any two of them.");
    let wildcard = Clause { source: isolated(), target: isolated(), action: DENY, origin: Origin::nowhere() };
    let wildcard = Rule::new(Call { service: None, argument: None }, wildcard);
    writeln!(text, "{wildcard}").expect("writing to a string");
}

fn comment(text: &mut String, comment: &str) {
    writeln!(text, "\n# {comment}").expect("writing to a string");
}

fn rule(text: &mut String, service: &str, argument: Option<&str>, source: Token, target: Token, action: Action) {
    let call = Call { service: Some(service.to_owned()), argument: argument.map(str::to_owned) };
    let rule = Rule::new(call, Clause { source, target, action, origin: Origin::nowhere() });
    writeln!(text, "{rule}").expect("writing to a string");
}
