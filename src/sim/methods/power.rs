//! Starting and stopping.

use super::{Method, done, no_argument, plain};
use crate::qubesd::Call;
use crate::sim::power::Force;
use crate::sim::refusal::{Outcome, enforce};
use crate::sim::simulation::Simulation;

pub(super) const METHODS: &[Method] = &[
    plain("admin.vm.Start", start),
    plain("admin.vm.Shutdown", shutdown),
    plain("admin.vm.Kill", kill),
    plain("admin.vm.Pause", pause),
    plain("admin.vm.Unpause", unpause),
];

fn start(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    system.start(&call.destination)?;
    done()
}

fn shutdown(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let mut force = Force::No;
    for argument in call.argument.split('+').filter(|_| !call.argument.is_empty()) {
        enforce(matches!(argument, "force" | "wait"))?;
        if argument == "force" {
            force = Force::Yes;
        }
    }
    system.shutdown(&call.destination, force)?;
    done()
}

fn kill(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    system.kill(&call.destination)?;
    done()
}

fn pause(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    system.pause(&call.destination)?;
    done()
}

fn unpause(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    system.unpause(&call.destination)?;
    done()
}
