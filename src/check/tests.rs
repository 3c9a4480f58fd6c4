//! Each rule broken once, on a desired state that keeps all of them.

use super::*;
use crate::model::{Class, Identity, Label, Mode, Qube, Role, Setting, StagedFile, isolated_tag, property};

/// Two identities over Tor and one in clear, all rules kept.
fn sound() -> Desired {
    let mut desired = Desired::default();
    for (handle, mode) in [("a", Mode::Anonymous), ("b", Mode::NonAnonymousOverTor), ("c", Mode::NonAnonymous)] {
        let identity = Identity { accounts: [format!("{handle}-mail").parse().unwrap()].into(), ..Identity::new(mode) };
        desired.identities.insert(handle.parse().unwrap(), identity);
        let template = if mode.over_tor() { "whonix-workstation-18" } else { "debian-13-xfce" };
        let netvm = if mode.over_tor() { format!("{handle}-gw") } else { "sys-firewall".to_owned() };
        if mode.over_tor() {
            insert(&mut desired, &netvm, qube(Role::Gateway, handle, "whonix-gateway-18", "sys-firewall", None));
        }
        let dvm = format!("{handle}-dvm");
        insert(&mut desired, &format!("{handle}-ws"), qube(Role::Workstation, handle, template, &netvm, Some(&dvm)));
        insert(&mut desired, &dvm, qube(Role::DisposableTemplate, handle, template, &netvm, Some(&dvm)));
    }
    desired
}

fn insert(desired: &mut Desired, name: &str, qube: Qube) {
    desired.qubes.insert(name.parse().unwrap(), qube);
}

fn qube(role: Role, identity: &str, template: &str, netvm: &str, dispvm: Option<&str>) -> Qube {
    let mut tags = vec![isolated_tag()];
    if role != Role::Gateway {
        tags.push(format!("halite-identity-{identity}").parse().unwrap());
    }
    tags.extend(Release::R4_3.whonix_tags(template).map(|tag| tag.parse().unwrap()));
    let dispvm = dispvm.map_or(Setting::None, |name| Setting::Qube(name.parse().unwrap()));
    Qube {
        class: Class::App,
        role,
        identity: identity.parse().unwrap(),
        template: template.parse().unwrap(),
        label: Label::Red,
        prefs: [
            (property("netvm"), Setting::Qube(netvm.parse().unwrap())),
            (property("default_dispvm"), dispvm),
            (property("provides_network"), Setting::Bool(role == Role::Gateway)),
            (property("template_for_dispvms"), Setting::Bool(role == Role::DisposableTemplate)),
        ]
        .into(),
        tags: tags.into_iter().collect(),
        features: [].into(),
        private_volume: None,
        files: [].into(),
        configuration: None,
        firewall: None,
    }
}

#[test]
fn a_sound_state_passes() {
    assert_eq!(check(&sound(), Release::R4_3), []);
}

/// Breaks the sound state in one way and expects exactly one code, at one subject.
#[track_caller]
fn case(code: Code, subject: &str, message: &str, edit: impl FnOnce(&mut Desired)) {
    let mut desired = sound();
    edit(&mut desired);
    let findings = check(&desired, Release::R4_3);
    let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [code], "{findings:#?}");
    assert_eq!(findings[0].subject.to_string(), subject);
    assert_eq!(findings[0].message, message);
}

fn edit<'a>(desired: &'a mut Desired, name: &str) -> &'a mut Qube {
    desired.qubes.get_mut(&name.parse().unwrap()).unwrap()
}

fn set(desired: &mut Desired, name: &str, pref: &'static str, setting: Setting) {
    edit(desired, name).prefs.insert(property(pref), setting);
}

fn to(name: &str) -> Setting {
    Setting::Qube(name.parse().unwrap())
}

#[test]
fn each_rule_has_its_code() {
    case(Code::NotBehindGateway, "qube `a-ws`", "its netvm `sys-firewall` is not a gateway of identity `a`", |d| {
        set(d, "a-ws", "netvm", to("sys-firewall"))
    });
    case(
        Code::NotBehindGateway,
        "qube `a-ws`",
        "its netvm `b-gw` is a gateway of identity `b`, not a gateway of its own `a`",
        |d| set(d, "a-ws", "netvm", to("b-gw")),
    );
    case(Code::NotBehindGateway, "qube `a-dvm`", "its netvm `sys-whonix` is not a gateway of identity `a`", |d| {
        set(d, "a-dvm", "netvm", to("sys-whonix"))
    });
    case(Code::NotBehindGateway, "qube `c-ws`", "its netvm `a-gw` belongs to identity `a`", |d| {
        set(d, "c-ws", "netvm", to("a-gw"))
    });
    case(Code::DefaultNetvm, "qube `a-ws`", "its netvm is left to the global default, which is in clear", |d| {
        set(d, "a-ws", "netvm", Setting::Default)
    });
    case(Code::DefaultNetvm, "qube `c-ws`", "its netvm is left to the global default, which is in clear", |d| {
        edit(d, "c-ws").prefs.remove(&property("netvm"));
    });
    case(Code::TorOverTor, "qube `a-gw`", "it is a gateway behind the gateway `b-gw`: Tor over Tor", |d| {
        set(d, "a-gw", "netvm", to("b-gw"))
    });
    case(Code::TorOverTor, "qube `a-gw`", "it is a gateway behind the gateway `sys-whonix`: Tor over Tor", |d| {
        set(d, "a-gw", "netvm", to("sys-whonix"))
    });
    case(Code::Upstream, "qube `a-gw`", "its netvm `c-ws` is a workstation of the bundle", |d| {
        set(d, "a-gw", "netvm", to("c-ws"));
        set(d, "c-ws", "provides_network", Setting::Bool(true));
    });
    case(Code::ForeignDisposables, "qube `a-ws`", "its disposables are made from `b-dvm` of identity `b`", |d| {
        set(d, "a-ws", "default_dispvm", to("b-dvm"))
    });
    case(
        Code::ForeignDisposables,
        "qube `a-ws`",
        "its disposables are made from `whonix-workstation-18-dvm`, which is not of its identity",
        |d| set(d, "a-ws", "default_dispvm", to("whonix-workstation-18-dvm")),
    );
    case(
        Code::ForeignDisposables,
        "qube `a-ws`",
        "its default_dispvm is left to the global default, whose disposables are in clear",
        |d| set(d, "a-ws", "default_dispvm", Setting::Default),
    );
    case(Code::ForeignDisposables, "qube `a-dvm`", "its default_dispvm `a-ws` is no disposable template", |d| {
        set(d, "a-dvm", "default_dispvm", to("a-ws"))
    });
    case(Code::ForeignDisposables, "qube `a-dvm`", "its default_dispvm `a-dvm` lacks template_for_dispvms", |d| {
        set(d, "a-dvm", "template_for_dispvms", Setting::Bool(false));
        set(d, "a-ws", "default_dispvm", Setting::None);
    });
    case(Code::WhonixTag, "qube `a-ws`", "the tag `anon-vm` is missing, which qubes on `whonix-workstation-18` need", |d| {
        edit(d, "a-ws").tags.remove(&"anon-vm".parse().unwrap());
    });
    case(
        Code::GatewayTemplate,
        "qube `a-gw`",
        "it is a gateway on `debian-13-xfce`, which is no Whonix gateway, and would lead everything into the clearnet",
        |d| edit(d, "a-gw").template = "debian-13-xfce".parse().unwrap(),
    );
    case(Code::NoNetwork, "qube `a-gw`", "its netvm is dom0, which has no network", |d| set(d, "a-gw", "netvm", to("dom0")));
    case(Code::IsolationTag, "qube `a-gw`", "the tag `halite-isolated` is missing", |d| {
        edit(d, "a-gw").tags.remove(&isolated_tag());
    });
    case(Code::IsolationTag, "qube `a-ws`", "the tag `halite-identity-a` is missing", |d| {
        edit(d, "a-ws").tags.remove(&"halite-identity-a".parse().unwrap());
    });
    case(Code::IsolationTag, "qube `a-ws`", "the tag `halite-identity-b` would open another identity's flows to it", |d| {
        edit(d, "a-ws").tags.insert("halite-identity-b".parse().unwrap());
    });
    case(Code::SharedAccount, "identity `b`", "the account `a-mail` is also one of identity `a`", |d| {
        d.identities.get_mut(&"b".parse().unwrap()).unwrap().accounts.insert("a-mail".parse().unwrap());
    });
    case(Code::BadProperty, "qube `a-ws`", "`xid` is not a property that a bundle may set", |d| {
        set(d, "a-ws", "xid", Setting::Int(1))
    });
    case(Code::BadProperty, "qube `a-ws`", "`memory` cannot be set to `yes`", |d| set(d, "a-ws", "memory", Setting::Bool(true)));
    case(Code::Memory, "qube `a-ws`", "memory is 4000 MiB and maxmem, the most that it gets, 2000 MiB", |d| {
        set(d, "a-ws", "memory", Setting::Int(4000));
        set(d, "a-ws", "maxmem", Setting::Int(2000));
    });
    case(Code::ManagedElsewhere, "qube `a-ws`", "the tag `created-by-dom0` is Qubes' own", |d| {
        edit(d, "a-ws").tags.insert("created-by-dom0".parse().unwrap());
    });
    case(
        Code::ManagedElsewhere,
        "qube `a-ws`",
        "the feature `prohibit-start` is what halite itself keeps qubes safe with",
        |d| {
            edit(d, "a-ws").features.insert("prohibit-start".parse().unwrap(), "x".to_owned());
        },
    );
    case(Code::Dangling, "qube `a-ws`", "its template `h-x-00000000` is not in the bundle", |d| {
        edit(d, "a-ws").template = "h-x-00000000".parse().unwrap();
    });
    case(
        Code::NamesCollide,
        "qube `abcdefghijklmnopqrstuvx`",
        "`abcdefghijklmnopqrstuvx` and `abcdefghijklmnopqrstuvw` begin with the same 21 characters",
        |d| {
            for name in ["abcdefghijklmnopqrstuvw", "abcdefghijklmnopqrstuvx"] {
                insert(d, name, qube(Role::Workstation, "c", "debian-13-xfce", "sys-firewall", None));
            }
        },
    );
    case(
        Code::TemplateName,
        "template `h-x-00000000`",
        "its name is not `h-STEM-` and the hash of its base, packages and files",
        |d| {
            let template = crate::model::Template::new("debian-13-xfce".parse().unwrap());
            d.templates.insert("h-x-00000000".parse().unwrap(), template);
        },
    );
}

fn staged() -> StagedFile {
    StagedFile { blake3: crate::base::Digest::of(b""), mode: crate::base::FileMode::Plain, sensitive: false }
}

fn put(desired: &mut Desired, qube: &str, path: &str) {
    edit(desired, qube).files.insert(path.parse().unwrap(), staged());
}

#[test]
fn files_lie_where_they_are_kept_and_give_nothing_away() {
    case(Code::FilePlace, "qube `a-ws`", "`/etc/a` would be gone with the next start", |d| put(d, "a-ws", "/etc/a"));
    case(Code::FilePlace, "qube `a-ws`", "`/rw/a` is a file, and a directory of another one", |d| {
        put(d, "a-ws", "/rw/a");
        put(d, "a-ws", "/rw/a/b");
    });
    let path = "`/home/user/a` lies in the template's private volume, which no qube on it sees";
    let template = || {
        let files = [("/home/user/a".parse().unwrap(), staged()), ("/etc/a".parse().unwrap(), staged())].into();
        crate::model::Template { files, ..crate::model::Template::new("debian-13-xfce".parse().unwrap()) }
    };
    let name = template().clone_name("x").unwrap();
    case(Code::FilePlace, &format!("template `{name}`"), path, |d| drop(d.templates.insert(name.clone(), template())));
    let bridges = "its `/usr/local/etc/torrc.d/50_user.conf` is in the bundle as it is, bridges included";
    case(Code::BridgesInBundle, "qube `a-gw`", bridges, |d| put(d, "a-gw", "/usr/local/etc/torrc.d/50_user.conf"));
    let mut desired = sound();
    put(&mut desired, "a-ws", "/usr/local/bin/a");
    assert_eq!(check(&desired, Release::R4_3), []);
}

#[test]
fn a_netvm_must_provide_network_and_lead_out() {
    let mut desired = sound();
    set(&mut desired, "a-gw", "provides_network", Setting::Bool(false));
    let codes: Vec<_> = check(&desired, Release::R4_3).into_iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::NoNetwork, Code::NoNetwork], "its workstation's and its disposable template's");

    let mut desired = sound();
    set(&mut desired, "a-gw", "netvm", to("a-ws"));
    set(&mut desired, "a-ws", "provides_network", Setting::Bool(true));
    let findings = check(&desired, Release::R4_3);
    assert_eq!(findings.len(), 2, "{findings:#?}");
    assert!(findings.iter().all(|finding| finding.code == Code::NetworkLoop));
    assert_eq!(findings[0].message, "its network path leads back to itself: a-gw → a-ws → a-gw");

    let mut desired = sound();
    set(&mut desired, "a-gw", "provides_network", Setting::Bool(false));
    let findings = check(&desired, Release::R4_3);
    assert_eq!(findings[0].message, "its netvm `a-gw` does not provide network");
}

#[test]
fn a_qube_of_an_unknown_identity_is_held_to_the_strictest_mode() {
    let mut desired = sound();
    edit(&mut desired, "c-ws").identity = "nobody".parse().unwrap();
    let codes: Vec<_> = check(&desired, Release::R4_3).into_iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&Code::Dangling) && codes.contains(&Code::NotBehindGateway), "{codes:?}");
    let message = "its identity `nobody` is not in the bundle";
    assert!(check(&desired, Release::R4_3).iter().any(|finding| finding.message == message));
}

#[test]
fn a_property_must_be_one_of_the_release() {
    let mut desired = sound();
    set(&mut desired, "a-ws", "devices_denied", Setting::Text("m".to_owned()));
    let message = "`devices_denied` does not exist before r4.3";
    let has = |release| check(&desired, release).iter().any(|finding| finding.message == message);
    assert!(has(Release::R4_2) && !has(Release::R4_3));
}
