//! The desired state of a recipe: every pref, tag and feature said outright, so that no global default ever decides.

use std::collections::{BTreeMap, BTreeSet};

use super::policy;
use crate::base::{Digest, FeatureName, FileMode, FilePath, Handle, PropertyName, QubeName};
use crate::check;
use crate::model::{
    self, Desired, Qube, Release, Role, Setting, StagedFile, isolated_tag, property, updated_over_tor_tag, whonix,
};
use crate::qrexec::parse_policy;
use crate::recipe::{self, At, Body, Gateway, Keyboard, Network, Recipe, Source, Staged, Stem, TemplateRef};

/// Bytes of a MiB.
const MIB: u64 = 1 << 20;

/// A desired state, and the contents of all files that it puts somewhere.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// What dom0 is to look like.
    pub desired: Desired,
    /// Contents of files, by their digest.
    pub contents: BTreeMap<Digest, Vec<u8>>,
    /// The text of the policy file.
    pub policy: String,
}

impl Compiled {
    /// Holds it to all rules on the release that it was compiled for.
    pub fn check(&self, release: Release) -> check::Report {
        let rules = parse_policy(&self.policy).expect("halite writes no policy that it would not read");
        check::check(&self.desired, rules, release)
    }
}

/// The desired state of a recipe on `release`, which must be one of the recipe's.
pub fn desired(source: &Source, release: Release) -> Compiled {
    let recipe = &source.recipe;
    let mut contents = BTreeMap::new();
    let mut templates = templates(source, release, &mut contents);
    let mut context = Context { source, release, templates: &templates, contents, qubes: BTreeMap::new() };
    for (handle, identity) in &recipe.identities {
        context.way(handle, &identity.value.network);
    }
    for (name, workstation) in &recipe.workstations {
        let dispvm = workstation.value.disposables.as_ref().map(|disposables| &disposables.value);
        context.member(Role::Workstation, name, &workstation.value, dispvm);
    }
    for (name, disposable) in &recipe.disposables {
        // What is opened from a disposable opens in another one of the same template.
        context.member(Role::DisposableTemplate, name, &disposable.value, Some(name));
    }
    for (name, vault) in &recipe.vaults {
        context.member(Role::Vault, name, &vault.value, None);
    }
    let Context { contents, qubes, .. } = context;
    let identities: BTreeMap<Handle, model::Identity> =
        recipe.identities.iter().map(|(handle, declared)| (handle.clone(), identity(recipe, &declared.value))).collect();
    let over_tor = |handle: &Handle| identities.get(handle).is_some_and(|identity| identity.mode.over_tor());
    let used_over_tor: BTreeSet<&QubeName> =
        qubes.values().filter(|qube| over_tor(&qube.identity)).map(|qube| &qube.template).collect();
    for (_, template) in templates.values_mut().filter(|(name, _)| used_over_tor.contains(name)) {
        template.tags.insert(updated_over_tor_tag());
    }
    let update_gateway = identities.keys().any(over_tor).then(|| recipe.updates.value.clone());
    let exceptions = recipe.exceptions.iter().map(|(handle, exception)| {
        (
            handle.clone(),
            self::exception(&exception.value, |stem| templates.get(stem).expect("references were checked").0.clone()),
        )
    });
    let desired = Desired {
        exceptions: exceptions.collect(),
        flows: recipe.flows.iter().map(|(handle, declared)| (handle.clone(), flow(&declared.value))).collect(),
        identities,
        templates: templates.into_values().collect(),
        qubes,
        update_gateway,
        memory: recipe.memory.as_ref().map(|memory| memory.value),
    };
    let policy = policy::policy(&desired, release, recipe.name.as_str());
    Compiled { desired, contents, policy }
}

fn identity(recipe: &Recipe, identity: &recipe::Identity) -> model::Identity {
    let existing_gateway = match &identity.network {
        Network::Tor { gateway, .. } => Some(&gateway.value)
            .filter(|gateway| recipe.gateways.get(*gateway).is_some_and(|declared| matches!(declared.value, Gateway::Existing))),
        Network::Clear(_) => None,
    };
    model::Identity {
        mode: identity.mode,
        accounts: handles(&identity.accounts),
        applications: handles(&identity.applications),
        destinations: handles(&identity.destinations),
        existing_gateway: existing_gateway.cloned(),
    }
}

fn handles(handles: &[At<Handle>]) -> BTreeSet<Handle> {
    handles.iter().map(|handle| handle.value.clone()).collect()
}

fn flow(flow: &recipe::Flow) -> model::Flow {
    model::Flow {
        from: flow.from.value.clone(),
        to: flow.to.value.clone(),
        services: flow.services.iter().map(|service| service.value.clone()).collect(),
        answer: flow.answer,
        reason: flow.reason.clone(),
    }
}

fn exception(exception: &recipe::Exception, template: impl Fn(&Stem) -> QubeName) -> model::Exception {
    let about = match &exception.about {
        recipe::About::Bundle => model::About::Bundle,
        recipe::About::Identity(handle) => model::About::Identity(handle.value.clone()),
        recipe::About::Template(stem) => model::About::Template(template(&stem.value)),
        recipe::About::Qube(qube) => model::About::Qube(qube.value.clone()),
    };
    model::Exception { code: exception.code.value.clone(), about, reason: exception.reason.clone() }
}

/// The recipe's templates: by stem, the clone's name and what it is.
fn templates(
    source: &Source,
    release: Release,
    contents: &mut BTreeMap<Digest, Vec<u8>>,
) -> BTreeMap<Stem, (QubeName, model::Template)> {
    let template = |(stem, template): (&Stem, &At<recipe::Template>)| {
        let base = template.value.base.value.get(&release).expect("a base was read for each release of the recipe").clone();
        let packages = template.value.packages.iter().chain(template.value.by_release.get(&release).into_iter().flatten());
        let packages = packages.map(|package| package.value.clone()).collect();
        let files = staged(source, &template.value.files, contents);
        let template = model::Template { base, packages, files, tags: BTreeSet::new() };
        let name = template.clone_name(stem.as_str()).expect("a stem was read as one");
        (stem.clone(), (name, template))
    };
    source.recipe.templates.iter().map(template).collect()
}

/// The files that a recipe puts somewhere, whose contents are kept.
fn staged(source: &Source, files: &Staged, contents: &mut BTreeMap<Digest, Vec<u8>>) -> BTreeMap<FilePath, StagedFile> {
    let file = |(path, file): (&FilePath, &At<recipe::StagedFile>)| {
        let staged = keep(source.contents(file), file.value.mode, contents);
        (path.clone(), StagedFile { sensitive: file.value.sensitive, ..staged })
    };
    files.iter().map(file).collect()
}

fn keep(text: &[u8], mode: FileMode, contents: &mut BTreeMap<Digest, Vec<u8>>) -> StagedFile {
    let blake3 = Digest::of(text);
    contents.entry(blake3).or_insert_with(|| text.to_vec());
    StagedFile { blake3, mode, sensitive: false }
}

struct Context<'a> {
    source: &'a Source,
    release: Release,
    templates: &'a BTreeMap<Stem, (QubeName, model::Template)>,
    contents: BTreeMap<Digest, Vec<u8>>,
    qubes: BTreeMap<QubeName, Qube>,
}

impl Context<'_> {
    /// The qubes between an identity's own and the network: its gateway, and VPN qubes before or behind it.
    fn way(&mut self, identity: &Handle, network: &Network) {
        let recipe = &self.source.recipe;
        match network {
            Network::Clear(upstream) => self.vpn(identity, &upstream.value),
            Network::Tor { gateway, vpn } => {
                if let Gateway::Whonix { upstream, .. } =
                    &recipe.gateways.get(&gateway.value).expect("references were checked").value
                {
                    self.vpn(identity, &upstream.value);
                }
                self.gateway(identity, &gateway.value);
                if let Some(vpn) = vpn {
                    self.vpn(identity, &vpn.value);
                }
            }
        }
    }

    fn gateway(&mut self, identity: &Handle, name: &QubeName) {
        let qube = match &self.source.recipe.gateways.get(name).expect("references were checked").value {
            Gateway::Existing => return,
            Gateway::External { template, body } => {
                let mut qube = self.provider(Role::ExternalGateway, identity, &template.value, body);
                // It holds a network card: a PCI device asks for a full virtual machine, whose memory is not balanced.
                set(&mut qube, "virt_mode", Setting::Text("hvm".to_owned()));
                qube.prefs.entry(property("maxmem")).or_insert(Setting::Int(0));
                qube.features.insert(feature("service.network-manager"), "1".to_owned());
                self.extras(&mut qube, body);
                qube
            }
            Gateway::Whonix { upstream, template, bridges, sensitive, body } => {
                let mut qube = self.provider(Role::Gateway, identity, &template.value, body);
                set(&mut qube, "netvm", Setting::Qube(upstream.value.clone()));
                let bridges: Vec<_> = bridges.iter().map(|bridge| bridge.value.clone()).collect();
                if !bridges.is_empty() {
                    self.write(&mut qube, whonix::bridges_file(), &whonix::bridges_contents(&bridges), *sensitive);
                }
                self.extras(&mut qube, body);
                qube
            }
        };
        self.qubes.insert(name.clone(), qube);
    }

    /// The VPN qube of this name, if it is one.
    fn vpn(&mut self, identity: &Handle, name: &QubeName) {
        let Some(vpn) = self.source.recipe.vpns.get(name).map(|vpn| &vpn.value) else { return };
        let mut qube = self.provider(Role::Vpn, identity, &vpn.template.value, &vpn.body);
        set(&mut qube, "netvm", Setting::Qube(vpn.upstream.value.clone()));
        qube.configuration = Some(vpn.configuration.value.clone());
        self.extras(&mut qube, &vpn.body);
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
        let identity = &self.source.recipe.identities.get(handle).expect("references were checked").value;
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
        if let Some(keyboard) = &identity.keyboard {
            set(
                &mut qube,
                "keyboard_layout",
                match &keyboard.value {
                    Keyboard::Dom0 => Setting::Default,
                    Keyboard::Layout(layout) => Setting::Text(layout.clone()),
                },
            );
        }
        if let Some(audio) = identity.audio {
            set(&mut qube, "audiovm", if audio { Setting::Default } else { Setting::None });
        }
        self.extras(&mut qube, &member.body);
        self.qubes.insert(name.clone(), qube);
    }

    fn network(&mut self, qube: &mut Qube, network: &Network, template: &TemplateRef) {
        let netvm = match network {
            Network::Tor { vpn: Some(qube), .. } | Network::Tor { gateway: qube, .. } | Network::Clear(qube) => qube,
        };
        set(qube, "netvm", Setting::Qube(netvm.value.clone()));
        if let Network::Tor { gateway, .. } = network
            && self.release.whonix_tags(self.template(template).1.as_str()).next().is_some()
        {
            let contents = whonix::sdwdate_gui_contents(&gateway.value, self.release);
            self.write(qube, whonix::sdwdate_gui_file(), &contents, false);
        }
    }

    /// What the recipe's author says besides, which wins.
    fn extras(&self, qube: &mut Qube, body: &Body) {
        for extras in [Some(&body.extras), body.by_release.get(&self.release)].into_iter().flatten() {
            let prefs = extras.prefs.iter().map(|(name, setting)| (name.clone(), setting.value.clone()));
            qube.prefs.extend(prefs);
            qube.tags.extend(extras.tags.iter().map(|tag| tag.value.clone()));
            qube.features.extend(extras.features.iter().map(|(name, value)| (name.clone(), value.value.clone())));
        }
    }

    /// What all qubes have in common: no network, no disposables, no way for others to use it.
    fn qube(&mut self, role: Role, identity: &Handle, template: &TemplateRef, body: &Body) -> Qube {
        let (template, base) = self.template(template);
        let whonix = self.release.whonix_tags(base.as_str()).map(|tag| tag.parse().expect("a literal in this crate"));
        let mut qube = Qube {
            role,
            identity: identity.clone(),
            template,
            label: body.label,
            prefs: BTreeMap::new(),
            tags: whonix.chain([isolated_tag()]).collect(),
            features: BTreeMap::new(),
            private_volume: body.private.map(|mib| u64::from(mib) * MIB),
            files: staged(self.source, &body.files, &mut self.contents),
            configuration: None,
            firewall: body.firewall.as_ref().map(|rules| rules.iter().map(|rule| rule.value.clone()).collect()),
        };
        set(&mut qube, "netvm", Setting::None);
        set(&mut qube, "default_dispvm", Setting::None);
        set(&mut qube, "provides_network", Setting::Bool(false));
        set(&mut qube, "template_for_dispvms", Setting::Bool(false));
        set(&mut qube, "autostart", Setting::Bool(false));
        for (name, value) in [("memory", &body.memory), ("maxmem", &body.maxmem)] {
            if let Some(mib) = value {
                set(&mut qube, name, Setting::Int(mib.value));
            }
        }
        qube
    }

    /// Puts a file of halite's own into a qube.
    fn write(&mut self, qube: &mut Qube, path: FilePath, text: &str, sensitive: bool) {
        let file = keep(text.as_bytes(), FileMode::Plain, &mut self.contents);
        qube.files.insert(path, StagedFile { sensitive, ..file });
    }

    /// A template's name, and the name of the stock template that it is or comes from.
    fn template(&self, template: &TemplateRef) -> (QubeName, QubeName) {
        match template {
            TemplateRef::Declared(stem) => {
                let (name, template) = self.templates.get(stem).expect("references were checked");
                (name.clone(), template.base.clone())
            }
            TemplateRef::Stock(stock) => {
                let name = self.release.stock_template(stock).expect("it is one of the stock templates");
                (name.clone(), name)
            }
        }
    }
}

fn set(qube: &mut Qube, name: &'static str, setting: Setting) {
    let name: PropertyName = property(name);
    qube.prefs.insert(name, setting);
}

fn feature(name: &'static str) -> FeatureName {
    name.parse().expect("a literal in this crate")
}
