//! The desired state of a recipe: every pref, tag and feature said outright, so that no global default ever decides.

use std::collections::BTreeMap;

use crate::base::{FeatureName, Handle, PropertyName, QubeName};
use crate::model::{self, Desired, Qube, Release, Role, Setting, isolated_tag, property};
use crate::recipe::{Body, Network, Recipe, Stem, TemplateRef};

/// Bytes of a MiB.
const MIB: u64 = 1 << 20;

/// The desired state of `recipe` on `release`, which must be one of the recipe's.
pub fn desired(recipe: &Recipe, release: Release) -> Desired {
    let templates = templates(recipe, release);
    let context = Context { recipe, release, templates: &templates };
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
    Desired { identities: identities.collect(), templates: templates.into_values().collect(), qubes }
}

/// The recipe's templates: by stem, the clone's name and what it is.
fn templates(recipe: &Recipe, release: Release) -> BTreeMap<Stem, (QubeName, model::Template)> {
    let template = |(stem, template): (&Stem, &crate::recipe::At<crate::recipe::Template>)| {
        let base = template.value.base.get(&release).expect("a base was read for each release of the recipe").clone();
        let packages = template.value.packages.iter().map(|package| package.value.clone()).collect();
        let template = model::Template { base, packages };
        let name = template.clone_name(stem.as_str()).expect("a stem was read as one");
        (stem.clone(), (name, template))
    };
    recipe.templates.iter().map(template).collect()
}

struct Context<'a> {
    recipe: &'a Recipe,
    release: Release,
    templates: &'a BTreeMap<Stem, (QubeName, model::Template)>,
}

impl Context<'_> {
    fn gateway(&self, identity: &Handle, name: &QubeName) -> Qube {
        let gateway = &self.recipe.gateways.get(name).expect("references were checked").value;
        let mut qube = self.qube(Role::Gateway, identity, &gateway.template.value, &gateway.body);
        set(&mut qube, "netvm", Setting::Qube(gateway.upstream.value.clone()));
        set(&mut qube, "provides_network", Setting::Bool(true));
        // Shown among the service qubes of menus.
        qube.features.insert(feature("servicevm"), "1".to_owned());
        qube
    }

    fn workstation(&self, role: Role, workstation: &crate::recipe::Workstation, dispvm: Option<&QubeName>) -> Qube {
        let handle = &workstation.identity.value;
        let identity = &self.recipe.identities.get(handle).expect("references were checked").value;
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
        qube
    }

    /// What all qubes have in common: no network, no disposables, no way for others to use it.
    fn qube(&self, role: Role, identity: &Handle, template: &TemplateRef, body: &Body) -> Qube {
        let (template, base) = self.template(template);
        let whonix = self.release.whonix_tags(base.as_str()).iter().map(|tag| tag.parse().expect("a literal in this crate"));
        let mut qube = Qube {
            role,
            identity: identity.clone(),
            template,
            label: body.label,
            prefs: BTreeMap::new(),
            tags: whonix.chain([isolated_tag()]).collect(),
            features: BTreeMap::new(),
            private_volume: body.private.map(|mib| u64::from(mib) * MIB),
        };
        set(&mut qube, "netvm", Setting::None);
        set(&mut qube, "default_dispvm", Setting::None);
        set(&mut qube, "provides_network", Setting::Bool(false));
        set(&mut qube, "template_for_dispvms", Setting::Bool(false));
        set(&mut qube, "autostart", Setting::Bool(false));
        for (name, value) in [("memory", body.memory), ("maxmem", body.maxmem)] {
            if let Some(mib) = value {
                set(&mut qube, name, Setting::Int(mib));
            }
        }
        qube
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
