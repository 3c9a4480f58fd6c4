//! A plan in people's words, grouped by qube, dangers first.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::flow_text::summaries;
use super::planner::Plan;
use super::room::Room;
use super::state::{Feature, Property, feature};
use super::step::Step;
use super::way::WayChange;
use crate::base::QubeName;

/// Columns of a line of text.
const WIDTH: usize = 100;
/// Columns of a qube's name, with what stands before it.
const INDENT: usize = 24;

impl Plan {
    /// The plan as text, without a title.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for danger in &self.dangers {
            line(&mut text, &format!("DANGER  {danger}"));
        }
        for conflict in &self.conflicts {
            line(&mut text, &format!("BY HAND  {conflict}"));
        }
        if !text.is_empty() {
            text.push('\n');
        }
        let mut by_qube: BTreeMap<&QubeName, Vec<&Step>> = BTreeMap::new();
        for step in &self.steps {
            step.qube().into_iter().for_each(|qube| by_qube.entry(qube).or_default().push(step));
        }
        let is_new = |steps: &[&Step]| steps.iter().any(|step| matches!(step, Step::Clone { .. } | Step::Create { .. }));
        let (new, changed): (Vec<_>, Vec<_>) = by_qube.into_iter().partition(|(_, steps)| is_new(steps));
        let mut ways: BTreeMap<&QubeName, String> = self.ways.iter().map(|(qube, change)| (qube, way(change))).collect();
        for (sign, qubes) in [('+', new), ('~', changed)] {
            for (qube, steps) in qubes {
                let clauses: Vec<String> = clauses(&steps).into_iter().chain(ways.remove(qube)).collect();
                paragraph(&mut text, sign, qube.as_str(), &clauses);
            }
        }
        // Whoever is behind a qube that is moved.
        for (qube, way) in ways {
            paragraph(&mut text, '~', qube.as_str(), &[way]);
        }
        for step in &self.steps {
            if let Step::Policy { to } = step {
                let rules = to
                    .as_deref()
                    .map_or(0, |text| text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count());
                let sign = if to.is_some() { '+' } else { '-' };
                line(&mut text, &format!("{sign} {:<20}  {rules} rules", crate::qrexec::POLICY_FILE));
            }
        }
        for (pair, clauses) in summaries(&self.flows) {
            paragraph(&mut text, '>', &pair, &clauses);
        }
        for Room { pool, most, revisions, free } in &self.room {
            let kept = if *revisions == 0 { String::new() } else { format!(", with {revisions} earlier state of each volume") };
            let free = free.map_or("how much is free is not known".to_owned(), |free| format!("{} are free", gibibytes(free)));
            let most = format!("takes up to {} more, if all is ever filled{kept}", gibibytes(*most));
            paragraph(&mut text, '=', &format!("pool {pool}"), &[most, free]);
        }
        if !self.running.is_empty() {
            line(&mut text, "! shut down first, in this order:");
        }
        for group in self.running.groups() {
            line(&mut text, &format!("! {:<20}  {}", group.kind, group.command()));
        }
        text
    }
}

/// The way of a qube to the network, and the one that it had.
fn way(change: &WayChange) -> String {
    match &change.before {
        Some(before) => format!("way: {before} → {}", change.after),
        None => format!("way: {}", change.after),
    }
}

fn gibibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) >> 30;
    format!("{}.{} GiB", tenths / 10, tenths % 10)
}

/// What happens to one qube, in few words: what it is, its properties, tags, features.
fn clauses(steps: &[&Step]) -> Vec<String> {
    let is_new = steps.iter().any(|step| matches!(step, Step::Create { .. }));
    let mut clauses = Vec::new();
    let mut tags = Vec::new();
    for step in without_detours(steps) {
        match &step {
            Step::Tag { tag, present: true, .. } => tags.push(tag.to_string()),
            // What a new qube does not do needs no words; nor do halite's own books, and a latch that is closed and opened again.
            Step::Property { to: Property::Set(text), .. } if is_new && text == "False" => {}
            Step::Feature { feature, to, .. } if is_book_keeping(feature.as_str(), to, is_new) => {}
            step => clauses.push(step.to_string()),
        }
    }
    if !tags.is_empty() {
        clauses.push(format!("tags {}", tags.join(" ")));
    }
    clauses
}

/// The steps, where of each property only the last one is left, with what it was before the first.
fn without_detours(steps: &[&Step]) -> Vec<Step> {
    let mut kept: Vec<Step> = Vec::new();
    for step in steps {
        let mut step = (*step).clone();
        if let Step::Property { property, from, to, .. } = &mut step {
            let name = property.clone();
            let first = kept.iter().position(|earlier| earlier.property() == Some(&name));
            if let Some(Step::Property { from: before, .. }) = first.map(|at| kept.remove(at)) {
                from.clone_from(&before);
            }
            if from.as_ref() == Some(to) {
                continue;
            }
        }
        kept.push(step);
    }
    kept
}

fn is_book_keeping(name: &str, to: &Feature, is_new: bool) -> bool {
    match name {
        feature::MADE | feature::PROVISIONED => true,
        feature::PROHIBIT_START => is_new,
        feature::RETIRED => is_new && *to == Feature::Absent,
        _ => false,
    }
}

fn paragraph(text: &mut String, sign: char, about: &str, clauses: &[String]) {
    if clauses.is_empty() {
        return;
    }
    let mut row = format!("{:<width$}", format!("{sign} {about:<20}  "), width = INDENT);
    let mut is_first = true;
    for clause in clauses {
        if !is_first && row.chars().count() + 2 + clause.chars().count() > WIDTH {
            line(text, &format!("{row};"));
            row = " ".repeat(INDENT);
            is_first = true;
        }
        if !is_first {
            row.push_str("; ");
        }
        row.push_str(clause);
        is_first = false;
    }
    line(text, &row);
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("writing to a string");
}
