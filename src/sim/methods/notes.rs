//! The user's notes about a qube (R4.3).

use super::{Method, at_dom0, done, plain, with_payload};
use crate::qubesd::Call;
use crate::sim::refusal::{Outcome, Refusal, enforce};
use crate::sim::simulation::Simulation;

pub(super) const METHODS: &[Method] =
    &[plain("admin.vm.notes.Get", get).since_r4_3(), with_payload("admin.vm.notes.Set", set).since_r4_3()];

fn get(system: &mut Simulation, call: &Call) -> Outcome<String> {
    noted(system, call)?;
    Ok(system.existing(&call.destination)?.qube.notes.clone())
}

/// What cannot be shown becomes `_`. qubesd asks libqubes-pure what that is; here it is the control characters.
fn set(system: &mut Simulation, call: &Call) -> Outcome<String> {
    noted(system, call)?;
    let text = std::str::from_utf8(&call.payload).map_err(|_| Refusal::Silence)?;
    let is_shown = |c: char| !c.is_control() || matches!(c, '\t' | '\n');
    let notes = text.chars().map(|c| if is_shown(c) { c } else { '_' }).collect();
    if let Some(qube) = system.qubes.get_mut(&call.destination) {
        qube.notes = notes;
    }
    done()
}

fn noted(system: &Simulation, call: &Call) -> Outcome {
    enforce(at_dom0(call).is_err() && system.existing(&call.destination)?.qube.class.is_machine())
}
