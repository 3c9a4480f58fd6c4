//! A qube as it reads: what is set, else the default.
//!
//! Source: `qubes/vm/__init__.py`, `qubes/features.py`, and the order of qubes in `qubes/app.py`.

use super::derived;
use super::property::{Property, Write};
use super::python::repr;
use super::qube::{Class, Power, Qube};
use super::refusal::{Exception, Outcome, enforce};
use super::simulation::Simulation;
use super::value::Value;
use crate::base::QubeName;

/// A qube and the system around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    /// The system.
    pub(super) system: &'a Simulation,
    /// The qube's name.
    pub(super) name: &'a QubeName,
    /// What is set.
    pub(super) qube: &'a Qube,
}

impl Simulation {
    /// The qube with this name.
    pub(super) fn view(&self, name: &QubeName) -> Option<View<'_>> {
        self.qubes.get_key_value(name).map(|(name, qube)| View { system: self, name, qube })
    }

    /// The qube with this name, which need not be well-formed.
    pub(super) fn find(&self, name: &str) -> Option<View<'_>> {
        self.view(&name.parse().ok()?)
    }

    /// The qube that a call is about.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn existing(&self, name: &QubeName) -> Outcome<View<'_>> {
        self.view(name).ok_or_else(|| Exception::VmNotFound.of(name))
    }

    /// All qubes in the order in which they are listed: dom0, then the others by name.
    pub(super) fn views(&self) -> impl Iterator<Item = View<'_>> {
        let all = |first: bool| {
            self.qubes
                .iter()
                .map(|(name, qube)| View { system: self, name, qube })
                .filter(move |view| first == (view.qube.class == Class::AdminVM))
        };
        all(true).chain(all(false))
    }
}

impl<'a> View<'a> {
    /// The property, if the qube's class has it.
    pub(super) fn property(&self, name: &str) -> Option<&'static Property> {
        Property::named(name, self.qube.class, self.system.release)
    }

    /// All properties of the qube's class.
    pub(super) fn properties(&self) -> impl Iterator<Item = &'static Property> {
        Property::all(self.qube.class, self.system.release)
    }

    /// What a property reads as; `None` where Python would say that there is no such attribute.
    pub(super) fn get(&self, name: &str) -> Option<Value> {
        let property = self.property(name)?;
        self.set_value(property).or_else(|| self.default(property))
    }

    /// What a property is set to, if it is.
    pub(super) fn set_value(&self, property: &Property) -> Option<Value> {
        match (property.name, property.write) {
            ("name", Write::Once) => Some(self.name.as_str().into()),
            ("qid", Write::Once) => Some(Value::Number(self.qube.qid.into())),
            ("dispid", _) => self.qube.dispid.map(|number| Value::Number(number.into())),
            ("uuid", Write::Once) => Some(Value::Text(self.uuid())),
            _ => self.qube.properties.get(property.name).cloned(),
        }
    }

    /// Whether a property is not set.
    pub(super) fn is_default(&self, property: &Property) -> bool {
        self.set_value(property).is_none()
    }

    /// The qube that a property names; `None` also if there is no such property.
    pub(super) fn refers(&self, property: &str) -> Option<View<'a>> {
        self.system.find(self.get(property)?.as_text()?)
    }

    /// Its template, or its disposable template.
    pub(super) fn template(&self) -> Option<View<'a>> {
        self.refers("template")
    }

    /// Its network qube.
    pub(super) fn netvm(&self) -> Option<View<'a>> {
        self.refers("netvm")
    }

    /// Whether a switch is there and on.
    pub(super) fn is_on(&self, property: &str) -> bool {
        self.get(property).is_some_and(|value| value.is_on())
    }

    /// Whether it runs.
    pub(super) fn power(&self) -> Power {
        if self.qube.class.is_machine() { self.qube.power } else { Power::Running }
    }

    /// Whether it is running, be it paused.
    pub(super) fn is_up(&self) -> bool {
        !self.power().is_halted()
    }

    /// Its UUID.
    pub(super) fn uuid(&self) -> String {
        match self.qube.class {
            Class::AdminVM => "00000000-0000-0000-0000-000000000000".to_owned(),
            _ => derived::uuid(self.name, self.qube.qid),
        }
    }

    /// A feature of the qube, or else of its template, and so on up (`check_with_template`).
    pub(super) fn feature(&self, name: &str) -> Option<&'a str> {
        self.qube.features.get(name).or_else(|| self.template()?.feature(name))
    }

    /// Whether that feature is there and not empty.
    pub(super) fn has_feature(&self, name: &str) -> bool {
        self.feature(name).is_some_and(|text| !text.is_empty())
    }

    /// The qubes whose property `property` reads as this one.
    pub(super) fn users(&self, property: &'static str) -> impl Iterator<Item = View<'a>> {
        let name = self.name;
        self.system.views().filter(move |user| user.refers(property).is_some_and(|used| used.name == name))
    }

    /// The name of its label, unless that was reset.
    pub(super) fn label(&self) -> Option<&'a str> {
        self.qube.properties.get("label")?.as_text()
    }

    /// What Python prints for the qube as an object. Source: `vm/__init__.py`, `__repr__`.
    ///
    /// # Errors
    /// If a property of it cannot be read.
    pub(super) fn repr(&self) -> Outcome<String> {
        enforce(!self.properties().any(|property| self.is_unreadable(property)))?;
        let class = self.qube.class.as_str();
        let mut shown =
            format!("<{class} at {} name={} qid={}", derived::address(self.qube.qid), repr(self.name.as_str()), self.qube.qid);
        for property in self.properties().filter(|property| !matches!(property.name, "name" | "qid")) {
            if let Some(value) = self.get(property.name) {
                shown.push_str(&format!(" {}={}", property.name, value.printed()));
            }
        }
        Ok(shown + ">")
    }
}
