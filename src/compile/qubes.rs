//! The desired state of a recipe: every pref, tag and feature said outright, so that no global default ever decides.

use std::collections::BTreeMap;

use crate::base::{Digest, FeatureName, FileMode, FilePath, Handle, PropertyName, QubeName};
use crate::model::{self, Desired, Qube, Release, Role, Setting, StagedFile, isolated_tag, property, whonix};
use crate::recipe::{self, At, Body, Network, Source, Staged, Stem, TemplateRef};

/// Bytes of a MiB.
const MIB: u64 = 1 << 20;

/// A desired state, and the contents of all files that it puts somewhere.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// What dom0 is to look like.
    pub desired: Desired,
    /// Contents of files, by their digest.
    pub contents: BTreeMap<Digest, Vec<u8>>,
}

/// The desired state of a recipe on `release`, which must be one of the recipe's.
pub fn desired(source: &Source, release: Release) -> Compiled {
    let recipe = &source.recipe;
    let mut contents = BTreeMap::new();
    let templates = templates(source, release, &mut contents);
    let mut context = Context { source, release, templates: &templates, contents };
    let mut qubes = BTreeMap::new();
    for (handle, identity) in &recipe.identities {
        if let Network::Gateway(gateway) = &identity.value.network {
            qubes.insert(gateway.value.clone(), context.gateway(handle, &gateway.value));
        }
    }
    for (name, workstation) in &recipe.workstations {
        let dispvm = workstation.value.disposables.as_ref().map(|disposables| &disposables.value);
        qubes.insert(name.clone(), context.workstation(Role::Workstation, &workstation.value, dispvm));
    }
    for (name, disposable) in &recipe.disposables {
        // What is opened from a disposable opens in another one of the same template.
        qubes.insert(name.clone(), context.workstation(Role::DisposableTemplate, &disposable.value, Some(name)));
    }
    let identities = recipe.identities.iter().map(|(handle, identity)| {
        let identity = &identity.value;
        let accounts = identity.accounts.iter().map(|account| account.value.clone()).collect();
        let applications = identity.applications.iter().map(|application| application.value.clone()).collect();
        (handle.clone(), model::Identity { mode: identity.mode, accounts, applications })
    });
    let identities = identities.collect();
    let contents = context.contents;
    Compiled { desired: Desired { identities, templates: templates.into_values().collect(), qubes }, contents }
}

/// The recipe's templates: by stem, the clone's name and what it is.
fn templates(
    source: &Source,
    release: Release,
    contents: &mut BTreeMap<Digest, Vec<u8>>,
) -> BTreeMap<Stem, (QubeName, model::Template)> {
    let template = |(stem, template): (&Stem, &At<recipe::Template>)| {
        let base = template.value.base.value.get(&release).expect("a base was read for each release of the recipe").clone();
        let packages = template.value.packages.iter().map(|package| package.value.clone()).collect();
        let template = model::Template { base, packages, files: staged(source, &template.value.files, contents) };
        let name = template.clone_name(stem.as_str()).expect("a stem was read as one");
        (stem.clone(), (name, template))
    };
    source.recipe.templates.iter().map(template).collect()
}

/// The files that a recipe puts somewhere, whose contents are kept.
fn staged(source: &Source, files: &Staged, contents: &mut BTreeMap<Digest, Vec<u8>>) -> BTreeMap<FilePath, StagedFile> {
    let file = |(path, file): (&FilePath, &At<recipe::StagedFile>)| {
        let staged = keep(source.contents(file), file.value.mode, contents);
        (path.clone(), staged)
    };
    files.iter().map(file).collect()
}

fn keep(text: &[u8], mode: FileMode, contents: &mut BTreeMap<Digest, Vec<u8>>) -> StagedFile {
    let blake3 = Digest::of(text);
    contents.entry(blake3).or_insert_with(|| text.to_vec());
    StagedFile { blake3, mode }
}

struct Context<'a> {
    source: &'a Source,
    release: Release,
    templates: &'a BTreeMap<Stem, (QubeName, model::Template)>,
    contents: BTreeMap<Digest, Vec<u8>>,
}

impl Context<'_> {
    fn gateway(&mut self, identity: &Handle, name: &QubeName) -> Qube {
        let gateway = &self.source.recipe.gateways.get(name).expect("references were checked").value;
        let mut qube = self.qube(Role::Gateway, identity, &gateway.template.value, &gateway.body);
        set(&mut qube, "netvm", Setting::Qube(gateway.upstream.value.clone()));
        set(&mut qube, "provides_network", Setting::Bool(true));
        // Shown among the service qubes of menus.
        qube.features.insert(feature("servicevm"), "1".to_owned());
        let bridges: Vec<_> = gateway.bridges.iter().map(|bridge| bridge.value.clone()).collect();
        if !bridges.is_empty() {
            self.write(&mut qube, whonix::bridges_file(), &whonix::bridges_contents(&bridges));
        }
        qube
    }

    fn workstation(&mut self, role: Role, workstation: &recipe::Workstation, dispvm: Option<&QubeName>) -> Qube {
        let handle = &workstation.identity.value;
        let identity = &self.source.recipe.identities.get(handle).expect("references were checked").value;
        let netvm = match &identity.network {
            Network::Gateway(gateway) => gateway,
            Network::Clear(upstream) => upstream,
        };
        let mut qube = self.qube(role, handle, &workstation.template.value, &workstation.body);
        set(&mut qube, "netvm", Setting::Qube(netvm.value.clone()));
        if let Some(dispvm) = dispvm {
            set(&mut qube, "default_dispvm", Setting::Qube(dispvm.clone()));
        }
        if role == Role::DisposableTemplate {
            set(&mut qube, "template_for_dispvms", Setting::Bool(true));
            qube.features.insert(feature("appmenus-dispvm"), "1".to_owned());
        }
        qube.tags.insert(handle.tag());
        if let Network::Gateway(gateway) = &identity.network
            && self.release.whonix_tags(self.template(&workstation.template.value).1.as_str()).next().is_some()
        {
            self.write(&mut qube, whonix::sdwdate_gui_file(), &whonix::sdwdate_gui_contents(&gateway.value, self.release));
        }
        qube
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
    fn write(&mut self, qube: &mut Qube, path: FilePath, text: &str) {
        let file = keep(text.as_bytes(), FileMode::Plain, &mut self.contents);
        qube.files.insert(path, file);
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
