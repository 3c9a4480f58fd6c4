//! The qubes of a recipe: every pref, tag and feature said outright, so that no global default ever decides.

use std::collections::BTreeMap;

use super::kept::Kept;
use super::templates::Templates;
use crate::base::{FeatureName, FileMode, FilePath, Handle, QubeName};
use crate::model::{Class, Qube, Release, Role, Setting, isolated_tag, property, whonix};
use crate::recipe::{self, Body, Gateway, Identity, Keyboard, NamedDisposable, Network, Recipe, Settings, Source, TemplateRef};

/// Bytes of a MiB.
const MIB: u64 = 1 << 20;

/// All of them, the contents of whose files are `kept`.
pub fn qubes(source: &Source, release: Release, templates: &Templates, kept: &mut Kept) -> BTreeMap<QubeName, Qube> {
    let recipe = &source.recipe;
    let mut making = Making { source, recipe, release, templates, kept, qubes: BTreeMap::new() };
    for (handle, identity) in &recipe.identities {
        making.way(handle, &identity.value.network);
    }
    for (name, workstation) in &recipe.workstations {
        let dispvm = workstation.value.disposables.as_ref().map(|disposables| &disposables.value);
        making.member(Role::Workstation, name, &workstation.value, dispvm);
    }
    for (name, disposable) in &recipe.disposables {
        // What is opened from a disposable opens in another one of the same template.
        making.member(Role::DisposableTemplate, name, &disposable.value, Some(name));
    }
    for (name, vault) in &recipe.vaults {
        making.member(Role::Vault, name, &vault.value, None);
    }
    for (name, named) in &recipe.named_disposables {
        making.named_disposable(name, &named.value);
    }
    making.qubes
}

/// Qubes that are being made.
struct Making<'a> {
    source: &'a Source,
    recipe: &'a Recipe,
    release: Release,
    templates: &'a Templates,
    kept: &'a mut Kept,
    qubes: BTreeMap<QubeName, Qube>,
}

impl Making<'_> {
    /// The qubes between an identity's own and the network: its gateway, and VPN qubes before or behind it.
    fn way(&mut self, identity: &Handle, network: &Network) {
        match network {
            Network::Clear(upstream) => self.vpn(identity, &upstream.value),
            Network::Tor { gateway, vpn } => {
                self.gateway(identity, &gateway.value);
                if let Some(vpn) = vpn {
                    self.vpn(identity, &vpn.value);
                }
            }
        }
    }

    fn gateway(&mut self, identity: &Handle, name: &QubeName) {
        let qube = match &self.recipe.gateways.get(name).expect("references were checked").value {
            Gateway::Existing => return,
            Gateway::External { template, body } => {
                let mut qube = self.provider(Role::ExternalGateway, identity, &template.value, body);
                // It holds a network card: a PCI device asks for a full virtual machine, whose memory is not balanced.
                set(&mut qube, "virt_mode", Setting::Text("hvm".to_owned()));
                set(&mut qube, "maxmem", Setting::Int(0));
                qube.features.insert(feature("service.network-manager"), "1".to_owned());
                self.settings(&mut qube, &body.settings);
                qube
            }
            Gateway::Whonix { upstream, template, bridges, sensitive, body } => {
                self.vpn(identity, &upstream.value);
                let mut qube = self.provider(Role::Gateway, identity, &template.value, body);
                set(&mut qube, "netvm", Setting::Qube(upstream.value.clone()));
                let bridges: Vec<_> = bridges.iter().map(|bridge| bridge.value.clone()).collect();
                if !bridges.is_empty() {
                    self.write(&mut qube, whonix::bridges_file(), &whonix::bridges_contents(&bridges), *sensitive);
                }
                self.settings(&mut qube, &body.settings);
                qube
            }
        };
        self.qubes.insert(name.clone(), qube);
    }

    /// The VPN qube of this name, if it is one.
    fn vpn(&mut self, identity: &Handle, name: &QubeName) {
        let Some(vpn) = self.recipe.vpns.get(name).map(|vpn| &vpn.value) else { return };
        let mut qube = self.provider(Role::Vpn, identity, &vpn.template.value, &vpn.body);
        set(&mut qube, "netvm", Setting::Qube(vpn.upstream.value.clone()));
        qube.configuration = Some(vpn.configuration.value.clone());
        self.settings(&mut qube, &vpn.body.settings);
        self.qubes.insert(name.clone(), qube);
    }

    fn provider(&mut self, role: Role, identity: &Handle, template: &TemplateRef, body: &Body) -> Qube {
        let mut qube = self.qube(role, identity, template, body);
        set(&mut qube, "provides_network", Setting::Bool(true));
        // Shown among the service qubes of menus.
        qube.features.insert(feature("servicevm"), "1".to_owned());
        qube
    }

    /// What holds an identity's own applications or data.
    fn member(&mut self, role: Role, name: &QubeName, member: &recipe::Workstation, dispvm: Option<&QubeName>) {
        let handle = &member.identity.value;
        let identity = &self.recipe.identities.get(handle).expect("references were checked").value;
        let mut qube = self.qube(role, handle, &member.template.value, &member.body);
        if let Some(dispvm) = dispvm {
            set(&mut qube, "default_dispvm", Setting::Qube(dispvm.clone()));
        }
        if role == Role::DisposableTemplate {
            set(&mut qube, "template_for_dispvms", Setting::Bool(true));
            qube.features.insert(feature("appmenus-dispvm"), "1".to_owned());
        }
        if role != Role::Vault {
            self.network(&mut qube, &identity.network, &member.template.value);
            qube.tags.insert(handle.tag());
        }
        what_it_learns_of_the_user(&mut qube, identity);
        self.settings(&mut qube, &member.body.settings);
        self.qubes.insert(name.clone(), qube);
    }

    fn network(&mut self, qube: &mut Qube, network: &Network, template: &TemplateRef) {
        let netvm = match network {
            Network::Tor { vpn: Some(qube), .. } | Network::Tor { gateway: qube, .. } | Network::Clear(qube) => qube,
        };
        set(qube, "netvm", Setting::Qube(netvm.value.clone()));
        if let Network::Tor { gateway, .. } = network
            && self.release.whonix_tags(self.templates.resolved(template).base.as_str()).next().is_some()
        {
            let contents = whonix::sdwdate_gui_contents(&gateway.value, self.release);
            self.write(qube, whonix::sdwdate_gui_file(), &contents, false);
        }
    }

    /// A disposable with a name of its own. Qubes copies all that its template has when it is made, and never again: so it says all of
    /// that outright, too. Its files are its template's.
    fn named_disposable(&mut self, name: &QubeName, named: &NamedDisposable) {
        let template = &named.template.value;
        let mut qube = self.qubes.get(template).expect("references were checked").clone();
        qube.role = Role::Workstation;
        qube.class = Class::Disposable;
        qube.template = template.clone();
        qube.label = named.label.unwrap_or(qube.label);
        qube.private_volume = None;
        qube.files.clear();
        // Both are of what disposables are made from.
        qube.prefs.remove(&property("template_for_dispvms"));
        qube.features.remove(&feature("appmenus-dispvm"));
        self.settings(&mut qube, &named.settings);
        self.qubes.insert(name.clone(), qube);
    }

    /// What all qubes have in common: no network, no disposables, no way for others to use it.
    fn qube(&mut self, role: Role, identity: &Handle, template: &TemplateRef, body: &Body) -> Qube {
        let template = self.templates.resolved(template);
        let whonix = self.release.whonix_tags(template.base.as_str()).map(|tag| tag.parse().expect("a literal in this crate"));
        let mut qube = Qube {
            role,
            class: Class::App,
            identity: identity.clone(),
            template: template.name,
            label: body.label,
            prefs: BTreeMap::new(),
            tags: whonix.chain([isolated_tag()]).collect(),
            features: BTreeMap::new(),
            private_volume: body.private.map(|mib| u64::from(mib) * MIB),
            files: self.kept.staged(self.source, &body.files),
            configuration: None,
            firewall: None,
        };
        set(&mut qube, "netvm", Setting::None);
        set(&mut qube, "default_dispvm", Setting::None);
        set(&mut qube, "provides_network", Setting::Bool(false));
        set(&mut qube, "template_for_dispvms", Setting::Bool(false));
        set(&mut qube, "autostart", Setting::Bool(false));
        qube
    }

    /// What the recipe's author says, which wins.
    fn settings(&self, qube: &mut Qube, settings: &Settings) {
        for (name, value) in [("memory", &settings.memory), ("maxmem", &settings.maxmem)] {
            if let Some(mib) = value {
                set(qube, name, Setting::Int(mib.value));
            }
        }
        if let Some(rules) = &settings.firewall {
            qube.firewall = Some(rules.iter().map(|rule| rule.value.clone()).collect());
        }
        for extras in [Some(&settings.extras), settings.by_release.get(&self.release)].into_iter().flatten() {
            let prefs = extras.prefs.iter().map(|(name, setting)| (name.clone(), setting.value.clone()));
            qube.prefs.extend(prefs);
            qube.tags.extend(extras.tags.iter().map(|tag| tag.value.clone()));
            qube.features.extend(extras.features.iter().map(|(name, value)| (name.clone(), value.value.clone())));
        }
    }

    /// Puts a file of halite's own into a qube.
    fn write(&mut self, qube: &mut Qube, path: FilePath, text: &str, sensitive: bool) {
        qube.files.insert(path, self.kept.keep(text.as_bytes(), FileMode::Plain, sensitive));
    }
}

/// The keyboard's layout, and sound.
fn what_it_learns_of_the_user(qube: &mut Qube, identity: &Identity) {
    let keyboard = identity.keyboard.as_ref().map(|keyboard| match &keyboard.value {
        Keyboard::Dom0 => Setting::Default,
        Keyboard::Layout(layout) => Setting::Text(layout.clone()),
    });
    keyboard.into_iter().for_each(|layout| set(qube, "keyboard_layout", layout));
    let audio = identity.audio.map(|audio| if audio { Setting::Default } else { Setting::None });
    audio.into_iter().for_each(|audio| set(qube, "audiovm", audio));
}

fn set(qube: &mut Qube, name: &'static str, setting: Setting) {
    qube.prefs.insert(property(name), setting);
}

fn feature(name: &'static str) -> FeatureName {
    name.parse().expect("a literal in this crate")
}
