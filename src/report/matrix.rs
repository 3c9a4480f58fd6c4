//! What may move between identities, and how: a cell for each pair, and the rules behind it.

use super::document::{Block, Cell, Column, Section, Table, section_id};
use super::evidence::{answer, service};
use super::examined::Examined;
use super::phrase::Phrase;
use crate::base::Handle;
use crate::check::Route;
use crate::qrexec::Hop;

/// With more parties than this, a matrix is no help to anybody: only those between which something may move are told.
const MOST: usize = 12;

/// An identity; or all who are none of the bundle's.
type Party<'a> = Option<&'a Handle>;

/// The section.
pub fn section(examined: &Examined) -> Section {
    let parties: Vec<Party> = examined.desired().identities.keys().map(Some).chain([None]).collect();
    let table = if parties.len() > MOST { list(examined) } else { grid(examined, &parties) };
    let routes = examined.traffic.routes.iter();
    let rules = routes.map(|((from, to), route)| rules(examined, from.as_ref(), to.as_ref(), route));
    let intro = "What may move from whom to whom, over any number of calls: data, or commands. The policy of the bundle was evaluated \
                 together with the one that it comes into, for all pairs of qubes and all services; what is not told here, no call does. \
                 dom0 itself, and its own clipboard, stand outside of it.";
    Section::new("flow-matrix", "Flow matrix", vec![Block::text(intro), Block::Table(table)]).with(rules.collect())
}

fn grid(examined: &Examined, parties: &[Party]) -> Table {
    let mut table = Table::new("From the identity of the row to that of the column", &[("from", "From")]);
    table.columns.extend(parties.iter().map(|party| Column::new(id(*party), called(examined, *party))));
    for &from in parties {
        let cells = parties.iter().map(|&to| match examined.traffic.routes.get(&(from.cloned(), to.cloned())) {
            _ if from == to => "–".into(),
            Some(route) => Cell::from(how(route)).link(section_of(from, to)),
            None => "never".into(),
        });
        table.row(id(from), [Cell::from(called(examined, from))].into_iter().chain(cells));
    }
    table
}

fn list(examined: &Examined) -> Table {
    let caption = "Where anything may move; between all others nothing does";
    let mut table = Table::new(caption, &[("from", "From"), ("to", "To"), ("how", "How")]);
    for ((from, to), route) in &examined.traffic.routes {
        let (from, to) = (from.as_ref(), to.as_ref());
        let how = Cell::from(how(route)).link(section_of(from, to));
        table.row(section_of(from, to), [called(examined, from).into(), called(examined, to).into(), how]);
    }
    table
}

/// As in `asked, 2 calls`.
fn how(route: &Route) -> String {
    let (word, calls) = match &route.unasked {
        Some(unasked) => ("allowed", unasked.len()),
        None => ("asked", route.any.len()),
    };
    format!("{word}, {calls} {}", if calls == 1 { "call" } else { "calls" })
}

fn rules(examined: &Examined, from: Party, to: Party, route: &Route) -> Section {
    let columns = [
        ("step", "Step"),
        ("call", "Call"),
        ("service", "Service"),
        ("answer", "Answer"),
        ("rule", "Rule"),
        ("flow", "Declared by"),
    ];
    let title = called(examined, from) + " → ".into() + called(examined, to);
    let mut table = Table::new(Phrase::of("Ways from ") + title.clone(), &columns);
    let mut add = |what: &str, hops: &[Hop]| {
        for (at, hop) in hops.iter().enumerate() {
            let step = format!("{what} {}", at + 1);
            let flow = declared(examined, hop).map_or_else(|| "–".into(), Phrase::name);
            let call = Phrase::name(format!("{} → {}", hop.from, hop.to));
            let cells =
                [step.clone().into(), call, Phrase::name(service(hop)), answer(hop).into(), Phrase::name(&hop.rule), flow];
            table.row(step, cells.map(Cell::from));
        }
    };
    if let Some(unasked) = &route.unasked {
        add("unasked", unasked);
    }
    if route.unasked.as_ref() != Some(&route.any) {
        add("shortest", &route.any);
    }
    Section::new(section_of(from, to), title, vec![Block::Table(table)])
}

fn declared<'a>(examined: &'a Examined, hop: &Hop) -> Option<&'a Handle> {
    examined.traffic.passings.iter().find(|passing| passing.hop == *hop).and_then(|passing| passing.flow.as_ref())
}

/// What links call all who are none of the bundle's. No handle begins with `-`.
const OTHERS: &str = "-others";

fn id(party: Party<'_>) -> &str {
    party.map_or(OTHERS, Handle::as_str)
}

fn section_of(from: Party, to: Party) -> String {
    section_id(&["flow", id(from), id(to)])
}

fn called(examined: &Examined, party: Party) -> Phrase {
    party.map_or_else(|| "the rest of dom0's qubes".into(), |handle| examined.identity(handle))
}
