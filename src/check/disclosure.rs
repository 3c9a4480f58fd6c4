//! H04xx: what a bundle tells whoever gets hold of it.

use super::code::Code;
use super::finding::{Finding, Part, Subject};
use crate::model::{Desired, Qube, whonix};

pub fn check(desired: &Desired, findings: &mut Vec<Finding>) {
    let bridges = whonix::bridges_file();
    let is_unseen = |qube: &Qube| qube.files.get(&bridges).is_some_and(|file| !file.sensitive);
    for (name, _) in desired.qubes.iter().filter(|(_, qube)| is_unseen(qube)) {
        let message = format!("its `{bridges}` is in the bundle as it is, bridges included");
        let help = "whoever has the bundle, or the recipe, can read it; once you have seen to it that nobody does, say `sensitive = true`";
        let finding = Finding::new(Code::BridgesInBundle, Subject::Qube(name.clone()), message).help(help);
        findings.push(finding.part(Part::File(bridges.clone())));
    }
}
