//! Reading what dom0 has for a plan besides qubes: only what that plan needs, and nothing for one that changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::managed::links;
use crate::base::{PoolName, QubeName};
use crate::model::{Class, Stored, Volume};
use crate::plan::{Links, Needs, Observed, State, Supplies};
use crate::qubesd::{Admin, AdminError, Qubesd};

/// Classes of machines, which have netvms and templates (qubes-core-admin, `qubes/vm/*vm.py`).
const MACHINES: [&str; 4] = ["AppVM", "DispVM", "StandaloneVM", "TemplateVM"];

/// What dom0 has of all that the way from `observed` to `target` needs.
///
/// # Errors
/// If qubesd refuses or makes no sense.
pub fn supplies(qubesd: &mut dyn Qubesd, target: &State, observed: &Observed) -> Result<Supplies, AdminError> {
    let mut admin = Admin::new(qubesd);
    let needs = Needs::of(target, observed);
    let mut supplies = Supplies::default();
    if needs.labels {
        supplies.labels = Some(admin.labels()?);
    }
    if needs.kernels {
        supplies.kernels = admin.kernels()?;
    }
    for base in &needs.bases {
        supplies.volumes.insert(base.clone(), volumes(&mut admin, base)?);
    }
    for volume in &needs.new {
        supplies.default_pools.extend(admin.default_pool(*volume)?.map(|pool| (*volume, pool)));
    }
    let names: BTreeSet<&PoolName> = needs.growing.iter().chain(supplies.default_pools.values()).collect();
    for pool in names {
        supplies.pools.insert(pool.clone(), admin.pool(pool)?);
    }
    others(&mut admin, target, observed, &needs, &mut supplies)?;
    Ok(supplies)
}

/// The volumes of a template.
fn volumes(admin: &mut Admin, template: &QubeName) -> Result<BTreeMap<Volume, Stored>, AdminError> {
    Volume::ALL.into_iter().map(|volume| Ok((volume, admin.stored(template, volume)?))).collect()
}

/// Whoever is not managed and hangs on what lets go, or keeps it from being moved. What is managed is moved by the plan itself.
fn others(
    admin: &mut Admin,
    target: &State,
    observed: &Observed,
    needs: &Needs,
    supplies: &mut Supplies,
) -> Result<(), AdminError> {
    let lets_go = !needs.no_network.is_empty() || !needs.no_disposables.is_empty();
    let is_other = |class: &str, name: &QubeName| MACHINES.contains(&class) && !target.qubes.contains_key(name);
    for (name, there) in observed.there.iter().filter(|(name, there)| is_other(&there.class, name)) {
        let is_running_disposable = there.class == Class::Disposable.as_str() && !there.halted;
        if !(lets_go || is_running_disposable && !needs.moved.is_empty()) {
            continue;
        }
        let read = observed.providers.get(name).map(|provider| provider.links.clone());
        let Links { netvm, template, .. } = read.map_or_else(|| links(admin, name), Ok)?;
        if let Some(moved) = template.clone().filter(|template| is_running_disposable && needs.moved.contains(template)) {
            supplies.disposables.entry(moved).or_default().insert(name.clone());
        }
        let hangs =
            [netvm.filter(|netvm| needs.no_network.contains(netvm)), template.filter(|on| needs.no_disposables.contains(on))];
        for on in hangs.into_iter().flatten() {
            supplies.users.entry(on).or_default().insert(name.clone());
        }
    }
    Ok(())
}
