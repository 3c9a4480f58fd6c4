//! Reading dom0 for a plan: once, no call twice, and only what the plan compares.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{FeatureName, QubeName};
use crate::model::Volume;
use crate::plan::{Feature, Links, Observed, Policy, Property, Provider, Settings, State, There, feature};
use crate::qubesd::{Admin, AdminError, Listed, Qubesd, Value};

/// The property that says through which qube another reaches the network.
const NETVM: &str = "netvm";

/// dom0 as it is, with everything that `target` compares. `policy` is the file that is halite's.
///
/// # Errors
/// If qubesd refuses or makes no sense.
pub fn observe(qubesd: &mut dyn Qubesd, policy: Policy, target: &State) -> Result<Observed, AdminError> {
    let mut admin = Admin::new(qubesd);
    let there: BTreeMap<QubeName, There> =
        (admin.list()?.into_iter()).map(|(name, Listed { class, halted })| (name, There { class, halted })).collect();
    let mut observed = Observed { there, policy, ..Observed::default() };
    for (name, wanted) in target.qubes.iter().filter(|(name, _)| observed.there.contains_key(*name)) {
        let mut seen = settings(&mut admin, name, wanted)?;
        if wanted.private_volume.is_some() {
            let stored = admin.stored(name, Volume::Private)?;
            seen.private_volume = Some(stored.size);
            observed.private_volumes.insert(name.clone(), stored);
        }
        observed.qubes.insert(name.clone(), seen);
    }
    observed.providers = providers(&mut admin, target, &observed)?;
    Ok(observed)
}

fn settings(admin: &mut Admin, name: &QubeName, wanted: &Settings) -> Result<Settings, AdminError> {
    let mut seen = Settings::default();
    if !wanted.properties.is_empty() {
        let state = |value: Value| if value.is_default { Property::Default } else { Property::Set(value.text) };
        seen.properties = admin.properties(name)?.into_iter().map(|(property, value)| (property, state(value))).collect();
    }
    seen.tags = admin.tags(name)?.into_iter().map(|tag| (tag, true)).collect();
    let made = feature::name(feature::MADE);
    let interesting: BTreeSet<&FeatureName> = wanted.features.keys().chain([&made]).collect();
    for feature in admin.features(name)?.iter().filter(|feature| interesting.contains(feature)) {
        let value = admin.feature(name, feature)?;
        seen.features.insert(feature.clone(), Feature::Set(value));
    }
    if wanted.firewall.is_some() {
        seen.firewall = Some(admin.firewall(name)?);
    }
    Ok(seen)
}

/// The qubes, not managed themselves, that managed ones whose netvm is to change reach the network through, now or then, one behind the
/// other. Nothing is asked of others: no way changes by a netvm that stays.
fn providers(admin: &mut Admin, target: &State, observed: &Observed) -> Result<BTreeMap<QubeName, Provider>, AdminError> {
    let mut seen = BTreeSet::new();
    let mut found = BTreeMap::new();
    for (name, wanted) in &target.qubes {
        let now = observed.qubes.get(name);
        if wanted.property(NETVM).is_none() || now.and_then(|now| now.property(NETVM)) == wanted.property(NETVM) {
            continue;
        }
        for first in [now.and_then(|now| now.qube(NETVM)), wanted.qube(NETVM)] {
            let mut at = first;
            while let Some(provider) = at.filter(|provider| observed.exists(provider) && seen.insert(provider.clone())) {
                at = match target.qubes.get(&provider) {
                    // The way leads over managed qubes, such as VPN qubes, to the first that is not.
                    Some(settings) => settings.qube(NETVM),
                    None => {
                        let (tags, links) = (admin.tags(&provider)?, links(admin, &provider)?);
                        let next = links.netvm.clone();
                        found.insert(provider, Provider { tags, links });
                        next
                    }
                };
            }
        }
    }
    Ok(found)
}

/// What a qube that is not managed hangs on.
pub fn links(admin: &mut Admin, name: &QubeName) -> Result<Links, AdminError> {
    let properties = admin.properties(name)?;
    let text = |property: &str| properties.get(property).map(|value| &value.text);
    let qube = |property: &str| text(property).and_then(|name| name.parse().ok());
    let provides_network = text("provides_network").is_some_and(|text| text == "True");
    Ok(Links { netvm: qube(NETVM), template: qube("template"), provides_network })
}
