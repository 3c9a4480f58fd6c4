//! All sheets of a bundle, as one document: a file each. `boundaries`, `boundary_map` and `workstation_plan` are tables of `claims`, which rest on
//! `evidence`; `through` says what traffic goes through; `applications` is what is known of programs, whichever bundle they are in.

mod applications;
mod boundaries;
mod boundary_map;
mod bypass;
mod claims;
mod compared_with_vpn;
mod evidence;
mod matrix;
mod overview;
mod rules;
mod situations;
mod through;
mod workstation_plan;

use crate::compare::{Change, compare};
use crate::report::document::{Block, Document, Section};
use crate::report::examined::Examined;
use crate::report::map::Map;
use crate::report::phrase::Phrase;

/// The sheets; with an old bundle, what is not as it was is marked in all of them, and told first.
pub fn sheets(examined: &Examined, old: Option<&Examined>) -> Document {
    let document = all(examined);
    let Some(old) = old else { return document };
    let mut document = document.since(&all(old));
    document.sections.insert(0, changes(examined, old));
    document
}

fn all(examined: &Examined) -> Document {
    let subject = &examined.subject;
    let mut sections = vec![
        overview::section(examined),
        map(examined),
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

/// The drawn map, and the same in lines.
fn map(examined: &Examined) -> Section {
    let lines = Map::of(examined).lines().into_iter().map(|line| Phrase::written(&line).into());
    Section::new("map", "Map", vec![Block::Map, Block::Lines(lines.collect())])
}

/// What has changed, what could cost somebody their anonymity first.
fn changes(examined: &Examined, old: &Examined) -> Section {
    let told = |change: Change| {
        let danger = if change.danger.is_some() { "DANGER: " } else { "" };
        Phrase::of(danger) + Phrase::written(&change.to_string())
    };
    let changes: Vec<Phrase> = compare(&old.side(), &examined.side()).into_iter().map(told).collect();
    let (from, to) = (&old.subject, &examined.subject);
    let intro = format!("From `{}`, serial {}, to `{}`, serial {}.", from.name, from.serial, to.name, to.serial);
    let changes = if changes.is_empty() { vec!["they ask for the same".into()] } else { changes };
    Section::new("changes", "Changes", vec![Block::text(intro), Block::list(changes)])
}
