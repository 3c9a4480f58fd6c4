//! Reading dom0 for a plan: once, no call twice, and only what the plan compares.

use std::collections::{BTreeMap, BTreeSet};

use super::ApplyError;
use crate::base::{FeatureName, QubeName};
use crate::disk;
use crate::dom0::Layout;
use crate::plan::{Feature, Observed, Policy, Property, Settings, State, There, feature};
use crate::qubesd::{Admin, Listed, Qubesd, Value};

/// The largest policy file that is read, in bytes.
const POLICY_MOST: u64 = 16 << 20;
/// The property that says through which qube another reaches the network.
const NETVM: &str = "netvm";

/// dom0 as it is, with everything that `target` compares.
pub fn observe(qubesd: &mut dyn Qubesd, layout: &Layout, target: &State) -> Result<Observed, ApplyError> {
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
    let policy = disk::read_if_there(&layout.policy(), POLICY_MOST)?;
    let text = |bytes| String::from_utf8(bytes).map_err(|_| ApplyError::damaged(&layout.policy(), "it is not UTF-8 text"));
    let policy = policy.map(text).transpose()?.map_or(Policy::Absent, Policy::Text);
    Ok(Observed { there, qubes, provider_tags, policy })
}

fn settings(admin: &mut Admin, name: &QubeName, wanted: &Settings) -> Result<Settings, ApplyError> {
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
