//! Identities, and what holds for the bundle as a whole.

use super::change::{About, Change, Mark};
use super::list::{changed, members, pairs};
use crate::model::{Desired, Identity};

pub fn compare(from: &Desired, to: &Desired, changes: &mut Vec<Change>) {
    let gateway = |desired: &Desired| desired.update_gateway.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    let memory = |desired: &Desired| desired.memory.map_or("not said".to_owned(), |memory| format!("{memory} MiB"));
    let whole = [
        changed("updates through", Some(&gateway(from)), Some(&gateway(to))),
        changed("memory", Some(&memory(from)), Some(&memory(to))),
    ];
    let whole: Vec<_> = whole.into_iter().flatten().collect();
    if !whole.is_empty() {
        changes.push(Change::new(About::Bundle, "as a whole", Mark::Changed, whole));
    }
    for (handle, pair) in pairs(&from.identities, &to.identities) {
        match pair {
            (Some(old), Some(new)) => {
                let what: Vec<_> = parts(old, new).into_iter().flatten().collect();
                if !what.is_empty() {
                    let is_weaker = new.mode > old.mode;
                    changes.push(Change::new(About::Identity, handle, Mark::Changed, what).danger(is_weaker, "LESS ANONYMITY"));
                }
            }
            (None, Some(new)) => {
                changes.push(Change::new(About::Identity, handle, Mark::Added, vec![new.mode.to_string()]));
            }
            (old, _) => {
                let mode = old.map(|old| old.mode.to_string()).into_iter().collect();
                changes.push(Change::new(About::Identity, handle, Mark::Removed, mode));
            }
        }
    }
}

fn parts(old: &Identity, new: &Identity) -> [Option<String>; 5] {
    [
        (old.mode != new.mode).then(|| format!("{} → {}", old.mode, new.mode)),
        changed("gateway in dom0", old.existing_gateway.as_ref(), new.existing_gateway.as_ref()),
        members("accounts", &old.accounts, &new.accounts),
        members("applications", &old.applications, &new.applications),
        members("destinations", &old.destinations, &new.destinations),
    ]
}
