//! Properties of the whole system.

use super::property::{default_shown, line, no_such, value_shown};
use super::{Method, at_dom0, done, in_lines, no_argument, plain, with_payload};
use crate::qubesd::Call;
use crate::sim::global::Global;
use crate::sim::refusal::Outcome;
use crate::sim::setter::sanitized;
use crate::sim::simulation::Simulation;

pub(super) const METHODS: &[Method] = &[
    plain("admin.property.List", list),
    plain("admin.property.Get", get),
    plain("admin.property.GetAll", get_all),
    plain("admin.property.GetDefault", get_default),
    with_payload("admin.property.Set", set),
    plain("admin.property.Reset", reset),
];

fn list(_: &mut Simulation, call: &Call) -> Outcome<String> {
    at_dom0(call)?;
    no_argument(call)?;
    Ok(in_lines(Global::ALL.iter().map(|global| global.name)))
}

fn get(system: &mut Simulation, call: &Call) -> Outcome<String> {
    Ok(shown(system, named(call)?))
}

fn get_all(system: &mut Simulation, call: &Call) -> Outcome<String> {
    at_dom0(call)?;
    no_argument(call)?;
    Ok(in_lines(Global::ALL.iter().map(|global| line(global.name, &shown(system, global)))))
}

fn get_default(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let global = named(call)?;
    Ok(default_shown(global.kind, system.global_default(global.name)))
}

fn set(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let global = named(call)?;
    let value = sanitized(global.kind, &call.payload, system.release)?;
    system.set_global(global, value)?;
    done()
}

fn reset(system: &mut Simulation, call: &Call) -> Outcome<String> {
    system.globals.remove(named(call)?.name);
    done()
}

fn named(call: &Call) -> Outcome<&'static Global> {
    at_dom0(call)?;
    Global::named(&call.argument).ok_or_else(|| no_such(&call.argument, "Qubes"))
}

fn shown(system: &Simulation, global: &Global) -> String {
    value_shown(global.kind, !system.globals.contains_key(global.name), system.global(global.name))
}
