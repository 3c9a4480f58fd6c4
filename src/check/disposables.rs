//! Disposables with names of their own: what they are made from, and what they can have.

use super::code::Code;
use super::finding::{Finding, Part, Subject};
use crate::model::{Class, Desired, Qube, Role};

pub fn check(desired: &Desired, findings: &mut Vec<Finding>) {
    for (name, qube) in desired.qubes.iter().filter(|(_, qube)| qube.class == Class::Disposable) {
        let subject = || Subject::Qube(name.clone());
        if let Some((code, message)) = made_from(desired, qube) {
            findings.push(Finding::new(code, subject(), message).part(Part::Template));
        }
        if qube.private_volume.is_some() || !qube.files.is_empty() {
            let message = "it is a disposable, which keeps neither files nor a private volume of its own";
            let help = "put them into the disposable template that it is made from";
            findings.push(Finding::new(Code::FilePlace, subject(), message).help(help));
        }
    }
}

fn made_from(desired: &Desired, qube: &Qube) -> Option<(Code, String)> {
    let template = &qube.template;
    match desired.qubes.get(template) {
        Some(other) if other.identity != qube.identity => {
            Some((Code::ForeignDisposables, format!("it is made from `{template}` of identity `{}`", other.identity)))
        }
        Some(other) if other.role == Role::DisposableTemplate && other.class == Class::App => None,
        Some(other) => Some((Code::Dangling, format!("it is made from `{template}`, which is a {}", other.role))),
        None => Some((Code::Dangling, format!("it is made from `{template}`, which is not in the bundle"))),
    }
}
