//! One recipe from its files: what is declared twice, and what stands in the place of what.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::fault::Fault;
use super::parts::{Declaration, Named, Parts};
use super::place::FileId;
use super::reader::Sink;
use crate::check::Code;

/// Joins the parts of all files, in the order in which the files were read: a recipe before those that it extends.
/// `extends` says whether the recipe of the first file extends that of the second one, directly or not.
pub fn merge(parts: Vec<Parts>, extends: &impl Fn(FileId, FileId) -> bool, sink: &Sink) -> Parts {
    let mut merged = Parts::default();
    for part in parts {
        merged.identities.extend(part.identities);
        merged.gateways.extend(part.gateways);
        merged.workstations.extend(part.workstations);
        merged.disposables.extend(part.disposables);
        merged.templates.extend(part.templates);
    }
    Parts {
        identities: joined("identity", merged.identities, extends, sink),
        gateways: joined("gateway", merged.gateways, extends, sink),
        workstations: joined("workstation", merged.workstations, extends, sink),
        disposables: joined("disposable", merged.disposables, extends, sink),
        templates: joined("template", merged.templates, extends, sink),
    }
}

/// Of each name, the first declaration; the others must be ones that it says it replaces.
fn joined<K: Ord + Clone + Display, V>(
    kind: &str,
    declarations: Named<K, V>,
    extends: &impl Fn(FileId, FileId) -> bool,
    sink: &Sink,
) -> Named<K, V> {
    let mut kept: Named<K, V> = Vec::new();
    let mut known: BTreeMap<K, usize> = BTreeMap::new();
    let mut replaced = Vec::new();
    for declaration in declarations {
        let Some(&index) = known.get(&declaration.name.value) else {
            known.insert(declaration.name.value.clone(), kept.len());
            kept.push(declaration);
            replaced.push(false);
            continue;
        };
        let first = &kept[index];
        let is_base = extends(first.name.place.file, declaration.name.place.file);
        if is_base && first.replaces.is_some() {
            replaced[index] = true;
        } else {
            sink.add(twice(kind, first, &declaration, is_base));
        }
    }
    for (declaration, replaced) in kept.iter().zip(replaced) {
        if let (Some(place), false) = (&declaration.replaces, replaced) {
            let message =
                format!("there is no [{kind}.{}] in an extended recipe that this could replace", declaration.name.value);
            sink.add(Fault::new(Code::Conflict, place.clone(), message));
        }
    }
    kept
}

fn twice<K: Display, V>(kind: &str, first: &Declaration<K, V>, second: &Declaration<K, V>, is_base: bool) -> Fault {
    let name = &first.name.value;
    if is_base {
        let message = format!("an extended recipe declares [{kind}.{name}], too");
        let help = "to put this one in its place, say `replaces = true` in it; else choose another name".to_owned();
        let fault = Fault::new(Code::Conflict, first.name.place.clone(), message).help(Some(help));
        return fault.see(second.name.place.clone(), "declared here");
    }
    let fault = Fault::new(Code::Conflict, second.name.place.clone(), format!("[{kind}.{name}] is declared twice"));
    fault.see(first.name.place.clone(), "first declared here")
}
