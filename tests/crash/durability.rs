//! Syncs in the right places. A killed process shows none of it, since the kernel writes later what it has; a power loss does.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use crate::command::{Announces, JOURNAL, Recorded, recorded};
use crate::disk::SALT;
use crate::syscall::Syscall;
use crate::traced;

const POLICY: &str = "/etc/qubes/policy.d/32-halite.policy";

/// What is wrong with the order of these calls:
///
/// - A file that is renamed holds all that was written to it, and nothing else is on the way then.
/// - When qubesd is asked to change something, when a record is written, when the journal goes, and when the user is told of success, all
///   that was done before is durable.
/// - What qubesd is asked to change is announced in the journal that is there: by name, with the qube that it is of. What becomes of the
///   policy and of what Salt needs is announced, too. Making a qube, and letting Salt work in one, have records of their own besides. Who
///   finds a journal goes by that.
fn violations(recorded: &Recorded, calls: &[Syscall]) -> Vec<String> {
    let (root, mut disk) = (&recorded.root, recorded.disk());
    let (mut violations, mut announced, mut is_record_new) = (Vec::new(), None, false);
    let mut made = BTreeSet::new();
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
        let mut names = if asks { named(call) } else { Vec::new() };
        // A clone gets whatever its base has.
        if names.first().is_some_and(|qube| made.contains(qube)) {
            names.truncate(1);
        }
        let acts = asks || is_of("rename", POLICY) || is_of("unlink", POLICY) || is_of("renameat2", SALT);
        let is_announced = match recorded.command.announces {
            Announces::Itself => announced.as_ref().is_some_and(|header| names.iter().all(|name| holds(header, name))),
            Announces::Found => disk.has(JOURNAL),
        };
        if acts && !is_announced {
            violations.push(format!("{}: no journal says so", call.what(root)));
        }
        let makes = asks && call.method().is_some_and(|method| method.starts_with("admin.vm.Create."));
        let stages = call.name == "renameat2" && paths.last().is_some_and(|path| path == SALT);
        if (makes || stages) && !std::mem::take(&mut is_record_new) {
            violations.push(format!("{}: no record says so", call.what(root)));
        }
        made.extend(names.into_iter().filter(|_| makes));
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
    violations(recorded, &calls.collect::<Vec<_>>())
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
            // What Salt needs, and the directories above it in the root, may be lost with the power; whether it is gone is asked above.
            "fsync" | "fdatasync" => {
                let what = call.what(&recorded.root);
                what != "fsync" && !what.contains(" /srv")
            }
            "write" => call.file.as_ref().is_some_and(|path| path.ends_with(JOURNAL)),
            _ => false,
        };
        let all: Vec<usize> = (0..recorded.calls.len()).filter(|at| is_one(&recorded.calls[*at])).collect();
        let is_idle = |at: &&usize| of(recorded, Some(**at)).is_empty();
        let idle: Vec<_> = all.iter().filter(is_idle).map(|at| recorded.calls[*at].what(&recorded.root)).collect();
        println!("{}: {} syncs and records", recorded.command.name, all.len());
        // The last record announces nothing; what it is for, a kill after it shows. Who finds a journal cannot know whether it is synced.
        let last = all.iter().rev().map(|at| &recorded.calls[*at]).find(|call| call.name == "write");
        let needless =
            |call: &&Syscall| call.name == "fdatasync" && call.is_of(JOURNAL) && recorded.disk().pending().count() == 0;
        let found = recorded.calls.iter().find(needless).filter(|_| recorded.command.announces == Announces::Found);
        let expected: Vec<_> = last.into_iter().chain(found).map(|call| call.what(&recorded.root)).collect();
        assert_eq!(idle, expected, "{}", recorded.command.name);
    }
}

/// Who said the word may have been killed before it was synced, and it must not be lost when the books say that it was said.
#[test]
fn whoever_heard_a_word_syncs_it() {
    let recorded = recorded().iter().find(|recorded| recorded.command.name == "first switch").unwrap();
    let dom0 = recorded.start.copy();
    let _served = dom0.serve();
    let arguments = format!("{} --confirm-within 10m", recorded.command.arguments);
    let traced = thread::scope(|scope| {
        let waiting = scope.spawn(|| traced::run(&dom0, &arguments, &[]));
        while dom0.run("status --json").end().json()["waiting"].is_null() {
            assert!(!waiting.is_finished(), "it waits");
            thread::sleep(Duration::from_millis(20));
        }
        dom0.run("confirm").succeeds();
        waiting.join().unwrap()
    });
    assert_eq!(traced.ended.code, 0, "{}", traced.ended.transcript());
    // Its last own word is that it waits. That is synced, and then what it hears.
    let own = traced.calls.iter().rposition(|call| call.name == "write" && call.is_of(JOURNAL)).unwrap();
    let after: Vec<_> = traced.calls[own + 1..].iter().map(|call| call.what(&dom0.root().display().to_string())).collect();
    let books = after.iter().position(|call| call.contains("/generations")).unwrap();
    let syncs = after[..books].iter().filter(|call| **call == format!("fdatasync {JOURNAL}")).count();
    assert!(syncs >= 2, "{after:#?}");
}

/// The disk of these tests is one: with nothing lost, it holds what the real one does.
#[test]
fn with_nothing_lost_everything_is_there() {
    for recorded in recorded() {
        let mut disk = recorded.disk();
        recorded.calls.iter().for_each(|call| disk.take(call));
        let (modelled, real) = (disk.without(&BTreeSet::new()), &recorded.after.files);
        let differs: Vec<_> = modelled.keys().chain(real.keys()).filter(|path| modelled.get(*path) != real.get(*path)).collect();
        assert!(differs.is_empty(), "{}: {differs:?}", recorded.command.name);
    }
}
