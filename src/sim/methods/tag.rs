//! Tags. dom0 may touch the system's own: the extension that forbids it to others lets dom0 through.

use super::{Method, done, in_lines, no_argument, plain};
use crate::qubesd::Call;
use crate::sim::refusal::{Exception, Outcome};
use crate::sim::simulation::Simulation;
use crate::sim::tagging::valid_tag;

pub(super) const METHODS: &[Method] = &[
    plain("admin.vm.tag.List", list),
    plain("admin.vm.tag.Get", get),
    plain("admin.vm.tag.Set", set),
    plain("admin.vm.tag.Remove", remove),
];

fn list(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    Ok(in_lines(&system.existing(&call.destination)?.qube.tags))
}

fn get(system: &mut Simulation, call: &Call) -> Outcome<String> {
    valid_tag(&call.argument)?;
    let is_set = system.existing(&call.destination)?.qube.tags.contains(&call.argument);
    Ok(if is_set { "1" } else { "0" }.to_owned())
}

fn set(system: &mut Simulation, call: &Call) -> Outcome<String> {
    system.add_tag(&call.destination, &call.argument)?;
    done()
}

fn remove(system: &mut Simulation, call: &Call) -> Outcome<String> {
    valid_tag(&call.argument)?;
    let was_there = system.qubes.get_mut(&call.destination).is_some_and(|qube| qube.tags.remove(&call.argument));
    if was_there {
        return done();
    }
    Err(Exception::TagNotFound.says(format!("Tag not set for domain {}: {}", call.destination, call.argument)))
}
