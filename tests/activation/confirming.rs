//! Changes that count only when somebody confirms them.

use std::cell::RefCell;

use halite::apply::{self, ApplyError, Confirmed, Counts, Current, Moment, Recovered, Wait};
use halite::base::QubeName;
use halite::dom0::Layout;
use halite::model::Release;
use halite::qubesd::{Call, Qubesd, Reply, Unreachable};
use halite::salt::Staged;
use halite::sim::{Fault, Faulty, Lasting, Simulation};

use crate::bundles::{Bundle, SMALL, bundle, small_changed};
use crate::dom0::{Dom0, Goal};

/// A dom0 with the first bundle in place, and the second.
fn switched() -> (Dom0, Bundle) {
    let (first, second) = (bundle(SMALL, 1, Release::R4_3), bundle(&small_changed(), 2, Release::R4_3));
    let mut dom0 = Dom0::stock(Release::R4_3);
    dom0.switch(&first);
    (dom0, second)
}

/// Switches to `bundle`, and waits as `go_on` says.
fn switch(dom0: &mut Dom0, bundle: &Bundle, mut go_on: impl FnMut() -> Wait) -> Result<usize, ApplyError> {
    let mut system = dom0.system.clone();
    let mut go_on = |moment| if moment == Moment::Done { go_on() } else { Wait::On };
    let result = dom0.go_counting(&mut system, &Goal::Switch(bundle), Counts::WhenConfirmed(&mut go_on));
    dom0.system = system;
    result
}

fn over() -> Wait {
    Wait::Over("it is a test".to_owned())
}

fn over_when_done(moment: Moment) -> Wait {
    if moment == Moment::Done { over() } else { Wait::On }
}

#[track_caller]
fn assert_reverted(result: Result<usize, ApplyError>) {
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), "all was done, and not confirmed: it is a test\neverything was put back as it was");
}

#[test]
fn what_is_confirmed_counts_and_is_remembered() {
    let (mut dom0, second) = switched();
    assert_eq!(Current::load(&dom0.layout).unwrap().confirmed, None, "nobody is asked otherwise");
    let layout = dom0.layout.clone();
    let mut moments = 0;
    let steps = switch(&mut dom0, &second, || {
        moments += 1;
        assert!(moments < 4, "it was confirmed");
        if moments == 3 {
            assert_eq!(apply::confirm(&layout).unwrap(), Confirmed::InTime(2));
            assert_eq!(apply::confirm(&layout).unwrap(), Confirmed::InTime(2), "saying it twice does no harm");
        }
        Wait::On
    });
    assert!(steps.unwrap() > 0 && moments == 3);
    let current = Current::load(&dom0.layout).unwrap();
    assert_eq!((current.generation, current.confirmed), (2, Some(2)));
    assert!(!dom0.has_journal() && dom0.drift().is_empty());
    assert_eq!(apply::confirm(&dom0.layout).unwrap(), Confirmed::Nothing);
    dom0.rollback(1);
    assert_eq!(Current::load(&dom0.layout).unwrap().confirmed, Some(2), "going back does not forget");
}

#[test]
fn what_is_not_confirmed_is_put_back() {
    let (mut dom0, second) = switched();
    let before = dom0.snapshot();
    assert_reverted(switch(&mut dom0, &second, over));
    assert!(!dom0.has_journal());
    let now = dom0.snapshot().without_leftovers(&before);
    assert_eq!(now.qubes.keys().collect::<Vec<_>>(), before.qubes.keys().collect::<Vec<_>>());
    assert!(now.qubes == before.qubes && now.policy == before.policy && now.globals == before.globals);
    assert_eq!(Current::load(&dom0.layout).unwrap().generation, 1);
}

/// A generation without any step counts only when it is confirmed, too.
#[test]
fn what_changes_only_the_books_is_waited_for() {
    let (first, same) = (bundle(SMALL, 1, Release::R4_3), bundle(SMALL, 2, Release::R4_3));
    let mut dom0 = Dom0::stock(Release::R4_3);
    dom0.switch(&first);
    assert_reverted(switch(&mut dom0, &same, over));
    assert_eq!(Current::load(&dom0.layout).unwrap().generation, 1);
    let layout = dom0.layout.clone();
    let steps = switch(&mut dom0, &same, || {
        apply::confirm(&layout).unwrap();
        Wait::On
    });
    assert_eq!((steps.unwrap(), Current::load(&dom0.layout).unwrap().generation), (0, 2));
}

#[test]
fn what_was_said_first_counts() {
    let (mut dom0, second) = switched();
    let layout = dom0.layout.clone();
    let result = switch(&mut dom0, &second, || {
        assert_eq!(apply::confirm(&layout).unwrap(), Confirmed::InTime(2));
        over()
    });
    result.unwrap();
    assert_eq!(Current::load(&dom0.layout).unwrap().generation, 2);
}

/// A door behind which somebody confirms at every call.
struct Hasty<'a> {
    system: Simulation,
    layout: &'a Layout,
    said: RefCell<Vec<Confirmed>>,
}

impl Qubesd for Hasty<'_> {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        self.said.borrow_mut().push(apply::confirm(self.layout).unwrap());
        self.system.call(call)
    }

    fn provision(&mut self, qube: &QubeName, state: &Staged) -> Result<(), Unreachable> {
        self.system.provision(qube, state)
    }
}

#[test]
fn who_confirms_too_early_or_too_late_is_told_so_and_nothing_counts() {
    let (dom0, second) = switched();
    let layout = dom0.layout.clone();
    let mut door = Hasty { system: dom0.system.clone(), layout: &layout, said: RefCell::default() };
    assert_reverted(dom0.go_counting(&mut door, &Goal::Switch(&second), Counts::WhenConfirmed(&mut over_when_done)));
    let mut said = door.said.into_inner();
    said.dedup();
    // Looking, changing, putting back.
    assert_eq!(said, [Confirmed::Nothing, Confirmed::TooEarly, Confirmed::TooLate]);
    assert_eq!(Current::load(&dom0.layout).unwrap().generation, 1);
}

#[test]
fn who_dies_while_waiting_is_undone_unless_somebody_confirmed() {
    let (mut dom0, second) = switched();
    let before = dom0.snapshot();
    let system = RefCell::new(None);
    for is_confirmed in [false, true] {
        let copy = RefCell::new(None);
        let original = dom0.copy();
        let layout = original.layout.clone();
        let mut door = original.system.clone();
        let mut go_on = |moment| {
            if moment == Moment::BetweenSteps {
                return Wait::On;
            }
            if is_confirmed {
                apply::confirm(&layout).unwrap();
            }
            *copy.borrow_mut() = Some(original.copy());
            over()
        };
        let result = original.go_counting(&mut door, &Goal::Switch(&second), Counts::WhenConfirmed(&mut go_on));
        if is_confirmed {
            result.unwrap();
            *system.borrow_mut() = Some(door);
        }
        // The files of the moment in which it died; and the qubes, which are the same whether anybody confirms or not.
        let mut died = copy.into_inner().unwrap();
        died.system = match &*system.borrow() {
            Some(done) => done.clone(),
            None => {
                let mut door = dom0.copy();
                door.switch(&second);
                door.system
            }
        };
        let recovered = died.recover().unwrap();
        let generation = Current::load(&died.layout).unwrap().generation;
        if is_confirmed {
            assert_eq!((recovered, generation), (Recovered::Finished, 2));
            assert!(died.drift().is_empty());
        } else {
            assert_eq!((recovered, generation), (Recovered::Undone, 1));
            assert!(died.snapshot().without_leftovers(&before).qubes == before.qubes);
            assert_eq!(apply::confirm(&died.layout).unwrap(), Confirmed::Nothing, "what comes later confirms nothing");
        }
    }
    dom0.switch(&second);
}

/// Whoever is told to end does so before the next step, whichever that is, and not in the middle of one.
#[test]
fn what_is_stopped_between_two_steps_is_put_back() {
    let (dom0, second) = switched();
    let before = dom0.snapshot();
    let all = dom0.plan(&second).steps.len();
    for done in 0..all {
        let mut dom0 = dom0.copy();
        let mut asked = 0;
        let mut go_on = |moment| {
            assert_eq!(moment, Moment::BetweenSteps, "nobody asks for a word any more");
            asked += 1;
            if asked > done { over() } else { Wait::On }
        };
        let mut system = dom0.system.clone();
        let error = dom0.go_counting(&mut system, &Goal::Switch(&second), Counts::WhenConfirmed(&mut go_on)).unwrap_err();
        dom0.system = system;
        assert_eq!(
            error.to_string(),
            format!("stopped after {done} of {all} steps: it is a test\neverything was put back as it was")
        );
        assert_eq!(asked, done + 1);
        let now = dom0.snapshot().without_leftovers(&before);
        assert!(now.qubes == before.qubes && now.policy == before.policy && !dom0.has_journal(), "after {done} steps");
        assert_eq!(Current::load(&dom0.layout).unwrap().generation, 1);
    }
    assert!(all > 10, "{all}");
}

/// Whatever fails while what was not confirmed is put back, it ends as it was before.
#[test]
fn a_fault_at_every_change_of_putting_back() {
    let (dom0, second) = switched();
    let before = dom0.snapshot();
    let mut door = Faulty::new(dom0.system.clone(), usize::MAX, Fault::DieBefore, Lasting::Once);
    dom0.copy().go_through(&mut door, &Goal::Switch(&second)).unwrap();
    let mut points = 0;
    for at in door.changes() + 1.. {
        for (fault, lasting) in [(Fault::DieAfter, Lasting::Once), (Fault::DieBefore, Lasting::ForGood)] {
            let mut dom0 = dom0.copy();
            let mut door = Faulty::new(dom0.system.clone(), at, fault, lasting);
            let result = dom0.go_counting(&mut door, &Goal::Switch(&second), Counts::WhenConfirmed(&mut over_when_done));
            let is_over = door.changes() < at;
            dom0.system = door.into_inner();
            if is_over {
                assert_reverted(result);
                assert!(points > 10, "{points}");
                return;
            }
            assert!(matches!(result, Err(ApplyError::Stuck { .. })), "change {at}: {result:?}");
            assert_eq!(dom0.recover().unwrap(), Recovered::Undone);
            assert!(dom0.snapshot().without_leftovers(&before).qubes == before.qubes, "change {at}");
            points += 1;
        }
    }
}
