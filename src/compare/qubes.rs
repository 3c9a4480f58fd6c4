//! Qubes: what they are, and all that is set.

use super::change::{About, Change, Mark};
use super::list::{changed, entries, members, pairs};
use super::templates::stem;
use crate::base::QubeName;
use crate::model::{Desired, FirewallRule, Qube};

/// What the way of a qube tells already.
const OF_WAYS: &str = "netvm";

pub fn compare(from: &Desired, to: &Desired, changes: &mut Vec<Change>) {
    for (name, pair) in pairs(&from.qubes, &to.qubes) {
        match pair {
            (Some(old), Some(new)) => {
                let what = parts(old, new);
                if !what.is_empty() {
                    let is_anothers = old.identity != new.identity;
                    let change = Change::new(About::Qube, name, Mark::Changed, what);
                    changes.push(change.danger(is_anothers, "WHOEVER LOOKS INTO IT LINKS THE TWO"));
                }
            }
            (None, Some(new)) => changes.push(Change::new(About::Qube, name, Mark::Added, vec![told(new)])),
            (old, _) => changes.push(Change::new(About::Qube, name, Mark::Removed, old.map(told).into_iter().collect())),
        }
    }
}

fn told(qube: &Qube) -> String {
    format!("{} of identity {}, on {}", qube.role, qube.identity, stem(&qube.template))
}

fn parts(old: &Qube, new: &Qube) -> Vec<String> {
    let mut parts: Vec<String> = [
        changed("identity", Some(&old.identity), Some(&new.identity)),
        changed("role", Some(&old.role), Some(&new.role)),
        changed("class", Some(&old.class.as_str()), Some(&new.class.as_str())),
        template(&old.template, &new.template),
        changed("label", Some(&old.label), Some(&new.label)),
        changed("VPN", old.configuration.as_ref(), new.configuration.as_ref()),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (property, (old, new)) in pairs(&old.prefs, &new.prefs) {
        if property.as_str() != OF_WAYS {
            parts.extend(changed(property, old, new));
        }
    }
    parts.extend(members("tags", &old.tags, &new.tags));
    for (feature, (old, new)) in pairs(&old.features, &new.features) {
        let shown = |value: Option<&String>| value.map(|value| crate::base::cleaned(value));
        parts.extend(changed(format!("feature {feature}"), shown(old).as_ref(), shown(new).as_ref()));
    }
    let mebibytes = |size: Option<u64>| size.map(|size| format!("{} MiB", size >> 20));
    parts.extend(changed("private volume", mebibytes(old.private_volume).as_ref(), mebibytes(new.private_volume).as_ref()));
    parts.extend(entries("files", &old.files, &new.files));
    let rules = |rules: &Option<Vec<FirewallRule>>| {
        rules.as_ref().map(|rules| rules.iter().map(FirewallRule::as_str).collect::<Vec<_>>().join(", "))
    };
    parts.extend(changed("firewall", rules(&old.firewall).as_ref(), rules(&new.firewall).as_ref()));
    parts
}

/// A clone that is made anew because of what is in it is told once, as a template.
fn template(old: &QubeName, new: &QubeName) -> Option<String> {
    let (old, new) = (stem(old), stem(new));
    (old != new).then(|| format!("template: {old} → {new}"))
}
