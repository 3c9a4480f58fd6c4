//! H06xx: findings that the bundle's author wants as they are, each with a reason.

use super::code::{Code, Excuse};
use super::finding::{Finding, Subject};
use super::{Excused, Report};
use crate::model::{About, Desired};

/// Parts what is excused from what is not, and finds exceptions that are none.
pub fn apply(desired: &Desired, findings: Vec<Finding>) -> Report {
    let mut report = Report::default();
    let mut unused = Vec::new();
    for (handle, exception) in &desired.exceptions {
        let subject = Subject::Exception(handle.clone());
        match exception.code.as_str().parse::<Code>() {
            Ok(code) if code.excuse() == Excuse::Reason => unused.push((handle, code, &exception.about)),
            Ok(code) => {
                let message = format!("{code} has no exceptions: {}", code.title());
                report.findings.push(Finding::new(Code::NoSuchException, subject, message));
            }
            Err(unknown) => {
                let message = format!("`{}`: {unknown}", exception.code);
                report.findings.push(Finding::new(Code::NoSuchException, subject, message));
            }
        }
    }
    let known = unused.clone();
    for finding in findings {
        let exception = known.iter().find(|(_, code, about)| *code == finding.code && is_about(about, &finding.subject));
        match exception {
            Some((handle, _, _)) => {
                unused.retain(|(other, _, _)| other != handle);
                let reason = desired.exceptions[*handle].reason.clone();
                report.excused.push(Excused { finding, exception: (*handle).clone(), reason });
            }
            None => report.findings.push(finding),
        }
    }
    for (handle, code, _) in unused {
        let message = format!("there is no finding {code} at this place");
        report.findings.push(Finding::new(Code::UnusedException, Subject::Exception(handle.clone()), message));
    }
    report
}

fn is_about(about: &About, subject: &Subject) -> bool {
    match (about, subject) {
        (About::Bundle, Subject::Bundle) => true,
        (About::Identity(about), Subject::Identity(handle)) => about == handle,
        (About::Template(about), Subject::Template(name)) | (About::Qube(about), Subject::Qube(name)) => about == name,
        _ => false,
    }
}
