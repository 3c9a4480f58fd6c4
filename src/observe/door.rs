//! A capture behind the door of qubesd: it answers what plans ask, and refuses every change.

use std::collections::BTreeSet;

use super::capture::{Capture, Captured};
use crate::base::{PoolName, QubeName};
use crate::model::{Stored, Volume};
use crate::plan::Supplies;
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
        let said = self.supplies.as_ref().and_then(|supplies| supplies.answer(call));
        let said = said.or_else(|| self.qubes.get(&call.destination)?.answer(call));
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

impl Supplies {
    /// The reply to a call about what there is besides qubes.
    fn answer(&self, call: &Call) -> Option<String> {
        let lines = |names: &Option<BTreeSet<String>>| Some(names.as_ref()?.iter().map(|name| format!("{name}\n")).collect());
        let volume = || Volume::ALL.into_iter().find(|volume| call.argument.ends_with(volume.as_str()));
        match call.method.as_ref() {
            "admin.label.List" => lines(&self.labels),
            "admin.pool.volume.List" => lines(&self.kernels),
            "admin.property.Get" => Some(format!("default=False type=str {}", self.default_pools.get(&volume()?)?)),
            "admin.pool.Info" => self.pool(&call.argument.parse().ok()?),
            "admin.vm.volume.Info" => {
                let Stored { pool, size, usage } = self.volumes.get(&call.destination)?.get(&volume()?)?;
                let pool = pool.as_ref().map_or("", PoolName::as_str);
                Some(format!("pool={pool}\nsize={size}\nusage={usage}\n"))
            }
            _ => None,
        }
    }

    fn pool(&self, name: &PoolName) -> Option<String> {
        let pool = self.pools.get(name)?;
        let line = |name: &str, value: Option<u64>| value.map_or(String::new(), |value| format!("{name}={value}\n"));
        let [size, usage] = [line("size", pool.size), line("usage", pool.usage)];
        Some(format!("name={name}\nrevisions_to_keep={}\n{size}{usage}", pool.revisions))
    }
}

/// As `GetAll` writes a value.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}
