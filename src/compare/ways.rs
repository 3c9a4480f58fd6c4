//! The ways of qubes to the network.

use super::change::{About, Change, Mark};
use super::list::pairs;
use crate::base::QubeName;
use crate::check::Way;
use crate::model::{Desired, Setting};

pub fn compare(from: &Desired, to: &Desired, changes: &mut Vec<Change>) {
    for (name, pair) in pairs(&from.qubes, &to.qubes) {
        let (Some(_), Some(_)) = pair else { continue };
        let (old, new) = (told(from, name), told(to, name));
        if old != new {
            let leaves_tor = is_behind_gateway(from, name) && !is_behind_gateway(to, name) && has_network(to, name);
            let what = vec![format!("{old}, now {new}")];
            changes.push(Change::new(About::Way, name, Mark::Changed, what).danger(leaves_tor, "CLEARNET"));
        }
    }
}

fn told(desired: &Desired, name: &QubeName) -> String {
    match desired.qubes.get(name).and_then(|qube| qube.pref("netvm")) {
        Some(Setting::Qube(_)) => Way::of(desired, name).to_string(),
        Some(other) => format!("{name} → {other}"),
        None => format!("{name} → (default)"),
    }
}

fn has_network(desired: &Desired, name: &QubeName) -> bool {
    desired.qubes.get(name).and_then(|qube| qube.pref("netvm")) != Some(&Setting::None)
}

/// Whether the way passes the gateway of the qube's own identity.
fn is_behind_gateway(desired: &Desired, name: &QubeName) -> bool {
    let gateways = desired.gateways();
    let Some(gateway) = desired.qubes.get(name).and_then(|qube| gateways.get(&qube.identity)) else { return false };
    Way::of(desired, name).hops().iter().any(|hop| hop.name == *gateway)
}
