//! The calls, in one table for each group. A call that is in no table is answered as one that qubesd does not know.
//!
//! Source: `qubes/api/__init__.py` (framing and lookup), `qubes/api/admin.py`, `qubes/api/internal.py`.

mod create;
mod feature;
mod firewall;
mod global;
mod label;
mod list;
mod notes;
mod pool;
mod power;
mod property;
mod remove;
mod tag;
mod volume;

use super::refusal::{Outcome, Refusal, enforce};
use super::simulation::Simulation;
use crate::base::QubeName;
use crate::model::Release;
use crate::qubesd::{Call, Reply};

/// One method.
struct Method {
    /// Its name.
    name: &'static str,
    /// Whether it takes a payload.
    payload: Payload,
    /// The first release that has it.
    since: Release,
    /// What it does.
    run: fn(&mut Simulation, &Call) -> Outcome<String>,
}

/// Whether a method takes a payload.
#[derive(PartialEq, Eq)]
enum Payload {
    /// It must be empty.
    None,
    /// The method looks at it.
    Any,
}

type Run = fn(&mut Simulation, &Call) -> Outcome<String>;

/// A method without payload.
const fn plain(name: &'static str, run: Run) -> Method {
    Method { name, payload: Payload::None, since: Release::R4_2, run }
}

/// A method with a payload.
const fn with_payload(name: &'static str, run: Run) -> Method {
    Method { name, payload: Payload::Any, since: Release::R4_2, run }
}

impl Method {
    /// The same, from R4.3 on.
    const fn since_r4_3(mut self) -> Self {
        self.since = Release::R4_3;
        self
    }
}

/// All tables.
const GROUPS: [&[Method]; 13] = [
    list::METHODS,
    property::METHODS,
    global::METHODS,
    tag::METHODS,
    feature::METHODS,
    firewall::METHODS,
    volume::METHODS,
    create::METHODS,
    remove::METHODS,
    power::METHODS,
    label::METHODS,
    pool::METHODS,
    notes::METHODS,
];

/// Longest request, `buffer_size` of `QubesDaemonProtocol`.
const LONGEST: usize = 65_536;

/// The reply to a call.
pub(super) fn answer(system: &mut Simulation, call: &Call) -> Reply {
    match run(system, call) {
        Ok(result) => Reply::Ok(result.into_bytes()),
        Err(refusal) => refusal.into(),
    }
}

fn run(system: &mut Simulation, call: &Call) -> Outcome<String> {
    // A space or a zero byte would end the argument and break the header.
    let is_framed = call.argument.is_ascii() && !call.argument.contains([' ', '\0']) && call.to_bytes().len() <= LONGEST;
    enforce(is_framed)?;
    system.existing(&call.destination)?;
    let method = GROUPS
        .iter()
        .flat_map(|group| group.iter())
        .find(|method| method.name == call.method && system.release >= method.since)
        .ok_or(Refusal::Silence)?;
    enforce(method.payload == Payload::Any || call.payload.is_empty())?;
    (method.run)(system, call)
}

/// For methods that take no argument.
fn no_argument(call: &Call) -> Outcome {
    enforce(call.argument.is_empty())
}

/// For methods that are about the whole system.
fn at_dom0(call: &Call) -> Outcome {
    enforce(call.destination == QubeName::dom0())
}

/// What a method with nothing to say answers.
fn done() -> Outcome<String> {
    Ok(String::new())
}

/// One line for each item.
fn in_lines<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().fold(String::new(), |text, item| text + item.as_ref() + "\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_method_is_in_two_tables() {
        let mut names = BTreeSet::new();
        assert!(GROUPS.iter().flat_map(|group| group.iter()).all(|method| names.insert(method.name)));
    }

    #[test]
    fn requests_that_break_the_header_get_no_word() {
        let mut system = Simulation::stock(Release::R4_3);
        let dom0 = QubeName::dom0();
        for call in [
            Call::new("admin.vm.List", &dom0).argument("a b"),
            Call::new("admin.vm.List", &dom0).argument("a\0"),
            Call::new("admin.vm.tag.Get", &dom0).argument("ä"),
            Call::new("admin.vm.List", &dom0).payload("x"),
            Call::new("admin.nosuch", &dom0),
            Call::new("admin.vm.firewall.Set", &"vault".parse().unwrap()).payload(vec![b'\n'; LONGEST]),
        ] {
            assert_eq!(answer(&mut system, &call), Reply::Empty, "{} {}", call.method, call.argument);
        }
    }
}
