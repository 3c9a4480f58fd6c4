//! Reading dom0 for a plan: once, no call twice, and only what the plan compares.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{FeatureName, QubeName};
use crate::plan::{Feature, Observed, Policy, Property, Settings, State, There, feature};
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
    let mut qubes = BTreeMap::new();
    for (name, wanted) in target.qubes.iter().filter(|(name, _)| there.contains_key(*name)) {
        qubes.insert(name.clone(), settings(&mut admin, name, wanted)?);
    }
    let mut provider_tags = BTreeMap::new();
    for provider in providers(target, &qubes).into_iter().filter(|name| there.contains_key(name)) {
        let tags = admin.tags(&provider)?;
        provider_tags.insert(provider, tags);
    }
    Ok(Observed { there, qubes, provider_tags, policy })
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
    if wanted.private_volume.is_some() {
        seen.private_volume = Some(admin.volume_size(name, "private")?);
    }
    if wanted.firewall.is_some() {
        seen.firewall = Some(admin.firewall(name)?);
    }
    Ok(seen)
}

/// The qubes, not managed themselves, that managed ones whose netvm is to change reach the network through, now or then. Whether these
/// are gateways is asked of no others: nothing dangerous comes of a netvm that stays.
fn providers(target: &State, seen: &BTreeMap<QubeName, Settings>) -> BTreeSet<QubeName> {
    let mut found = BTreeSet::new();
    for (name, wanted) in &target.qubes {
        let now = seen.get(name);
        if wanted.property(NETVM).is_none() || now.and_then(|now| now.property(NETVM)) == wanted.property(NETVM) {
            continue;
        }
        found.extend(now.and_then(|now| now.qube(NETVM)));
        // The way leads over managed qubes, such as VPN qubes, to the first that is not.
        let mut at = wanted.qube(NETVM);
        while let Some(provider) = at.filter(|provider| found.insert(provider.clone())) {
            at = target.qubes.get(&provider).and_then(|settings| settings.qube(NETVM));
        }
    }
    found.retain(|name| !target.qubes.contains_key(name));
    found
}
