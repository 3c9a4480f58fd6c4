//! Commands that something goes wrong with, at every point, and what the next command finds.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::command::{RECOVER, Recorded, recorded};
use crate::dom0::{Dom0, Left};
use crate::served::assert_one_error;
use crate::syscall::{self, End};
use crate::traced::{self, Harm};

/// What the dom0 was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Old(Left),
    New,
}

/// A place where something goes wrong.
struct Point<'a> {
    recorded: &'a Recorded,
    at: usize,
    harm: Harm,
}

impl Point<'_> {
    /// Which it is, for people.
    fn name(&self) -> String {
        let call = &self.recorded.calls[self.at];
        format!("{}: {:?} at call {} of {}, {}", self.recorded.command.name, self.harm, self.at, self.recorded.calls.len(), call.what(&self.recorded.root))
    }

    /// Brings it about; says how the next command found dom0, and what the harmed one had said.
    fn run(&self) -> (Found, String) {
        let name = self.name();
        let dom0 = self.recorded.start.copy();
        let served = dom0.serve();
        let arguments = self.recorded.command.arguments;
        let traced = traced::run(&dom0, arguments, &self.harm.injections(&self.recorded.calls, self.at));
        let root = dom0.root().display().to_string();
        let harmed = traced.calls.get(self.at).unwrap_or_else(|| panic!("{name}: it ended before:\n{}", traced.ended.transcript()));
        assert_eq!(harmed.what(&root), self.recorded.calls[self.at].what(&self.recorded.root), "{name}: another call was harmed");
        match self.harm {
            Harm::Kill => {
                assert_eq!((traced.ended.code, harmed.end), (128 + 9, End::Never), "{name}: {}", traced.ended.transcript());
                assert_eq!(traced.calls.len(), self.at + 1, "{name}: it went on");
            }
            Harm::Fail(_) | Harm::FailFromHere(_) => {
                assert_eq!(harmed.end, End::Injected, "{name}");
                if traced.ended.code != 0 {
                    assert_one_error(&traced.ended, &name);
                }
            }
        }
        let found = recovered(&dom0, self.recorded, &name);
        let said = &traced.ended;
        match found {
            Found::Old(_) => assert_ne!(said.code, 0, "{name}: it said that it was done: {}", said.transcript()),
            Found::New => assert!(!said.stderr.contains("everything was put back"), "{name}: {}", said.transcript()),
        }
        again(&dom0, self.recorded, found, &name);
        drop(served);
        (found, syscall::nameless(&said.stderr))
    }
}

/// Lets the next command put right what is left of an interrupted one, and looks whether that is the old state or the new one.
fn recovered(dom0: &Dom0, recorded: &Recorded, name: &str) -> Found {
    let left = dom0.snapshot();
    let status = dom0.run("status").end();
    assert!([0, 3].contains(&status.code), "{name}: {}", status.transcript());
    let looked = dom0.snapshot();
    assert!(looked.files == left.files && looked.qubesd == left.qubesd, "{name}: looking at it changed something");
    let recover = dom0.run(RECOVER).exits(1);
    assert!(recover.stderr.contains("there is no bundle `none@1"), "{name}: {}", recover.transcript());
    let now = dom0.snapshot();
    let found = match (now.compared(&recorded.after), now.compared(&recorded.before)) {
        (Ok(Left::Nothing), _) => Found::New,
        (_, Ok(left)) => Found::Old(left),
        (Ok(left), Err(_)) => panic!("{name}: it is new, with {left:?} besides"),
        (Err(new), Err(old)) => panic!("{name}: it is not new: {new}\nit is not old: {old}"),
    };
    // Neither is anything under way, nor has anything drifted.
    let status = dom0.run("status").end();
    assert_eq!(status.code, 0, "{name}: {}", status.transcript());
    found
}

/// The same command once more brings about what it should; where that is in place already, it may say so, and changes nothing.
fn again(dom0: &Dom0, recorded: &Recorded, found: Found, name: &str) {
    let ended = dom0.run(recorded.command.arguments).end();
    assert!(ended.code == 0 || found == Found::New, "{name}, again: {}", ended.transcript());
    if let Err(difference) = dom0.snapshot().compared(&recorded.after) {
        panic!("{name}, again: {difference}");
    }
}

/// Goes to all these points, on as many processors as there are, and says what was found there.
fn run_all(points: &[Point]) {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut outcomes = Vec::new();
        while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
            // The others are still of interest when one fails.
            let outcome = catch_unwind(AssertUnwindSafe(|| point.run()));
            outcomes.push((point.recorded.command.name, outcome.ok()));
        }
        outcomes
    };
    let outcomes: Vec<_> = thread::scope(|scope| {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let (mut found, mut said) = (BTreeMap::<_, usize>::new(), BTreeMap::<_, usize>::new());
    for (command, outcome) in &outcomes {
        let kind = outcome.as_ref().map_or("failed".to_owned(), |(found, _)| format!("{found:?}"));
        *found.entry(format!("{command}: {kind}")).or_default() += 1;
        let message = outcome.iter().map(|(_, said)| said).filter(|said| !said.is_empty());
        message.for_each(|message| *said.entry(message).or_default() += 1);
    }
    println!("{} points: {found:#?}", points.len());
    for (message, count) in said {
        println!("{count} times:\n{message}");
    }
    assert!(outcomes.iter().all(|(_, outcome)| outcome.is_some()), "points failed, see above");
}

fn points(harms: &[Harm]) -> Vec<Point<'static>> {
    let of = |recorded: &'static Recorded| {
        recorded.changes().flat_map(move |at| harms.iter().map(move |harm| Point { recorded, at, harm: *harm }).collect::<Vec<_>>())
    };
    recorded().iter().flat_map(of).collect()
}

#[test]
fn killed_before_each_change() {
    run_all(&points(&[Harm::Kill]));
}

#[test]
fn each_change_fails() {
    let points = points(&[Harm::Fail("EIO"), Harm::Fail("ENOSPC"), Harm::Fail("EACCES")]);
    run_all(&points);
}
