//! The properties of qubes that a bundle may set, and what may stand in them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Fact, Release, since};
use crate::base::{PropertyName, QubeName};

/// The value that a property is to have: one of the three states that Qubes knows (a value, explicitly none, the default).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Setting {
    /// Whatever Qubes takes when nothing is set. For a netvm that is the global default, which is in clear.
    Default,
    /// Explicitly no qube.
    None,
    /// A qube.
    Qube(QubeName),
    /// Yes or no.
    Bool(bool),
    /// A number, in the unit of the property: MiB, seconds, or a count.
    Int(u32),
    /// Any other text.
    Text(String),
}

impl Setting {
    /// The text that qubesd takes for it; `None` for the default, which is reset rather than set.
    pub fn to_admin(&self) -> Option<String> {
        Some(match self {
            Self::Default => return None,
            Self::None => String::new(),
            Self::Qube(name) => name.to_string(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        })
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Default => f.write_str("(default)"),
            Self::None => f.write_str("none"),
            Self::Qube(name) => name.fmt(f),
            Self::Bool(true) => f.write_str("yes"),
            Self::Bool(false) => f.write_str("no"),
            Self::Int(number) => number.fmt(f),
            Self::Text(text) => f.write_str(&crate::base::cleaned(text)),
        }
    }
}

/// What kind of value a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the variant of `Setting` with the same name")]
pub enum Kind {
    Qube,
    Bool,
    Int,
    Text,
}

/// When a property may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// While the qube runs, too.
    Anytime,
    /// Only while the qube is halted: because qubesd refuses otherwise, or because a change under a running qube would move its
    /// network or its disposables from one identity to another.
    Halted,
}

/// A property that a bundle may set.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// The name, as qubesd spells it.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// When it may change.
    pub change: Change,
}

/// All properties that a bundle may set. Left out are those that Qubes derives (addresses, ids, times), those that would make a qube
/// another one (`name`, `klass`, `uuid`), and `label` and `template`, which every qube of a bundle has as fields of its own.
///
/// Source: qubes-core-admin R4.3, `qubes/vm/*.py`.
pub const PROPERTIES: &[Property] = {
    use Change::{Anytime, Halted};
    use Kind::{Bool, Int, Qube, Text};
    const fn row(name: &'static str, kind: Kind, change: Change) -> Property {
        Property { name, kind, change }
    }
    &[
        row("appvm_default_bootmode", Text, Anytime),
        row("audiovm", Qube, Anytime),
        row("autostart", Bool, Anytime),
        row("bootmode", Text, Anytime),
        row("debug", Bool, Anytime),
        row("default_dispvm", Qube, Halted),
        row("default_user", Text, Anytime),
        row("devices_denied", Text, Anytime),
        row("guivm", Qube, Halted),
        row("include_in_backups", Bool, Anytime),
        row("kernel", Text, Anytime),
        row("kernelopts", Text, Anytime),
        row("keyboard_layout", Text, Anytime),
        row("management_dispvm", Qube, Anytime),
        row("maxmem", Int, Anytime),
        row("memory", Int, Anytime),
        row("netvm", Qube, Halted),
        row("provides_network", Bool, Halted),
        row("qrexec_timeout", Int, Anytime),
        row("shutdown_timeout", Int, Anytime),
        row("template_for_dispvms", Bool, Halted),
        row("vcpus", Int, Anytime),
        row("virt_mode", Text, Halted),
    ]
};

impl Property {
    /// The property of this name, if a bundle may set it.
    pub fn find(name: &str) -> Option<&'static Self> {
        PROPERTIES.iter().find(|property| property.name == name)
    }

    /// The first release that has it.
    pub fn since(&self) -> Release {
        since(Fact::Property(self.name))
    }

    /// Whether `setting` is of the right kind.
    pub fn takes(&self, setting: &Setting) -> bool {
        match setting {
            Setting::Default => true,
            Setting::None | Setting::Qube(_) => self.kind == Kind::Qube,
            Setting::Bool(_) => self.kind == Kind::Bool,
            Setting::Int(_) => self.kind == Kind::Int,
            Setting::Text(_) => self.kind == Kind::Text,
        }
    }
}

/// A property's name from this crate's own source.
///
/// # Panics
/// If it is none; only ever called with literals.
pub fn property(name: &'static str) -> PropertyName {
    name.parse().expect("a literal in this crate")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_its_names_are_names() {
        assert!(PROPERTIES.is_sorted_by(|a, b| a.name < b.name));
        for row in PROPERTIES {
            assert_eq!(property(row.name).as_str(), row.name);
        }
    }

    #[test]
    fn settings_are_spelled_as_qubesd_takes_them() {
        assert_eq!(Setting::Default.to_admin(), None);
        assert_eq!(Setting::None.to_admin().as_deref(), Some(""));
        assert_eq!(Setting::Bool(true).to_admin().as_deref(), Some("True"));
        assert_eq!(Setting::Int(400).to_admin().as_deref(), Some("400"));
    }
}
