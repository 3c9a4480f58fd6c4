//! A capture behind the door of qubesd: it answers what plans ask, and refuses every change.

use super::capture::{Capture, Captured};
use crate::base::QubeName;
use crate::qubesd::{Call, Qubesd, Reply, Unreachable};
use crate::salt::Staged;

impl Qubesd for Capture {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        if call.method == "admin.vm.List" {
            return Ok(Reply::Ok(self.list().into_bytes()));
        }
        if call.method == "internal.GetSystemInfo" {
            return Ok(Reply::Ok(self.system.to_string().into_bytes()));
        }
        let said = self.qubes.get(&call.destination).and_then(|qube| qube.answer(call));
        // As qubesd does with what it cannot answer.
        Ok(said.map_or(Reply::Empty, |said| Reply::Ok(said.into_bytes())))
    }

    fn provision(&mut self, _: &QubeName, _: &Staged) -> Result<(), Unreachable> {
        Err(Unreachable("a capture is for looking at".to_owned()))
    }
}

impl Capture {
    fn list(&self) -> String {
        let state = |qube: &Captured| if qube.is_halted { "Halted" } else { "Running" };
        self.qubes.iter().map(|(name, qube)| format!("{name} class={} state={}\n", qube.class, state(qube))).collect()
    }
}

impl Captured {
    /// The reply to a call about this qube.
    fn answer(&self, call: &Call) -> Option<String> {
        let lines = |names: &mut dyn Iterator<Item = &str>| Some(names.map(|name| format!("{name}\n")).collect());
        match call.method.as_ref() {
            "admin.vm.property.GetAll" => Some(self.properties()),
            "admin.vm.tag.List" => lines(&mut self.tags.iter().map(|tag| tag.as_str())),
            "admin.vm.feature.List" => lines(&mut self.features.keys().map(|feature| feature.as_str())),
            "admin.vm.feature.Get" => self.features.get(&call.argument.parse().ok()?).cloned(),
            "admin.vm.firewall.Get" => self.firewall.clone(),
            "admin.vm.volume.Info" if call.argument == "private" => self.private_volume.map(|size| format!("size={size}\n")),
            _ => None,
        }
    }

    fn properties(&self) -> String {
        let line = |(name, value): (&_, &super::capture::Value)| {
            let (is_default, text) = (if value.is_default { "True" } else { "False" }, escaped(&value.value));
            format!("{name} default={is_default} type=str {text}\n")
        };
        self.properties.iter().map(line).collect()
    }
}

/// As `GetAll` writes a value.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}
