//! The properties of qubes: their names, types, who has them, and whether they can be set.
//!
//! Source: `qubes/vm/__init__.py`, `qubes/vm/*vm.py`, `qubes/vm/mix/*.py`.

use super::qube::Class::{self, AdminVM, AppVM, DispVM, RemoteVM, StandaloneVM, TemplateVM};
use crate::model::Release;

/// A property of qubes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Property {
    /// Its name.
    pub(super) name: &'static str,
    /// Properties are listed by stage, then by name.
    stage: u8,
    /// Its type.
    pub(super) kind: Kind,
    /// Whether it can be set.
    pub(super) write: Write,
    /// The classes that have it.
    classes: &'static [Class],
    /// The first release that has it.
    since: Release,
}

/// The type of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A switch.
    Switch,
    /// A qube or none.
    Qube,
    /// A label.
    Label,
    /// An IPv4 address.
    Ip4,
    /// An IPv6 address.
    Ip6,
    /// A UUID.
    Uuid,
}

/// Whether a property can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// It can.
    Free,
    /// When the qube is made, and never again.
    Once,
    /// It is computed.
    Never,
}

/// What `QubesVM` is the base of.
const MACHINES: &[Class] = &[TemplateVM, AppVM, StandaloneVM, DispVM];
/// Those and dom0.
const LOCAL: &[Class] = &[AdminVM, TemplateVM, AppVM, StandaloneVM, DispVM];
/// All.
const ALL: &[Class] = &[AdminVM, TemplateVM, AppVM, StandaloneVM, DispVM, RemoteVM];

const fn row(stage: u8, name: &'static str, kind: Kind, write: Write, classes: &'static [Class]) -> Property {
    Property { name, stage, kind, write, classes, since: Release::R4_2 }
}

const fn new(stage: u8, name: &'static str, kind: Kind, write: Write, classes: &'static [Class]) -> Property {
    Property { name, stage, kind, write, classes, since: Release::R4_3 }
}

/// All properties, in the order in which they are listed.
const PROPERTIES: &[Property] = &[
    row(2, "auto_cleanup", Kind::Switch, Write::Free, &[DispVM]),
    row(2, "autostart", Kind::Switch, Write::Free, MACHINES),
    row(2, "backup_timestamp", Kind::Number, Write::Free, MACHINES),
    row(2, "debug", Kind::Switch, Write::Free, MACHINES),
    row(2, "default_user", Kind::Text, Write::Free, MACHINES),
    new(2, "devices_denied", Kind::Text, Write::Free, LOCAL),
    row(2, "dispid", Kind::Number, Write::Once, &[DispVM]),
    row(2, "dns", Kind::Text, Write::Never, MACHINES),
    row(2, "gateway", Kind::Text, Write::Never, MACHINES),
    row(2, "gateway6", Kind::Text, Write::Never, MACHINES),
    row(2, "icon", Kind::Text, Write::Never, ALL),
    row(2, "include_in_backups", Kind::Switch, Write::Free, ALL),
    row(2, "installed_by_rpm", Kind::Switch, Write::Free, MACHINES),
    row(2, "ip", Kind::Ip4, Write::Free, MACHINES),
    row(2, "ip6", Kind::Ip6, Write::Free, MACHINES),
    new(2, "is_preload", Kind::Switch, Write::Never, &[DispVM]),
    row(2, "kernel", Kind::Text, Write::Free, MACHINES),
    row(2, "keyboard_layout", Kind::Text, Write::Free, LOCAL),
    row(2, "klass", Kind::Text, Write::Never, ALL),
    row(2, "label", Kind::Label, Write::Free, ALL),
    row(2, "mac", Kind::Text, Write::Free, MACHINES),
    row(2, "maxmem", Kind::Number, Write::Free, MACHINES),
    row(2, "memory", Kind::Number, Write::Free, MACHINES),
    row(2, "name", Kind::Text, Write::Once, ALL),
    row(2, "provides_network", Kind::Switch, Write::Free, MACHINES),
    row(2, "qid", Kind::Number, Write::Once, ALL),
    row(2, "qrexec_timeout", Kind::Number, Write::Free, MACHINES),
    row(2, "remote_name", Kind::Text, Write::Free, &[RemoteVM]),
    row(2, "shutdown_timeout", Kind::Number, Write::Free, MACHINES),
    row(2, "start_time", Kind::Text, Write::Never, MACHINES),
    row(2, "stubdom_mem", Kind::Number, Write::Free, MACHINES),
    new(2, "stubdom_uuid", Kind::Text, Write::Never, MACHINES),
    row(2, "stubdom_xid", Kind::Number, Write::Never, MACHINES),
    row(2, "template_for_dispvms", Kind::Switch, Write::Free, &[AppVM, StandaloneVM]),
    row(2, "transport_rpc", Kind::Text, Write::Free, &[RemoteVM]),
    row(2, "updateable", Kind::Switch, Write::Never, LOCAL),
    row(2, "uuid", Kind::Uuid, Write::Once, ALL),
    row(2, "vcpus", Kind::Number, Write::Free, MACHINES),
    row(2, "virt_mode", Kind::Text, Write::Free, MACHINES),
    row(2, "visible_gateway", Kind::Text, Write::Never, MACHINES),
    row(2, "visible_gateway6", Kind::Text, Write::Never, MACHINES),
    row(2, "visible_ip", Kind::Text, Write::Never, MACHINES),
    row(2, "visible_ip6", Kind::Text, Write::Never, MACHINES),
    row(2, "visible_netmask", Kind::Text, Write::Never, MACHINES),
    row(2, "xid", Kind::Number, Write::Never, MACHINES),
    new(4, "appvm_default_bootmode", Kind::Text, Write::Free, &[TemplateVM]),
    row(4, "audiovm", Kind::Qube, Write::Free, MACHINES),
    new(4, "bootmode", Kind::Text, Write::Free, MACHINES),
    row(4, "default_dispvm", Kind::Qube, Write::Free, LOCAL),
    row(4, "guivm", Kind::Qube, Write::Free, MACHINES),
    row(4, "kernelopts", Kind::Text, Write::Free, MACHINES),
    row(4, "management_dispvm", Kind::Qube, Write::Free, MACHINES),
    row(4, "netvm", Kind::Qube, Write::Free, MACHINES),
    row(4, "relayvm", Kind::Qube, Write::Free, &[RemoteVM]),
    row(4, "template", Kind::Qube, Write::Free, &[AppVM, DispVM]),
];

impl Property {
    /// The properties of a class, in the order in which they are listed.
    pub(super) fn all(class: Class, release: Release) -> impl Iterator<Item = &'static Self> {
        PROPERTIES.iter().filter(move |property| release >= property.since && property.classes.contains(&class)).map(
            move |property| match (class, property.name) {
                // `qubes/vm/adminvm.py` makes them computed ones.
                (AdminVM, "name") => &const { row(2, "name", Kind::Text, Write::Never, &[AdminVM]) },
                (AdminVM, "qid") => &const { row(2, "qid", Kind::Number, Write::Never, &[AdminVM]) },
                (AdminVM, "uuid") => &const { row(2, "uuid", Kind::Text, Write::Never, &[AdminVM]) },
                // R4.2 computes them without saying their type.
                (_, "xid") if release == Release::R4_2 => &const { row(2, "xid", Kind::Text, Write::Never, MACHINES) },
                (_, "stubdom_xid") if release == Release::R4_2 => {
                    &const { row(2, "stubdom_xid", Kind::Text, Write::Never, MACHINES) }
                }
                _ => property,
            },
        )
    }

    /// The property with this name, if the class has it.
    pub(super) fn named(name: &str, class: Class, release: Release) -> Option<&'static Self> {
        Self::all(class, release).find(|property| property.name == name)
    }

    /// Whether a disposable gets what its disposable template has set (`clone=True` in the sources).
    pub(super) fn is_inherited_by_disposables(&self) -> bool {
        self.write == Write::Free && self.name != "template"
    }
}

impl Kind {
    /// The type as the Admin API names it.
    pub(super) fn sent(self) -> &'static str {
        match self {
            Self::Qube => "vm",
            Self::Number => "int",
            Self::Switch => "bool",
            Self::Label => "label",
            Self::Text | Self::Ip4 | Self::Ip6 | Self::Uuid => "str",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_in_the_order_of_listing() {
        assert!(PROPERTIES.is_sorted_by_key(|property| (property.stage, property.name)));
    }

    #[test]
    fn every_class_has_a_name_and_a_label() {
        for class in Class::ALL {
            assert!(Property::named("name", class, Release::R4_3).is_some_and(|property| property.write != Write::Free));
            assert!(Property::named("label", class, Release::R4_2).is_some());
        }
    }
}
