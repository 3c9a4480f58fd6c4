//! A desired state that keeps all rules, and how one is judged.

use std::collections::BTreeMap;

use halite::base::{Digest, FileMode, Handle};
use halite::check::{self, Report};
use halite::compile;
use halite::model::{
    Class, Desired, Identity, Label, Mode, Qube, Release, Role, Setting, StagedFile, isolated_tag, property, whonix,
};
use halite::qrexec::parse_policy;

/// Holds a state to the rules, with the policy that halite compiles for it.
pub fn judge(desired: &Desired, release: Release) -> Report {
    judge_with(desired, &compile::policy(desired, release, "sound"), release)
}

/// Holds a state to the rules, with this policy.
pub fn judge_with(desired: &Desired, policy: &str, release: Release) -> Report {
    check::check(desired, parse_policy(policy).unwrap(), release)
}

/// Two identities over Tor and one in clear, all rules kept.
pub fn sound(release: Release) -> Desired {
    let mut desired = Desired { update_gateway: Some(whonix::stock_gateway()), ..Desired::default() };
    for (handle, mode) in [("a", Mode::Anonymous), ("b", Mode::NonAnonymousOverTor), ("c", Mode::NonAnonymous)] {
        let identity = Identity { accounts: [format!("{handle}-mail").parse().unwrap()].into(), ..Identity::new(mode) };
        let handle: Handle = handle.parse().unwrap();
        desired.identities.insert(handle.clone(), identity);
        let template = if mode.over_tor() { "whonix-workstation" } else { "debian" };
        let gateway = format!("{handle}-gw");
        let netvm = if mode.over_tor() { gateway.as_str() } else { "sys-firewall" };
        if mode.over_tor() {
            insert(&mut desired, netvm, qube(release, Role::Gateway, &handle, "whonix-gateway", "sys-firewall", None));
        }
        let dvm = format!("{handle}-dvm");
        for (name, role) in [(format!("{handle}-ws"), Role::Workstation), (dvm.clone(), Role::DisposableTemplate)] {
            let mut member = qube(release, role, &handle, template, netvm, Some(&dvm));
            if mode.over_tor() {
                let text = whonix::sdwdate_gui_contents(&gateway.parse().unwrap(), release);
                let file = StagedFile { blake3: Digest::of(text.as_bytes()), mode: FileMode::Plain, sensitive: false };
                member.files.insert(whonix::sdwdate_gui_file(), file);
                member.prefs.insert(property("keyboard_layout"), Setting::Text("us++".to_owned()));
                member.prefs.insert(property("audiovm"), Setting::None);
            }
            insert(&mut desired, &name, member);
        }
    }
    desired
}

pub fn insert(desired: &mut Desired, name: &str, qube: Qube) {
    desired.qubes.insert(name.parse().unwrap(), qube);
}

/// A qube on the stock template that `template` stands for.
pub fn qube(release: Release, role: Role, identity: &Handle, template: &str, netvm: &str, dispvm: Option<&str>) -> Qube {
    let template = release.stock_template(template).unwrap();
    let mut tags = vec![isolated_tag()];
    if role != Role::Gateway {
        tags.push(identity.tag());
    }
    tags.extend(release.whonix_tags(template.as_str()).map(|tag| tag.parse().unwrap()));
    let dispvm = dispvm.map_or(Setting::None, |name| Setting::Qube(name.parse().unwrap()));
    Qube {
        role,
        class: Class::App,
        identity: identity.clone(),
        template,
        label: Label::Red,
        prefs: BTreeMap::from([
            (property("netvm"), Setting::Qube(netvm.parse().unwrap())),
            (property("default_dispvm"), dispvm),
            (property("provides_network"), Setting::Bool(role == Role::Gateway)),
            (property("template_for_dispvms"), Setting::Bool(role == Role::DisposableTemplate)),
        ]),
        tags: tags.into_iter().collect(),
        features: BTreeMap::new(),
        private_volume: None,
        files: BTreeMap::new(),
        configuration: None,
        firewall: None,
    }
}
