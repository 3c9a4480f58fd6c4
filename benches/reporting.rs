//! Reports, in one process: all sheets in all forms, from a desired state on, its checks and its policy's evaluation included: `make bench`.
//!
//! Of the four modes they are to take 20 ms, of 1,000 qubes a second.

#![allow(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]

#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod support;

use std::path::Path;
use std::time::Instant;

use halite::check::Surroundings;
use halite::compile;
use halite::model::{Labels, Release};
use halite::qrexec::parse_policy;
use halite::recipe::{Source, load, parse};
use halite::report::{Examined, Map, Subject, html, markdown, sheets, text};
use support::{is_asked_for, many};

/// Identities of which each has a gateway, a workstation and a disposable template; their number doubles.
const GROWTH: [u32; 4] = [84, 167, 334, 668];

fn main() {
    if !is_asked_for() {
        return;
    }
    println!("{:<58} {:>9} {:>9} {:>9}", "all sheets in all forms, milliseconds", "min", "median", "max");
    let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/anonymity-modes");
    measure("the four modes (target 20)", 100, &load(&recipe).expect("the shipped recipe"));
    println!();
    let mut before: Option<f64> = None;
    for identities in GROWTH {
        let target = if identities == 334 { " (target 1000)" } else { "" };
        let source = parse(&many(identities)).expect("the recipe is right");
        let taken = measure(&format!("{} qubes{target}", 3 * identities), 9, &source);
        if let Some(before) = before {
            println!("{:<58} {:>19.2}", "  twice the qubes took, times", taken / before);
        }
        before = Some(taken);
    }
}

/// Measures all sheets in all forms, prints it, and returns the median in milliseconds.
fn measure(name: &str, runs: usize, source: &Source) -> f64 {
    let release = Release::R4_3;
    let compiled = compile::desired(source, release);
    let rules = parse_policy(&compiled.policy).expect("halite reads what it writes");
    let surroundings = Surroundings::stock(release, rules.clone());
    let desired = compiled.desired.clone();
    let id = compile::compile(source, release, compiled).id();
    let (recipe, labels) = (&source.recipe, Labels::default());
    let subject = Subject {
        name: &recipe.name,
        release,
        serial: recipe.serial,
        id,
        summary: &recipe.summary,
        desired: &desired,
        rules: &rules,
        surroundings: &surroundings,
        labels: &labels,
    };
    let mut taken: Vec<f64> = (0..=runs)
        .map(|_| {
            let begun = Instant::now();
            std::hint::black_box(all_forms(subject));
            begun.elapsed().as_secs_f64() * 1e3
        })
        .skip(1)
        .collect();
    taken.sort_by(f64::total_cmp);
    let [min, median, max] = [0, taken.len() / 2, taken.len() - 1].map(|at| taken[at]);
    println!("{name:<58} {min:>9.2} {median:>9.2} {max:>9.2}");
    median
}

fn all_forms(subject: Subject) -> usize {
    let examined = Examined::of(subject);
    let document = sheets(&examined, None);
    let map = Map::of(&examined);
    let json = serde_json::to_string_pretty(&document).expect("a document is plain data");
    let forms = [text(&document, 100), markdown(&document), html(&document, &map.svg()), map.svg_file(), json];
    forms.iter().map(String::len).sum()
}
