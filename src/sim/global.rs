//! The properties of the whole system: which there are, what they read as, and what setting one sets off.
//!
//! Source: `qubes/app.py`, class `Qubes`.

use super::property::Kind;
use super::python::repr;
use super::qube::Class;
use super::refusal::{Exception, Outcome, enforce};
use super::simulation::Simulation;
use super::value::Value;
use super::view::View;
use super::volume::{KERNEL_POOL, POOL};
use crate::base::QubeName;
use crate::model::Release;

/// A property of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Global {
    /// Its name.
    pub(super) name: &'static str,
    /// Its type.
    pub(super) kind: Kind,
}

const fn row(name: &'static str, kind: Kind) -> Global {
    Global { name, kind }
}

impl Global {
    /// All, in the order in which they are listed.
    pub(super) const ALL: [Self; 18] = [
        row("check_updates_vm", Kind::Switch),
        row("clockvm", Kind::Qube),
        row("default_audiovm", Kind::Qube),
        row("default_dispvm", Kind::Qube),
        row("default_guivm", Kind::Qube),
        row("default_kernel", Kind::Text),
        row("default_netvm", Kind::Qube),
        row("default_pool", Kind::Text),
        row("default_pool_kernel", Kind::Text),
        row("default_pool_private", Kind::Text),
        row("default_pool_root", Kind::Text),
        row("default_pool_volatile", Kind::Text),
        row("default_qrexec_timeout", Kind::Number),
        row("default_shutdown_timeout", Kind::Number),
        row("default_template", Kind::Qube),
        row("management_dispvm", Kind::Qube),
        row("stats_interval", Kind::Number),
        row("updatevm", Kind::Qube),
    ];

    /// The one with this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        const { &Self::ALL }.iter().find(|global| global.name == name)
    }

    /// Whether it names a pool.
    pub(super) fn is_pool(&self) -> bool {
        self.name.starts_with("default_pool")
    }
}

impl Simulation {
    /// What a property of the system reads as; `None` if it is not set and has no default.
    pub(super) fn global(&self, name: &str) -> Option<Value> {
        self.globals.get(name).cloned().or_else(|| self.global_default(name))
    }

    /// The default of a property of the system, if it has one.
    pub(super) fn global_default(&self, name: &str) -> Option<Value> {
        match name {
            "check_updates_vm" => Some(Value::Switch(true)),
            "default_guivm" | "default_audiovm" => Some("dom0".into()),
            "clockvm" | "default_dispvm" | "default_netvm" | "management_dispvm" | "updatevm" => Some(Value::Nothing),
            "default_qrexec_timeout" | "default_shutdown_timeout" => Some(Value::Number(60)),
            "stats_interval" => Some(Value::Number(3)),
            "default_pool" => Some(POOL.into()),
            pool if pool.starts_with("default_pool_") => self.global("default_pool"),
            _ => None,
        }
    }

    /// Sets a property of the system.
    ///
    /// # Errors
    /// If qubesd would refuse.
    pub(super) fn set_global(&mut self, global: &Global, value: Value) -> Outcome {
        let old = self.global(global.name);
        if let (Kind::Qube, Value::Text(name)) = (global.kind, &value) {
            self.check_class(global.name, name, &repr(name), (global.name == "default_template").then_some(Class::TemplateVM))?;
        }
        match (global.name, &value) {
            ("default_netvm", provider) => self.check_default_network(provider)?,
            ("default_kernel", Value::Text(kernel)) => self.check_kernel(kernel)?,
            (_, Value::Text(pool)) if global.is_pool() && ![POOL, KERNEL_POOL].contains(&pool.as_str()) => {
                return Err(Exception::PropertyValue.says("No such storage pool"));
            }
            ("clockvm", Value::Text(clock)) => {
                let clock = self.find(clock).filter(|view| view.qube.features.get("service.clocksync").is_none());
                if let Some(clock) = clock.map(|view| view.name.clone()) {
                    self.set_feature(&clock, "service.clocksync", "1")?;
                }
            }
            _ => {}
        }
        self.globals.insert(global.name.to_owned(), value);
        let old = old.filter(|old| self.globals.get(global.name) != Some(old));
        match (global.name, old.as_ref().and_then(Value::as_text).and_then(|old| self.find(old))) {
            ("clockvm", Some(clock)) if clock.qube.features.get("service.clocksync").is_some_and(|text| !text.is_empty()) => {
                let clock = clock.name.clone();
                self.drop_feature(&clock, "service.clocksync");
            }
            ("default_guivm" | "default_audiovm", _) => self.retag_defaults(global.name.trim_start_matches("default_")),
            _ => {}
        }
        // What follows fails in qubesd for qubes of the wrong class, and says nothing, although the value stays.
        enforce(!self.falls_over(global, old.as_ref()))
    }

    /// Whether qubesd falls over the new value of a property, or over the old one. Source: `app.py`, `on_property_set_default_dispvm`
    /// (R4.3), and `vm/mix/net.py`, `on_property_set_netvm`.
    fn falls_over(&self, global: &Global, old: Option<&Value>) -> bool {
        let (Some(old), Some(new)) = (old, self.global(global.name)) else { return false };
        let find = |value: &Value| self.find(value.as_text()?);
        match global.name {
            "default_dispvm" if self.release >= Release::R4_3 => {
                [find(old), find(&new)].into_iter().flatten().any(|view| !view.qube.class.makes_disposables())
            }
            "default_netvm" => {
                let is_dom0 = find(&new).is_some_and(|view| view.qube.class == Class::AdminVM);
                let has_default = |view: &View| view.property("netvm").is_some_and(|property| view.is_default(property));
                is_dom0 && self.views().any(|view| has_default(&view) && view.qube.class != Class::TemplateVM)
            }
            _ => false,
        }
    }

    /// Those whose GUI or audio qube is the default one get another tag. Source: `ext/gui.py`, `ext/audio.py`.
    fn retag_defaults(&mut self, property: &str) {
        let is_default = |view: &View| view.property(property).is_some_and(|property| view.is_default(property));
        let names: Vec<QubeName> = self.views().filter(is_default).map(|view| view.name.clone()).collect();
        for name in names {
            self.tag_with_reference(&name, property);
        }
    }

    /// Whether those whose network is the default one can have `provider`. Source: `app.py`, `_setter_default_netvm` and
    /// `on_property_pre_set_default_netvm`.
    fn check_default_network(&self, provider: &Value) -> Outcome {
        let Some(provider) = provider.as_text().and_then(|name| self.find(name)) else { return Ok(()) };
        let clients = || self.views().filter(|view| view.property("netvm").is_some_and(|property| view.is_default(property)));
        for client in clients() {
            if client.name == provider.name || client.downstream().contains(provider.name) {
                return Err(Exception::PropertyValue.says(format!("Network loop on '{}'", client.name)));
            }
        }
        clients().try_for_each(|client| client.check_live_network(provider.name.as_str()))
    }
}
