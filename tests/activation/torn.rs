//! A journal whose last record was cut off by a power loss, or of which the file system had the length and not the bytes.

use std::fs;

use halite::apply::{Current, Deed, Header, Journal, Standing, Task};
use halite::dom0::Layout;
use halite::plan::State;

/// A journal in which this is said.
fn journal(layout: &Layout, say: impl FnOnce(&mut Journal)) -> Vec<u8> {
    let task = Task { begun: 0, deed: Deed::Uninstall };
    let header = Header::new(task, State::default(), Vec::new(), Vec::new(), Current::load(layout).unwrap(), None);
    let mut journal = Journal::begin(layout, &header).unwrap();
    say(&mut journal);
    fs::read(layout.journal()).unwrap()
}

/// How far it has come.
fn come(layout: &Layout, bytes: &[u8]) -> (Option<u32>, Standing) {
    fs::write(layout.journal(), bytes).unwrap();
    let found = Journal::find(layout).unwrap().unwrap();
    (found.begun, found.standing)
}

/// Something that is said.
type Word = fn(&mut Journal);
/// The same, of a number that is only known here.
type Then<'a> = &'a dyn Fn(&mut Journal);

#[test]
fn a_torn_record_was_never_said() {
    let directory = tempfile::tempdir().unwrap();
    let layout = Layout::below(directory.path());
    let step = |number| move |journal: &mut Journal| journal.step(number).unwrap();
    let waiting: Word = |journal| journal.wait().unwrap();
    let done: Word = |journal| {
        journal.step(2).unwrap();
        journal.done().unwrap();
    };
    // What was said before, and then.
    let cases: [(&str, Word, Then); 11] = [
        ("the first step", |_| {}, &step(0)),
        ("a step", |journal| journal.step(6).unwrap(), &step(7)),
        ("a step of two bytes", |journal| journal.step(99).unwrap(), &step(100)),
        ("a step of three", |journal| journal.step(511).unwrap(), &step(512)),
        ("a step of five", |journal| journal.step(0x1_2344).unwrap(), &step(0x1_2345)),
        ("done", |journal| journal.step(3).unwrap(), &|journal| journal.done().unwrap()),
        ("waiting", |journal| journal.step(3).unwrap(), &|journal| journal.wait().unwrap()),
        ("confirmed", waiting, &|journal| journal.confirm().unwrap()),
        ("given up", waiting, &|journal| journal.give_up().unwrap()),
        ("back", done, &|journal| journal.turn_back().unwrap()),
        ("nothing to go back from", waiting, &|journal| journal.turn_back().unwrap()),
    ];
    let mut torn = 0;
    for (name, before, then) in cases {
        let known = journal(&layout, before).len();
        let bytes = journal(&layout, |journal| {
            before(journal);
            then(journal);
        });
        let (as_before, whole) = (come(&layout, &bytes[..known]), come(&layout, &bytes));
        for length in known..bytes.len() {
            assert_eq!(come(&layout, &bytes[..length]), as_before, "{name}: {} bytes of it", length - known);
            // As many zeroes as the rest has, and as a block of the disk.
            for zeroes in (1..=bytes.len() - length).chain([4096]) {
                let bytes = [&bytes[..length], &vec![0; zeroes]].concat();
                let found = come(&layout, &bytes);
                let context = format!("{name}: {} bytes of it, and {zeroes} zeroes", length - known);
                // Where what is lost was zeroes anyway, it is whole.
                assert!(found == as_before || (found.0 == whole.0 && found.1 == as_before.1), "{context}: {found:?}");
                torn += 1;
            }
        }
    }
    println!("{torn} torn records");
    assert!(torn > 400, "{torn}");
}
