//! Disposables with names of their own.

use halite::base::{Digest, FileMode};
use halite::check::{Code, Finding};
use halite::model::{Class, Desired, Qube, Release, Role, StagedFile, property};

use crate::sound::{insert, judge, sound};

/// The sound state with a disposable `a-once` of identity `a`.
fn with_disposable(release: Release) -> Desired {
    let mut desired = sound(release);
    let made_from = &desired.qubes[&"a-dvm".parse().unwrap()];
    let mut once = Qube {
        role: Role::Workstation,
        class: Class::Disposable,
        template: "a-dvm".parse().unwrap(),
        files: [].into(),
        ..made_from.clone()
    };
    once.prefs.remove(&property("template_for_dispvms"));
    insert(&mut desired, "a-once", once);
    desired
}

#[test]
fn a_disposable_of_its_own_identity_passes() {
    for release in Release::ALL {
        assert_eq!(judge(&with_disposable(release), release).findings, []);
    }
}

#[track_caller]
fn case(code: Code, message: &str, edit: impl FnOnce(&mut Qube)) -> Finding {
    let mut desired = with_disposable(Release::R4_3);
    edit(desired.qubes.get_mut(&"a-once".parse().unwrap()).unwrap());
    let findings = judge(&desired, Release::R4_3).findings;
    let found: Vec<_> = findings.iter().filter(|finding| finding.code == code).collect();
    assert_eq!(found.len(), 1, "{findings:#?}");
    assert_eq!((found[0].subject.to_string().as_str(), found[0].message.as_str()), ("qube `a-once`", message));
    found[0].clone()
}

#[test]
fn what_it_is_made_from_is_its_identitys() {
    let made_from = |template: &'static str| move |qube: &mut Qube| qube.template = template.parse().unwrap();
    case(Code::ForeignDisposables, "it is made from `b-dvm` of identity `b`", made_from("b-dvm"));
    case(Code::Dangling, "it is made from `a-ws`, which is a workstation", made_from("a-ws"));
    case(Code::Dangling, "it is made from `a-once`, which is a workstation", made_from("a-once"));
    case(
        Code::Dangling,
        "it is made from `whonix-workstation-18-dvm`, which is not in the bundle",
        made_from("whonix-workstation-18-dvm"),
    );
}

#[test]
fn it_keeps_nothing() {
    let message = "it is a disposable, which keeps neither files nor a private volume of its own";
    let help = "put them into the disposable template that it is made from";
    let found = case(Code::FilePlace, message, |qube| qube.private_volume = Some(1 << 30));
    assert_eq!(found.help.as_deref(), Some(help));
    let file = StagedFile { blake3: Digest::of(b""), mode: FileMode::Plain, sensitive: false };
    case(Code::FilePlace, message, |qube| {
        qube.files.insert("/rw/a".parse().unwrap(), file);
    });
}

/// It is held to all that workstations are held to.
#[test]
fn it_is_a_workstation() {
    case(Code::NotBehindGateway, "its netvm `sys-firewall` is not a gateway of identity `a`", |qube| {
        qube.prefs.insert(property("netvm"), halite::model::Setting::Qube("sys-firewall".parse().unwrap()));
    });
    case(Code::IsolationTag, "the tag `halite-identity-a` is missing", |qube| {
        qube.tags.remove(&"halite-identity-a".parse().unwrap());
    });
    case(Code::WhonixTag, "the tag `anon-vm` is missing, which qubes on `whonix-workstation-18` need", |qube| {
        qube.tags.remove(&"anon-vm".parse().unwrap());
    });
}
