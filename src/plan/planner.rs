//! From what is and what is to be, to the steps between, in an order in which no step opens anything that a later one would close.
//!
//! The order, and why:
//!
//! 1. Templates are cloned. They have no network and nobody uses them yet.
//! 2. What is to be closed is closed: networks and disposables taken away, retired qubes kept from starting.
//! 3. Tags that rules are written for; then the policy, with the denials, and with the one way that templates are updated by.
//! 4. Only now templates are provisioned, which downloads packages by that way.
//! 5. Qubes are made. Each is kept from starting at once (`prohibit-start`), since qubesd gives a new qube a netvm of its own choice;
//!    then it is closed and tagged before the next one is made.
//! 6. Templates and providers; then everything that says how a qube is; then what is inside it (`inside`); then netvms and disposables,
//!    each when it leads to no clear net (`prefix`).
//! 7. What must come after its last user is gone: providers that no longer provide, tags that go.
//! 8. New qubes are released. Only now can they start.
//! 9. Disposables are made, and released: each copies what its template has then, and never again.
//! 10. A policy that goes away does so last, when everything it kept apart is retired.

use std::collections::BTreeSet;

use super::account::Account;
use super::conflict::{Conflict, conflicts};
use super::danger::{Danger, dangers};
use super::flows::{Decider, FlowChange, flows};
use super::inside::offline;
use super::ledger::Ledger;
use super::observed::Observed;
use super::picture::Picture;
use super::prefix::{Ranked, safe};
use super::problem::Problem;
use super::ranked::{Rank, change, clone, create};
use super::refused::problems;
use super::room::{Room, room};
use super::running::Running;
use super::state::{Origin, State};
use super::step::Step;
use super::way::{WayChange, ways};
use crate::base::QubeName;
use crate::model::{Class, Release};

/// Steps from one state to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// What is to be said of each, in the same order.
    pub accounts: Vec<Account>,
    /// What a person should know before saying yes.
    pub dangers: Vec<Danger>,
    /// What the user changed by hand, and the plan changes again.
    pub conflicts: Vec<Conflict>,
    /// Qubes that must be halted first, and are not.
    pub running: Running,
    /// How the ways of qubes to the network change by all of it.
    pub ways: Vec<(QubeName, WayChange)>,
    /// What may come to be needed of each storage pool, if that was asked.
    pub room: Vec<Room>,
    /// How calls over the borders of identities change, if that was asked.
    pub flows: Vec<FlowChange>,
}

impl Plan {
    /// The same, saying how calls over the borders of identities change, where `decider` decides them now.
    #[must_use]
    pub fn with_flows(self, target: &State, observed: &Observed, decider: &Decider, release: Release) -> Self {
        let flows = flows(&self.steps, target, observed, decider, release);
        Self { flows, ..self }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// The plan that brings `target` about. `adopted` are qubes that halite did not make and may manage nevertheless.
///
/// # Errors
/// All problems at once, where no order of steps would do.
pub fn plan(
    target: &State,
    observed: &Observed,
    ledger: &Ledger,
    release: Release,
    adopted: &BTreeSet<QubeName>,
) -> Result<Plan, Vec<Problem>> {
    let problems = problems(target, observed, ledger, release, adopted);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut ranked = ranked(target, observed, ledger, release);
    let steps: Vec<Step> = ranked.iter().map(|(_, step)| step.clone()).collect();
    // Whence and whither a qube goes, whatever it is between.
    let dangers = dangers(&steps, target, observed, ledger);
    let conflicts = conflicts(ledger, target, observed);
    offline(&mut ranked, observed);
    let ranked = safe(ranked, target, observed, ledger, release).map_err(|problem| vec![*problem])?;
    Ok(Plan { conflicts, ..finished(ranked, dangers, target, observed, ledger, release) })
}

/// The plan of these steps, in this order.
pub fn finished(
    ranked: Ranked,
    dangers: Vec<Danger>,
    target: &State,
    observed: &Observed,
    ledger: &Ledger,
    release: Release,
) -> Plan {
    let (ranks, steps): (Vec<_>, Vec<_>) = ranked.into_iter().unzip();
    let (by_step, ways) = ways(&steps, Picture::new(observed, target, release), observed);
    let accounts = ranks.into_iter().zip(&steps).zip(by_step);
    let accounts = accounts.map(|((rank, step), way)| Account::of(rank, step, way, observed, ledger)).collect();
    let running = Running::of(&steps, observed);
    let room = room(target, observed);
    Plan { steps, accounts, dangers, conflicts: Vec::new(), running, room, ways, flows: Vec::new() }
}

/// All steps, by their ranks.
pub fn ranked(target: &State, observed: &Observed, ledger: &Ledger, release: Release) -> Ranked {
    let mut ranked: Ranked = Vec::new();
    for (name, wanted) in &target.qubes {
        match (observed.qubes.get(name), &wanted.origin) {
            (Some(seen), _) => change(name, wanted, seen, &mut ranked),
            (None, Some(Origin::Clone(base))) => clone(name, wanted, base, &mut ranked),
            (None, Some(Origin::App)) => create(name, Class::App, wanted, release, &mut ranked),
            (None, Some(Origin::Disposable)) => create(name, Class::Disposable, wanted, release, &mut ranked),
            // Nothing has to be done to put away what is gone.
            (None, None) => {}
        }
    }
    if let Some(policy) = target.policy.as_ref().filter(|policy| **policy != observed.policy) {
        let rank = if ledger.lets_go(policy) { Rank::PolicyGone } else { Rank::Policy };
        ranked.push((rank, Step::Policy { to: policy.text().cloned() }));
    }
    // Stable: within a rank, steps stay grouped by qube, in the order in which they were found.
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked
}
