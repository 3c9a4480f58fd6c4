//! What a report is about, in both programs: all of a bundle that it tells of, and the policy that it comes into.

use std::io::{Read, Seek};

use crate::base::{BundleId, BundleName, Text, cleaned};
use crate::bundle::Bundle;
use crate::check::Surroundings;
use crate::cli::Failure;
use crate::model::{Desired, Labels, Release};
use crate::qrexec::Rule;
use crate::report::{Document, Subject};

/// What a report is about.
pub struct Reported {
    /// The bundle's name.
    pub name: BundleName,
    /// Its release.
    pub release: Release,
    /// Its serial.
    pub serial: u32,
    /// Its id.
    pub id: BundleId,
    /// What its author says of it.
    pub summary: Text,
    /// What it asks for.
    pub desired: Desired,
    /// The rules of its policy.
    pub rules: Vec<Rule>,
    /// What it comes into.
    pub surroundings: Surroundings,
    /// Who is behind its handles; nobody, where that is not to be told.
    pub labels: Labels,
}

impl Reported {
    /// A bundle in these surroundings.
    pub fn of<R: Read + Seek>(bundle: &Bundle<R>, rules: Vec<Rule>, surroundings: Surroundings, labels: Labels) -> Self {
        let (id, manifest) = (bundle.id(), bundle.manifest());
        Self {
            name: manifest.name.clone(),
            release: manifest.release,
            serial: manifest.serial,
            id,
            summary: manifest.summary.clone(),
            desired: manifest.desired.clone(),
            rules,
            surroundings,
            labels,
        }
    }

    /// The same for a report.
    pub fn subject(&self) -> Subject<'_> {
        Subject {
            name: &self.name,
            release: self.release,
            serial: self.serial,
            id: self.id,
            summary: &self.summary,
            desired: &self.desired,
            rules: &self.rules,
            surroundings: &self.surroundings,
            labels: &self.labels,
        }
    }
}

/// All of a report, or the one part of it that was asked for.
///
/// # Errors
/// If it has no such part.
pub fn part(document: Document, sheet: Option<&str>) -> Result<Document, Failure> {
    let Some(id) = sheet else { return Ok(document) };
    let known: Vec<_> = document.sections.iter().map(|section| section.id.clone()).collect();
    document.only(id).ok_or_else(|| {
        let failure = Failure::usage(format!("a report has no sheet `{}`", cleaned(id)));
        failure.hint(format!("its sheets are: {}", known.join(", ")))
    })
}
