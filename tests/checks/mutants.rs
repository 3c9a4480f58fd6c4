//! Shipped recipes, broken in every way that the checks are for: each mutant is found, by the code that is meant and by no other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use halite::base::{Handle, QubeName, Tag};
use halite::check::{Code, Finding, Report};
use halite::model::{
    Answer, Desired, FirewallRule, Flow, Mode, Qube, Release, Role, Setting, Template, isolated_tag, property,
    updated_over_tor_tag, whonix,
};
use halite::{compile, recipe};

use crate::sound::judge_with;

/// A bundle's desired state and policy.
#[derive(Clone)]
pub struct Subject {
    pub desired: Desired,
    pub policy: String,
    pub release: Release,
}

impl Subject {
    /// What a recipe comes to.
    pub fn of(folder: &Path, release: Release) -> Self {
        let compiled = compile::desired(&recipe::load(folder).unwrap(), release);
        Self { desired: compiled.desired, policy: compiled.policy, release }
    }

    pub fn judge(&self) -> Report {
        judge_with(&self.desired, &self.policy, self.release)
    }

    fn find(&self, wanted: impl Fn(&QubeName, &Qube) -> bool) -> Option<QubeName> {
        self.desired.qubes.iter().find(|(name, qube)| wanted(name, qube)).map(|(name, _)| name.clone())
    }

    fn mode(&self, qube: &Qube) -> Mode {
        self.desired.identities[&qube.identity].mode
    }

    /// The first qube of this role of an identity over Tor.
    fn tor(&self, role: Role) -> Option<QubeName> {
        self.find(|_, qube| qube.role == role && self.mode(qube).over_tor())
    }

    /// The first qube of this role of another identity than that of this qube.
    fn other(&self, than: &QubeName, role: Role) -> Option<QubeName> {
        let own = self.identity(than);
        self.find(|_, qube| qube.role == role && qube.identity != own)
    }

    fn identity(&self, qube: &QubeName) -> Handle {
        self.desired.qubes[qube].identity.clone()
    }

    fn qube(&mut self, name: &QubeName) -> &mut Qube {
        self.desired.qubes.get_mut(name).unwrap()
    }

    fn set(&mut self, name: &QubeName, pref: &'static str, setting: Setting) -> Option<()> {
        self.qube(name).prefs.insert(property(pref), setting);
        Some(())
    }

    fn drop_tag(&mut self, name: &QubeName, tag: &Tag) -> Option<()> {
        self.qube(name).tags.remove(tag).then_some(())
    }

    /// Changes a template that a qube of this kind is on, which gives it another name.
    fn template(&mut self, wanted: impl Fn(Mode, &Qube) -> bool, edit: impl Fn(&mut Template)) -> Option<()> {
        let used = self.find(|_, qube| wanted(self.mode(qube), qube) && self.desired.templates.contains_key(&qube.template))?;
        let old = self.desired.qubes[&used].template.clone();
        let mut template = self.desired.templates.remove(&old).unwrap();
        edit(&mut template);
        let stem = old.as_str().strip_prefix(Template::PREFIX).unwrap().rsplit_once('-').unwrap().0.to_owned();
        let new = template.clone_name(&stem).unwrap();
        self.desired.templates.insert(new.clone(), template);
        self.desired.qubes.values_mut().filter(|qube| qube.template == old).for_each(|qube| qube.template = new.clone());
        Some(())
    }

    fn flow(&mut self, from: &QubeName, to: &QubeName, service: &str) -> Option<()> {
        let flow = Flow {
            from: from.clone(),
            to: to.clone(),
            services: [service.parse().unwrap()].into(),
            answer: Answer::Ask,
            reason: "a mutant".parse().unwrap(),
        };
        self.desired.flows.insert("mutant".parse().unwrap(), flow);
        Some(())
    }
}

fn to(name: &QubeName) -> Setting {
    Setting::Qube(name.clone())
}

fn named(name: &str) -> Setting {
    Setting::Qube(name.parse().unwrap())
}

fn tag(name: &str) -> Tag {
    name.parse().unwrap()
}

/// A way to break a bundle; `None` where it has nothing of the kind. The policy is compiled anew.
type Edit = fn(&mut Subject) -> Option<()>;

const WORKSTATION: Role = Role::Workstation;
const DISPOSABLE: Role = Role::DisposableTemplate;

/// In the desired state.
const STATE: &[(&str, Code, Edit)] = &[
    ("workstation in clear", Code::NotBehindGateway, |s| {
        s.tor(WORKSTATION).and_then(|q| s.set(&q, "netvm", named("sys-firewall")))
    }),
    ("disposables in clear", Code::NotBehindGateway, |s| {
        s.tor(DISPOSABLE).and_then(|q| s.set(&q, "netvm", named("sys-firewall")))
    }),
    ("workstation behind the update gateway", Code::NotBehindGateway, |s| {
        s.tor(WORKSTATION).and_then(|q| s.set(&q, "netvm", named("sys-whonix")))
    }),
    ("disposables behind the update gateway", Code::NotBehindGateway, |s| {
        s.tor(DISPOSABLE).and_then(|q| s.set(&q, "netvm", named("sys-whonix")))
    }),
    ("workstation behind another identity's gateway", Code::NotBehindGateway, |s| {
        let q = s.tor(WORKSTATION)?;
        let gateway = s.other(&q, Role::Gateway)?;
        s.set(&q, "netvm", to(&gateway))
    }),
    ("disposables behind another identity's gateway", Code::NotBehindGateway, |s| {
        let q = s.tor(DISPOSABLE)?;
        let gateway = s.other(&q, Role::Gateway)?;
        s.set(&q, "netvm", to(&gateway))
    }),
    ("clear workstation behind a gateway of the bundle", Code::NotBehindGateway, |s| {
        let q = s.find(|_, qube| qube.role == WORKSTATION && !s.mode(qube).over_tor())?;
        let gateway = s.other(&q, Role::Gateway)?;
        s.set(&q, "netvm", to(&gateway))
    }),
    ("workstation behind a VPN before Tor", Code::NotBehindGateway, |s| {
        let vpn =
            s.find(|_, qube| qube.role == Role::Vpn && qube.pref_qube("netvm").is_some_and(|n| n.as_str() == "sys-firewall"))?;
        let own = s.identity(&vpn);
        let q = s.find(|_, qube| qube.role == WORKSTATION && qube.identity == own)?;
        s.set(&q, "netvm", to(&vpn))
    }),
    ("VPN behind Tor put in clear", Code::NotBehindGateway, |s| {
        let vpn =
            s.find(|_, qube| qube.role == Role::Vpn && qube.pref_qube("netvm").is_some_and(|n| s.desired.qubes.contains_key(n)))?;
        s.set(&vpn, "netvm", named("sys-firewall"))
    }),
    ("workstation left to the default netvm", Code::DefaultNetvm, |s| {
        s.tor(WORKSTATION).and_then(|q| s.set(&q, "netvm", Setting::Default))
    }),
    ("disposables left to the default netvm", Code::DefaultNetvm, |s| {
        s.tor(DISPOSABLE).and_then(|q| s.set(&q, "netvm", Setting::Default))
    }),
    ("gateway left to the default netvm", Code::DefaultNetvm, |s| {
        s.tor(Role::Gateway).and_then(|q| s.set(&q, "netvm", Setting::Default))
    }),
    ("workstation without a word about its netvm", Code::DefaultNetvm, |s| {
        let q = s.tor(WORKSTATION)?;
        s.qube(&q).prefs.remove(&property("netvm")).map(drop)
    }),
    ("clear workstation left to the default netvm", Code::DefaultNetvm, |s| {
        s.find(|_, qube| !s.mode(qube).over_tor()).and_then(|q| s.set(&q, "netvm", Setting::Default))
    }),
    ("gateway behind a gateway", Code::TorOverTor, |s| {
        let q = s.tor(Role::Gateway)?;
        let other = s.other(&q, Role::Gateway)?;
        s.set(&q, "netvm", to(&other))
    }),
    ("gateway behind sys-whonix", Code::TorOverTor, |s| {
        s.tor(Role::Gateway).and_then(|q| s.set(&q, "netvm", named("sys-whonix")))
    }),
    ("gateway behind a workstation", Code::Upstream, |s| {
        let q = s.tor(Role::Gateway)?;
        let other = s.other(&q, WORKSTATION)?;
        s.set(&other, "provides_network", Setting::Bool(true))?;
        s.set(&other, "netvm", Setting::None)?;
        s.set(&q, "netvm", to(&other))
    }),
    ("gateway behind another identity's VPN", Code::Upstream, |s| {
        let q = s.tor(Role::Gateway)?;
        let vpn = s.other(&q, Role::Vpn)?;
        s.set(&vpn, "netvm", named("sys-firewall"))?;
        let behind: Vec<_> =
            s.desired.qubes.iter().filter(|(_, qube)| qube.pref_qube("netvm") == Some(&vpn)).map(|(n, _)| n.clone()).collect();
        behind.iter().try_for_each(|own| s.set(own, "netvm", Setting::None))?;
        s.set(&q, "netvm", to(&vpn))
    }),
    ("gateway behind its own workstation", Code::NetworkLoop, |s| {
        let q = s.find(|name, qube| {
            qube.role == WORKSTATION
                && qube
                    .pref_qube("netvm")
                    .is_some_and(|n| n != name && s.desired.qubes.get(n).is_some_and(|gateway| gateway.role == Role::Gateway))
        })?;
        let gateway = s.desired.qubes[&q].pref_qube("netvm")?.clone();
        s.set(&q, "provides_network", Setting::Bool(true))?;
        s.set(&gateway, "netvm", to(&q))
    }),
    ("gateway that provides no network", Code::NoNetwork, |s| {
        s.tor(Role::Gateway).and_then(|q| s.set(&q, "provides_network", Setting::Bool(false)))
    }),
    ("gateway behind dom0", Code::NoNetwork, |s| s.tor(Role::Gateway).and_then(|q| s.set(&q, "netvm", named("dom0")))),
    ("external gateway that provides no network", Code::NoNetwork, |s| {
        s.tor(Role::ExternalGateway).and_then(|q| s.set(&q, "provides_network", Setting::Bool(false)))
    }),
    ("external gateway with a second way out", Code::OfflineQube, |s| {
        s.tor(Role::ExternalGateway).and_then(|q| s.set(&q, "netvm", named("sys-firewall")))
    }),
    ("vault with a network", Code::OfflineQube, |s| {
        s.find(|_, qube| qube.role == Role::Vault).and_then(|q| s.set(&q, "netvm", named("sys-firewall")))
    }),
    ("vault behind its gateway", Code::OfflineQube, |s| {
        let q = s.find(|_, qube| qube.role == Role::Vault)?;
        let own = s.identity(&q);
        let gateway = s.find(|_, qube| qube.role == Role::Gateway && qube.identity == own)?;
        s.set(&q, "netvm", to(&gateway))
    }),
    ("clear workstation through Tor", Code::ThroughTor, |s| {
        s.find(|_, qube| qube.role == WORKSTATION && !s.mode(qube).over_tor())
            .and_then(|q| s.set(&q, "netvm", named("sys-whonix")))
    }),
    ("default disposables", Code::ForeignDisposables, |s| {
        s.tor(WORKSTATION).and_then(|q| s.set(&q, "default_dispvm", Setting::Default))
    }),
    ("no word about disposables", Code::ForeignDisposables, |s| {
        let q = s.tor(WORKSTATION)?;
        s.qube(&q).prefs.remove(&property("default_dispvm")).map(drop)
    }),
    ("stock Whonix disposables", Code::ForeignDisposables, |s| {
        s.tor(WORKSTATION).and_then(|q| s.set(&q, "default_dispvm", named("whonix-workstation-18-dvm")))
    }),
    ("clear disposables", Code::ForeignDisposables, |s| {
        s.tor(WORKSTATION).and_then(|q| s.set(&q, "default_dispvm", named("default-dvm")))
    }),
    ("disposables of another identity", Code::ForeignDisposables, |s| {
        let dvm = s.tor(DISPOSABLE)?;
        let q = s.other(&dvm, WORKSTATION)?;
        s.set(&q, "default_dispvm", to(&dvm))
    }),
    ("disposables of a workstation", Code::ForeignDisposables, |s| {
        s.tor(WORKSTATION).and_then(|q| s.set(&q, "default_dispvm", to(&q.clone())))
    }),
    ("disposables' disposables are the default", Code::ForeignDisposables, |s| {
        s.tor(DISPOSABLE).and_then(|q| s.set(&q, "default_dispvm", Setting::Default))
    }),
    ("gateway's disposables are the default", Code::ForeignDisposables, |s| {
        s.tor(Role::Gateway).and_then(|q| s.set(&q, "default_dispvm", Setting::Default))
    }),
    ("disposable template that is none", Code::ForeignDisposables, |s| {
        s.tor(DISPOSABLE).and_then(|q| s.set(&q, "template_for_dispvms", Setting::Bool(false)))
    }),
    ("workstation without anon-vm", Code::WhonixTag, |s| s.tor(WORKSTATION).and_then(|q| s.drop_tag(&q, &tag("anon-vm")))),
    ("disposables without anon-vm", Code::WhonixTag, |s| s.tor(DISPOSABLE).and_then(|q| s.drop_tag(&q, &tag("anon-vm")))),
    ("gateway without anon-gateway", Code::WhonixTag, |s| {
        s.tor(Role::Gateway).and_then(|q| s.drop_tag(&q, &tag("anon-gateway")))
    }),
    ("workstation without sdwdate-gui-client", Code::WhonixTag, |s| {
        s.tor(WORKSTATION).and_then(|q| s.drop_tag(&q, &tag("sdwdate-gui-client")))
    }),
    ("gateway without sdwdate-gui-server", Code::WhonixTag, |s| {
        s.tor(Role::Gateway).and_then(|q| s.drop_tag(&q, &tag("sdwdate-gui-server")))
    }),
    ("workstation outside the wall", Code::IsolationTag, |s| s.tor(WORKSTATION).and_then(|q| s.drop_tag(&q, &isolated_tag()))),
    ("disposables outside the wall", Code::IsolationTag, |s| s.tor(DISPOSABLE).and_then(|q| s.drop_tag(&q, &isolated_tag()))),
    ("gateway outside the wall", Code::IsolationTag, |s| s.tor(Role::Gateway).and_then(|q| s.drop_tag(&q, &isolated_tag()))),
    ("vault outside the wall", Code::IsolationTag, |s| {
        s.find(|_, qube| qube.role == Role::Vault).and_then(|q| s.drop_tag(&q, &isolated_tag()))
    }),
    ("VPN outside the wall", Code::IsolationTag, |s| {
        s.find(|_, qube| qube.role == Role::Vpn).and_then(|q| s.drop_tag(&q, &isolated_tag()))
    }),
    ("workstation without its identity", Code::IsolationTag, |s| {
        let q = s.tor(WORKSTATION)?;
        let own = s.identity(&q).tag();
        s.drop_tag(&q, &own)
    }),
    ("disposables without their identity", Code::IsolationTag, |s| {
        let q = s.tor(DISPOSABLE)?;
        let own = s.identity(&q).tag();
        s.drop_tag(&q, &own)
    }),
    ("workstation inside another identity", Code::IsolationTag, |s| {
        let q = s.tor(WORKSTATION)?;
        let other = s.other(&q, WORKSTATION)?;
        let tag = s.identity(&other).tag();
        s.qube(&q).tags.insert(tag).then_some(())
    }),
    ("gateway inside its identity", Code::IsolationTag, |s| {
        let q = s.tor(Role::Gateway)?;
        let tag = s.identity(&q).tag();
        s.qube(&q).tags.insert(tag).then_some(())
    }),
    ("gateway on Debian", Code::GatewayTemplate, |s| {
        let q = s.tor(Role::Gateway)?;
        s.qube(&q).template = "debian-13-xfce".parse().unwrap();
        Some(())
    }),
    ("workstation on a gateway's template", Code::GatewayTemplate, |s| {
        let q = s.tor(WORKSTATION)?;
        s.qube(&q).template = s.release.stock_template("whonix-gateway").unwrap();
        Some(())
    }),
    ("updates through an identity's gateway", Code::SharedGateway, |s| {
        s.desired.update_gateway = Some(s.tor(Role::Gateway)?);
        Some(())
    }),
    ("no gateway for updates", Code::UpdateGateway, |s| s.desired.update_gateway.take().map(drop)),
    ("template without its tag for updates", Code::UpdatesInClear, |s| {
        let q = s.tor(WORKSTATION)?;
        let template = s.desired.qubes[&q].template.clone();
        s.desired.templates.get_mut(&template)?.tags.remove(&updated_over_tor_tag()).then_some(())
    }),
    ("sdwdate-gui without its setting", Code::SdwdateGui, |s| {
        let q = s.find(|_, qube| qube.files.contains_key(&whonix::sdwdate_gui_file()))?;
        s.qube(&q).files.remove(&whonix::sdwdate_gui_file()).map(drop)
    }),
    ("sdwdate-gui that tells another gateway", Code::SdwdateGui, |s| {
        let q = s.find(|_, qube| qube.files.contains_key(&whonix::sdwdate_gui_file()))?;
        s.qube(&q).files.get_mut(&whonix::sdwdate_gui_file())?.blake3 = halite::base::Digest::of(b"gateway=sys-whonix\n");
        Some(())
    }),
    ("audio by another identity", Code::ForeignQube, |s| {
        let q = s.tor(WORKSTATION)?;
        let other = s.other(&q, WORKSTATION)?;
        s.set(&q, "audiovm", to(&other))
    }),
    ("GUI by another identity", Code::ForeignQube, |s| {
        let q = s.tor(WORKSTATION)?;
        let other = s.other(&q, WORKSTATION)?;
        s.set(&q, "guivm", to(&other))
    }),
    ("management by another identity", Code::ForeignQube, |s| {
        let q = s.tor(WORKSTATION)?;
        let other = s.other(&q, DISPOSABLE)?;
        s.set(&q, "management_dispvm", to(&other))
    }),
    ("workstation that starts by itself", Code::StartsByItself, |s| {
        s.tor(WORKSTATION).and_then(|q| s.set(&q, "autostart", Setting::Bool(true)))
    }),
    ("gateway that starts by itself", Code::StartsByItself, |s| {
        s.tor(Role::Gateway).and_then(|q| s.set(&q, "autostart", Setting::Bool(true)))
    }),
    ("account in two identities", Code::SharedAccount, |s| {
        let handles: Vec<Handle> = s.desired.identities.keys().take(2).cloned().collect();
        for handle in (handles.len() == 2).then_some(handles)? {
            s.desired.identities.get_mut(&handle)?.accounts.insert("mutant".parse().unwrap());
        }
        Some(())
    }),
    ("server reached anonymously and under a name", Code::SharedDestination, |s| {
        for anonymous in [true, false] {
            let own = s.desired.identities.values_mut().find(|own| own.mode.is_anonymous() == anonymous)?;
            own.destinations.insert("mutant".parse().unwrap());
        }
        Some(())
    }),
    ("VPN used twice", Code::SharedVpn, |s| {
        let vpns: Vec<_> = s.desired.qubes.values_mut().filter(|qube| qube.role == Role::Vpn).collect();
        let several = vpns.len() > 1;
        vpns.into_iter().for_each(|vpn| vpn.configuration = Some("mutant".parse().unwrap()));
        several.then_some(())
    }),
    ("template of two modes", Code::SharedTemplate, |s| {
        let q = s.find(|_, qube| qube.role == WORKSTATION && s.mode(qube).is_anonymous())?;
        let (mode, template) = (s.mode(&s.desired.qubes[&q]), s.desired.qubes[&q].template.clone());
        s.desired.templates.get(&template)?;
        let other = s.find(|_, qube| qube.role == WORKSTATION && s.mode(qube).over_tor() && s.mode(qube) != mode)?;
        s.qube(&other).template = template;
        Some(())
    }),
    ("Firefox", Code::Browser, |s| browser(s, "firefox-esr")),
    ("Chromium", Code::Browser, |s| browser(s, "chromium")),
    ("an extension", Code::Browser, |s| browser(s, "webext-ublock-origin-firefox")),
    ("Brave", Code::Browser, |s| browser(s, "brave-browser")),
    ("a browser among the applications", Code::Browser, |s| {
        let own = s.desired.identities.values_mut().find(|own| own.mode.is_anonymous())?;
        own.applications.insert("chromium".parse().unwrap()).then_some(())
    }),
    ("anonymous workstation on Debian", Code::NotWhonix, |s| on_debian(s, |mode| mode.is_anonymous())),
    ("workstation of mode 3 on Debian", Code::NotWhonixKnown, |s| on_debian(s, |mode| mode == Mode::NonAnonymousOverTor)),
    ("dom0's keyboard layout unasked", Code::Keyboard, |s| {
        let q = s.tor(WORKSTATION)?;
        s.qube(&q).prefs.remove(&property("keyboard_layout")).map(drop)
    }),
    ("sound unasked", Code::Audio, |s| {
        let q = s.tor(WORKSTATION)?;
        s.qube(&q).prefs.remove(&property("audiovm")).map(drop)
    }),
    ("a property that does not exist", Code::BadProperty, |s| s.tor(WORKSTATION).and_then(|q| s.set(&q, "xid", Setting::Int(3)))),
    ("a property of the wrong kind", Code::BadProperty, |s| {
        s.tor(WORKSTATION).and_then(|q| s.set(&q, "vcpus", Setting::Text("two".to_owned())))
    }),
    ("memory above maxmem", Code::Memory, |s| {
        let q = s.tor(WORKSTATION)?;
        s.set(&q, "memory", Setting::Int(5000))?;
        s.set(&q, "maxmem", Setting::Int(4000))
    }),
    ("more memory than the computer has", Code::MemoryTotal, |s| {
        s.desired.memory = Some(100);
        Some(())
    }),
    ("a tag of Qubes' own", Code::ManagedElsewhere, |s| {
        let q = s.tor(WORKSTATION)?;
        s.qube(&q).tags.insert(tag("created-by-mutant")).then_some(())
    }),
    ("a feature of halite's own", Code::ManagedElsewhere, |s| {
        let q = s.tor(WORKSTATION)?;
        s.qube(&q).features.insert("prohibit-start".parse().unwrap(), "no".to_owned()).is_none().then_some(())
    }),
    ("a template that is not there", Code::Dangling, |s| {
        let q = s.tor(WORKSTATION)?;
        s.qube(&q).template = "h-mutant-00000000".parse().unwrap();
        Some(())
    }),
    ("a template under another's name", Code::TemplateName, |s| {
        let (name, template) = s.desired.templates.pop_first()?;
        let new: QubeName = "h-mutant-00000000".parse().unwrap();
        s.desired.qubes.values_mut().filter(|qube| qube.template == name).for_each(|qube| qube.template = new.clone());
        s.desired.templates.insert(new, template);
        Some(())
    }),
    ("a file that does not last", Code::FilePlace, |s| {
        let q = s.find(|_, qube| !qube.files.is_empty())?;
        let file = *s.desired.qubes[&q].files.values().next()?;
        s.qube(&q).files.insert("/etc/mutant".parse().unwrap(), file);
        Some(())
    }),
    ("bridges unseen", Code::BridgesInBundle, |s| {
        let q = s.find(|_, qube| qube.files.contains_key(&whonix::bridges_file()))?;
        s.qube(&q).files.get_mut(&whonix::bridges_file())?.sensitive = false;
        Some(())
    }),
    ("firewall rules behind Tor", Code::FirewallWithoutEffect, |s| {
        let q = s.find(|_, qube| {
            qube.pref_qube("netvm").is_some_and(|n| s.desired.qubes.get(n).is_some_and(|g| g.role == Role::Gateway))
        })?;
        s.qube(&q).firewall = Some(vec!["action=drop".parse::<FirewallRule>().unwrap()]);
        Some(())
    }),
    ("a flow inside an identity", Code::BadFlow, |s| {
        let q = s.tor(WORKSTATION)?;
        let own = s.identity(&q);
        let other = s.find(|name, qube| *name != q && qube.identity == own)?;
        s.flow(&q, &other, "qubes.Filecopy")
    }),
    ("a flow to dom0", Code::BadFlow, |s| s.tor(WORKSTATION).and_then(|q| s.flow(&q, &QubeName::dom0(), "qubes.Filecopy"))),
    ("a flow between strangers", Code::BadFlow, |s| s.flow(&"x".parse().unwrap(), &"y".parse().unwrap(), "qubes.Filecopy")),
    ("two identities by way of a vault that dom0 has", Code::IndirectFlow, |s| {
        let (a, vault) = (s.tor(WORKSTATION)?, "some-vault".parse().unwrap());
        let b = s.other(&a, WORKSTATION)?;
        s.flow(&a, &vault, "qubes.Filecopy")?;
        let flow = s.desired.flows.remove(&"mutant".parse().unwrap())?;
        s.desired.flows.insert("mutant-too".parse().unwrap(), flow);
        s.flow(&vault, &b, "qubes.Filecopy")
    }),
    ("two identities that one qube answers", Code::SharedAnswer, |s| {
        let (a, signer) = (s.tor(WORKSTATION)?, "some-signer".parse().unwrap());
        let b = s.other(&a, WORKSTATION)?;
        s.flow(&a, &signer, "qubes.Gpg")?;
        let flow = s.desired.flows.remove(&"mutant".parse().unwrap())?;
        s.desired.flows.insert("mutant-too".parse().unwrap(), flow);
        s.flow(&b, &signer, "qubes.Gpg")
    }),
    ("a flow that another one answers before", Code::FlowDenied, |s| {
        let (a, vault) = (s.tor(WORKSTATION)?, "some-vault".parse().unwrap());
        s.flow(&a, &vault, "qubes.Filecopy")?;
        let mut flow = s.desired.flows[&"mutant".parse().unwrap()].clone();
        flow.answer = Answer::Allow;
        s.desired.flows.insert("mutant-too".parse().unwrap(), flow);
        Some(())
    }),
    ("an exception for what has none", Code::NoSuchException, |s| exception(s, "H0201")),
    ("an exception for nothing", Code::UnusedException, |s| exception(s, "H0304")),
];

fn browser(subject: &mut Subject, package: &str) -> Option<()> {
    let anonymous = |mode: Mode, qube: &Qube| mode.is_anonymous() && qube.role.holds_applications();
    subject.template(anonymous, |template| assert!(template.packages.insert(package.parse().unwrap())))
}

/// Puts a workstation, and nothing else, on a clone of Debian, with all that goes with that.
fn on_debian(subject: &mut Subject, wanted: fn(Mode) -> bool) -> Option<()> {
    let q = subject.find(|_, qube| qube.role == WORKSTATION && wanted(subject.mode(qube)))?;
    let debian = subject.release.stock_template("debian").unwrap();
    let template = Template { tags: [updated_over_tor_tag()].into(), ..Template::new(debian) };
    let name = template.clone_name("mutant").unwrap();
    subject.desired.templates.insert(name.clone(), template);
    let qube = subject.qube(&q);
    qube.template = name;
    qube.files.remove(&whonix::sdwdate_gui_file());
    qube.tags.retain(|tag| tag.as_str().starts_with("halite-"));
    Some(())
}

fn exception(subject: &mut Subject, code: &str) -> Option<()> {
    let about = halite::model::About::Bundle;
    let exception = halite::model::Exception { code: code.parse().unwrap(), about, reason: "a mutant".parse().unwrap() };
    subject.desired.exceptions.insert("mutant".parse().unwrap(), exception);
    Some(())
}

/// Rules before all others, which are not found if halite's own decide: from the first workstation over Tor (A) to one of another identity
/// (B), to a gateway of another identity (G), and elsewhere.
const RULES: &[(&str, Code)] = &[
    ("qubes.Filecopy * A B allow", Code::UndeclaredFlow),
    ("qubes.Filecopy * A B ask", Code::UndeclaredFlow),
    ("qubes.Filecopy * B A ask", Code::UndeclaredFlow),
    ("qubes.Filecopy +x A B allow", Code::UndeclaredFlow),
    ("qubes.Filecopy * @anyvm A ask", Code::UndeclaredFlow),
    ("qubes.Filecopy * A @anyvm ask", Code::UndeclaredFlow),
    ("qubes.Filecopy * @tag:halite-isolated @tag:halite-isolated ask", Code::UndeclaredFlow),
    ("qubes.Filecopy * A sys-usb allow", Code::UndeclaredFlow),
    ("qubes.Filecopy * sys-usb A allow", Code::UndeclaredFlow),
    ("qubes.ClipboardPaste * A B ask", Code::UndeclaredFlow),
    ("qubes.OpenInVM * A B allow", Code::UndeclaredFlow),
    ("qubes.OpenURL * A B allow", Code::UndeclaredFlow),
    ("qubes.OpenURL * B A ask", Code::UndeclaredFlow),
    ("qubes.StartApp * A B allow", Code::UndeclaredFlow),
    ("qubes.GetImageRGBA * A B ask", Code::UndeclaredFlow),
    ("qubes.VMShell * A B allow", Code::UndeclaredFlow),
    ("qubes.VMExec * A B ask", Code::UndeclaredFlow),
    ("qubes.VMExecGUI * A B allow", Code::UndeclaredFlow),
    ("qubes.VMRootShell * A B ask", Code::UndeclaredFlow),
    ("qubes.Gpg * A B allow", Code::UndeclaredFlow),
    ("my.Service * A B allow", Code::UndeclaredFlow),
    ("my.Service +x A B ask", Code::UndeclaredFlow),
    ("whonix.GatewayCommand +restart G A allow", Code::UndeclaredFlow),
    ("qubes.ConnectTCP * A B allow", Code::NetworkByCall),
    ("qubes.ConnectTCP +443 A sys-net allow", Code::NetworkByCall),
    ("qubes.ConnectTCP * A sys-firewall ask", Code::NetworkByCall),
    ("qubes.UpdatesProxy * A @default allow target=sys-net", Code::NetworkByCall),
    ("whonix.NewStatus * A G allow autostart=no", Code::StatusLeak),
    ("whonix.SdwdateStatus + G A allow autostart=no", Code::StatusLeak),
    ("whonix.NewStatus * A sys-whonix allow autostart=no", Code::StatusLeak),
    ("admin.vm.List * A @adminvm allow", Code::CommandsDom0),
    ("admin.Events * A @adminvm ask", Code::CommandsDom0),
    ("qvc.ScreenShare * A @adminvm ask", Code::CommandsDom0),
    ("my.Service * A @adminvm allow", Code::CommandsDom0),
    ("policy.Replace * A @adminvm allow", Code::CommandsDom0),
    ("whonix.NewStatus * A @anyvm deny notify=no", Code::WhonixCut),
    ("whonix.NewStatus * A @anyvm allow autostart=no", Code::StatusLeak),
    ("whonix.NewStatus * A sys-whonix deny", Code::PopUp),
    ("qubes.UpdatesProxy * @tag:halite-over-tor @default allow target=sys-net", Code::UpdatesElsewhere),
    ("qubes.UpdatesProxy * @anyvm @anyvm deny", Code::UpdatesElsewhere),
];

impl Subject {
    /// This, edited; none where it has nothing of the kind.
    fn edited(&self, edit: Edit) -> Option<Self> {
        let mut mutant = self.clone();
        edit(&mut mutant)?;
        mutant.policy = compile::policy(&mutant.desired, self.release, "mutant");
        Some(mutant)
    }

    /// This with a rule in front; none where it has not whom the rule names.
    fn with_rule(&self, rule: &str, code: Code) -> Option<Self> {
        let a = self.tor(WORKSTATION).or_else(|| self.tor(DISPOSABLE))?;
        let (b, g) = (self.other(&a, WORKSTATION), self.other(&a, Role::Gateway));
        let own = self.identity(&a);
        let has_whonix = self.find(|_, qube| qube.role == Role::Gateway && qube.identity == own).is_some();
        let is_between = rule.contains("B ") || rule.contains("@tag:halite-isolated @tag:halite-isolated");
        if (is_between && b.is_none())
            || (rule.contains("G ") && g.is_none())
            || (matches!(code, Code::WhonixCut | Code::PopUp) && !has_whonix)
        {
            return None;
        }
        let of = |name: &Option<QubeName>| name.as_ref().map_or(String::new(), QubeName::to_string);
        let (b, g) = (of(&b), of(&g));
        let named = rule.split(' ').map(|word| match word {
            "A" => a.as_str(),
            "B" => &b,
            "G" => &g,
            word => word,
        });
        let line = named.collect::<Vec<_>>().join(" ");
        Some(Self { policy: format!("{line}\n{}", self.policy), ..self.clone() })
    }

    /// For each code that mutants of it are found by, what is found of the first of these.
    pub fn found_by_code(&self) -> BTreeMap<Code, Vec<Finding>> {
        let edited = STATE.iter().map(|(_, code, edit)| (*code, self.edited(*edit)));
        let with_rules = RULES.iter().map(|(rule, code)| (*code, self.with_rule(rule, *code)));
        let mut found = BTreeMap::new();
        for (code, mutant) in edited.chain(with_rules) {
            if let (Some(mutant), false) = (mutant, found.contains_key(&code)) {
                found.insert(code, mutant.judge().findings);
            }
        }
        found
    }
}

/// All recipes that halite comes with.
pub fn recipes() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("halite.toml").is_file())
        .collect();
    folders.sort();
    folders
}

/// What is wrong with how a mutant is found, if anything is.
fn missed(code: Code, what: &str, report: &Report) -> Option<String> {
    let codes: BTreeSet<Code> = report.findings.iter().map(|finding| finding.code).collect();
    let found: Vec<String> = report.findings.iter().map(|finding| format!("{} {finding}", finding.code)).collect();
    (codes != BTreeSet::from([code])).then(|| format!("{what}: not {code} alone, but {found:#?}"))
}

#[test]
fn every_mutant_is_found() {
    let (mut count, mut wrong) = (0, Vec::new());
    let mut never: BTreeSet<&str> = STATE.iter().map(|(name, _, _)| *name).chain(RULES.iter().map(|(rule, _)| *rule)).collect();
    for folder in recipes() {
        for release in Release::ALL {
            let subject = Subject::of(&folder, release);
            assert_eq!(subject.judge().findings, [], "{}", folder.display());
            let mut on_this = 0;
            for (name, code, edit) in STATE {
                let Some(mutant) = subject.edited(*edit) else { continue };
                wrong.extend(missed(*code, &format!("{}, {release}: {name}", folder.display()), &mutant.judge()));
                never.remove(name);
                on_this += 1;
            }
            for (rule, code) in RULES {
                let Some(mutant) = subject.with_rule(rule, *code) else { continue };
                wrong.extend(missed(*code, &format!("{}, {release}: {rule}", folder.display()), &mutant.judge()));
                never.remove(rule);
                on_this += 1;
            }
            if release == Release::R4_3 {
                count += on_this;
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
    assert!(never.is_empty(), "no recipe has anything for these: {never:#?}");
    assert!(count >= 150, "{count} mutants");
}
