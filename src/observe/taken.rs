//! Taking a capture: every qube is read, no call is made twice, and nothing is changed.

use std::collections::{BTreeMap, BTreeSet};

use super::capture::{Books, Capture, Captured, Value};
use crate::base::{PoolName, QubeName};
use crate::model::{Release, Stored, Volume};
use crate::plan::Supplies;
use crate::qrexec::PolicyTree;
use crate::qubesd::{Admin, AdminError, Listed, Qubesd};

/// Classes without firewall and volumes (qubes-core-admin, `qubes/vm/adminvm.py` and `remotevm.py`).
const NO_MACHINES: [&str; 2] = ["AdminVM", "RemoteVM"];

/// Reads all that qubesd knows of its qubes and plans look at.
///
/// # Errors
/// If qubesd refuses or makes no sense.
pub fn take(qubesd: &mut dyn Qubesd, release: Release, policy: PolicyTree, books: Books) -> Result<Capture, AdminError> {
    let mut admin = Admin::new(qubesd);
    let mut qubes = BTreeMap::new();
    let mut stored = BTreeMap::new();
    for (name, Listed { class, halted }) in admin.list()? {
        let volumes = volumes(&mut admin, &name, &class)?;
        let captured = qube(&mut admin, &name, class, halted, volumes.get(&Volume::Private))?;
        qubes.insert(name.clone(), captured);
        stored.insert(name, volumes);
    }
    let system = admin.system_json()?;
    let supplies = supplies(&mut admin, stored)?;
    Ok(Capture::new(release, qubes, system, policy, books).with_supplies(supplies))
}

/// All that any plan could ask for.
fn supplies(admin: &mut Admin, volumes: BTreeMap<QubeName, BTreeMap<Volume, Stored>>) -> Result<Supplies, AdminError> {
    let mut supplies = Supplies { labels: Some(admin.labels()?), kernels: admin.kernels()?, ..Supplies::default() };
    for volume in Volume::ALL {
        supplies.default_pools.extend(admin.default_pool(volume)?.map(|pool| (volume, pool)));
    }
    let used = volumes.values().flat_map(BTreeMap::values).filter_map(|stored| stored.pool.clone());
    let pools: BTreeSet<PoolName> = supplies.default_pools.values().cloned().chain(used).collect();
    for pool in pools {
        match admin.pool(&pool) {
            // Its disk is elsewhere today; so nothing can be made there.
            Err(AdminError::Empty { .. }) => {}
            read => drop(supplies.pools.insert(pool, read?)),
        }
    }
    supplies.volumes = volumes;
    supplies.volumes.retain(|_, volumes| !volumes.is_empty());
    Ok(supplies)
}

/// The volumes of a qube that may be copied or grow: both of a template, the private one of others.
fn volumes(admin: &mut Admin, name: &QubeName, class: &str) -> Result<BTreeMap<Volume, Stored>, AdminError> {
    let of_class: &[Volume] = match class {
        _ if NO_MACHINES.contains(&class) => &[],
        "TemplateVM" => &Volume::ALL,
        _ => &[Volume::Private],
    };
    of_class.iter().map(|volume| Ok((*volume, admin.stored(name, *volume)?))).collect()
}

fn qube(
    admin: &mut Admin,
    name: &QubeName,
    class: String,
    is_halted: bool,
    private: Option<&Stored>,
) -> Result<Captured, AdminError> {
    let properties = admin.properties(name)?.into_iter();
    let properties = properties.map(|(property, value)| {
        let value = Value { is_default: value.is_default, value: value.text };
        (property, value)
    });
    let properties = properties.collect();
    let tags = admin.tags(name)?;
    let mut features = BTreeMap::new();
    for feature in admin.features(name)? {
        let value = admin.feature(name, &feature)?;
        features.insert(feature, value);
    }
    let is_machine = !NO_MACHINES.contains(&class.as_str());
    let firewall = if is_machine { Some(admin.firewall(name)?) } else { None };
    let private_volume = private.map(|stored| stored.size);
    Ok(Captured { class, is_halted, properties, tags, features, firewall, private_volume })
}
