//! The way back to what was there: it is always one, as far as plans are concerned.

use super::danger::dangers;
use super::ledger::Ledger;
use super::observed::Observed;
use super::planner::{Plan, finished, plan, ranked};
use super::prefix::disconnect;
use super::problem::Problem;
use super::state::State;
use super::step::Step;
use crate::model::Release;

/// The plan back to `target`, which was there before. Where no order of steps is safe, it takes all networks and disposables away that are
/// to change, and then goes on: what was open before may be open again, and an activation that was interrupted must not stay so.
///
/// # Errors
/// If something that `target` hangs on is not there any more.
pub fn way_back(target: &State, observed: &Observed, release: Release) -> Result<Plan, Vec<Problem>> {
    let ledger = Ledger::default();
    let known = target.qubes.keys().cloned().collect();
    match plan(target, observed, &ledger, release, &known) {
        Err(problems) if problems.iter().all(|problem| matches!(problem, Problem::Unsafe { .. })) => {}
        plan => return plan,
    }
    let mut ranked = ranked(target, observed, &ledger, release);
    let first: Vec<_> = ranked.iter_mut().filter_map(|(rank, step)| Some((*rank, disconnect(step)?))).collect();
    let ranked = [first, ranked].concat();
    let steps: Vec<Step> = ranked.iter().map(|(_, step)| step.clone()).collect();
    let dangers = dangers(&steps, target, observed, &ledger);
    Ok(finished(ranked, dangers, target, observed, &ledger, release))
}

#[cfg(test)]
mod tests {
    use super::super::observed::There;
    use super::super::state::{Property, Settings};
    use super::*;
    use crate::base::QubeName;
    use crate::model::property;

    fn state(qubes: [(&str, &str); 2]) -> State {
        let settings = |netvm: &str| Settings {
            properties: [(property("netvm"), Property::Set(netvm.to_owned()))].into(),
            ..Settings::default()
        };
        let qubes = qubes.map(|(name, netvm)| (name.parse::<QubeName>().unwrap(), settings(netvm)));
        State { qubes: qubes.into(), policy: None }
    }

    /// No qubesd would have had two qubes behind each other. So there is no safe order, and yet a way.
    #[test]
    fn where_no_order_is_safe_everything_is_disconnected_first() {
        let (now, before) = (state([("a", "c"), ("b", "c")]), state([("a", "b"), ("b", "a")]));
        let there = || There { class: "AppVM".to_owned(), halted: true };
        let observed = Observed {
            there: ["a", "b", "c"].map(|name| (name.parse().unwrap(), there())).into(),
            qubes: now.qubes,
            ..Observed::default()
        };
        let known = before.qubes.keys().cloned().collect();
        assert!(plan(&before, &observed, &Ledger::default(), Release::R4_3, &known).is_err());
        let back = way_back(&before, &observed, Release::R4_3).unwrap();
        let steps: Vec<_> = back.steps.iter().map(|step| format!("{} {step}", step.qube().unwrap())).collect();
        assert_eq!(steps, ["a netvm: c → none", "b netvm: c → none", "a netvm: none → b", "b netvm: none → a"]);
        assert_eq!(back.accounts.len(), 4);
        let gone = way_back(&state([("a", "gone"), ("b", "c")]), &observed, Release::R4_3).unwrap_err();
        assert!(matches!(gone[..], [Problem::Missing { .. }]));
    }
}
