//! Each rule broken once, on a desired state that keeps all of them.

use halite::base::{Digest, FileMode, Handle};
use halite::check::Code;
use halite::model::{
    About, Answer, Desired, Exception, Flow, Identity, Qube, Release, Role, Setting, StagedFile, Template, isolated_tag, property,
};

use crate::sound::{insert, judge, judge_with, qube, sound};

#[test]
fn a_sound_state_passes() {
    for release in Release::ALL {
        assert_eq!(judge(&sound(release), release).findings, []);
    }
}

/// Breaks the sound state in one way and expects exactly one code, at one subject.
#[track_caller]
fn case(code: Code, subject: &str, message: &str, edit: impl FnOnce(&mut Desired)) {
    let mut desired = sound(Release::R4_3);
    edit(&mut desired);
    let findings = judge(&desired, Release::R4_3).findings;
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
        "its netvm `b-gw` is a gateway of identity `b`, not a gateway of its own `a`; a-ws → b-gw → sys-firewall",
        |d| set(d, "a-ws", "netvm", to("b-gw")),
    );
    case(Code::NotBehindGateway, "qube `a-dvm`", "its netvm `sys-whonix` is not a gateway of identity `a`", |d| {
        set(d, "a-dvm", "netvm", to("sys-whonix"))
    });
    case(
        Code::NotBehindGateway,
        "qube `c-ws`",
        "its netvm `a-gw` belongs to identity `a`; c-ws → a-gw → sys-firewall",
        |d| set(d, "c-ws", "netvm", to("a-gw")),
    );
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
    case(Code::IsolationTag, "qube `a-ws`", "the tag `halite-identity-b` would open that identity's flows to it", |d| {
        edit(d, "a-ws").tags.insert("halite-identity-b".parse().unwrap());
    });
    case(Code::OfflineQube, "qube `a-ws`", "it is a vault, and its netvm is `a-gw`", |d| {
        let vault = edit(d, "a-ws");
        vault.role = Role::Vault;
        vault.tags.remove(&"halite-identity-a".parse().unwrap());
    });
    case(Code::ThroughTor, "qube `c-ws`", "its netvm `sys-whonix` is a Tor gateway, and identity `c` is in clear", |d| {
        set(d, "c-ws", "netvm", to("sys-whonix"))
    });
    let message = "it lacks `/usr/local/etc/sdwdate-gui.d/50_user.conf`, which would name its gateway `a-gw`";
    case(Code::SdwdateGui, "qube `a-ws`", message, |d| edit(d, "a-ws").files.clear());
    let message = "its `/usr/local/etc/sdwdate-gui.d/50_user.conf` does not name its gateway `a-gw` alone";
    case(Code::SdwdateGui, "qube `a-ws`", message, |d| put(d, "a-ws", "/usr/local/etc/sdwdate-gui.d/50_user.conf"));
    case(Code::ForeignQube, "qube `a-ws`", "its audiovm is `c-ws` of identity `c`", |d| set(d, "a-ws", "audiovm", to("c-ws")));
    case(Code::ForeignQube, "qube `a-ws`", "its management_dispvm is `b-dvm` of identity `b`", |d| {
        set(d, "a-ws", "management_dispvm", to("b-dvm"))
    });
    let message = "it starts with the computer, before anybody has chosen an identity";
    case(Code::StartsByItself, "qube `a-gw`", message, |d| set(d, "a-gw", "autostart", Setting::Bool(true)));
    case(Code::SharedAccount, "identity `b`", "the account `a-mail` is also one of identity `a`", |d| {
        d.identities.get_mut(&"b".parse().unwrap()).unwrap().accounts.insert("a-mail".parse().unwrap());
    });
    case(Code::BadProperty, "qube `a-ws`", "`xid` is not a property that a bundle may set", |d| {
        set(d, "a-ws", "xid", Setting::Int(1))
    });
    case(Code::BadProperty, "qube `a-ws`", "`memory` cannot be set to `yes`", |d| set(d, "a-ws", "memory", Setting::Bool(true)));
    let message = "`kernel` is `../evil`, and must be a kernel's name, without `/`";
    case(Code::BadProperty, "qube `a-ws`", message, |d| set(d, "a-ws", "kernel", Setting::Text("../evil".to_owned())));
    case(Code::BadProperty, "qube `a-ws`", "the feature `service.` is `1`, and names no service", |d| {
        edit(d, "a-ws").features.insert("service.".parse().unwrap(), "1".to_owned());
    });
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
                insert(d, name, qube(Release::R4_3, Role::Workstation, &"c".parse().unwrap(), "debian", "sys-firewall", None));
            }
        },
    );
    case(
        Code::TemplateName,
        "template `h-x-00000000`",
        "its name is not `h-STEM-` and the hash of its base, packages and files",
        |d| {
            let template = Template::new("debian-13-xfce".parse().unwrap());
            d.templates.insert("h-x-00000000".parse().unwrap(), template);
        },
    );
}

fn staged() -> StagedFile {
    StagedFile { blake3: Digest::of(b""), mode: FileMode::Plain, sensitive: false }
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
        Template { files, ..Template::new("debian-13-xfce".parse().unwrap()) }
    };
    let name = template().clone_name("x").unwrap();
    case(Code::FilePlace, &format!("template `{name}`"), path, |d| drop(d.templates.insert(name.clone(), template())));
    let bridges = "its `/usr/local/etc/torrc.d/50_user.conf` is in the bundle as it is, bridges included";
    case(Code::BridgesInBundle, "qube `a-gw`", bridges, |d| put(d, "a-gw", "/usr/local/etc/torrc.d/50_user.conf"));
    let mut desired = sound(Release::R4_3);
    put(&mut desired, "a-ws", "/usr/local/bin/a");
    assert_eq!(judge(&desired, Release::R4_3).findings, []);
}

#[test]
fn a_netvm_must_provide_network_and_lead_out() {
    let mut desired = sound(Release::R4_3);
    set(&mut desired, "a-gw", "provides_network", Setting::Bool(false));
    let codes: Vec<_> = judge(&desired, Release::R4_3).findings.into_iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::NoNetwork, Code::NoNetwork], "its workstation's and its disposable template's");

    let mut desired = sound(Release::R4_3);
    set(&mut desired, "a-gw", "netvm", to("a-ws"));
    set(&mut desired, "a-ws", "provides_network", Setting::Bool(true));
    let findings = judge(&desired, Release::R4_3).findings;
    assert_eq!(findings.len(), 2, "{findings:#?}");
    assert!(findings.iter().all(|finding| finding.code == Code::NetworkLoop));
    assert_eq!(findings[0].message, "its network path leads back to itself: a-gw → a-ws → a-gw");

    let mut desired = sound(Release::R4_3);
    set(&mut desired, "a-gw", "provides_network", Setting::Bool(false));
    let findings = judge(&desired, Release::R4_3).findings;
    assert_eq!(findings[0].message, "its netvm `a-gw` does not provide network");
}

#[test]
fn a_qube_of_an_unknown_identity_is_held_to_the_strictest_mode() {
    let mut desired = sound(Release::R4_3);
    edit(&mut desired, "c-ws").identity = "nobody".parse().unwrap();
    let codes: Vec<_> = judge(&desired, Release::R4_3).findings.into_iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&Code::Dangling) && codes.contains(&Code::NotBehindGateway), "{codes:?}");
    let message = "its identity `nobody` is not in the bundle";
    assert!(judge(&desired, Release::R4_3).findings.iter().any(|finding| finding.message == message));
}

#[test]
fn a_property_must_be_one_of_the_release() {
    let mut desired = sound(Release::R4_3);
    set(&mut desired, "a-ws", "devices_denied", Setting::Text("m".to_owned()));
    let message = "`devices_denied` does not exist before r4.3";
    let has = |release| judge(&desired, release).findings.iter().any(|finding| finding.message == message);
    assert!(has(Release::R4_2) && !has(Release::R4_3));
}

fn identity<'a>(desired: &'a mut Desired, handle: &str) -> &'a mut Identity {
    desired.identities.get_mut(&handle.parse().unwrap()).unwrap()
}

/// Puts a qube of this role and netvm beside the others.
fn beside(desired: &mut Desired, name: &str, role: Role, handle: &str, netvm: &str) {
    let mut own = qube(Release::R4_3, role, &handle.parse().unwrap(), "fedora", netvm, None);
    own.template = "h-vpn-00000000".parse().unwrap();
    let template =
        Template { tags: [halite::model::updated_over_tor_tag()].into(), ..Template::new("fedora-42-xfce".parse().unwrap()) };
    own.template = template.clone_name("vpn").unwrap();
    desired.templates.insert(own.template.clone(), template);
    if role.provides_network() {
        own.prefs.insert(property("provides_network"), Setting::Bool(true));
        own.configuration = Some("p".parse().unwrap());
        own.tags.remove(&handle.parse::<Handle>().unwrap().tag());
    }
    insert(desired, name, own);
}

#[test]
fn vpns_are_of_one_chain() {
    // user → VPN → Tor, and user → Tor → VPN.
    let mut desired = sound(Release::R4_3);
    beside(&mut desired, "a-vpn", Role::Vpn, "a", "sys-firewall");
    set(&mut desired, "a-gw", "netvm", to("a-vpn"));
    beside(&mut desired, "b-vpn", Role::Vpn, "b", "b-gw");
    edit(&mut desired, "b-vpn").configuration = Some("q".parse().unwrap());
    set(&mut desired, "b-ws", "netvm", to("b-vpn"));
    assert_eq!(judge(&desired, Release::R4_3).findings, []);

    case(Code::SharedVpn, "qube `b-vpn`", "its VPN `p` is also that of `a-vpn`", |d| {
        beside(d, "a-vpn", Role::Vpn, "a", "sys-firewall");
        beside(d, "b-vpn", Role::Vpn, "b", "sys-firewall");
    });
    case(Code::Upstream, "qube `a-gw`", "its netvm `b-vpn` is a VPN qube of identity `b`", |d| {
        beside(d, "b-vpn", Role::Vpn, "b", "sys-firewall");
        set(d, "a-gw", "netvm", to("b-vpn"));
    });
    let message = "its netvm `sys-firewall` is not a gateway of identity `a`; a-ws → a-vpn → sys-firewall";
    case(Code::NotBehindGateway, "qube `a-ws`", message, |d| {
        beside(d, "a-vpn", Role::Vpn, "a", "sys-firewall");
        set(d, "a-ws", "netvm", to("a-vpn"));
    });
    let message = "its netvm `b-gw` is a gateway, and not one of its own identity `a`; a-vpn → b-gw → sys-firewall";
    case(Code::NotBehindGateway, "qube `a-vpn`", message, |d| beside(d, "a-vpn", Role::Vpn, "a", "b-gw"));
    let message = "it is a gateway behind the gateway `sys-whonix`: Tor over Tor; a-gw → a-vpn → sys-whonix";
    let mut desired = sound(Release::R4_3);
    beside(&mut desired, "a-vpn", Role::Vpn, "a", "sys-whonix");
    set(&mut desired, "a-gw", "netvm", to("a-vpn"));
    let findings = judge(&desired, Release::R4_3).findings;
    assert!(findings.iter().any(|finding| finding.code == Code::TorOverTor && finding.message == message), "{findings:#?}");
}

#[test]
fn gateways_are_of_one_identity() {
    let existing = |d: &mut Desired, handle: &str, gateway: &str| {
        d.qubes.remove(&format!("{handle}-gw").parse().unwrap());
        identity(d, handle).existing_gateway = Some(gateway.parse().unwrap());
        for name in [format!("{handle}-ws"), format!("{handle}-dvm")] {
            set(d, &name, "netvm", to(gateway));
            let text = halite::model::whonix::sdwdate_gui_contents(&gateway.parse().unwrap(), Release::R4_3);
            let file = StagedFile { blake3: Digest::of(text.as_bytes()), ..staged() };
            edit(d, &name).files.insert(halite::model::whonix::sdwdate_gui_file(), file);
        }
    };
    let mut desired = sound(Release::R4_3);
    existing(&mut desired, "a", "my-gw");
    assert_eq!(judge(&desired, Release::R4_3).findings, []);
    let message = "`b-ws` is said to be in dom0 already, and is a qube of the bundle";
    case(Code::NameTaken, "identity `a`", message, |d| {
        identity(d, "a").existing_gateway = Some("b-ws".parse().unwrap());
    });
    case(Code::SharedGateway, "identity `b`", "its gateway `my-gw` is also that of identity `a`", |d| {
        existing(d, "a", "my-gw");
        existing(d, "b", "my-gw");
    });
    case(Code::SharedGateway, "identity `a`", "its gateway `sys-whonix` is the one that templates are updated through", |d| {
        existing(d, "a", "sys-whonix");
    });
    let message = "templates are updated through `a-gw`, which is a gateway of identity `a`";
    case(Code::SharedGateway, "the bundle", message, |d| d.update_gateway = Some("a-gw".parse().unwrap()));
    let message = "it says no gateway that templates are updated through, and has identities over Tor";
    case(Code::UpdateGateway, "the bundle", message, |d| d.update_gateway = None);
}

/// Gives a qube a template of halite's own, cloned from this one.
fn on_clone(desired: &mut Desired, name: &str, base: &str, packages: &[&str], tags: &[&str]) {
    let template = Template {
        packages: packages.iter().map(|package| package.parse().unwrap()).collect(),
        tags: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
        ..Template::new(Release::R4_3.stock_template(base).unwrap())
    };
    let clone = template.clone_name("x").unwrap();
    edit(desired, name).template = clone.clone();
    desired.templates.insert(clone, template);
}

const OVER_TOR: &[&str] = &["halite-over-tor"];

#[test]
fn templates_and_what_is_in_them() {
    let name = |base: &str, packages: &[&str]| {
        let mut desired = sound(Release::R4_3);
        on_clone(&mut desired, "a-ws", base, packages, &[]);
        desired.templates.keys().next().unwrap().to_string()
    };
    let subject = format!("template `{}`", name("whonix-workstation", &[]));
    let message = "an identity over Tor uses it, and the tag `halite-over-tor` is missing";
    case(Code::UpdatesInClear, &subject, message, |d| on_clone(d, "a-ws", "whonix-workstation", &[], &[]));
    let without_whonix = |d: &mut Desired, name: &str| {
        for tag in ["anon-vm", "sdwdate-gui-client"] {
            edit(d, name).tags.remove(&tag.parse().unwrap());
        }
        edit(d, name).files.clear();
    };
    case(
        Code::NotWhonix,
        "qube `a-ws`",
        "it is a workstation in mode 1 on `fedora-42-xfce`, which is no Whonix workstation",
        |d| {
            without_whonix(d, "a-ws");
            on_clone(d, "a-ws", "fedora", &[], OVER_TOR);
        },
    );
    case(
        Code::NotWhonixKnown,
        "qube `b-ws`",
        "it is a workstation in mode 3 on `fedora-42-xfce`, which is no Whonix workstation",
        |d| {
            without_whonix(d, "b-ws");
            on_clone(d, "b-ws", "fedora", &[], OVER_TOR);
        },
    );
    let mut desired = sound(Release::R4_3);
    without_whonix(&mut desired, "b-ws");
    edit(&mut desired, "b-ws").template = "fedora-42-xfce".parse().unwrap();
    let findings = judge(&desired, Release::R4_3).findings;
    assert!(findings.iter().any(|finding| {
        finding.code == Code::UpdatesInClear && finding.message == "its template `fedora-42-xfce` is updated in clear"
    }));
    let subject = format!("template `{}`", name("whonix-workstation", &["chromium"]));
    let message = "`chromium` is another browser than Tor Browser, and an identity in mode 1 uses the template";
    case(Code::Browser, &subject, message, |d| on_clone(d, "a-ws", "whonix-workstation", &["chromium"], OVER_TOR));
    let subject = format!("template `{}`", name("whonix-workstation", &["webext-noscript"]));
    let message = "`webext-noscript` is an extension of a browser, and an identity in mode 1 uses the template";
    case(Code::Browser, &subject, message, |d| on_clone(d, "a-ws", "whonix-workstation", &["webext-noscript"], OVER_TOR));
    case(Code::Browser, "identity `a`", "its application `firefox` is another browser than Tor Browser", |d| {
        identity(d, "a").applications.insert("firefox".parse().unwrap());
    });
    let clone = name("whonix-workstation", &[]);
    let message = format!("its template `{clone}` serves mode 3, and `a-ws` in mode 1, too");
    case(Code::SharedTemplate, "qube `b-ws`", &message, |d| {
        on_clone(d, "a-ws", "whonix-workstation", &[], OVER_TOR);
        on_clone(d, "b-ws", "whonix-workstation", &[], OVER_TOR);
    });
}

#[test]
fn what_gives_identities_away() {
    case(Code::Keyboard, "identity `a`", "nobody chose which keyboard layout its qubes see; `a-ws` sees what dom0 has", |d| {
        edit(d, "a-ws").prefs.remove(&property("keyboard_layout"));
    });
    case(Code::Audio, "identity `b`", "nobody chose whether its qubes have sound; `b-dvm` sees what dom0 has", |d| {
        edit(d, "b-dvm").prefs.remove(&property("audiovm"));
    });
    case(Code::SharedDestination, "identity `b`", "it reaches `forum` in mode 3, and identity `a` does so in mode 1", |d| {
        for handle in ["a", "b"] {
            identity(d, handle).destinations.insert("forum".parse().unwrap());
        }
    });
    case(Code::SharedDestination, "identity `c`", "it reaches `mail` in mode 4, and identity `b` does so in mode 3", |d| {
        for handle in ["b", "c"] {
            identity(d, handle).destinations.insert("mail".parse().unwrap());
        }
    });
    let rules = || Some(vec!["action=drop".parse().unwrap()]);
    let message = "it has firewall rules, which the Whonix gateway `a-gw` does not enforce";
    case(Code::FirewallWithoutEffect, "qube `a-ws`", message, |d| edit(d, "a-ws").firewall = rules());
    let message = "it has firewall rules, and no netvm that would enforce them";
    case(Code::FirewallWithoutEffect, "qube `c-ws`", message, |d| {
        set(d, "c-ws", "netvm", Setting::None);
        edit(d, "c-ws").firewall = rules();
    });
    let mut desired = sound(Release::R4_3);
    edit(&mut desired, "c-ws").firewall = rules();
    assert_eq!(judge(&desired, Release::R4_3).findings, [], "its netvm is one that enforces them");
}

#[test]
fn what_computers_and_systems_can_hold() {
    let message = "its qubes start with 1200 MiB together, and the computer has 1199 MiB for qubes";
    let mut desired = sound(Release::R4_3);
    desired.memory = Some(1199);
    let findings = judge(&desired, Release::R4_3).findings;
    let found: Vec<_> = findings.iter().map(|finding| (finding.code, finding.message.as_str())).collect();
    assert_eq!(found, [(Code::MemoryTotal, message), (Code::MemoryTotal, message)]);
    desired.memory = Some(1200);
    assert_eq!(judge(&desired, Release::R4_3).findings, []);

    let mut desired = Desired::default();
    for number in 0..10_000 {
        let vault = qube(Release::R4_3, Role::Vault, &"c".parse().unwrap(), "debian", "sys-firewall", None);
        insert(&mut desired, &format!("q{number}"), vault);
    }
    let message = "it has 10000 qubes and templates; a Qubes system holds 10000, dom0 included";
    assert!(judge(&desired, Release::R4_3).findings.iter().any(|finding| finding.message == message));
}

fn flow(from: &str, to: &str) -> Flow {
    Flow {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        services: ["qubes.Filecopy".parse().unwrap()].into(),
        answer: Answer::Ask,
        reason: "a test".parse().unwrap(),
    }
}

fn declare(desired: &mut Desired, handle: &str, from: &str, to: &str) {
    desired.flows.insert(handle.parse().unwrap(), flow(from, to));
}

#[test]
fn flows_are_between_identities() {
    let mut desired = sound(Release::R4_3);
    declare(&mut desired, "f", "a-ws", "b-ws");
    assert_eq!(judge(&desired, Release::R4_3).findings, [], "declared, and compiled into the policy");
    for (from, to, message) in [
        ("a-ws", "a-dvm", "both ends belong to identity `a`"),
        ("vault", "my-qube", "neither `vault` nor `my-qube` is a qube of the bundle"),
        ("a-ws", "dom0", "dom0 takes part in no flow"),
    ] {
        case(Code::BadFlow, "flow `f`", message, |d| declare(d, "f", from, to));
    }
    let message = "it reaches identity `c`, and no flow says so: a-ws → b-ws (qubes.Filecopy, ask, 32-halite.policy:4) → \
                   c-ws (qubes.Filecopy, ask, 32-halite.policy:7)";
    case(Code::IndirectFlow, "identity `a`", message, |d| {
        declare(d, "f", "a-ws", "b-ws");
        declare(d, "g", "b-ws", "c-ws");
    });
    let message = "it reaches identity `b`, and no flow says so: a-ws → vault (qubes.Filecopy, ask, 32-halite.policy:4) → \
                   b-ws (qubes.Filecopy, ask, 32-halite.policy:7)";
    case(Code::IndirectFlow, "identity `a`", message, |d| {
        declare(d, "f", "a-ws", "vault");
        declare(d, "g", "vault", "b-ws");
    });
    let mut desired = sound(Release::R4_3);
    declare(&mut desired, "f", "a-ws", "vault");
    declare(&mut desired, "g", "vault", "b-ws");
    declare(&mut desired, "h", "a-ws", "b-ws");
    assert_eq!(judge(&desired, Release::R4_3).findings, [], "the whole way is declared");
}

#[test]
fn a_flow_declares_no_more_than_it_says() {
    let services = |desired: &mut Desired, name: &str, service: &str, answer| {
        let flow = desired.flows.get_mut(&name.parse().unwrap()).unwrap();
        (flow.services, flow.answer) = ([service.parse().unwrap()].into(), answer);
    };
    let mut desired = sound(Release::R4_3);
    declare(&mut desired, "f", "a-ws", "b-ws");
    declare(&mut desired, "g", "a-ws", "vault");
    declare(&mut desired, "h", "vault", "b-ws");
    assert_eq!(judge(&desired, Release::R4_3).findings, [], "files, which the user is asked about, go there by a flow");
    services(&mut desired, "g", "qubes.Filecopy", Answer::Allow);
    services(&mut desired, "h", "qubes.Filecopy", Answer::Allow);
    let said = |desired: &Desired| {
        let findings = judge(desired, Release::R4_3).findings;
        findings.into_iter().map(|finding| (finding.code, finding.message)).collect::<Vec<_>>()
    };
    let way = |service: &str| {
        format!("a-ws → vault ({service}, allow, 32-halite.policy:7) → b-ws ({service}, allow, 32-halite.policy:10)")
    };
    let files = way("qubes.Filecopy");
    let message = format!("what it sends reaches, unasked, identity `b`, and no flow says so: {files}");
    assert_eq!(said(&desired), [(Code::IndirectFlow, message)]);
    services(&mut desired, "f", "qubes.VMShell", Answer::Ask);
    services(&mut desired, "g", "admin.vm.Start", Answer::Allow);
    services(&mut desired, "h", "admin.vm.Start", Answer::Allow);
    let commands = way("admin.vm.Start");
    let message = format!("it controls, unasked, identity `b`, and no flow says so: {commands}");
    assert_eq!(said(&desired), [(Code::IndirectFlow, message)]);
    services(&mut desired, "f", "qubes.Filecopy", Answer::Allow);
    assert_eq!(said(&desired)[0].1, format!("it controls identity `b`, and no flow says so: {commands}"));
    services(&mut desired, "f", "admin.vm.Start", Answer::Allow);
    services(&mut desired, "g", "qubes.Filecopy", Answer::Allow);
    services(&mut desired, "h", "qubes.Filecopy", Answer::Allow);
    assert_eq!(said(&desired)[0].1, format!("what it sends reaches identity `b`, and no flow says so: {files}"));
}

#[test]
fn a_flow_is_no_way_around_a_gateway() {
    let mut desired = sound(Release::R4_3);
    declare(&mut desired, "f", "a-ws", "sys-firewall");
    desired.flows.get_mut(&"f".parse().unwrap()).unwrap().services = ["qubes.ConnectTCP".parse().unwrap()].into();
    let findings = judge(&desired, Release::R4_3).findings;
    assert!(findings.iter().all(|finding| finding.code == Code::NetworkByCall) && findings.len() == 1, "{findings:#?}");
}

#[test]
fn whom_a_rule_names_may_be_there() {
    for (code, rule) in [
        (Code::UndeclaredFlow, "* * a-ws personal allow"),
        (Code::UndeclaredFlow, "qubes.Filecopy * personal a-ws allow"),
        (Code::UndeclaredFlow, "qubes.Filecopy * a-ws @tag:unheard-of allow"),
        (Code::UndeclaredFlow, "qubes.VMShell * a-ws fedora-42-xfce allow"),
        (Code::NetworkByCall, "qubes.ConnectTCP * a-ws personal allow"),
        (Code::NetworkByCall, "qubes.UpdatesProxy * a-ws @default allow target=personal"),
        (Code::StatusLeak, "whonix.NewStatus * a-ws personal allow"),
        // A template of disposables may run, as when it is updated.
        (Code::UndeclaredFlow, "qubes.VMShell * c-ws a-dvm allow autostart=no"),
    ] {
        let desired = sound(Release::R4_3);
        let policy = halite::compile::policy(&desired, Release::R4_3, "sound");
        let findings = judge_with(&desired, &format!("{rule}\n{policy}"), Release::R4_3).findings;
        assert!(findings.iter().any(|finding| finding.code == code), "{rule}: {findings:#?}");
    }
}

#[test]
fn what_comes_back_counts() {
    let gpg = |desired: &mut Desired, name: &str, from: &str| {
        declare(desired, name, from, "vault");
        desired.flows.get_mut(&name.parse().unwrap()).unwrap().services = ["qubes.Gpg".parse().unwrap()].into();
    };
    let mut desired = sound(Release::R4_3);
    gpg(&mut desired, "f", "a-ws");
    assert_eq!(judge(&desired, Release::R4_3).findings, [], "what comes back to the caller is the flow that was declared");
    gpg(&mut desired, "g", "b-ws");
    let found: Vec<_> =
        judge(&desired, Release::R4_3).findings.into_iter().map(|finding| (finding.code, finding.message)).collect();
    let message = |from: &str, to: &str, lines: [u32; 2]| {
        let [one, other] = lines;
        let way = format!("{from}-ws → vault (qubes.Gpg, ask, 32-halite.policy:{one}) → {to}-ws as an answer");
        let text = format!("what it sends may come back to identity `{to}`: {way} (qubes.Gpg, ask, 32-halite.policy:{other})");
        (Code::SharedAnswer, text)
    };
    assert_eq!(found, [message("a", "b", [4, 7]), message("b", "a", [7, 4])]);
}

#[test]
fn a_port_of_another_identity_is_a_way_to_it() {
    policy_case(
        Code::UndeclaredFlow,
        &["`c-ws` may call `b-ws` (qubes.ConnectTCP, allow, 32-halite.policy:1)"],
        first("qubes.ConnectTCP * c-ws b-ws allow"),
    );
}

/// Breaks the policy of the sound state in one way, and expects exactly one code, with these beginnings of messages.
#[track_caller]
fn policy_case(code: Code, messages: &[&str], edit: impl FnOnce(String) -> String) {
    let desired = sound(Release::R4_3);
    let policy = halite::compile::policy(&desired, Release::R4_3, "sound");
    let edited = edit(policy.clone());
    assert_ne!(policy, edited, "the edit does nothing");
    let findings = judge_with(&desired, &edited, Release::R4_3).findings;
    assert!(findings.iter().all(|finding| finding.code == code), "{findings:#?}");
    let said: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
    assert!(said.len() == messages.len() && said.iter().zip(messages).all(|(said, begin)| said.starts_with(begin)), "{said:#?}");
}

fn first(rule: &'static str) -> impl Fn(String) -> String {
    move |policy| format!("{rule}\n{policy}")
}

fn without(rule: &'static str) -> impl Fn(String) -> String {
    move |policy| {
        let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        policy.lines().filter(|line| squeezed(line) != rule).map(|line| format!("{line}\n")).collect()
    }
}

#[test]
fn policies_are_evaluated() {
    policy_case(
        Code::UndeclaredFlow,
        &["`a-ws` may call `b-ws` (qubes.Filecopy, allow, 32-halite.policy:1)"],
        first("qubes.Filecopy * a-ws b-ws allow"),
    );
    policy_case(
        Code::UndeclaredFlow,
        &["`a-ws` may call `sys-usb` (my.Own, ask, 32-halite.policy:1)"],
        first("my.Own * a-ws sys-usb ask"),
    );
    policy_case(
        Code::CommandsDom0,
        &["`a-ws` may call `dom0` (admin.vm.List, allow, 32-halite.policy:1)"],
        first("admin.vm.List * a-ws @adminvm allow"),
    );
    policy_case(
        Code::NetworkByCall,
        &["`a-ws` would reach the network through `sys-net` (qubes.ConnectTCP, allow, 32-halite.policy:1)"],
        first("qubes.ConnectTCP * a-ws sys-net allow"),
    );
    policy_case(
        Code::StatusLeak,
        &["`a-ws` may call `b-gw` (whonix.NewStatus, allow, 32-halite.policy:1)"],
        first("whonix.NewStatus * a-ws b-gw allow autostart=no"),
    );
    policy_case(
        Code::WhonixCut,
        &[
            "whonix.NewStatus from `a disposable of a-dvm` to `a-gw` is denied",
            "whonix.NewStatus from `a-ws` to `a-gw` is denied",
        ],
        without("whonix.NewStatus * @tag:halite-identity-a a-gw allow autostart=no"),
    );
    policy_case(
        Code::WhonixCut,
        &["sdwdate.Connect from `a-ws` to `a-gw` may start a qube that was shut down"],
        first("sdwdate.Connect * a-ws a-gw allow"),
    );
    policy_case(
        Code::WhonixCut,
        &["sdwdate.Connect from `a-ws` to `a-gw` asks the user again and again"],
        first("sdwdate.Connect * a-ws a-gw ask"),
    );
    policy_case(
        Code::PopUp,
        &["a notification pops up whenever it asks for whonix.NewStatus of `sys-whonix`"],
        first("whonix.NewStatus * a-ws sys-whonix deny"),
    );
}

#[test]
fn flows_and_updates_are_answered_as_they_say() {
    let mut desired = sound(Release::R4_3);
    declare(&mut desired, "f", "a-ws", "b-ws");
    on_clone(&mut desired, "a-ws", "whonix-workstation", &[], OVER_TOR);
    let policy = halite::compile::policy(&desired, Release::R4_3, "sound");
    assert_eq!(judge_with(&desired, &policy, Release::R4_3).findings, []);
    let found = |rule: &str| {
        let findings = judge_with(&desired, &format!("{rule}\n{policy}"), Release::R4_3).findings;
        findings.into_iter().map(|finding| (finding.code, finding.message)).collect::<Vec<_>>()
    };
    let message = |text: &str| text.to_owned();
    assert_eq!(
        found("qubes.Filecopy * a-ws b-ws deny"),
        [(Code::FlowDenied, message("the policy answers qubes.Filecopy with deny, not ask (32-halite.policy:1)"))]
    );
    let [(undeclared, _), (code, text)] = found("qubes.Filecopy * a-ws b-ws allow").try_into().unwrap();
    assert_eq!((undeclared, code), (Code::UndeclaredFlow, Code::FlowDenied));
    assert_eq!(text, "the policy answers qubes.Filecopy with allow, not ask (32-halite.policy:1)");
    assert_eq!(
        found("qubes.UpdatesProxy * @tag:halite-over-tor @default allow target=sys-net"),
        [(Code::UpdatesElsewhere, message("it is updated through `sys-net`, not `sys-whonix`"))]
    );
    assert_eq!(
        found("qubes.UpdatesProxy * @anyvm @default deny"),
        [(Code::UpdatesElsewhere, message("it is updated by nobody: the policy does not allow it through `sys-whonix`"))]
    );
}

#[test]
fn exceptions_excuse_what_they_are_about() {
    let exception =
        |code: &str, about: About| Exception { code: code.parse().unwrap(), about, reason: "I know".parse().unwrap() };
    let identity_a = || About::Identity("a".parse().unwrap());
    let mut desired = sound(Release::R4_3);
    edit(&mut desired, "a-ws").prefs.remove(&property("keyboard_layout"));
    desired.exceptions.insert("e".parse().unwrap(), exception("H0308", identity_a()));
    let report = judge(&desired, Release::R4_3);
    assert_eq!(report.findings, []);
    let [excused] = report.excused.try_into().unwrap();
    assert_eq!((excused.finding.code, excused.exception.as_str()), (Code::Keyboard, "e"));
    assert_eq!(excused.reason.to_string(), "I know");

    for (code, about, expected, message) in [
        ("H0308", About::Identity("b".parse().unwrap()), Code::UnusedException, "there is no finding H0308 at this place"),
        ("H0309", identity_a(), Code::UnusedException, "there is no finding H0309 at this place"),
        (
            "H0201",
            identity_a(),
            Code::NoSuchException,
            "H0201 has no exceptions: in modes 1 to 3, every qube reaches the network through its identity's own gateway alone",
        ),
        ("H0999", About::Bundle, Code::NoSuchException, "`H0999`: there is no check of this code; `halite explain` lists all"),
    ] {
        case(expected, "exception `e`", message, |d| {
            d.exceptions.insert("e".parse().unwrap(), exception(code, about));
        });
    }
}
