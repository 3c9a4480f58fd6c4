//! The third sheet: whether an application gets past its gateway, or gives away who uses it; a row for each.

use std::collections::BTreeSet;

use super::applications::{Application, Known, known};
use super::claims::about;
use crate::base::Handle;
use crate::check::Code;
use crate::model::Identity;
use crate::report::document::{Block, Cell, Section, Table};
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;
use crate::report::standing::{Held, Standing};

/// What is asked of each application beside the way that it takes: a column's id, its heading, and the answer.
type Question = (&'static str, &'static str, fn(&Application) -> Known);

const QUESTIONS: [Question; 5] = [
    ("network", "Needs network", |application| application.network),
    ("proxy", "Uses the system's proxy", |application| application.proxy),
    ("telemetry", "Has telemetry", |application| application.telemetry),
    ("account", "Stores account data", |application| application.account),
    ("metadata", "Risk of metadata", |application| application.metadata),
];

/// The section.
pub fn section(examined: &Examined) -> Section {
    let mut columns = vec![("application", "Application"), ("gateway", "Reaches only the gateway")];
    columns.extend(QUESTIONS.map(|(id, title, _)| (id, title)));
    let mut table = Table::new("Applications that the recipe declares", &columns);
    let mut sources: BTreeSet<&str> = BTreeSet::new();
    for (handle, identity) in &examined.desired().identities {
        let gateway = gateway(examined, handle, identity);
        for declared in &identity.applications {
            let application = known(declared);
            let title = application.map_or_else(|| Phrase::name(declared), |application| application.name.into());
            let title = title + " (".into() + examined.identity(handle) + ")".into();
            let answers = QUESTIONS.map(|(_, _, ask)| answer(application.map(ask)));
            table.row(format!("{handle}.{declared}"), [Cell::from(title), gateway.clone()].into_iter().chain(answers));
            sources.extend(application.into_iter().flat_map(|application| application.sources));
        }
    }
    let intro = "For each application: can what it sends get past the gateway, and what does it tell by itself? Which applications there are \
                 is what the recipe declares. What each does is known of it in general, from the documents below.";
    let mut blocks = vec![Block::text(intro), Block::Table(table)];
    if !sources.is_empty() {
        blocks.push(Block::list(sources.into_iter().map(Phrase::from)));
    }
    Section::new("bypass-review", "Bypass review", blocks)
}

fn gateway(examined: &Examined, handle: &Handle, identity: &Identity) -> Cell {
    if !identity.mode.over_tor() {
        return Cell::held("no: it is in clear, on purpose", Standing::unchecked(Held::Declared));
    }
    let codes = [Code::NotBehindGateway, Code::DefaultNetvm, Code::NetworkByCall, Code::ForeignDisposables];
    let (standing, messages) = examined.standing(&codes, about(examined.desired(), handle));
    let gateway = examined.gateway(handle).map_or_else(|| "its gateway".into(), Phrase::name);
    let yes = Phrase::of("yes, ") + gateway;
    Cell::held(if messages.is_empty() { yes } else { Phrase::joined(messages, "; ", "") }, standing)
}

/// Of an application that nobody knows, the worst is to be assumed.
fn answer(known: Option<Known>) -> Cell {
    match known {
        Some(Known { answer, how }) => Cell::held(format!("{answer}: {how}"), Standing::unchecked(Held::Known)),
        None => Cell::held("nobody knows: assume the worst", Standing::unchecked(Held::Open)),
    }
}
