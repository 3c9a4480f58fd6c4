//! Labels.

use super::{Method, at_dom0, done, in_lines, no_argument, plain, with_payload};
use crate::qubesd::Call;
use crate::sim::label::Label;
use crate::sim::python;
use crate::sim::refusal::{Exception, Outcome, Refusal, enforce};
use crate::sim::simulation::Simulation;

pub(super) const METHODS: &[Method] = &[
    plain("admin.label.List", list),
    plain("admin.label.Get", |system, call| Ok(wanted(system, call)?.color)),
    plain("admin.label.Index", |system, call| Ok(wanted(system, call)?.index.to_string())),
    with_payload("admin.label.Create", create),
    plain("admin.label.Remove", remove),
];

fn list(system: &mut Simulation, call: &Call) -> Outcome<String> {
    at_dom0(call)?;
    no_argument(call)?;
    Ok(in_lines(system.labels().map(|label| label.name)))
}

/// A label that is not there is refused without a text.
fn wanted(system: &Simulation, call: &Call) -> Outcome<Label> {
    at_dom0(call)?;
    system.label(&call.argument).map_err(|_| Exception::Value.says(""))
}

fn create(system: &mut Simulation, call: &Call) -> Outcome<String> {
    at_dom0(call)?;
    let name = call.argument.as_str();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    enforce(!is_number && name.chars().all(is_name))?;
    if system.label(name).is_ok() {
        return Err(Exception::Value.says("label already exists"));
    }
    let color = python::ascii(&call.payload).ok_or(Refusal::Silence)?.trim();
    let is_color =
        color.len() == 8 && color.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    enforce(is_color)?;
    let index = system.labels().map(|label| label.index).max().unwrap_or(Label::LAST_STOCK).saturating_add(1);
    system.labels_made.push(Label { index, name: name.to_owned(), color: color.to_owned() });
    done()
}

fn remove(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let label = wanted(system, call)?;
    enforce(label.index > Label::LAST_STOCK)?;
    for view in system.views() {
        // qubesd stumbles over a qube whose label was reset.
        if view.label().ok_or(Refusal::Silence)? == label.name {
            return Err(Exception::Qubes.says("label still in use"));
        }
    }
    system.labels_made.retain(|made| *made != label);
    done()
}
