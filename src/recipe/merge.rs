//! One recipe from its files: what is declared twice, and what stands in the place of what.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::fault::Fault;
use super::parts::{Declaration, Named, Parts};
use super::place::FileId;
use super::reader::Sink;
use crate::check::Code;

/// Joins the parts of all files, in the order in which the files were read: a recipe before those that it extends.
/// `kinship` says what the recipe of the second file is to that of the first.
pub fn merge(parts: Vec<Parts>, kinship: &impl Fn(FileId, FileId) -> Kinship, sink: &Sink) -> Parts {
    let mut merged = Parts::default();
    for part in parts {
        merged.identities.extend(part.identities);
        merged.gateways.extend(part.gateways);
        merged.workstations.extend(part.workstations);
        merged.disposables.extend(part.disposables);
        merged.named_disposables.extend(part.named_disposables);
        merged.vpns.extend(part.vpns);
        merged.vaults.extend(part.vaults);
        merged.existing.extend(part.existing);
        merged.flows.extend(part.flows);
        merged.exceptions.extend(part.exceptions);
        merged.templates.extend(part.templates);
    }
    let join = Join { kinship, sink };
    Parts {
        identities: join.joined("identity", merged.identities),
        gateways: join.joined("gateway", merged.gateways),
        workstations: join.joined("workstation", merged.workstations),
        disposables: join.joined("disposable", merged.disposables),
        named_disposables: join.joined("named-disposable", merged.named_disposables),
        vpns: join.joined("vpn", merged.vpns),
        vaults: join.joined("vault", merged.vaults),
        existing: join.joined("existing", merged.existing),
        flows: join.joined("flow", merged.flows),
        exceptions: join.joined("exception", merged.exceptions),
        templates: join.joined("template", merged.templates),
    }
}

/// What one recipe is to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinship {
    /// The same.
    Same,
    /// It is extended by the other, directly or not.
    Base,
    /// Both are extended by a third.
    Stranger,
}

struct Join<'a, F> {
    kinship: &'a F,
    sink: &'a Sink,
}

impl<F: Fn(FileId, FileId) -> Kinship> Join<'_, F> {
    /// Of each name, the first declaration; the others must be ones that it says it replaces.
    fn joined<K: Ord + Clone + Display, V>(&self, kind: &str, declarations: Named<K, V>) -> Named<K, V> {
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
            let kinship = (self.kinship)(first.name.place.file, declaration.name.place.file);
            if kinship == Kinship::Base && first.replaces.is_some() {
                replaced[index] = true;
            } else {
                self.sink.add(twice(kind, first, &declaration, kinship));
            }
        }
        for (declaration, replaced) in kept.iter().zip(replaced) {
            if let (Some(place), false, true) = (&declaration.replaces, replaced, self.sink.knows_all_names()) {
                let message =
                    format!("there is no [{kind}.{}] in an extended recipe that this could replace", declaration.name.value);
                let help = "leave `replaces` out; or name it as what it is to replace".to_owned();
                self.sink.add(Fault::new(Code::Conflict, place.clone(), message).help(Some(help)));
            }
        }
        kept
    }
}

fn twice<K: Display, V>(kind: &str, first: &Declaration<K, V>, second: &Declaration<K, V>, kinship: Kinship) -> Fault {
    let name = &first.name.value;
    if kinship == Kinship::Base {
        let message = format!("an extended recipe declares [{kind}.{name}], too");
        let help = "to put this one in its place, say `replaces = true` in it; else choose another name".to_owned();
        let fault = Fault::new(Code::Conflict, first.name.place.clone(), message).help(Some(help));
        return fault.see(second.name.place.clone(), "declared here");
    }
    let fault = Fault::new(Code::Conflict, second.name.place.clone(), format!("[{kind}.{name}] is declared twice"));
    let fault = fault.see(first.name.place.clone(), "first declared here");
    let help = "choose another name; or declare it once more with `replaces = true`, in the recipe that extends both";
    fault.help((kinship == Kinship::Stranger).then(|| help.to_owned()))
}
