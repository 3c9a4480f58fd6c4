//! Commands that something goes wrong with, at every point, and what the next command finds.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use crate::command::{JOURNAL, RECOVER, Recorded, Stops, recorded};
use crate::disk::Disk;
use crate::dom0::{Dom0, Files, Left};
use crate::served::{Served, assert_one_error};
use crate::support::Ended;
use crate::syscall::{self, End, Syscall};
use crate::traced::{self, Harm, Mishap, Traced};

/// The record that says that all is done.
const DONE: &[u8] = b"\x64done";

/// What the dom0 was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Old(Left),
    New,
    /// Something between the two.
    Part,
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
        format!(
            "{}: {:?} at call {} of {}, {}",
            self.recorded.command.name,
            self.harm,
            self.at,
            self.recorded.calls.len(),
            call.what(&self.recorded.root)
        )
    }

    /// Brings it about; says how the next command found dom0, and what the harmed one had said.
    fn run(&self) -> (Vec<Found>, String) {
        let name = self.name();
        let dom0 = self.recorded.start.copy();
        let (said, served) = match self.harm {
            Harm::Qubesd(mishap) => (self.with_mishap(&dom0, mishap, &name), dom0.serve()),
            _ => self.under_strace(&dom0, &name),
        };
        let dark = if self.harm == Harm::Kill { without_power(&dom0, self.recorded, self.at, &name) } else { Vec::new() };
        if self.at.is_multiple_of(7) {
            looking_changes_nothing(&dom0, &name);
        }
        let found = recovered(&dom0, self.recorded, &name);
        if said.code == 0 {
            let done = dom0.snapshot().compared(&self.recorded.after);
            assert!(done.is_ok(), "{name}: it said that it was done: {}, but {done:?}", said.transcript());
        }
        let says_undone = said.stderr.contains("everything was put back");
        assert!(found != Found::New || !says_undone, "{name}: {}", said.transcript());
        again(&dom0, self.recorded, found, &name);
        drop(served);
        ([vec![found], dark].concat(), syscall::nameless(&said.stderr))
    }

    /// Runs the command while qubesd does not answer one call as it should.
    fn with_mishap(&self, dom0: &Dom0, mishap: Mishap, name: &str) -> Ended {
        let is_call = |call: &&Syscall| call.name == "sendto";
        let number = self.recorded.calls[..=self.at].iter().filter(is_call).count();
        let served = dom0.serve_with(&format!("{} {number}", mishap.option()));
        let patience = if mishap == Mishap::Hang { "--timeout 300ms " } else { "" };
        let ended = dom0.run(&format!("{patience}{}", self.recorded.command.arguments)).end();
        assert_one_error(&ended, name);
        drop(served);
        ended
    }

    /// Runs the command with harm at the system call. qubesd goes on.
    fn under_strace(&self, dom0: &Dom0, name: &str) -> (Ended, Served) {
        let served = dom0.serve();
        let traced = traced::run(dom0, self.recorded.command.arguments, &self.harm.injections(&self.recorded.calls, self.at));
        self.check(&traced, dom0, name);
        if self.recorded.calls[self.at].is_to_qubesd() {
            // Whatever was sent last, qubesd has done when it answers another one.
            dom0.run("status").end();
        }
        (traced.ended, served)
    }

    /// That it was the right call that was harmed, and that it was harmed.
    fn check(&self, Traced { ended, calls }: &Traced, dom0: &Dom0, name: &str) {
        let root = dom0.root().display().to_string();
        let harmed = calls.get(self.at).unwrap_or_else(|| panic!("{name}: it ended before:\n{}", ended.transcript()));
        assert_eq!(harmed.what(&root), self.recorded.calls[self.at].what(&self.recorded.root), "{name}: another call was harmed");
        if self.harm == Harm::Kill {
            assert_eq!((ended.code, harmed.end), (128 + 9, End::Never), "{name}: {}", ended.transcript());
            assert_eq!(calls.len(), self.at + 1, "{name}: it went on");
            return;
        }
        assert_eq!(harmed.end, End::Injected, "{name}");
        if ended.code != 0 {
            assert_one_error(ended, name);
        }
    }
}

/// A dom0 that lost its power when a process was killed: without all that was not durable then, without each single part of it, and
/// with each alone.
fn without_power(killed: &Dom0, recorded: &Recorded, at: usize, name: &str) -> Vec<Found> {
    let mut disk = recorded.disk();
    recorded.calls[..at].iter().for_each(|call| disk.take(call));
    let pending: BTreeSet<usize> = disk.pending().collect();
    let one = |change: &usize| BTreeSet::from([*change]);
    let others = |change: &usize| pending.iter().copied().filter(|other| other != change).collect();
    // Of what Salt needs, all or nothing is lost, so that these are not too many.
    let single = || pending.iter().filter(|change| !disk.is_of_salt(**change));
    let sets = [pending.clone()].into_iter().chain(single().map(one)).chain(single().map(others));
    let lost = |lost: &BTreeSet<usize>| lost.iter().map(|change| disk.shown(*change)).collect::<Vec<_>>();
    let lossy = sets.map(|set| (disk.without(&set), format!("lost were {:?}", lost(&set))));
    let mut seen = vec![disk.without(&BTreeSet::new())];
    let mut found = Vec::new();
    for (files, what) in lossy.chain(torn(&disk, &pending, at)) {
        if seen.contains(&files) {
            continue;
        }
        let dom0 = killed.with(&files);
        let _served = dom0.serve();
        found.push(recovered(&dom0, recorded, &format!("{name}, and {what}")));
        seen.push(files);
    }
    found
}

/// Files where the last record of the journal was written in part, with nothing or zeroes for the rest: each part of the one that says
/// that all is done; of the others one in turn, if not all are asked for.
fn torn(disk: &Disk, pending: &BTreeSet<usize>, at: usize) -> Vec<(Files, String)> {
    let appended = |change: &usize| Some((*change, disk.appended(*change, JOURNAL)?));
    let Some((change, record)) = pending.iter().find_map(appended) else { return Vec::new() };
    let mut files = disk.without(&BTreeSet::new());
    let journal = files.remove(JOURNAL).unwrap();
    let (mode, Some(whole)) = journal else { panic!("the journal is a file") };
    let before = whole.len() - record.len();
    let with = |journal: Vec<u8>| {
        let mut files = files.clone();
        files.insert(JOURNAL.to_owned(), (mode, Some(journal)));
        files
    };
    let cut = |length: usize| {
        let part = whole[..before + length].to_vec();
        let zeroes = [&part[..], &vec![0; record.len() - length]].concat();
        let what = format!("of {} was left {length} bytes", disk.shown(change));
        [(with(zeroes), format!("{what}, and zeroes")), (with(part), what)]
    };
    let mut all: Vec<_> = (0..record.len()).flat_map(cut).collect();
    if record == DONE || is_all() { all } else { vec![all.swap_remove(at % all.len())] }
}

/// `status` is not what puts anything right.
fn looking_changes_nothing(dom0: &Dom0, name: &str) {
    let left = dom0.snapshot();
    let status = dom0.run("status").end();
    assert!([0, 3].contains(&status.code), "{name}: {}", status.transcript());
    let looked = dom0.snapshot();
    assert!(looked.files == left.files && looked.qubesd == left.qubesd, "{name}: looking at it changed something");
}

/// Lets the next command put right what is left of an interrupted one, and looks whether that is the old state or the new one.
fn recovered(dom0: &Dom0, recorded: &Recorded, name: &str) -> Found {
    let recover = dom0.run(RECOVER).end();
    assert_eq!(recover.code, 0, "{name}: {}", recover.transcript());
    let now = dom0.snapshot();
    let found = match (now.compared(&recorded.new), now.compared(&recorded.old)) {
        (Ok(Left::Nothing), _) => Found::New,
        (_, Ok(left)) => Found::Old(left),
        (Ok(left), Err(_)) => panic!("{name}: it is new, with {left:?} besides"),
        (Err(_), Err(_)) if recorded.command.stops == Stops::InParts => {
            let is_between = now.is_between(&recorded.old, &recorded.new);
            assert_eq!(is_between, Ok(()), "{name}");
            everything_kept_is_of_use(dom0, name);
            Found::Part
        }
        (Err(new), Err(old)) => panic!("{name}: it is not new: {new}\nit is not old: {old}"),
    };
    assert!(found != Found::New || !recover.stdout.contains("undone"), "{name}: {}", recover.transcript());
    // Neither is anything under way, nor has anything drifted.
    let status = dom0.run("status").end();
    assert_eq!(status.code, 0, "{name}: {}", status.transcript());
    found
}

/// Whatever bundle is left is verified, and the generations that are kept can be gone back to.
fn everything_kept_is_of_use(dom0: &Dom0, name: &str) {
    let list = dom0.run("list").end();
    assert!(list.code == 0 && !list.stdout.contains("NOT VERIFIED"), "{name}: {}", list.transcript());
    let generations = dom0.run("generations --json").succeeds().json();
    let numbers = [1, generations["in_place"].as_u64().unwrap()];
    for number in numbers {
        let is_stored = |one: &Value| one["number"] == number && one["stored"] == true;
        assert!(generations["generations"].as_array().unwrap().iter().any(is_stored), "{name}: {generations}");
    }
    let back = dom0.run("rollback 1 --dry-run").end();
    // There is something to do, and nothing is refused.
    assert_eq!((back.code, &*back.stderr), (3, ""), "{name}: {}", back.transcript());
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
        let kinds =
            outcome.as_ref().map_or(vec!["failed".to_owned()], |(found, _)| found.iter().map(|one| format!("{one:?}")).collect());
        kinds.into_iter().for_each(|kind| *found.entry(format!("{command}: {kind}")).or_default() += 1);
        let message = outcome.iter().map(|(_, said)| said).filter(|said| !said.is_empty());
        message.for_each(|message| *said.entry(message).or_default() += 1);
    }
    println!("{} points, {} states: {found:#?}", points.len(), found.values().sum::<usize>());
    for (message, count) in said {
        println!("{count} times:\n{message}");
    }
    assert!(outcomes.iter().all(|(_, outcome)| outcome.is_some()), "points failed, see above");
}

/// Whether all points are asked for, however long it takes.
fn is_all() -> bool {
    std::env::var_os("CRASH_ALL").is_some()
}

/// One of each `of` points in turn, not always the same; all, if all are asked for.
fn in_turn(points: Vec<Point>, of: usize) -> Vec<Point> {
    let kept = points.into_iter().enumerate().filter(|(at, _)| is_all() || at % of == at / of % of);
    kept.map(|(_, point)| point).collect()
}

/// These harms at each call that changes something.
fn points(harms: &[Harm]) -> Vec<Point<'static>> {
    let of = |recorded: &'static Recorded| {
        let at = move |at: usize| {
            let harms = harms.iter().filter(move |harm| harm.befalls(&recorded.calls[at]));
            harms.map(move |harm| Point { recorded, at, harm: *harm })
        };
        recorded.changes().flat_map(at)
    };
    recorded().iter().flat_map(of).collect()
}

#[test]
fn killed_before_each_change() {
    run_all(&points(&[Harm::Kill]));
}

#[test]
fn each_change_fails() {
    // What a call fails with makes hardly a difference to what is done then, so they take turns. Calls to qubesd have their own test.
    let mut points = points(&["EIO", "ENOSPC", "EACCES"].map(Harm::Fail));
    points.retain(|point| !point.recorded.calls[point.at].is_to_qubesd());
    run_all(&in_turn(points, 3));
}

#[test]
fn the_disk_fails_from_each_change_on() {
    run_all(&points(&[Harm::FailFromHere("EROFS")]));
}

#[test]
fn qubesd_refuses_hangs_or_dies_at_each_call() {
    let of = |recorded: &'static Recorded| {
        let calls = (0..recorded.calls.len()).filter(|at| recorded.calls[*at].name == "sendto");
        let all = calls.flat_map(move |at| Mishap::ALL.map(|mishap| Point { recorded, at, harm: Harm::Qubesd(mishap) }));
        if recorded.command.name == "first switch" { all.collect() } else { in_turn(all.collect(), Mishap::ALL.len()) }
    };
    // Which call it is, can be told only of those that nobody else's come between.
    run_all(&recorded().iter().filter(|recorded| recorded.command.is_alone).flat_map(of).collect::<Vec<_>>());
}
