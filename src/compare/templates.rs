//! Templates that halite makes, by their stems: with each change they get another name.

use std::collections::BTreeMap;

use super::change::{About, Change, Mark};
use super::list::{changed, entries, members, pairs};
use crate::base::QubeName;
use crate::model::{Desired, Template};

pub fn compare(from: &Desired, to: &Desired, changes: &mut Vec<Change>) {
    let (old, new) = (by_stem(from), by_stem(to));
    for (stem, pair) in pairs(&old, &new) {
        match pair {
            (Some(old), Some(new)) => {
                let parts = [
                    changed("base", Some(&old.base), Some(&new.base)),
                    members("packages", &old.packages, &new.packages),
                    entries("files", &old.files, &new.files),
                    members("tags", &old.tags, &new.tags),
                ];
                let what: Vec<_> = parts.into_iter().flatten().collect();
                if !what.is_empty() {
                    changes.push(Change::new(About::Template, stem, Mark::Changed, what));
                }
            }
            (None, Some(new)) => changes.push(Change::new(About::Template, stem, Mark::Added, told(new))),
            (old, _) => {
                changes.push(Change::new(About::Template, stem, Mark::Removed, old.map(|old| told(old)).unwrap_or_default()))
            }
        }
    }
}

fn told(template: &Template) -> Vec<String> {
    let packages: Vec<_> = template.packages.iter().map(|package| format!("+{package}")).collect();
    let packages = (!packages.is_empty()).then(|| format!("packages {}", packages.join(" ")));
    [format!("base: {}", template.base)].into_iter().chain(packages).collect()
}

fn by_stem(desired: &Desired) -> BTreeMap<String, &Template> {
    desired.templates.iter().map(|(name, template)| (stem(name), template)).collect()
}

/// The name of a template without the hash of what is in it.
pub fn stem(name: &QubeName) -> String {
    let own = name.as_str().strip_prefix(Template::PREFIX).and_then(|rest| rest.rsplit_once('-'));
    own.map_or_else(|| name.to_string(), |(stem, _)| stem.to_owned())
}
