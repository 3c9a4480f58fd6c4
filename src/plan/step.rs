//! One step of a plan: the unit of what is done, and of what is undone.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::state::{Feature, Property};
use crate::base::{FeatureName, FilePath, PackageName, PropertyName, QubeName, Tag, cleaned};
use crate::model::{Class, Inside};

/// A change of one thing in dom0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Clones a template.
    Clone {
        /// The new template.
        template: QubeName,
        /// The one that is copied.
        base: QubeName,
    },
    /// Does something inside a template or a qube, which is started for that.
    Provision {
        /// Inside which.
        qube: QubeName,
        /// What is to be there, and what is not.
        inside: Inside,
    },
    /// Makes a qube.
    Create {
        /// Its name.
        qube: QubeName,
        /// What kind of qube.
        #[serde(default, skip_serializing_if = "Class::is_default")]
        class: Class,
        /// Its template.
        template: QubeName,
        /// Its label.
        label: String,
    },
    /// Sets or resets a property.
    Property {
        /// Whose.
        qube: QubeName,
        /// Which.
        property: PropertyName,
        /// As it is now; not known of a qube that the plan makes.
        from: Option<Property>,
        /// As it is to be.
        to: Property,
    },
    /// Sets or removes a tag.
    Tag {
        /// Whose.
        qube: QubeName,
        /// Which.
        tag: Tag,
        /// Whether it is to be there.
        present: bool,
    },
    /// Sets or removes a feature.
    Feature {
        /// Whose.
        qube: QubeName,
        /// Which.
        feature: FeatureName,
        /// As it is to be.
        to: Feature,
    },
    /// Sets the rules of a firewall.
    Firewall {
        /// Whose.
        qube: QubeName,
        /// All of them, a line each.
        to: String,
    },
    /// Makes a private volume larger.
    Grow {
        /// Whose.
        qube: QubeName,
        /// Its size is to be this, in bytes.
        to: u64,
    },
    /// Puts the policy file in place, or takes it away.
    Policy {
        /// The text; none: no file.
        to: Option<String>,
    },
}

impl Step {
    /// The qube or template that the step is about.
    pub fn qube(&self) -> Option<&QubeName> {
        match self {
            Self::Clone { template: qube, .. }
            | Self::Provision { qube, .. }
            | Self::Create { qube, .. }
            | Self::Property { qube, .. }
            | Self::Tag { qube, .. }
            | Self::Feature { qube, .. }
            | Self::Firewall { qube, .. }
            | Self::Grow { qube, .. } => Some(qube),
            Self::Policy { .. } => None,
        }
    }

    /// The property that is set or reset.
    pub fn property(&self) -> Option<&PropertyName> {
        match self {
            Self::Property { property, .. } => Some(property),
            _ => None,
        }
    }

    /// Whether nothing in dom0 tells afterwards if it was begun, and by whom. A qube of that name may be anybody's, and so may what manages
    /// another one for Salt. Every other step leaves a value, of which it is known what it was before.
    pub fn is_traceless(&self) -> bool {
        match self {
            Self::Clone { .. } | Self::Create { .. } | Self::Provision { .. } => true,
            Self::Property { .. }
            | Self::Tag { .. }
            | Self::Feature { .. }
            | Self::Firewall { .. }
            | Self::Grow { .. }
            | Self::Policy { .. } => false,
        }
    }

    /// The template or qube inside which something is done.
    pub fn provisioned(&self) -> Option<&QubeName> {
        match self {
            Self::Provision { qube, .. } => Some(qube),
            _ => None,
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Default => f.write_str("(default)"),
            Self::Set(text) if text.is_empty() => f.write_str("none"),
            // The Admin API speaks Python.
            Self::Set(text) if text == "True" => f.write_str("yes"),
            Self::Set(text) if text == "False" => f.write_str("no"),
            Self::Set(text) => f.write_str(&cleaned(text)),
        }
    }
}

/// What the step does, said without the name of its qube.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Clone { base, .. } => write!(f, "clone of {base}"),
            Self::Provision { inside, .. } => {
                let packages: Vec<&str> = inside.packages.iter().map(PackageName::as_str).collect();
                let there: Vec<&str> = inside.files.keys().map(FilePath::as_str).collect();
                let gone: Vec<&str> = inside.absent.iter().map(FilePath::as_str).collect();
                let parts = [("install", packages), ("put", there), ("remove", gone)].into_iter();
                let parts =
                    parts.filter(|(_, names)| !names.is_empty()).map(|(verb, names)| format!("{verb} {}", names.join(", ")));
                f.write_str(&parts.collect::<Vec<_>>().join("; "))
            }
            Self::Create { class: Class::App, template, label, .. } => write!(f, "new qube, {label}, on {template}"),
            Self::Create { class: Class::Disposable, template, label, .. } => {
                write!(f, "new disposable, {label}, made from {template}")
            }
            Self::Property { property, from: Some(from), to, .. } => write!(f, "{property}: {from} → {to}"),
            Self::Property { property, from: None, to, .. } => write!(f, "{property}: {to}"),
            Self::Tag { tag, present: true, .. } => write!(f, "tag {tag}"),
            Self::Tag { tag, present: false, .. } => write!(f, "no tag {tag}"),
            Self::Feature { feature, to: Feature::Set(value), .. } => write!(f, "feature {feature}: {}", cleaned(value)),
            Self::Feature { feature, to: Feature::Absent, .. } => write!(f, "no feature {feature}"),
            Self::Firewall { to, .. } => {
                write!(f, "firewall: {}", to.lines().map(cleaned).collect::<Vec<_>>().join("; "))
            }
            Self::Grow { to, .. } => write!(f, "private volume: {} MiB", to >> 20),
            Self::Policy { to: Some(_) } => f.write_str("policy put in place"),
            Self::Policy { to: None } => f.write_str("policy taken away"),
        }
    }
}
