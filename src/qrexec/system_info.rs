//! System information: the JSON that qubesd gives to Qubes' own tools.
//!
//! `uuid:…` is a name of a qube only where it is one there. qubesd does not say so; the daemon that decides calls adds such names.
//!
//! Source: qubes-core-admin R4.3, `qubes/api/internal.py`, `get_system_info`; qubes-core-qrexec R4.3, `qrexec/utils.py`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use thiserror::Error;

use super::system::{Power, System, SystemQube, Uuid};
use crate::base::{cleaned, is_invisible};
use crate::model::Release;

/// Why a text is no system information.
#[derive(Debug, Error)]
#[error("it is no system information: {}", cleaned(&.0.to_string()))]
pub struct BadSystem(#[from] serde_json::Error);

/// A text that can be shown. All that qubesd says here is of names and words in ASCII; whoever says something else means to deceive.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Word(String);

impl Word {
    /// Most characters. The longest name of anything that Qubes has is shorter.
    const MOST: usize = 255;
}

/// Why a text is no word.
#[derive(Debug, Error)]
enum BadWord {
    #[error("a text has more than {} characters", Word::MOST)]
    Long,
    #[error("the text `{0}` has a character that cannot be seen")]
    Invisible(String),
}

impl TryFrom<String> for Word {
    type Error = BadWord;

    fn try_from(text: String) -> Result<Self, BadWord> {
        if text.chars().count() > Self::MOST {
            return Err(BadWord::Long);
        }
        if text.chars().any(is_invisible) { Err(BadWord::Invisible(text)) } else { Ok(Self(text)) }
    }
}

#[derive(Deserialize)]
struct Raw {
    domains: BTreeMap<Word, RawQube>,
}

#[derive(Deserialize)]
struct RawQube {
    #[serde(rename = "type")]
    class: Word,
    tags: BTreeSet<Word>,
    template_for_dispvms: bool,
    #[serde(default)]
    default_dispvm: Option<Word>,
    #[serde(default, deserialize_with = "said")]
    power_state: Said<Option<Word>>,
    /// Besides, where `name` is one of the names that Qubes' own client adds.
    #[serde(default)]
    name: Option<Word>,
    // What R4.2 does not say.
    #[serde(default, deserialize_with = "said")]
    internal: Said<Value>,
    #[serde(default, deserialize_with = "said")]
    uuid: Said<Option<Word>>,
    #[serde(default, deserialize_with = "said")]
    label: Said<Option<Word>>,
    #[serde(default, deserialize_with = "said")]
    relayvm: Said<Option<Word>>,
    #[serde(default, deserialize_with = "said")]
    transport_rpc: Said<Option<Word>>,
}

/// What stands at a key, `null` included; none if there is no such key.
type Said<T> = Option<T>;

fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Said<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl RawQube {
    /// Whether it has a key that qubesd of R4.2 does not know.
    fn is_of_4_3(&self) -> bool {
        self.internal.is_some()
            || self.label.is_some()
            || [&self.uuid, &self.relayvm, &self.transport_rpc].into_iter().any(Option::is_some)
    }

    fn named(self, name: String) -> SystemQube {
        let text = |word: Said<Option<Word>>| word.flatten().map(|Word(text)| text);
        SystemQube {
            name,
            class: self.class.0,
            tags: self.tags.into_iter().map(|Word(tag)| tag).collect(),
            is_disposable_template: self.template_for_dispvms,
            default_dispvm: self.default_dispvm.map(|Word(name)| name),
            power: match self.power_state {
                None => Power::Unknown,
                Some(state) if state.as_ref().is_some_and(|Word(state)| state == "Running") => Power::Running,
                Some(_) => Power::Halted,
            },
            is_internal: self.internal.is_some_and(|internal| is_true(&internal)),
            uuid: match self.uuid {
                None => Uuid::Missing,
                Some(None) => Uuid::Null,
                Some(Some(Word(uuid))) => Uuid::Is(uuid),
            },
            colour: text(self.label).unwrap_or_default(),
            relay: text(self.relayvm),
            transport: text(self.transport_rpc),
        }
    }
}

impl System {
    /// Reads the JSON that `internal.GetSystemInfo` answers. The release is that whose qubesd says what is said there.
    ///
    /// # Errors
    /// If it is no JSON of that shape.
    pub fn parse(json: &[u8]) -> Result<Self, BadSystem> {
        let raw: Raw = serde_json::from_slice(json)?;
        let is_of_4_2 = !raw.domains.is_empty() && !raw.domains.values().any(RawQube::is_of_4_3);
        let release = if is_of_4_2 { Release::R4_2 } else { Release::R4_3 };
        // Names that are added to those of qubes, and whose qubes they are.
        let domains = raw.domains.into_iter().map(|(Word(name), raw)| (name, raw));
        let (added, named): (Vec<_>, Vec<_>) = domains.partition(|(name, _)| name.starts_with("uuid:"));
        let system = Self::new(release, named.into_iter().map(|(name, raw)| raw.named(name)));
        let number = |(alias, raw): (String, RawQube)| {
            let uuid = alias.strip_prefix("uuid:").map(|uuid| Uuid::Is(uuid.to_owned()));
            let by_uuid = || system.qubes().iter().position(|qube| Some(&qube.uuid) == uuid.as_ref());
            let number = raw.name.and_then(|Word(name)| system.number(&name)).or_else(by_uuid);
            number.map(|number| (alias, number))
        };
        let aliases = added.into_iter().filter_map(number).collect();
        Ok(system.called(aliases))
    }
}

/// What Python takes for true.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}
