//! Taking a capture: every qube is read, no call is made twice, and nothing is changed.

use std::collections::BTreeMap;

use super::capture::{Books, Capture, Captured, Value};
use crate::base::QubeName;
use crate::model::Release;
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
    for (name, Listed { class, halted }) in admin.list()? {
        let captured = qube(&mut admin, &name, class, halted)?;
        qubes.insert(name, captured);
    }
    let system = admin.system_json()?;
    Ok(Capture::new(release, qubes, system, policy, books))
}

fn qube(admin: &mut Admin, name: &QubeName, class: String, is_halted: bool) -> Result<Captured, AdminError> {
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
    let private_volume = if is_machine { Some(admin.volume_size(name, "private")?) } else { None };
    Ok(Captured { class, is_halted, properties, tags, features, firewall, private_volume })
}
