//! The properties of the whole system.
//!
//! Source: `qubes/app.py`, class `Qubes`.

use super::property::Kind;
use super::simulation::Simulation;
use super::value::Value;

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
            "default_pool" => Some(super::volume::POOL.into()),
            pool if pool.starts_with("default_pool_") => self.global("default_pool"),
            _ => None,
        }
    }
}
