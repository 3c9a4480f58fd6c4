//! Syncs in the right places. A killed process shows none of it, since the kernel writes later what it has; a power loss does.

use std::collections::BTreeSet;

use crate::command::{Recorded, recorded};
use crate::disk::Disk;
use crate::dom0::Files;
use crate::syscall::Syscall;

const JOURNAL: &str = "/var/lib/halite/journal";

/// What is wrong with the order of these calls:
///
/// - A file that is renamed holds all that was written to it, and nothing else is on the way then.
/// - When qubesd is asked to change something, when a record is written, when the journal goes, and when the user is told of success, all
///   that was done before is durable.
/// - What qubesd is asked to change was announced in the journal.
fn violations(calls: &[Syscall], root: &str, base: &Files) -> Vec<String> {
    let mut disk = Disk::new(root, base);
    let (mut violations, mut is_announced) = (Vec::new(), false);
    for call in calls {
        let at = call.file.as_deref().or_else(|| (call.name == "unlink" || call.name == "rename").then(|| call.path(0)));
        let at = at.and_then(|path| disk.here(path)).unwrap_or_default();
        let is_record = call.name == "write" && at == JOURNAL;
        let asks = call.name == "sendto" && call.changes();
        let tells = call.name == "write" && call.arguments.starts_with("1<");
        let relies = is_record || asks || tells || (call.name == "unlink" && at == JOURNAL);
        for change in disk.pending() {
            let is_amiss = match &*call.name {
                "rename" => disk.is_of_contents(change, &at) || !disk.is_making(change, &at),
                _ => relies,
            };
            if is_amiss {
                violations.push(format!("{}: {} is not durable yet", call.what(root), disk.shown(change)));
            }
        }
        if asks && !std::mem::take(&mut is_announced) {
            violations.push(format!("{}: no record says so", call.what(root)));
        }
        is_announced |= is_record;
        disk.take(call);
    }
    violations.extend(disk.pending().map(|change| format!("at the end: {} is not durable yet", disk.shown(change))));
    violations
}

/// All of a command, or without one of its calls.
fn of(recorded: &Recorded, without: Option<usize>) -> Vec<String> {
    let calls = recorded.calls.iter().enumerate().filter(|(at, _)| Some(*at) != without).map(|(_, call)| call.clone());
    violations(&calls.collect::<Vec<_>>(), &recorded.root, &recorded.before.files)
}

#[test]
fn everything_is_durable_before_anything_relies_on_it() {
    for recorded in recorded() {
        assert_eq!(of(recorded, None), Vec::<String>::new(), "{}", recorded.command.name);
    }
}

/// Each sync is missed where it is left out: so each is needed, and none can be lost in silence. The same for each record.
#[test]
fn no_sync_and_no_record_is_idle() {
    for recorded in recorded() {
        let is_one = |call: &Syscall| match &*call.name {
            "fsync" | "fdatasync" => true,
            "write" => call.file.as_ref().is_some_and(|path| path.ends_with(JOURNAL)),
            _ => false,
        };
        let all: Vec<usize> = (0..recorded.calls.len()).filter(|at| is_one(&recorded.calls[*at])).collect();
        let is_idle = |at: &&usize| of(recorded, Some(**at)).is_empty();
        let idle: Vec<_> = all.iter().filter(is_idle).map(|at| recorded.calls[*at].what(&recorded.root)).collect();
        println!("{}: {} syncs and records", recorded.command.name, all.len());
        // The last record says that there is nothing more to ask for.
        let last = recorded.calls.iter().any(|call| call.file.as_ref().is_some_and(|path| path.ends_with(JOURNAL)));
        let expected = if last { vec![format!("write {JOURNAL}")] } else { Vec::new() };
        assert!(idle == expected || idle.is_empty(), "{}: {idle:?}", recorded.command.name);
    }
}

/// The disk of these tests is one: with nothing lost, it holds what the real one does.
#[test]
fn with_nothing_lost_everything_is_there() {
    for recorded in recorded() {
        let mut disk = Disk::new(&recorded.root, &recorded.before.files);
        recorded.calls.iter().for_each(|call| disk.take(call));
        let (modelled, real) = (disk.without(&BTreeSet::new()), &recorded.after.files);
        let differs: Vec<_> = modelled.keys().chain(real.keys()).filter(|path| modelled.get(*path) != real.get(*path)).collect();
        assert!(differs.is_empty(), "{}: {differs:?}", recorded.command.name);
    }
}
