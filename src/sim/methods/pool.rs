//! The two stock pools. How full they are is invented.

use super::{Method, at_dom0, in_lines, no_argument, plain};
use crate::qubesd::Call;
use crate::sim::refusal::{Outcome, Refusal};
use crate::sim::simulation::Simulation;
use crate::sim::volume::{KERNEL_POOL, POOL};

pub(super) const METHODS: &[Method] = &[plain("admin.pool.List", list), plain("admin.pool.Info", info)];

fn list(_: &mut Simulation, call: &Call) -> Outcome<String> {
    no_argument(call)?;
    at_dom0(call)?;
    Ok(in_lines([POOL, KERNEL_POOL]))
}

fn info(_: &mut Simulation, call: &Call) -> Outcome<String> {
    at_dom0(call)?;
    match call.argument.as_str() {
        POOL => Ok("dir_path=/var/lib/qubes\ndriver=file-reflink\nephemeral_volatile=False\nname=varlibqubes\n\
                    revisions_to_keep=1\nsize=274877906944\nusage=68719476736\n"
            .to_owned()),
        KERNEL_POOL => {
            Ok("dir_path=/var/lib/qubes/vm-kernels\ndriver=linux-kernel\nname=linux-kernel\nincluded_in=varlibqubes\n".to_owned())
        }
        _ => Err(Refusal::Silence),
    }
}
