//! The two stock pools.
//!
//! Source: `qubes/api/admin.py`, `pool_info` and `pool_volume_list`; `qubes/storage/reflink.py` and `kernels.py`.

use super::{Method, at_dom0, in_lines, no_argument, plain};
use crate::qubesd::Call;
use crate::sim::refusal::{Outcome, Refusal};
use crate::sim::simulation::Simulation;
use crate::sim::volume::{KERNEL_POOL, POOL, VolumeName};

pub(super) const METHODS: &[Method] =
    &[plain("admin.pool.List", list), plain("admin.pool.Info", info), plain("admin.pool.volume.List", volumes)];

fn list(_: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    at_dom0(call)?;
    Ok(in_lines([POOL, KERNEL_POOL]))
}

fn info(system: &mut Simulation, call: &Call) -> Outcome<String> {
    at_dom0(call)?;
    match call.argument.as_str() {
        POOL => Ok(format!(
            "dir_path=/var/lib/qubes\ndriver=file-reflink\nephemeral_volatile=False\nname=varlibqubes\n\
             revisions_to_keep=1\nsize={}\nusage={}\n",
            system.disk.size, system.disk.usage
        )),
        KERNEL_POOL => {
            Ok("dir_path=/var/lib/qubes/vm-kernels\ndriver=linux-kernel\nname=linux-kernel\nincluded_in=varlibqubes\n".to_owned())
        }
        _ => Err(Refusal::Silence),
    }
}

/// The names of kernels are those of directories, in whatever order the disk has them; here they are sorted.
fn volumes(system: &mut Simulation, call: &Call) -> Outcome<String> {
    at_dom0(call)?;
    match call.argument.as_str() {
        POOL => {
            let machines = system.views().filter(|view| view.qube.class.is_machine());
            let written = VolumeName::ALL.into_iter().filter(|volume| volume.is_writable());
            let ids = machines.flat_map(|view| written.clone().map(move |volume| view.volume_id(volume)));
            Ok(in_lines(ids))
        }
        KERNEL_POOL => Ok(in_lines(&system.kernels)),
        _ => Err(Refusal::Silence),
    }
}
