//! Doing one step.

use super::ApplyError;
use super::clone_template::clone_template;
use super::inside::provision;
use crate::base::BundleId;
use crate::disk::{self, Mode};
use crate::dom0::Layout;
use crate::plan::{Feature, Property, Step};
use crate::qubesd::{Admin, Qubesd};

/// Does `step`. The files that it may put into a qube are in `bundle`, or in that of a kept generation.
pub fn execute(qubesd: &mut dyn Qubesd, layout: &Layout, step: &Step, bundle: Option<BundleId>) -> Result<(), ApplyError> {
    match step {
        Step::Clone { template, base } => clone_template(qubesd, base, template)?,
        Step::Provision { qube, inside } => provision(qubesd, layout, bundle, qube, inside)?,
        Step::Create { qube, class, template, label } => Admin::new(qubesd).create(qube, *class, template, label)?,
        Step::Property { qube, property, to: Property::Set(text), .. } => {
            Admin::new(qubesd).set_property(qube, property, text)?
        }
        Step::Property { qube, property, to: Property::Default, .. } => Admin::new(qubesd).reset_property(qube, property)?,
        Step::Tag { qube, tag, present } => Admin::new(qubesd).set_tag(qube, tag, *present)?,
        Step::Feature { qube, feature, to } => {
            let value = match to {
                Feature::Set(value) => Some(value.clone()),
                Feature::Absent => None,
            };
            Admin::new(qubesd).set_feature(qube, feature, &value)?;
        }
        Step::Firewall { qube, to } => Admin::new(qubesd).set_firewall(qube, to)?,
        Step::Grow { qube, to } => {
            let mut admin = Admin::new(qubesd);
            // Asked again at the last moment: qubesd would cut off what is beyond a smaller size.
            if admin.volume_size(qube, "private")? < *to {
                admin.resize_volume(qube, "private", *to)?;
            }
        }
        Step::Policy { to: Some(text) } => {
            disk::make_directory(&layout.policy_directory())?;
            disk::replace(&layout.policy(), text.as_bytes(), Mode::Policy)?;
        }
        Step::Policy { to: None } => disk::remove(&layout.policy())?,
    }
    Ok(())
}
