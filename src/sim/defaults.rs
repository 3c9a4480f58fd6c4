//! The defaults of a qube's properties, which look at its template and at the whole system.
//!
//! Source: `qubes/vm/qubesvm.py` (the `_default_…` functions), `vm/__init__.py`, `vm/dispvm.py`, `vm/appvm.py`.

use super::property::{Property, Write};
use super::qube::Class;
use super::value::Value;
use super::view::View;

/// Half of the computer's memory in MiB, above which no default for `maxmem` goes. The simulated computer has 16 GiB.
const HALF_OF_MEMORY: i64 = 8192;

impl View<'_> {
    /// A property's default, if it has one.
    pub(super) fn default(&self, property: &Property) -> Option<Value> {
        let system = self.system;
        let class = self.qube.class;
        if property.write == Write::Once {
            return None;
        }
        Some(match property.name {
            "autostart"
            | "auto_cleanup"
            | "debug"
            | "installed_by_rpm"
            | "is_preload"
            | "provides_network"
            | "template_for_dispvms" => Value::Switch(false),
            "include_in_backups" => Value::Switch(class != Class::RemoteVM && !self.is_on("auto_cleanup")),
            "updateable" => Value::Switch(!class.has_template()),
            "backup_timestamp" | "stubdom_mem" | "relayvm" | "transport_rpc" | "remote_name" => Value::Nothing,
            "devices_denied" | "stubdom_uuid" => "".into(),
            "klass" => class.as_str().into(),
            "name" => self.name.as_str().into(),
            "qid" => Value::Number(self.qube.qid.into()),
            "uuid" => Value::Text(self.uuid()),
            "icon" => Value::Text(self.icon()?),
            "virt_mode" => self.inherited("virt_mode", || Some("pvh".into()))?,
            "memory" => self.inherited("memory", || Some(Value::Number(400)))?,
            "maxmem" => self.maxmem()?,
            "vcpus" => self.inherited("vcpus", || Some(Value::Number(2)))?,
            "default_user" => self.inherited("default_user", || Some("user".into()))?,
            "qrexec_timeout" => self.inherited("qrexec_timeout", || system.global("default_qrexec_timeout"))?,
            "shutdown_timeout" => self.inherited("shutdown_timeout", || system.global("default_shutdown_timeout"))?,
            "management_dispvm" => self.inherited("management_dispvm", || system.global("management_dispvm"))?,
            "kernel" => self.inherited("kernel", || system.global("default_kernel"))?,
            "kernelopts" if self.get("kernel")?.sent().is_empty() => "".into(),
            // What the file `default-kernelopts-nopci.txt` of Qubes' kernels says.
            "kernelopts" => self.inherited("kernelopts", || Some("nopat".into()))?,
            "keyboard_layout" => self.keyboard_layout()?,
            "guivm" => system.global("default_guivm")?,
            "audiovm" => system.global("default_audiovm")?,
            "netvm" if class == Class::TemplateVM => Value::Nothing,
            "netvm" => system.global("default_netvm")?,
            "default_dispvm" if class == Class::DispVM => self.get("template")?,
            "default_dispvm" => system.global("default_dispvm")?,
            "bootmode" => Value::Text(self.boot_mode()),
            "appvm_default_bootmode" => self.qube.features.get("boot-mode.appvm-default").unwrap_or("default").into(),
            "xid" if self.is_up() => Value::Number(self.qube.qid.into()),
            "xid" | "stubdom_xid" => Value::Number(-1),
            "start_time" if self.is_up() => "0.0".into(),
            "start_time" => Value::Nothing,
            _ => return self.network_default(property.name),
        })
    }

    /// The template's value, or `otherwise` for a qube without a template.
    fn inherited(&self, property: &str, otherwise: impl FnOnce() -> Option<Value>) -> Option<Value> {
        self.template().and_then(|template| template.get(property)).or_else(otherwise)
    }

    /// Ten times the initial memory for Linux, else 4000, within the computer's; none where memory cannot be balanced.
    fn maxmem(&self) -> Option<Value> {
        if !self.can_balance_memory() {
            return Some(Value::Number(0));
        }
        let most = match (self.qube.features.get("os"), self.get("memory")?) {
            (Some("Linux"), Value::Number(memory)) => memory.saturating_mul(10),
            _ => 4000,
        };
        self.inherited("maxmem", || Some(Value::Number(most.min(HALF_OF_MEMORY))))
    }

    /// Source: `qubesvm.py`, `is_memory_balancing_possible`. There are no devices here.
    fn can_balance_memory(&self) -> bool {
        let announces = |view: &Self| view.qube.features.iter().any(|(name, _)| name.starts_with("supported-service."));
        let announced = std::iter::successors(Some(*self), Self::template).any(|view| announces(&view));
        self.get("virt_mode") != Some("hvm".into())
            || self.has_feature("qrexec") && (!announced || self.has_feature("supported-service.meminfo-writer"))
    }

    /// That of the qube that shows its windows; `None` where such qubes go round in a loop.
    fn keyboard_layout(&self) -> Option<Value> {
        let mut shown_by = self.refers("guivm");
        for _ in 0..=self.system.qubes.len() {
            let Some(view) = shown_by else { return Some("us++".into()) };
            match view.qube.properties.get("keyboard_layout") {
                Some(layout) => return Some(layout.clone()),
                None => shown_by = view.refers("guivm"),
            }
        }
        None
    }

    /// Whether qubesd fails when it reads a property: looking for a keyboard in a loop of GUI qubes, Python runs out of stack.
    pub(super) fn is_unreadable(&self, property: &Property) -> bool {
        property.name == "keyboard_layout" && self.is_default(property) && self.keyboard_layout().is_none()
    }

    /// Source: `vm/__init__.py` and `appvm.py`, `icon`.
    fn icon(&self) -> Option<String> {
        let kind = match self.qube.class {
            Class::AdminVM => return Some("adminvm-black".to_owned()),
            Class::AppVM if self.is_on("template_for_dispvms") => "templatevm",
            Class::TemplateVM => "templatevm",
            _ if self.qube.features.get("servicevm").is_some_and(|text| !text.is_empty()) => "servicevm",
            Class::DispVM => "dispvm",
            Class::StandaloneVM => "standalonevm",
            Class::RemoteVM => "remotevm",
            Class::AppVM => "appvm",
        };
        self.label().map(|label| format!("{kind}-{label}"))
    }

    /// Source: `qubesvm.py`, `_default_bootmode`.
    fn boot_mode(&self) -> String {
        let is_known =
            |view: &Self, mode: &str| mode == "default" || view.feature(&format!("boot-mode.kernelopts.{mode}")).is_some();
        if let Some(mode) = self.qube.features.get("boot-mode.active").filter(|mode| is_known(self, mode)) {
            return mode.to_owned();
        }
        for subject in std::iter::successors(Some(*self), Self::template) {
            let mode = subject.template().and_then(|template| template.get("appvm_default_bootmode")).map(|mode| mode.sent());
            if let Some(mode) = mode.filter(|mode| is_known(&subject, mode)) {
                return mode;
            }
        }
        "default".to_owned()
    }
}
