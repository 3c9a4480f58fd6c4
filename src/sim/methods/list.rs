//! Which qubes there are.

use super::{Method, at_dom0, in_lines, no_argument, plain};
use crate::model::Release;
use crate::qubesd::Call;
use crate::sim::qube::Class;
use crate::sim::refusal::Outcome;
use crate::sim::simulation::Simulation;
use crate::sim::view::View;

pub(super) const METHODS: &[Method] = &[
    plain("admin.vm.List", vm_list),
    plain("admin.vmclass.List", class_list),
    plain("admin.vm.CurrentState", current_state),
    plain("internal.GetSystemInfo", system_info),
];

fn vm_list(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    let line = |view: View| {
        let line = format!("{} class={} state={}", view.name, view.qube.class.as_str(), view.power().as_str());
        if system.release >= Release::R4_3 { format!("{line} uuid={}", view.uuid()) } else { line }
    };
    if at_dom0(call).is_ok() {
        Ok(in_lines(system.views().map(line)))
    } else {
        Ok(in_lines([line(system.existing(&call.destination)?)]))
    }
}

fn class_list(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    at_dom0(call)?;
    let is_there = |class: &Class| *class != Class::RemoteVM || system.release >= Release::R4_3;
    Ok(in_lines(Class::ALL.iter().filter(|class| is_there(class)).map(|class| class.as_str())))
}

/// Memory is what the qube is given, in KiB; nothing uses the processor.
fn current_state(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    let view = system.existing(&call.destination)?;
    let kib = |property: &str| match view.get(property) {
        Some(crate::sim::value::Value::Number(mib)) if view.is_up() => mib.saturating_mul(1024),
        _ => 0,
    };
    let (memory, most) =
        if at_dom0(call).is_ok() { (4 << 20, 4 << 20) } else { (kib("memory"), kib("maxmem").max(kib("memory"))) };
    Ok(format!("mem={memory} mem_static_max={most} cputime=0 power_state={}", view.power().as_str()))
}

fn system_info(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    at_dom0(call)?;
    system.system_info()
}
