//! The checks that a report names, with what each is for.

use std::collections::BTreeSet;

use crate::check::Code;
use crate::report::document::{Block, Section, section_id};
use crate::report::phrase::Phrase;

/// The section about all checks that `sections` name.
pub fn section(sections: &[Section]) -> Section {
    let mut named = BTreeSet::new();
    sections.iter().for_each(|section| gather(section, &mut named));
    let told = named.into_iter().map(|code| {
        let title = Phrase::of(format!("{code}: {}", code.title()));
        Section::new(section_of(code), title, vec![Block::text(Phrase::of(code.why()))])
    });
    let intro =
        "Each check that is named above, and why it is made. `halite explain CODE` says what to do about one that is broken.";
    Section::new("checks", "Checks", vec![Block::text(intro)]).with(told.collect())
}

/// What links call the section about a check.
pub fn section_of(code: Code) -> String {
    section_id(&["check", code.as_str()])
}

fn gather(section: &Section, named: &mut BTreeSet<Code>) {
    for block in &section.blocks {
        if let Block::Table(table) = block {
            let standings = table.rows.iter().flat_map(|row| &row.cells).filter_map(|cell| cell.standing.as_ref());
            named.extend(standings.flat_map(|standing| &standing.codes));
        }
    }
    section.sections.iter().for_each(|part| gather(part, named));
}
