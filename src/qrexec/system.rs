//! The system that a policy is evaluated for.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/utils.py` and `qrexec/policy/parser.py`, `match_strings` and `is_dom0`.

use std::collections::{BTreeMap, BTreeSet};

use super::token::{ADMIN_VM, DOM0};
use crate::model::Release;

/// All qubes, dom0 among them.
#[derive(Debug, Clone)]
pub struct System {
    /// Of which release. Their policies are read and decided differently.
    release: Release,
    /// By their number, in the order of their names.
    qubes: Vec<SystemQube>,
    numbers: BTreeMap<String, usize>,
    /// Numbers by tag.
    tagged: BTreeMap<String, Vec<usize>>,
    /// Numbers of those that users are not to see.
    internal: Vec<usize>,
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
    pub power: Power,
    /// Whether users are not to see it.
    pub is_internal: bool,
    /// Its uuid.
    pub uuid: Uuid,
    /// Its label's colour, `0xRRGGBB`.
    pub colour: String,
    /// For a qube on another computer, the qube that calls to it go through.
    pub relay: Option<String>,
    /// For a qube on another computer, the service of its relay that carries calls.
    pub transport: Option<String>,
}

/// Whether a qube runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    /// It does.
    Running,
    /// It does not.
    Halted,
    /// The system does not say. Where Qubes needs to know, it fails.
    Unknown,
}

/// What a system says of a qube's uuid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uuid {
    /// This.
    Is(String),
    /// That it has none: `null`. Qubes can connect to such a qube, and fails where the user is asked about its calls.
    Null,
    /// Nothing, as in all of R4.2. On R4.3, Qubes fails over such a qube as a target, too.
    Missing,
}

impl System {
    /// A system of these qubes.
    pub fn new(release: Release, qubes: impl IntoIterator<Item = SystemQube>) -> Self {
        let named: BTreeMap<String, SystemQube> = qubes.into_iter().map(|qube| (qube.name.clone(), qube)).collect();
        let numbers = named.keys().enumerate().map(|(number, name)| (name.clone(), number)).collect();
        let qubes: Vec<SystemQube> = named.into_values().collect();
        let mut tagged: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, qube) in qubes.iter().enumerate() {
            qube.tags.iter().for_each(|tag| tagged.entry(tag.clone()).or_default().push(number));
        }
        let internal = qubes.iter().enumerate().filter(|(_, qube)| qube.is_internal).map(|(number, _)| number).collect();
        Self { release, qubes, numbers, tagged, internal, aliases: BTreeMap::new() }
    }

    /// The same, where each of these `uuid:…` is a name of the qube with the number beside it, too.
    pub(super) fn called(self, aliases: BTreeMap<String, usize>) -> Self {
        Self { aliases, ..self }
    }

    /// The same, where each qube can also be called by its uuid, written `uuid:…`, as in a running dom0 of R4.3.
    pub fn with_aliases(self) -> Self {
        let uuid = |(number, qube): (usize, &SystemQube)| match &qube.uuid {
            Uuid::Is(uuid) => Some((format!("uuid:{uuid}"), number)),
            Uuid::Null | Uuid::Missing => None,
        };
        let aliases = self.qubes.iter().enumerate().filter_map(uuid).collect();
        self.called(aliases)
    }

    /// The same with a running disposable of each disposable template, with the tags and the disposables of its template, as Qubes makes it.
    pub fn with_running_disposables(&self) -> Self {
        let disposable = |template: &SystemQube| SystemQube {
            name: running_disposable(&template.name),
            class: "DispVM".to_owned(),
            is_disposable_template: false,
            power: Power::Running,
            // It has one, which no rule names.
            uuid: Uuid::Is(running_disposable(&template.name)),
            ..template.clone()
        };
        let templates = self.qubes.iter().filter(|qube| qube.is_disposable_template);
        let system = Self::new(self.release, self.qubes.iter().cloned().chain(templates.map(disposable)));
        let number = |(alias, number): (&String, &usize)| Some((alias.clone(), system.number(&self.get(*number).name)?));
        let aliases = self.aliases.iter().filter_map(number).collect();
        system.called(aliases)
    }

    /// Of which release it is.
    pub fn release(&self) -> Release {
        self.release
    }

    /// The number of the qube that is called by this name.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).or_else(|| self.aliases.get(name)).copied()
    }

    /// The qube that is called by this name.
    pub fn find(&self, name: &str) -> Option<&SystemQube> {
        self.number(name).and_then(|number| self.qubes.get(number))
    }

    /// The numbers of the qubes that carry a tag.
    pub fn tagged(&self, tag: &str) -> &[usize] {
        self.tagged.get(tag).map_or(&[], Vec::as_slice)
    }

    /// The numbers of the qubes that users are not to see.
    pub fn internal(&self) -> &[usize] {
        &self.internal
    }

    /// Whether a name is one of dom0's. On R4.2, there is only the one that rules have for it: a caller `dom0` is a qube like others.
    pub fn is_dom0(&self, name: &str) -> bool {
        name == ADMIN_VM
            || match self.release {
                Release::R4_2 => false,
                Release::R4_3 => DOM0.contains(&name),
            }
    }

    /// Whether two names are those of one qube. Uuids are compared even where no qube can be called by one.
    pub fn is_same(&self, one: &str, other: &str) -> bool {
        if one == other {
            return true;
        }
        let is_of = |text: &str, name: &str| {
            let uuid = text.strip_prefix("uuid:");
            uuid.is_some_and(|uuid| self.find(name).is_some_and(|qube| matches!(&qube.uuid, Uuid::Is(own) if own == uuid)))
        };
        match self.release {
            Release::R4_2 => false,
            Release::R4_3 => match (one.starts_with("uuid:"), other.starts_with("uuid:")) {
                (true, false) => is_of(one, other),
                (false, true) => is_of(other, one),
                _ => false,
            },
        }
    }

    /// Whether a call to the qube with this number starts nothing; none where nobody knows. On R4.3, nobody asks that of dom0.
    pub fn runs(&self, number: usize) -> Option<bool> {
        let qube = self.get(number);
        match (qube.power, self.release) {
            (_, Release::R4_3) if self.is_dom0(&qube.name) => Some(true),
            (Power::Running, _) => Some(true),
            (Power::Halted, _) => Some(false),
            (Power::Unknown, _) => None,
        }
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
