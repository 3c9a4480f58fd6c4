//! A table of claims: what holds, how that is known, and by what.

use crate::base::Handle;
use crate::check::{Code, Finding, Subject};
use crate::model::Desired;
use crate::report::document::{Cell, Table};
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;
use crate::report::standing::{Held, Standing};

/// A table of claims that is being filled.
pub struct Claims<'a> {
    examined: &'a Examined<'a>,
    table: Table,
}

impl<'a> Claims<'a> {
    /// No claims yet, of this.
    pub fn about(examined: &'a Examined, caption: impl Into<Phrase>) -> Self {
        let columns = [("claim", "What"), ("standing", "How it is known"), ("evidence", "By what")];
        Self { examined, table: Table::new(caption, &columns) }
    }

    /// A claim that these checks look at, as far as `is_about` says: enforced, as the evidence shows, unless they say something else.
    pub fn checked(
        &mut self,
        key: impl Into<String>,
        claim: impl Into<Phrase>,
        codes: &[Code],
        is_about: impl Fn(&Finding) -> bool,
        evidence: impl Into<Phrase>,
    ) {
        let (standing, messages) = self.examined.standing(codes, is_about);
        let evidence = if messages.is_empty() { evidence.into() } else { Phrase::joined(messages, "; ", "") };
        self.row(key, claim.into(), standing, evidence);
    }

    /// A claim that no check looks at.
    pub fn told(&mut self, key: impl Into<String>, claim: impl Into<Phrase>, held: Held, evidence: impl Into<Phrase>) {
        self.row(key, claim.into(), Standing::unchecked(held), evidence.into());
    }

    /// The table.
    pub fn table(self) -> Table {
        self.table
    }

    fn row(&mut self, key: impl Into<String>, claim: Phrase, standing: Standing, evidence: Phrase) {
        self.table.row(key, [Cell::from(claim), Cell::held("", standing), Cell::from(evidence)]);
    }
}

/// What is about an identity, or one of its qubes.
pub fn about<'a>(desired: &'a Desired, identity: &'a Handle) -> impl Fn(&Finding) -> bool + 'a {
    move |finding| match &finding.subject {
        Subject::Identity(handle) => handle == identity,
        Subject::Qube(name) => desired.qubes.get(name).is_some_and(|qube| qube.identity == *identity),
        Subject::Template(name) => {
            desired.qubes.values().any(|qube| qube.identity == *identity && desired.template_of(qube) == name)
        }
        Subject::Flow(_) | Subject::Exception(_) | Subject::Bundle => false,
    }
}

/// Whatever it is about.
pub fn anything(_: &Finding) -> bool {
    true
}
