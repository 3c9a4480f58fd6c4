//! Cloning a template by the Admin API, as `qvm-clone` does it.
//!
//! Source: qubes-core-admin-client R4.3, `qubesadmin/app.py`, `clone_vm`.

use super::ApplyError;
use crate::base::QubeName;
use crate::qubesd::{Admin, Qubesd};

/// Properties that a clone has of its own.
const OWN: [&str; 7] = ["name", "qid", "uuid", "template", "label", "installed_by_rpm", "klass"];
/// Volumes of a template that outlive a shutdown.
const VOLUMES: [&str; 2] = ["root", "private"];

/// Makes `template` a copy of `base`: label, properties, tags, features, firewall, volumes. Not atomic: on an error, part of it is there.
pub fn clone_template(qubesd: &mut dyn Qubesd, base: &QubeName, template: &QubeName) -> Result<(), ApplyError> {
    let mut admin = Admin::new(qubesd);
    let properties = admin.properties(base)?;
    let label = properties.iter().find(|(name, _)| name.as_str() == "label").map_or("black", |(_, value)| value.text.as_str());
    admin.create_template(template, label)?;
    for (name, value) in properties.iter().filter(|(name, value)| !value.is_default && !OWN.contains(&name.as_str())) {
        admin.set_property(template, name, &value.text)?;
    }
    for tag in admin.tags(base)?.into_iter().filter(|tag| !tag.belongs_to_qubes()) {
        admin.set_tag(template, &tag, true)?;
    }
    for feature in admin.features(base)? {
        let name = feature.as_str();
        if name.starts_with("x-halite-") || (name.starts_with("preload-dispvm") && name != "preload-dispvm-max") {
            continue;
        }
        let value = admin.feature(base, &feature)?;
        admin.set_feature(template, &feature, &Some(value))?;
    }
    let firewall = admin.firewall(base)?;
    admin.set_firewall(template, &firewall)?;
    for volume in VOLUMES {
        admin.clone_volume(base, template, volume)?;
    }
    Ok(())
}
