//! Properties of qubes.

use super::{Method, done, in_lines, no_argument, plain, with_payload};
use crate::qubesd::Call;
use crate::sim::property::{Kind, Property};
use crate::sim::python::repr;
use crate::sim::refusal::{Exception, Outcome, enforce};
use crate::sim::setter::sanitized;
use crate::sim::simulation::Simulation;
use crate::sim::value::Value;
use crate::sim::view::View;

pub(super) const METHODS: &[Method] = &[
    plain("admin.vm.property.List", list),
    plain("admin.vm.property.Get", get),
    plain("admin.vm.property.GetAll", get_all),
    plain("admin.vm.property.GetDefault", get_default),
    with_payload("admin.vm.property.Set", set),
    plain("admin.vm.property.Reset", reset),
];

fn list(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    Ok(in_lines(system.existing(&call.destination)?.properties().map(|property| property.name)))
}

fn get(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let view = system.existing(&call.destination)?;
    let property = named(&view, &call.argument)?;
    enforce(!view.is_unreadable(property))?;
    Ok(shown(&view, property))
}

fn get_all(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    let view = system.existing(&call.destination)?;
    enforce(!view.properties().any(|property| view.is_unreadable(property)))?;
    Ok(in_lines(view.properties().map(|property| line(property.name, &shown(&view, property)))))
}

fn get_default(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let view = system.existing(&call.destination)?;
    let property = named(&view, &call.argument)?;
    enforce(!view.is_unreadable(property))?;
    Ok(default_shown(property.kind, view.default(property)))
}

fn set(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let property = named(&system.existing(&call.destination)?, &call.argument)?;
    let value = sanitized(property.kind, &call.payload, system.release)?;
    system.set(&call.destination, property, value)?;
    done()
}

fn reset(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let property = named(&system.existing(&call.destination)?, &call.argument)?;
    system.reset(&call.destination, property)?;
    done()
}

fn named(view: &View, name: &str) -> Outcome<&'static Property> {
    view.property(name).ok_or_else(|| no_such(name, view.name.as_str()))
}

fn shown(view: &View, property: &Property) -> String {
    value_shown(property.kind, view.is_default(property), view.get(property.name))
}

/// The refusal for a property that `holder` does not have.
pub(super) fn no_such(name: &str, holder: &str) -> crate::sim::refusal::Refusal {
    Exception::NoSuchProperty.says(format!("Invalid property {} of {holder}", repr(name)))
}

/// A property as `Get` shows it. One without any value counts as default.
pub(super) fn value_shown(kind: Kind, is_default: bool, value: Option<Value>) -> String {
    let is_default = Value::Switch(is_default || value.is_none()).printed();
    format!("default={is_default} type={} {}", kind.sent(), value.map(|value| value.sent()).unwrap_or_default())
}

/// A default as `GetDefault` shows it; one that does not exist is an empty reply.
pub(super) fn default_shown(kind: Kind, value: Option<Value>) -> String {
    value.map(|value| format!("type={} {}", kind.sent(), value.sent())).unwrap_or_default()
}

/// A line of `GetAll`.
pub(super) fn line(name: &str, shown: &str) -> String {
    format!("{name} {}", shown.replace('\\', "\\\\").replace('\n', "\\n"))
}
