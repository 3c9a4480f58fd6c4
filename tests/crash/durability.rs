//! Syncs in the right places. A killed process shows none of it, since the kernel writes later what it has; a power loss does.

use std::collections::BTreeSet;

use crate::command::{Recorded, recorded};
use crate::disk::Disk;
use crate::dom0::Files;
use crate::syscall::Syscall;

const JOURNAL: &str = "/var/lib/halite/journal";
const POLICY: &str = "/etc/qubes/policy.d/32-halite.policy";

/// What is wrong with the order of these calls:
///
/// - A file that is renamed holds all that was written to it, and nothing else is on the way then.
/// - When qubesd is asked to change something, when a record is written, when the journal goes, and when the user is told of success, all
///   that was done before is durable.
/// - What qubesd is asked to change is announced in the journal that is there: by name, with the qube that it is of. What becomes of the
///   policy is announced, too. Making a qube has a record of its own besides.
fn violations(calls: &[Syscall], root: &str, base: &Files) -> Vec<String> {
    let mut disk = Disk::new(root, base);
    let (mut violations, mut announced, mut is_record_new) = (Vec::new(), None, false);
    for call in calls {
        let paths = call.file.iter().cloned().chain(call.strings.iter().map(|path| String::from_utf8_lossy(path).into_owned()));
        let paths: Vec<String> = paths.filter_map(|path| disk.here(&path)).collect();
        let is_of = |name: &str, path: &str| call.name == name && paths.iter().any(|one| one == path);
        let is_record = is_of("write", JOURNAL);
        let asks = call.name == "sendto" && call.changes();
        let tells = call.name == "write" && call.arguments.starts_with("1<");
        let relies = call.name == "rename" || is_record || asks || tells || is_of("unlink", JOURNAL);
        for change in disk.pending() {
            let is_renamed = call.name == "rename" && disk.is_of_contents(change, &paths[0]);
            if is_renamed || (relies && !disk.is_temporary(change)) {
                violations.push(format!("{}: {} is not durable yet", call.what(root), disk.shown(change)));
            }
        }
        if is_of("rename", JOURNAL) {
            announced = disk.contents(&paths[0]);
        } else if is_of("unlink", JOURNAL) {
            announced = None;
        }
        let names = if asks { named(call) } else { Vec::new() };
        let acts = asks || is_of("rename", POLICY) || is_of("unlink", POLICY);
        if acts && !announced.as_ref().is_some_and(|header| names.iter().all(|name| holds(header, name))) {
            violations.push(format!("{}: no journal says so", call.what(root)));
        }
        let makes = asks && call.method().is_some_and(|method| method.starts_with("admin.vm.Create."));
        if makes && !std::mem::take(&mut is_record_new) {
            violations.push(format!("{}: no record says so", call.what(root)));
        }
        is_record_new |= is_record;
        disk.take(call);
    }
    let left = disk.pending().filter(|change| !disk.is_temporary(*change));
    violations.extend(left.map(|change| format!("at the end: {} is not durable yet", disk.shown(change))));
    violations
}

/// What a call to qubesd is about: the qube, and what of it where that has a name.
fn named(call: &Syscall) -> Vec<Vec<u8>> {
    // `METHOD+ARGUMENT dom0 name QUBE`, and a payload: of a qube that is made, its name.
    let request = String::from_utf8(call.strings[0].clone()).unwrap();
    let (head, payload) = request.split_once('\0').unwrap();
    let (method, argument) = head.split_once(' ').unwrap().0.split_once('+').unwrap();
    let qube = head.rsplit(' ').next().unwrap();
    let name = payload.strip_prefix("name=").map_or(qube, |name| name.split(' ').next().unwrap());
    let has_name = [".property.", ".tag.", ".feature."].iter().any(|part| method.contains(part));
    [name].into_iter().chain(has_name.then_some(argument)).map(|name| name.as_bytes().to_vec()).collect()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
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
        // The last record announces nothing; what it is for, a kill after it shows.
        let last = all.iter().rev().map(|at| &recorded.calls[*at]).find(|call| call.name == "write");
        let expected: Vec<_> = last.iter().map(|call| call.what(&recorded.root)).collect();
        assert_eq!(idle, expected, "{}", recorded.command.name);
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
