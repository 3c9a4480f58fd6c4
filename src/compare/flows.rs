//! Calls that go through between identities, or between one and the rest of dom0, by evaluation of the policies.

use std::collections::BTreeMap;

use super::Side;
use super::change::{About, Change, Mark};
use crate::check::{Crossing, Surroundings, crossings};

/// What becomes of a call.
type Answers = BTreeMap<(String, String, String), bool>;

pub fn compare(from: &Side, to: &Side, changes: &mut Vec<Change>) {
    let (old, new) = (answers(from), answers(to));
    for (call, pair) in super::list::pairs(&old, &new) {
        let (from, to, service) = call;
        let word = |is_asked: &bool| if *is_asked { "ask" } else { "allow" };
        let change = |mark, what: String| Change::new(About::Flow, format!("{from} → {to}"), mark, vec![what]);
        match pair {
            (None, Some(is_asked)) => changes
                .push(change(Mark::Added, format!("{service}, {}", word(is_asked))).danger(true, "OPENED BETWEEN IDENTITIES")),
            (Some(is_asked), None) => changes.push(change(Mark::Removed, format!("{service}, {}", word(is_asked)))),
            (Some(old), Some(new)) if old != new => {
                let what = format!("{service}: {} → {}", word(old), word(new));
                changes.push(change(Mark::Changed, what).danger(!new, "NOBODY IS ASKED ANY MORE"));
            }
            _ => {}
        }
    }
}

fn answers(side: &Side) -> Answers {
    let surroundings = Surroundings::stock(side.release, side.rules.clone());
    let mut answers = Answers::new();
    for Crossing { from, to, service, is_asked } in crossings(side.desired, &surroundings, side.release) {
        // What is allowed in one way and asked about in another is allowed.
        let known = answers.entry((from, to, service)).or_insert(is_asked);
        *known &= is_asked;
    }
    answers
}
