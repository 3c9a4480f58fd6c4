//! What may move between identities, and how: a cell for each pair, and the rules behind it.

use std::collections::BTreeMap;

use super::evidence::{answer, service};
use crate::base::Handle;
use crate::check::{Code, Passing, Route};
use crate::qrexec::Hop;
use crate::report::document::{Block, Cell, Column, Section, Table, section_id};
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;
use crate::report::standing::{Held, Standing};

/// With more parties than this, a matrix is no help to anybody: only those between which something may move are told.
const MOST: usize = 12;

/// An identity; or all who are none of the bundle's.
type Party<'a> = Option<&'a Handle>;

/// The section.
pub fn section(examined: &Examined) -> Section {
    let parties: Vec<Party> = examined.desired().identities.keys().map(Some).chain([None]).collect();
    let matrix = Matrix { examined, passings: examined.traffic.passings.iter().map(|passing| (&passing.hop, passing)).collect() };
    let table = if parties.len() > MOST { matrix.list() } else { matrix.grid(&parties) };
    let routes = examined.traffic.routes.iter();
    let rules = routes.map(|((from, to), route)| matrix.rules(from.as_ref(), to.as_ref(), route));
    let intro = "What may move from whom to whom, over any number of calls: data, or commands. The policy of the bundle was evaluated \
                 together with the one that it comes into, for all pairs of qubes and all services; what is not told here, no call does. \
                 dom0 itself, and its own clipboard, stand outside of it.";
    Section::new("flow-matrix", "Flow matrix", vec![Block::text(intro), Block::Table(table)]).with(rules.collect())
}

/// What may move, with all single calls at hand.
struct Matrix<'a> {
    examined: &'a Examined<'a>,
    passings: BTreeMap<&'a Hop, &'a Passing>,
}

impl Matrix<'_> {
    fn grid(&self, parties: &[Party]) -> Table {
        let mut table = Table::new("From the identity of the row to that of the column", &[("from", "From")]);
        table.columns.extend(parties.iter().map(|party| Column::new(id(*party), self.called(*party))));
        for &from in parties {
            let cells = parties.iter().map(|&to| match self.examined.traffic.routes.get(&(from.cloned(), to.cloned())) {
                _ if from == to => "–".into(),
                Some(route) => self.how(from, to, route),
                None => "never".into(),
            });
            table.row(id(from), [Cell::from(self.called(from))].into_iter().chain(cells));
        }
        table
    }

    fn list(&self) -> Table {
        let caption = "Where anything may move; between all others nothing does";
        let mut table = Table::new(caption, &[("from", "From"), ("to", "To"), ("how", "How")]);
        for ((from, to), route) in &self.examined.traffic.routes {
            let (from, to) = (from.as_ref(), to.as_ref());
            table.row(section_of(from, to), [self.called(from).into(), self.called(to).into(), self.how(from, to, route)]);
        }
        table
    }

    /// As in `asked, 2 calls`.
    fn how(&self, from: Party, to: Party, route: &Route) -> Cell {
        let (word, calls) = match &route.unasked {
            Some(unasked) => ("allowed", unasked),
            None => ("asked", &route.any),
        };
        let count = calls.len();
        let cell = Cell::from(format!("{word}, {count} {}", if count == 1 { "call" } else { "calls" }));
        let standing = calls.iter().any(|hop| self.is_undeclared(hop)).then(undeclared);
        Cell { standing, ..cell }.link(section_of(from, to))
    }

    fn rules(&self, from: Party, to: Party, route: &Route) -> Section {
        let title = self.called(from) + " → ".into() + self.called(to);
        let mut table = Table::new(Phrase::of("Ways from ") + title.clone(), &COLUMNS);
        let mut add = |what: &str, hops: &[Hop]| {
            for (at, hop) in hops.iter().enumerate() {
                let step = format!("{what} {}", at + 1);
                let call = Phrase::name(format!("{} → {}", hop.from, hop.to));
                let cells = [step.clone().into(), call, Phrase::name(service(hop)), answer(hop).into(), Phrase::name(&hop.rule)];
                table.row(step, cells.map(Cell::from).into_iter().chain([self.declared(hop)]));
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

    /// The flow that declares a call, where it crosses a border.
    fn declared(&self, hop: &Hop) -> Cell {
        let flow = self.passings.get(hop).and_then(|passing| passing.flow.as_ref());
        match flow {
            Some(flow) => Phrase::name(flow).into(),
            None if self.is_undeclared(hop) => Cell::held("no flow", undeclared()),
            None => "–".into(),
        }
    }

    fn is_undeclared(&self, hop: &Hop) -> bool {
        self.passings.get(hop).is_some_and(|passing| passing.is_undeclared())
    }

    fn called(&self, party: Party) -> Phrase {
        party.map_or_else(|| "the rest of dom0's qubes".into(), |handle| self.examined.identity(handle))
    }
}

const COLUMNS: [(&str, &str); 6] =
    [("step", "Step"), ("call", "Call"), ("service", "Service"), ("answer", "Answer"), ("rule", "Rule"), ("flow", "Declared by")];

/// What every call is that crosses a border and that no flow declares.
fn undeclared() -> Standing {
    Standing { held: Held::Broken, codes: vec![Code::UndeclaredFlow] }
}

/// What links call all who are none of the bundle's. No handle begins with `-`.
const OTHERS: &str = "-others";

fn id(party: Party<'_>) -> &str {
    party.map_or(OTHERS, Handle::as_str)
}

fn section_of(from: Party, to: Party) -> String {
    section_id(&["flow", id(from), id(to)])
}
