//! The desired state of a recipe: identities, flows and exceptions as they are declared, and the qubes that follow from them.

use std::collections::{BTreeMap, BTreeSet};

use super::kept::Kept;
use super::policy;
use super::qubes;
use super::templates::Templates;
use crate::base::{Digest, Handle, QubeName};
use crate::check;
use crate::model::{self, Desired, Release};
use crate::qrexec::parse_policy;
use crate::recipe::{self, At, Gateway, Network, Recipe, Source};

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
    let mut kept = Kept::default();
    let templates = Templates::of(source, release, &mut kept);
    let qubes = qubes::qubes(source, release, &templates, &mut kept);
    let identities: BTreeMap<Handle, model::Identity> =
        recipe.identities.iter().map(|(handle, declared)| (handle.clone(), identity(recipe, &declared.value))).collect();
    let over_tor = |handle: &Handle| identities.get(handle).is_some_and(|identity| identity.mode.over_tor());
    let used_over_tor: BTreeSet<&QubeName> =
        qubes.values().filter(|qube| over_tor(&qube.identity)).map(|qube| &qube.template).collect();
    let desired = Desired {
        flows: recipe.flows.iter().map(|(handle, declared)| (handle.clone(), flow(&declared.value))).collect(),
        exceptions: (recipe.exceptions.iter())
            .map(|(handle, declared)| (handle.clone(), exception(&declared.value, &templates)))
            .collect(),
        update_gateway: identities.keys().any(over_tor).then(|| recipe.updates.value.clone()),
        memory: recipe.memory.as_ref().map(|memory| memory.value),
        templates: templates.tagged(&used_over_tor),
        identities,
        qubes,
    };
    let policy = policy::policy(&desired, release, recipe.name.as_str());
    Compiled { desired, contents: kept.into_contents(), policy }
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

fn exception(exception: &recipe::Exception, templates: &Templates) -> model::Exception {
    let about = match &exception.about {
        recipe::About::Bundle => model::About::Bundle,
        recipe::About::Identity(handle) => model::About::Identity(handle.value.clone()),
        recipe::About::Template(stem) => model::About::Template(templates.name(&stem.value).clone()),
        recipe::About::Qube(qube) => model::About::Qube(qube.value.clone()),
    };
    model::Exception { code: exception.code.value.clone(), about, reason: exception.reason.clone() }
}
