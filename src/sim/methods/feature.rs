//! Features.

use super::{Method, done, in_lines, no_argument, plain, with_payload};
use crate::base::QubeName;
use crate::model::Release;
use crate::qubesd::Call;
use crate::sim::python;
use crate::sim::refusal::{Exception, Outcome, Refusal, enforce};
use crate::sim::simulation::Simulation;
use crate::sim::view::View;

pub(super) const METHODS: &[Method] = &[
    plain("admin.vm.feature.List", list),
    plain("admin.vm.feature.Get", get),
    plain("admin.vm.feature.CheckWithTemplate", with_template),
    plain("admin.vm.feature.CheckWithNetvm", with_netvm),
    plain("admin.vm.feature.CheckWithAdminVM", with_dom0),
    plain("admin.vm.feature.CheckWithTemplateAndAdminVM", with_template_and_dom0),
    with_payload("admin.vm.feature.Set", set),
    plain("admin.vm.feature.Remove", remove),
];

/// What only qubesd itself may change (R4.3). Source: `ext/admin.py`, `PROHIBITED_FEATURES`.
const PROHIBITED: [&str; 4] =
    ["deferred-netvm-original", "preload-dispvm", "preload-dispvm-completed", "preload-dispvm-in-progress"];

fn list(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    Ok(in_lines(system.existing(&call.destination)?.qube.features.iter().map(|(name, _)| name)))
}

fn get(system: &mut Simulation, call: &Call) -> Outcome<String> {
    looked_up(system, call, |view, name| view.qube.features.get(name))
}

fn with_template(system: &mut Simulation, call: &Call) -> Outcome<String> {
    looked_up(system, call, |view, name| view.feature(name))
}

fn with_netvm(system: &mut Simulation, call: &Call) -> Outcome<String> {
    looked_up(system, call, |view, name| view.upstream().find_map(|view| view.qube.features.get(name)))
}

fn with_dom0(system: &mut Simulation, call: &Call) -> Outcome<String> {
    looked_up(system, call, |view, name| view.qube.features.get(name).or_else(|| of_dom0(view, name)))
}

fn with_template_and_dom0(system: &mut Simulation, call: &Call) -> Outcome<String> {
    looked_up(system, call, |view, name| view.feature(name).or_else(|| of_dom0(view, name)))
}

fn of_dom0<'a>(view: View<'a>, name: &str) -> Option<&'a str> {
    view.system.view(&QubeName::dom0())?.qube.features.get(name)
}

fn looked_up(system: &Simulation, call: &Call, look: for<'a> fn(View<'a>, &str) -> Option<&'a str>) -> Outcome<String> {
    let view = system.existing(&call.destination)?;
    look(view, &call.argument).map(str::to_owned).ok_or_else(|| not_set(call))
}

fn set(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let text = python::ascii(&call.payload).ok_or(Refusal::Silence)?;
    if system.release >= Release::R4_3 {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        if call.argument.is_empty() || !call.argument.bytes().all(is_name) {
            return Err(Exception::Value.says("feature name contains illegal characters"));
        }
        if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(Exception::Value.says(format!("{} value contains illegal characters", call.argument)));
        }
        enforce(!PROHIBITED.contains(&call.argument.as_str()))?;
    }
    system.set_feature(&call.destination, &call.argument, text)?;
    done()
}

fn remove(system: &mut Simulation, call: &Call) -> Outcome<String> {
    enforce(system.release < Release::R4_3 || !PROHIBITED.contains(&call.argument.as_str()))?;
    if system.drop_feature(&call.destination, &call.argument) { done() } else { Err(not_set(call)) }
}

fn not_set(call: &Call) -> Refusal {
    Exception::FeatureNotFound.says(format!("Feature not set for domain {}: {}", call.destination, call.argument))
}
