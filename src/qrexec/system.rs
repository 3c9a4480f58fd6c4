//! The system that a policy is evaluated for, in the shape in which qubesd gives it to Qubes' own tools.
//!
//! Source: qubes-core-admin R4.3, `qubes/api/internal.py`, `get_system_info`; qubes-core-qrexec R4.3, `qrexec/utils.py`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use thiserror::Error;

/// All qubes, dom0 among them.
#[derive(Debug, Clone, Default)]
pub struct System {
    /// By their number, in the order of their names.
    qubes: Vec<SystemQube>,
    numbers: BTreeMap<String, usize>,
    /// Numbers by `uuid:…`, where those count as names, too.
    aliases: BTreeMap<String, usize>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemQube {
    /// Its name.
    pub name: String,
    /// Its class, such as `AppVM`.
    pub class: String,
    /// Its tags.
    pub tags: BTreeSet<String>,
    /// Whether disposables can be made from it.
    pub is_disposable_template: bool,
    /// The disposable template that its own disposables are made from.
    pub default_dispvm: Option<String>,
    /// Whether it runs.
    pub is_running: bool,
    /// Whether users are not to see it.
    pub is_internal: bool,
    /// Its uuid; R4.2 has none.
    pub uuid: Option<String>,
    /// Its label's colour, `0xRRGGBB`.
    pub colour: String,
}

/// Why a text is no system information.
#[derive(Debug, Error)]
#[error("it is no system information: {0}")]
pub struct BadSystem(#[from] serde_json::Error);

#[derive(Deserialize)]
struct Raw {
    domains: BTreeMap<String, RawQube>,
}

#[derive(Deserialize)]
struct RawQube {
    #[serde(rename = "type")]
    class: String,
    tags: BTreeSet<String>,
    template_for_dispvms: bool,
    #[serde(default)]
    default_dispvm: Option<String>,
    #[serde(default)]
    power_state: Option<String>,
    #[serde(default)]
    internal: Option<serde_json::Value>,
    #[serde(default)]
    uuid: Option<String>,
    #[serde(default)]
    label: Option<String>,
}

impl System {
    /// Reads the JSON that `internal.GetSystemInfo` answers.
    ///
    /// # Errors
    /// If it is no JSON of that shape.
    pub fn parse(json: &[u8]) -> Result<Self, BadSystem> {
        let raw: Raw = serde_json::from_slice(json)?;
        // Qubes' own client adds each qube once more under its uuid; those are no qubes of their own.
        let has_aliases = raw.domains.keys().any(|name| name.starts_with("uuid:"));
        let named = raw.domains.into_iter().filter(|(name, _)| !name.starts_with("uuid:"));
        let system = Self::new(named.map(|(name, raw)| SystemQube {
            name,
            class: raw.class,
            tags: raw.tags,
            is_disposable_template: raw.template_for_dispvms,
            default_dispvm: raw.default_dispvm,
            is_running: raw.power_state.as_deref() == Some("Running"),
            is_internal: raw.internal.is_some_and(|internal| is_true(&internal)),
            uuid: raw.uuid,
            colour: raw.label.unwrap_or_default(),
        }));
        Ok(if has_aliases { system.with_aliases() } else { system })
    }

    /// The same, where each qube can also be called by its uuid, written `uuid:…`, as in a running dom0 of R4.3.
    pub fn with_aliases(mut self) -> Self {
        let uuids =
            self.qubes.iter().enumerate().filter_map(|(number, qube)| Some((format!("uuid:{}", qube.uuid.as_ref()?), number)));
        self.aliases = uuids.collect();
        self
    }

    /// A system of these qubes.
    pub fn new(qubes: impl IntoIterator<Item = SystemQube>) -> Self {
        let named: BTreeMap<String, SystemQube> = qubes.into_iter().map(|qube| (qube.name.clone(), qube)).collect();
        let numbers = named.keys().enumerate().map(|(number, name)| (name.clone(), number)).collect();
        Self { qubes: named.into_values().collect(), numbers, aliases: BTreeMap::new() }
    }

    /// The same with a running disposable of each disposable template, with the tags and the disposables of its template, as Qubes makes it.
    pub fn with_running_disposables(&self) -> Self {
        let disposable = |template: &SystemQube| SystemQube {
            name: running_disposable(&template.name),
            class: "DispVM".to_owned(),
            is_disposable_template: false,
            is_running: true,
            uuid: None,
            ..template.clone()
        };
        let templates = self.qubes.iter().filter(|qube| qube.is_disposable_template);
        Self::new(self.qubes.iter().cloned().chain(templates.map(disposable)))
    }

    /// The number of the qube that is called by this name.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).or_else(|| self.aliases.get(name)).copied()
    }

    /// Whether two names are those of one qube. Uuids are compared even where no qube can be called by one.
    pub fn is_same(&self, one: &str, other: &str) -> bool {
        let uuid = |name: &str| match name.strip_prefix("uuid:") {
            Some(uuid) => Some(uuid.to_owned()),
            None => self.numbers.get(name).and_then(|number| self.qubes[*number].uuid.clone()),
        };
        one == other
            || ((one.starts_with("uuid:") || other.starts_with("uuid:"))
                && uuid(one).is_some_and(|uuid_| uuid(other) == Some(uuid_)))
    }

    /// The qube with this number.
    pub fn get(&self, number: usize) -> &SystemQube {
        &self.qubes[number]
    }

    /// All of them, in the order of their names, which is that of their numbers.
    pub fn qubes(&self) -> &[SystemQube] {
        &self.qubes
    }
}

/// What a running disposable is called where it stands for all of its template. No qube can have such a name; and `@dispvm:TEMPLATE` is a
/// word for one that does not exist yet, which policies match otherwise.
pub fn running_disposable(template: &str) -> String {
    format!("a disposable of {template}")
}

/// What Python takes for true.
fn is_true(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => false,
        serde_json::Value::Bool(yes) => *yes,
        serde_json::Value::String(text) => !text.is_empty(),
        serde_json::Value::Number(number) => number.as_f64() != Some(0.0),
        serde_json::Value::Array(list) => !list.is_empty(),
        serde_json::Value::Object(map) => !map.is_empty(),
    }
}
