//! H0213, H0214: through what the templates of identities over Tor are updated.

use std::collections::BTreeSet;

use super::code::Code;
use super::finding::{Finding, Part, Subject};
use super::network::over_tor;
use crate::model::{Desired, Role, updated_over_tor_tag, whonix};

pub fn check(desired: &Desired, findings: &mut Vec<Finding>) {
    // What gateways are on is a check of its own.
    let qubes = desired.qubes.iter().filter(|(_, qube)| over_tor(desired, &qube.identity) && qube.role != Role::Gateway);
    let mut templates = BTreeSet::new();
    for (name, qube) in qubes {
        let Some(base) = desired.stock_template_of(qube) else { continue };
        let template = desired.template_of(qube);
        match desired.templates.get(template) {
            Some(_) => drop(templates.insert(template)),
            // Whonix's own are updated through Tor by their tags.
            None if whonix::is_workstation_template(base) || whonix::is_gateway_template(base) => {}
            None => {
                let message = format!("its template `{template}` is updated in clear");
                let finding = Finding::new(Code::UpdatesInClear, Subject::Qube(name.clone()), message);
                findings.push(finding.part(Part::Template).help("declare a template of the recipe with that base, and use it"));
            }
        }
    }
    for name in templates.into_iter().filter(|name| !desired.templates[*name].tags.contains(&updated_over_tor_tag())) {
        let message = format!("an identity over Tor uses it, and the tag `{}` is missing", updated_over_tor_tag());
        findings.push(Finding::new(Code::UpdatesInClear, Subject::Template(name.clone()), message));
    }
    let any = desired.identities.values().any(|identity| identity.mode.over_tor());
    if any && desired.update_gateway.is_none() {
        let message = "it says no gateway that templates are updated through, and has identities over Tor";
        findings.push(Finding::new(Code::UpdateGateway, Subject::Bundle, message).part(Part::Updates));
    }
}
