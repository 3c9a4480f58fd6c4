//! Where in a recipe that was written which a check finds fault with.

use super::language::{Body, Gateway, Identity, NamedDisposable, Network, Recipe, Settings, Template, Vpn, Workstation};
use super::place::{At, Place};
use crate::check::{Part, Subject};
use crate::model::whonix;

impl Recipe {
    /// Where in the recipe `subject` was written, or that part of it.
    pub fn place_of(&self, subject: &Subject, part: Option<&Part>) -> Place {
        let place = match subject {
            Subject::Bundle => match part {
                Some(Part::Memory) => self.memory.as_ref().map(|memory| &memory.place),
                Some(Part::Updates) => Some(&self.updates.place),
                _ => None,
            },
            Subject::Identity(handle) => self.identities.get(handle).map(|identity| part_of_identity(identity, part)),
            Subject::Template(name) => {
                let stem = name.as_str().strip_prefix("h-").and_then(|rest| rest.rsplit_once('-')).map(|(stem, _)| stem);
                let template = stem.and_then(|stem| self.templates.get(&stem.parse().ok()?));
                template.map(|template| part_of_template(template, part))
            }
            Subject::Qube(name) => (self.gateways.get(name).map(|gateway| part_of_gateway(gateway, part)))
                .or_else(|| self.vpns.get(name).map(|vpn| part_of_vpn(vpn, part)))
                .or_else(|| self.workstations.get(name).map(|workstation| self.part_of_workstation(workstation, part)))
                .or_else(|| self.disposables.get(name).map(|disposable| self.part_of_workstation(disposable, part)))
                .or_else(|| self.named_disposables.get(name).map(|named| self.part_of_named_disposable(named, part)))
                .or_else(|| self.vaults.get(name).map(|vault| self.part_of_workstation(vault, part))),
            Subject::Flow(handle) => self.flows.get(handle).map(|flow| &flow.place),
            Subject::Exception(handle) => self.exceptions.get(handle).map(|exception| &exception.place),
        };
        place.cloned().unwrap_or_default()
    }

    fn part_of_workstation<'a>(&'a self, declared: &'a At<Workstation>, part: Option<&Part>) -> &'a Place {
        let workstation = &declared.value;
        let place = match part {
            Some(Part::Template) => Some(&workstation.template.place),
            Some(Part::Disposables) => workstation.disposables.as_ref().map(|disposables| &disposables.place),
            Some(Part::Netvm) => self.netvm_of(workstation),
            Some(part) => part_of_body(&workstation.body, part),
            None => None,
        };
        place.unwrap_or(&declared.place)
    }

    /// Where the netvm of an identity's own qube is written: it has its identity's.
    fn netvm_of(&self, workstation: &Workstation) -> Option<&Place> {
        self.identities.get(&workstation.identity.value).map(|identity| match &identity.value.network {
            Network::Tor { vpn: Some(qube), .. } | Network::Tor { gateway: qube, .. } | Network::Clear(qube) => &qube.place,
        })
    }

    /// What it does not say itself, its disposable template says.
    fn part_of_named_disposable<'a>(&'a self, declared: &'a At<NamedDisposable>, part: Option<&Part>) -> &'a Place {
        let template = &declared.value.template;
        let made_from = self.disposables.get(&template.value).map(|made_from| &made_from.value);
        let place = match part {
            Some(Part::Template | Part::Disposables) => Some(&template.place),
            Some(Part::Netvm) => made_from.and_then(|made_from| self.netvm_of(made_from)),
            Some(part) => (part_of_settings(&declared.value.settings, part)).or_else(|| part_of_body(&made_from?.body, part)),
            None => None,
        };
        place.unwrap_or(&declared.place)
    }
}

fn part_of_identity<'a>(declared: &'a At<Identity>, part: Option<&Part>) -> &'a Place {
    let identity = &declared.value;
    let place = match part {
        Some(Part::Account(handle)) => identity.accounts.iter().find(|account| account.value == *handle),
        Some(Part::Destination(handle)) => identity.destinations.iter().find(|destination| destination.value == *handle),
        _ => None,
    };
    let place = place.map(|handle| &handle.place);
    let gateway = match (&identity.network, part) {
        (Network::Tor { gateway, .. }, Some(Part::Netvm)) => Some(&gateway.place),
        _ => None,
    };
    place.or(gateway).unwrap_or(&declared.place)
}

fn part_of_template<'a>(declared: &'a At<Template>, part: Option<&Part>) -> &'a Place {
    let template = &declared.value;
    let place = match part {
        Some(Part::Template) => Some(&template.base.place),
        Some(Part::File(path)) => template.files.get(path).map(|file| &file.place),
        Some(Part::Package(name)) => {
            let all = template.packages.iter().chain(template.by_release.values().flatten());
            all.into_iter().find(|package| package.value == *name).map(|package| &package.place)
        }
        _ => None,
    };
    place.unwrap_or(&declared.place)
}

fn part_of_gateway<'a>(declared: &'a At<Gateway>, part: Option<&Part>) -> &'a Place {
    let place = match &declared.value {
        Gateway::Existing => None,
        Gateway::External { template, body } => match part {
            Some(Part::Template) => Some(&template.place),
            Some(part) => part_of_body(body, part),
            None => None,
        },
        Gateway::Whonix { upstream, template, bridges, body, .. } => match part {
            Some(Part::Template) => Some(&template.place),
            Some(Part::Netvm) => Some(&upstream.place),
            // What halite writes there follows from them.
            Some(Part::File(path)) if *path == whonix::bridges_file() && !bridges.is_empty() => {
                bridges.first().map(|bridge| &bridge.place)
            }
            Some(part) => part_of_body(body, part),
            None => None,
        },
    };
    place.unwrap_or(&declared.place)
}

fn part_of_vpn<'a>(declared: &'a At<Vpn>, part: Option<&Part>) -> &'a Place {
    let vpn = &declared.value;
    let place = match part {
        Some(Part::Template) => Some(&vpn.template.place),
        Some(Part::Netvm) => Some(&vpn.upstream.place),
        Some(Part::Configuration) => Some(&vpn.configuration.place),
        Some(part) => part_of_body(&vpn.body, part),
        None => None,
    };
    place.unwrap_or(&declared.place)
}

fn part_of_body<'a>(body: &'a Body, part: &Part) -> Option<&'a Place> {
    match part {
        Part::File(path) => body.files.get(path).map(|file| &file.place),
        part => part_of_settings(&body.settings, part),
    }
}

fn part_of_settings<'a>(settings: &'a Settings, part: &Part) -> Option<&'a Place> {
    let mut extras = settings.by_release.values().chain([&settings.extras]);
    match part {
        Part::Memory => settings.memory.as_ref().or(settings.maxmem.as_ref()).map(|memory| &memory.place),
        Part::Property(name) => extras.find_map(|extras| extras.prefs.get(name)).map(|pref| &pref.place),
        Part::Feature(name) => extras.find_map(|extras| extras.features.get(name)).map(|feature| &feature.place),
        Part::Tag(name) => extras.find_map(|extras| extras.tags.iter().find(|tag| tag.value == *name)).map(|tag| &tag.place),
        _ => None,
    }
}
