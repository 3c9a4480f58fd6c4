//! The features of a qube, in the order in which they were first set: `admin.vm.feature.List` shows it.

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Features and their texts. An empty text means false, any other true. Source: `qubes/features.py`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Features(Vec<(String, String)>);

impl Features {
    /// The feature's text.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, text)| text)
    }

    /// Sets a feature; one that is there keeps its place.
    pub(super) fn set(&mut self, name: &str, text: &str) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => text.clone_into(old),
            None => self.0.push((name.to_owned(), text.to_owned())),
        }
    }

    /// Removes a feature, and says whether it was there.
    pub(super) fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(known, _)| known != name);
        self.0.len() < before
    }

    /// All, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Features {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Features {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Features;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("features and their texts")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Features, A::Error> {
                let mut features = Features::default();
                while let Some((name, text)) = entries.next_entry::<String, String>()? {
                    if features.get(&name).is_some() {
                        return Err(de::Error::custom(format_args!("feature `{name}` is there twice")));
                    }
                    features.0.push((name, text));
                }
                Ok(features)
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
