//! All sheets of a bundle, as one document.

use super::document::Document;
use super::examined::Examined;
use super::phrase::Phrase;
use super::{boundaries, boundary_map, bypass, compared_with_vpn, matrix, overview, rules, situations, workstation_plan};

/// The sheets.
pub fn sheets(examined: &Examined) -> Document {
    let subject = &examined.subject;
    let mut sections = vec![
        overview::section(examined),
        boundaries::section(examined),
        boundary_map::section(examined),
        workstation_plan::section(examined),
        bypass::section(examined),
        compared_with_vpn::section(examined),
        matrix::section(examined),
        situations::section(examined),
    ];
    sections.push(rules::section(&sections));
    let title = Phrase::name(subject.name) + Phrase::of(format!(" {}, serial {}", subject.release, subject.serial));
    Document { title, summary: Phrase::written(subject.summary.as_str()), sections }
}
