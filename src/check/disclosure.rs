//! H04xx: what a bundle tells whoever gets hold of it.

use super::code::Code;
use super::finding::{Finding, Part, Subject};
use crate::model::{Desired, whonix};

pub fn check(desired: &Desired, findings: &mut Vec<Finding>) {
    let bridges = whonix::bridges_file();
    for (name, _) in desired.qubes.iter().filter(|(_, qube)| qube.files.contains_key(&bridges)) {
        let message = format!("its `{bridges}` is in the bundle as it is, bridges included");
        let help = "whoever has the bundle, or the recipe, can read it: give neither away in clear";
        let finding = Finding::new(Code::BridgesInBundle, Subject::Qube(name.clone()), message).help(help);
        findings.push(finding.part(Part::File(bridges.clone())));
    }
}
