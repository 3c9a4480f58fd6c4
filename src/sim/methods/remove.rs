//! Removing qubes.
//!
//! Source: `qubes/api/admin.py` (`vm_remove`), `qubes/app.py` (`VMCollection.__delitem__`, `on_domain_pre_deleted`).

use super::{Method, at_dom0, done, no_argument, plain};
use crate::base::QubeName;
use crate::model::Release;
use crate::qubesd::Call;
use crate::sim::global::Global;
use crate::sim::property::Kind;
use crate::sim::python;
use crate::sim::refusal::{Exception, Outcome};
use crate::sim::simulation::Simulation;
use crate::sim::value::Value;
use crate::sim::view::View;

pub(super) const METHODS: &[Method] = &[plain("admin.vm.Remove", remove)];

fn remove(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    if at_dom0(call).is_ok() {
        return Err(Exception::VmInUse.says("'dom0' cannot be removed"));
    }
    if system.existing(&call.destination)?.is_on("installed_by_rpm") {
        return Err(Exception::VmInUse.says(format!("VM installed by package manager: {}", call.destination)));
    }
    system.remove(&call.destination)?;
    done()
}

impl Simulation {
    /// Removes a halted qube that nothing refers to.
    ///
    /// # Errors
    /// If it is not halted or still in use.
    pub(in crate::sim) fn remove(&mut self, name: &QubeName) -> Outcome {
        let view = self.existing(name)?;
        if view.qube.class.is_machine() && view.is_up() {
            return Err(Exception::VmNotHalted.of(name));
        }
        if self.is_in_use(&view) {
            let gap = if self.release >= Release::R4_3 { "  " } else { "" };
            return Err(Exception::VmInUse.says(format!(
                "Domain is in use: {};{gap}see 'journalctl -u qubesd -e' in dom0 for details",
                python::repr(name.as_str())
            )));
        }
        self.qubes.remove(name);
        Ok(())
    }

    /// Whether the system or another qube refers to this one. On R4.3 a qube's defaults do not count.
    fn is_in_use(&self, used: &View) -> bool {
        let is_it = |value: Option<Value>| value.is_some_and(|value| value.as_text() == Some(used.name.as_str()));
        let by_system = Global::ALL.iter().any(|global| global.kind == Kind::Qube && is_it(self.global(global.name)));
        by_system
            || self.views().filter(|view| view.name != used.name).any(|view| {
                view.properties().filter(|property| property.kind == Kind::Qube).any(|property| {
                    let counts = self.release < Release::R4_3 || !view.is_default(property);
                    counts && is_it(view.get(property.name))
                })
            })
    }
}
