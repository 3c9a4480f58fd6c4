//! Volumes.

use super::{Method, done, in_lines, no_argument, plain, with_payload};
use crate::qubesd::Call;
use crate::sim::derived;
use crate::sim::python;
use crate::sim::refusal::{Exception, Outcome, Refusal, enforce};
use crate::sim::simulation::{Simulation, Source};
use crate::sim::view::View;
use crate::sim::volume::VolumeName;

pub(super) const METHODS: &[Method] = &[
    plain("admin.vm.volume.List", list),
    plain("admin.vm.volume.Info", info),
    with_payload("admin.vm.volume.Resize", resize),
    plain("admin.vm.volume.CloneFrom", clone_from),
    with_payload("admin.vm.volume.CloneTo", clone_to),
];

fn list(system: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    let is_machine = system.existing(&call.destination)?.qube.class.is_machine();
    Ok(in_lines(VolumeName::ALL.iter().filter(|_| is_machine).map(|volume| volume.as_str())))
}

fn info(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let (view, volume) = wanted(system, call)?;
    // Where not even the system has a default kernel, qubesd fails.
    enforce(volume != VolumeName::Kernel || view.get("kernel").is_some())?;
    Ok(view.volume_info(volume))
}

/// Less is taken as well, and cuts the image off, as the driver `file-reflink` does.
fn resize(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let (_, volume) = wanted(system, call)?;
    let size = size(call.payload.trim_ascii())?;
    // The driver of kernels does not know how to.
    enforce(volume.is_writable())?;
    if let Some(qube) = system.qubes.get_mut(&call.destination) {
        qube.resize(volume, size);
    }
    done()
}

fn clone_from(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let (view, volume) = wanted(system, call)?;
    let source = Source { qube: view.name.clone(), volume };
    let token = derived::token(system.next_count());
    system.clones.insert(token.clone(), source);
    Ok(token)
}

/// Takes the token, then copies. A volume that is not kept stays as it is.
fn clone_to(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let (view, volume) = wanted(system, call)?;
    let class = view.qube.class;
    let token = python::ascii(&call.payload).ok_or(Refusal::Silence)?.trim();
    let source = system.clones.remove(token).ok_or(Refusal::Silence)?;
    let origin = system.view(&source.qube).ok_or(Refusal::Silence)?;
    match volume {
        VolumeName::Kernel if source.volume == VolumeName::Kernel => return done(),
        VolumeName::Kernel => {
            return Err(Exception::StoragePool.says("clone of LinuxModules volume from different volume type is not supported"));
        }
        _ if !volume.save_on_stop(class) => return done(),
        _ => {}
    }
    enforce(source.volume.save_on_stop(origin.qube.class))?;
    let size = origin.volume_size(source.volume);
    let (packages, files) = (origin.qube.packages.clone(), origin.qube.files.clone());
    if let Some(qube) = system.qubes.get_mut(&call.destination) {
        qube.resize(volume, size);
        if (volume, source.volume) == (VolumeName::Root, VolumeName::Root) {
            (qube.packages, qube.files) = (packages, files);
        }
    }
    done()
}

fn wanted<'a>(system: &'a Simulation, call: &Call) -> Outcome<(View<'a>, VolumeName)> {
    let view = system.existing(&call.destination)?;
    enforce(view.qube.class.is_machine())?;
    Ok((view, VolumeName::named(&call.argument).ok_or(Refusal::Silence)?))
}

/// Source: `qubes/api/__init__.py`, `validate_size`.
fn size(untrusted: &[u8]) -> Outcome<u64> {
    let text = python::ascii(untrusted).ok_or(Refusal::Silence)?;
    let is_plain = (1..20).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    enforce(is_plain)?;
    text.parse().map_err(|_| Refusal::Silence)
}
