//! What may move, in each recipe: decided call by call, in a system that is put together here, beside the policy that Qubes and Whonix
//! install.

use std::collections::BTreeSet;

use halite::compile::Compiled;
use halite::model::{Desired, Qube, Release, Role};
use halite::qrexec::{Outcome, Policy, Power, Request, System, SystemQube, Uuid, parse_policy, running_disposable, stock_beside};

use crate::compiled;

/// Services that move data, or give control.
const SERVICES: [&str; 17] = [
    "qubes.ClipboardPaste",
    "qubes.Filecopy",
    "qubes.GetImageRGBA",
    "qubes.Gpg",
    "qubes.Gpg2",
    "qubes.GpgImportKey",
    "qubes.OpenInVM",
    "qubes.OpenURL",
    "qubes.StartApp",
    "qubes.VMExec",
    "qubes.VMExecGUI",
    "qubes.VMRootShell",
    "qubes.VMShell",
    "qubes.ConnectTCP",
    "qvc.ScreenShare",
    "qvc.Webcam",
    "something.Unheard-of",
];

/// Qubes that dom0 may have besides: a name, tags, its disposables.
const OTHERS: [(&str, &[&str], Option<&str>); 7] = [
    ("sys-net", &[], None),
    ("sys-firewall", &[], None),
    ("sys-usb", &[], None),
    ("sys-whonix", &["anon-gateway", "sdwdate-gui-server"], None),
    ("anon-whonix", &["anon-vm", "sdwdate-gui-client"], Some("default-dvm")),
    ("personal", &[], Some("default-dvm")),
    ("default-dvm", &[], Some("default-dvm")),
];

/// A system to decide calls in.
struct Room {
    policy: Policy,
    system: System,
}

impl Room {
    fn of(compiled: &Compiled, release: Release) -> Self {
        let own = compiled.desired.qubes.iter().map(|(name, qube)| SystemQube {
            is_disposable_template: qube.role == Role::DisposableTemplate,
            default_dispvm: qube.pref_qube("default_dispvm").map(ToString::to_string),
            ..appvm(name.as_str(), qube.tags.iter().map(ToString::to_string).collect())
        });
        let others = OTHERS.iter().map(|(name, tags, disposables)| SystemQube {
            is_disposable_template: *name == "default-dvm",
            default_dispvm: disposables.map(str::to_owned),
            ..appvm(name, tags.iter().map(|tag| (*tag).to_owned()).collect())
        });
        let templates = compiled.desired.templates.iter().map(|(name, template)| {
            let mut tags: BTreeSet<String> = template.tags.iter().map(ToString::to_string).collect();
            // A clone has the tags of what it is cloned from.
            tags.extend(template.base.as_str().starts_with("whonix-").then(|| "whonix-updatevm".to_owned()));
            SystemQube { class: "TemplateVM".to_owned(), power: Power::Halted, ..appvm(name.as_str(), tags) }
        });
        let dom0 = SystemQube { class: "AdminVM".to_owned(), ..appvm("dom0", BTreeSet::new()) };
        let system = System::new(release, own.chain(others).chain(templates).chain([dom0])).with_running_disposables();
        Self { policy: stock_beside(release, parse_policy(&compiled.policy).unwrap()), system }
    }

    /// Where a call may go, whether the user is asked or not.
    fn goes(&self, from: &str, service: &str, to: &str) -> BTreeSet<String> {
        let request = Request { service: Some(service), argument: "+", source: from, target: to };
        match self.policy.decide(&self.system, &request).outcome {
            Outcome::Allow { target, .. } => [target].into(),
            Outcome::Ask { targets, .. } => targets,
            Outcome::Deny(_) => BTreeSet::new(),
        }
    }

    /// Everybody who can call, but for dom0, which needs nobody's leave.
    fn callers(&self) -> impl Iterator<Item = &str> {
        self.system.qubes().iter().map(|qube| qube.name.as_str()).filter(|name| *name != "dom0")
    }

    /// All that a caller can ask for.
    fn targets(&self) -> Vec<String> {
        let templates = self.system.qubes().iter().filter(|qube| qube.is_disposable_template);
        let disposables = templates.map(|template| format!("@dispvm:{}", template.name));
        let words = ["@default", "@dispvm"].map(str::to_owned);
        self.callers().map(str::to_owned).chain(disposables).chain(words).collect()
    }

    /// Every call that may go through: who, by what, where to.
    fn calls(&self) -> Vec<(&str, &'static str, String)> {
        let targets = self.targets();
        let mut calls = Vec::new();
        for from in self.callers() {
            for service in SERVICES {
                let reached: BTreeSet<String> = targets.iter().flat_map(|to| self.goes(from, service, to)).collect();
                calls.extend(reached.into_iter().map(|to| (from, service, to)));
            }
        }
        calls
    }
}

fn appvm(name: &str, tags: BTreeSet<String>) -> SystemQube {
    SystemQube {
        name: name.to_owned(),
        class: "AppVM".to_owned(),
        tags,
        is_disposable_template: false,
        default_dispvm: None,
        power: Power::Running,
        is_internal: false,
        uuid: Uuid::Is(name.to_owned()),
        colour: String::new(),
        relay: None,
        transport: None,
    }
}

/// The qube of the recipe that a name stands for: itself, or the template of a disposable, running or not.
fn own<'a>(desired: &'a Desired, name: &str) -> Option<&'a Qube> {
    let template = name.strip_prefix("@dispvm:").unwrap_or(name);
    desired
        .qubes
        .iter()
        .find(|(own, _)| own.as_str() == template || running_disposable(own.as_str()) == template)
        .map(|(_, own)| own)
}

#[test]
fn nothing_crosses_an_identitys_border() {
    for (name, release, compiled) in compiled() {
        assert!(compiled.desired.flows.is_empty(), "{name} declares no flow");
        let room = Room::of(&compiled, release);
        let identity = |name: &str| own(&compiled.desired, name).map(|qube| &qube.identity);
        let mut inside = 0;
        for (from, service, to) in room.calls() {
            assert_eq!(identity(from), identity(&to), "{name} {release}: {service} from {from} to {to}");
            inside += usize::from(identity(from).is_some());
        }
        assert!(inside > 0, "{name} {release}: something may move inside an identity");
    }
}

#[test]
fn disposables_are_the_callers_own_or_there_are_none() {
    for (name, release, compiled) in compiled() {
        let room = Room::of(&compiled, release);
        for (qube, own) in &compiled.desired.qubes {
            let expected =
                own.pref_qube("default_dispvm").map(|disposable| format!("@dispvm:{disposable}")).into_iter().collect();
            for service in ["qubes.OpenInVM", "qubes.OpenURL", "qubes.StartApp"] {
                let goes = room.goes(qube.as_str(), service, "@dispvm");
                let new: BTreeSet<String> = goes.into_iter().filter(|to| to.starts_with("@dispvm:")).collect();
                assert_eq!(new, expected, "{name} {release}: {service} from {qube}");
            }
        }
    }
}

#[test]
fn templates_of_modes_over_tor_are_updated_through_sys_whonix_and_others_as_ever() {
    for (name, release, compiled) in compiled() {
        let room = Room::of(&compiled, release);
        let desired = &compiled.desired;
        for template in desired.templates.keys() {
            let users = desired.qubes.values().filter(|qube| qube.template == *template);
            let over_tor: BTreeSet<bool> = users.map(|qube| desired.identities[&qube.identity].mode.over_tor()).collect();
            let expected = match over_tor.into_iter().collect::<Vec<_>>()[..] {
                [true] => "sys-whonix",
                [false] => "sys-net",
                ref other => panic!("{name}: {template} is used by {other:?}"),
            };
            for target in ["@default", "sys-net", "sys-firewall", "sys-whonix"] {
                let through = room.goes(template.as_str(), "qubes.UpdatesProxy", target);
                let is_denied = target != "@default" && through.is_empty();
                assert!(is_denied || through == [expected.to_owned()].into(), "{name} {release}: {template}: {through:?}");
            }
        }
    }
}

#[test]
fn the_journalists_vault_receives_from_one_identity_and_gives_to_none() {
    for (_, release, compiled) in compiled().into_iter().filter(|(name, ..)| name == "journalist") {
        let room = Room::of(&compiled, release);
        let calls = room.calls();
        let from: Vec<_> = calls.iter().filter(|(from, ..)| *from == "birch-vault").collect();
        assert!(from.is_empty(), "{release}: {from:?}");
        let to: BTreeSet<_> =
            calls.iter().filter(|(.., to)| to == "birch-vault").map(|(from, service, _)| (*from, *service)).collect();
        let disposable = running_disposable("birch-dvm");
        let senders = ["birch", "birch-dvm", &disposable];
        let expected = senders.iter().flat_map(|from| ["qubes.Filecopy", "qubes.ClipboardPaste"].map(|service| (*from, service)));
        assert_eq!(to, expected.collect(), "{release}");
        assert!(
            compiled.desired.qubes["birch-vault".parse::<halite::base::QubeName>().as_ref().unwrap()]
                .pref_qube("netvm")
                .is_none()
        );
    }
}
