//! The firewall.

use super::{Method, done, in_lines, no_argument, plain, with_payload};
use crate::qubesd::Call;
use crate::sim::firewall::Rule;
use crate::sim::python;
use crate::sim::refusal::{Outcome, Refusal, enforce};
use crate::sim::simulation::Simulation;
use crate::sim::view::View;

pub(super) const METHODS: &[Method] =
    &[plain("admin.vm.firewall.Get", get), with_payload("admin.vm.firewall.Set", set), plain("admin.vm.firewall.Reload", reload)];

fn get(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let rules = filtered(system, call)?.qube.rules();
    Ok(in_lines(rules.iter().filter(|rule| !rule.is_expired()).map(Rule::as_str)))
}

/// No rule at all is taken too, and means that everything is dropped.
fn set(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let release = filtered(system, call)?.system.release;
    let text = python::ascii(&call.payload).ok_or(Refusal::Silence)?;
    let rules: Result<Vec<Rule>, _> = python::lines(text).into_iter().map(|line| Rule::parse(line, release)).collect();
    let rules = rules.map_err(|_| Refusal::Silence)?;
    if let Some(qube) = system.qubes.get_mut(&call.destination) {
        qube.firewall = Some(rules).filter(|rules| *rules != [Rule::accept()]);
    }
    done()
}

fn reload(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    system.existing(&call.destination)?;
    done()
}

/// dom0 and remote qubes have no firewall, and qubesd fails over that.
fn filtered<'a>(system: &'a Simulation, call: &Call) -> Outcome<View<'a>> {
    no_argument(call)?;
    let view = system.existing(&call.destination)?;
    enforce(view.qube.class.is_machine())?;
    Ok(view)
}
