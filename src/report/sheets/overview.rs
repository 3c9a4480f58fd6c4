//! What a bundle is, in a few lines; and what its checks say.

use crate::check::Level;
use crate::report::document::{Block, Cell, Section, Table};
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;

/// The section.
pub fn section(examined: &Examined) -> Section {
    let subject = &examined.subject;
    let mut table = Table::new("What this is", &[("what", "What"), ("is", "Is")]);
    let desired = examined.desired();
    let counts =
        [("Identities", desired.identities.len()), ("Qubes", desired.qubes.len()), ("Templates", desired.templates.len())];
    let facts = [
        ("Bundle", Phrase::name(subject.name)),
        ("For", Phrase::of(format!("Qubes OS {}", subject.release))),
        ("Serial", Phrase::of(subject.serial.to_string())),
        ("Id", Phrase::name(subject.id)),
        ("Held against", Phrase::of(if subject.surroundings.is_real { "the dom0 that it comes into" } else { "a stock system" })),
    ];
    let counts = counts.map(|(what, count)| (what, Phrase::of(count.to_string())));
    for (what, is) in facts.into_iter().chain(counts) {
        table.row(what.to_lowercase(), [Cell::from(what), is.into()]);
    }
    Section::new("overview", "Overview", vec![Block::Table(table), Block::list(findings(examined)), Block::text(BEYOND)])
}

const BEYOND: &str = "What no configuration does: a gateway does not take away who you are. Whonix does not protect from the host. Several \
                      workstations are no separation if files move freely between them. Tor does not clean metadata.";

/// What the checks say, the worst first.
fn findings(examined: &Examined) -> Vec<Phrase> {
    let report = &examined.report;
    let told = |level: Level, word: &'static str| {
        let of_level = report.findings.iter().filter(move |finding| finding.code.level() == level);
        of_level.map(move |finding| Phrase::of(format!("{word} {}: {finding}", finding.code)))
    };
    let excused = report.excused.iter().map(|excused| {
        let finding = &excused.finding;
        Phrase::of(format!("excused {}: {finding}; because: ", finding.code)) + Phrase::written(excused.reason.as_str())
    });
    let findings: Vec<Phrase> = told(Level::Error, "DANGER").chain(told(Level::Warning, "warning")).chain(excused).collect();
    if findings.is_empty() { vec!["every check was made, and none found fault".into()] } else { findings }
}
