//! What dom0 has, or is to have, of all that bundles manage: values that are compared, recorded, and gone back to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::{Digest, FeatureName, PropertyName, QubeName, Tag, canonical};
use crate::model::{Class, Inside};

/// The managed part of dom0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Qubes and templates that exist, each with as much of it as is managed.
    pub qubes: BTreeMap<QubeName, Settings>,
    /// The policy file; none if it is not managed, and somebody else's if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
}

/// The managed settings of a qube that exists. What is not named here is the user's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How it is made, if halite is to make it; not compared with what is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Properties, `template` and `label` among them.
    pub properties: BTreeMap<PropertyName, Property>,
    /// Tags that must be there, or must not.
    pub tags: BTreeMap<Tag, bool>,
    /// Features and their values; no value: the feature must not be there.
    pub features: BTreeMap<FeatureName, Feature>,
    /// The least size of the private volume in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_volume: Option<u64>,
    /// What is to be inside it, and known by [`feature::PROVISIONED`]; none: whatever is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<Inside>,
    /// The rules of the firewall, as qubesd takes them and gives them back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firewall: Option<String>,
}

/// How a qube comes into being.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// An AppVM.
    App,
    /// A disposable with a name of its own.
    Disposable,
    /// A clone of this template.
    Clone(QubeName),
}

/// The state of a property: one of the three that Qubes knows, where an explicit none is an empty text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Property {
    /// Nobody set it.
    Default,
    /// It is set to this text, as the Admin API spells it.
    Set(String),
}

/// The state of a feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Feature {
    /// It is not there.
    Absent,
    /// It has this value; an empty one means no.
    Set(String),
}

/// The state of the policy file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// There is no such file.
    #[default]
    Absent,
    /// It holds this text.
    Text(String),
}

impl Policy {
    /// The text, if there is a file.
    pub fn text(&self) -> Option<&String> {
        match self {
            Self::Absent => None,
            Self::Text(text) => Some(text),
        }
    }
}

impl State {
    /// A digest of all of it, to compare two states by eye.
    pub fn digest(&self) -> Digest {
        Digest::of(&canonical::encode(self))
    }
}

impl Settings {
    /// The class that it is made in, if halite makes it.
    pub fn class(&self) -> Option<&'static str> {
        self.origin.as_ref().map(|origin| match origin {
            Origin::App => Class::App.as_str(),
            Origin::Disposable => Class::Disposable.as_str(),
            Origin::Clone(_) => "TemplateVM",
        })
    }

    /// Whether it is a template that halite makes.
    pub fn is_clone(&self) -> bool {
        matches!(self.origin, Some(Origin::Clone(_)))
    }

    /// The qube that a property is set to.
    pub fn qube(&self, property: &str) -> Option<QubeName> {
        match self.property(property) {
            Some(Property::Set(text)) => text.parse().ok(),
            _ => None,
        }
    }

    /// What is said of a property, if anything is.
    pub fn property(&self, property: &str) -> Option<&Property> {
        self.properties.get(property)
    }
}

/// Features by which halite keeps its own books on qubes, and keeps them safe.
pub mod feature {
    use crate::base::FeatureName;

    /// On what halite made.
    pub const MADE: &str = "x-halite-made";
    /// On a template or qube inside which all was done that this digest stands for (`salt::digest`).
    pub const PROVISIONED: &str = "x-halite-provisioned";
    /// On a qube that halite made and no longer wants.
    pub const RETIRED: &str = "x-halite-retired";
    /// Qubes' own: with it, qubesd refuses to start a qube (R4.3).
    pub const PROHIBIT_START: &str = "prohibit-start";
    /// Qubes' own: updates pass a template by (R4.3).
    pub const SKIP_UPDATE: &str = "skip-update";

    /// One of them as a name.
    pub fn name(feature: &'static str) -> FeatureName {
        feature.parse().expect("a literal in this crate")
    }
}
