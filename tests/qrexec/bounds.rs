//! What the worst inputs cost: counted, not timed. `tests/policy_memory.rs` gives the same inputs to the program, with little memory.

#[path = "inputs.rs"]
mod inputs;

use std::cell::Cell;

use halite::model::Release;
use halite::qrexec::{Directories, Files, Policy, Why};

use super::in_memory::InMemory;

/// Files that count how often they are asked for.
#[derive(Default)]
struct Counted {
    files: InMemory,
    read: Cell<usize>,
    listed: Cell<usize>,
    links: Cell<usize>,
}

impl Files for Counted {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        self.listed.set(self.listed.get() + 1);
        self.files.list(directory)
    }

    fn link(&self, path: &str) -> Option<String> {
        self.links.set(self.links.get() + 1);
        self.files.link(path)
    }

    fn is_directory(&self, path: &str) -> bool {
        self.files.is_directory(path)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.read.set(self.read.get() + 1);
        self.files.read(path)
    }
}

fn counted(files: Vec<(String, Vec<u8>)>) -> Counted {
    let mut files = InMemory::of(files.into_iter().map(|(path, text)| (format!("/p/{path}"), text)));
    files.files.insert("/c/s+x".to_owned(), b"a a deny\n".to_vec());
    Counted { files, ..Counted::default() }
}

fn load(files: &Counted) -> Policy {
    Policy::load(files, &Directories { policy: vec!["/p".to_owned()], compat: "/c".to_owned(), release: Release::R4_3 })
}

#[test]
fn nothing_panics_or_has_no_end() {
    for (name, files) in inputs::all() {
        let size: usize = files.iter().map(|(_, text)| text.len()).sum();
        assert!(size <= inputs::SIZE + 64, "{name}: {size}");
        let files = counted(files);
        let policy = load(&files);
        assert!(policy.rules.len() <= 1 << 20, "{name}: {}", policy.rules.len());
        assert!(policy.faults.len() <= (1 << 16) + 1, "{name}: {}", policy.faults.len());
    }
}

#[test]
fn each_file_is_read_once_however_often_it_is_included() {
    for length in [10, 20, 40, 80] {
        let files = counted(inputs::chain(length, 2, "# nothing\n"));
        assert!(!load(&files).is_void());
        assert_eq!((files.read.get(), files.listed.get()), (length + 1, 1));
        assert!(files.links.get() <= 2 * length + 4, "{}", files.links.get());
    }
    let files = counted(vec![
        ("1.policy".to_owned(), b"!include-dir d\n!compat-4.0\n".repeat(1_000)),
        ("d/1.policy".to_owned(), b"a * a a deny\n".to_vec()),
    ]);
    assert_eq!(load(&files).rules.len(), 4_000);
    assert_eq!((files.read.get(), files.listed.get()), (3, 3));
}

#[test]
fn rules_that_double_are_counted_before_they_are_made() {
    assert_eq!(load(&counted(inputs::chain(19, 2, "a * a a deny\na * b b deny\n"))).rules.len(), 1 << 20);
    let policy = load(&counted(inputs::chain(20, 2, "a * a a deny\na * b b deny\n")));
    assert_eq!(policy.faults.iter().map(|fault| fault.why.clone()).collect::<Vec<_>>(), [Why::TooLarge(1 << 20)]);
}

#[test]
fn faults_are_told_once_for_each_line_and_end_somewhere() {
    assert_eq!(load(&counted(inputs::chain(20, 2, "a\nb\n"))).faults.len(), 2);
    let policy = load(&counted(vec![("1.policy".to_owned(), b"a\n".repeat(100_000))]));
    assert_eq!(policy.faults.len(), (1 << 16) + 1);
    assert_eq!(policy.faults.last().map(|fault| fault.why.clone()), Some(Why::More(1 << 16)));
}

/// Python's stack holds some 1000 calls: two for each include, three for each directory, four for the old one.
#[test]
fn includes_end_before_python_does() {
    let nested = |length: usize| load(&counted(inputs::chain(length, 1, "a * a a deny\n")));
    assert_eq!(nested(480).faults, []);
    assert!(matches!(nested(481).faults[0].why, Why::Depth(_)));
    // Whichever way the depth is come upon.
    let mut files = inputs::chain(480, 1, "a * a a deny\n");
    files.insert(0, ("0.policy".to_owned(), b"!include include/2\n!include include/1\n".to_vec()));
    assert_eq!(load(&counted(files.clone())).faults, []);
    files.push(("include/0".to_owned(), b"!include include/1\n".to_vec()));
    files[0].1.extend_from_slice(b"!include include/0\n");
    let deep = load(&counted(files));
    assert_eq!(
        deep.faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["include/0:1:10: `/p/include/1` is, with what it includes, nested too deep for Qubes, which uses up Python's stack"]
    );

    // Links count where they are followed, and nowhere else.
    let linked = |length: usize, links: usize| {
        let mut files = counted(inputs::chain(length, 1, "!include l0\n"));
        files.files.files.insert("/p/end".to_owned(), Vec::new());
        let to = |link: usize| if link + 1 == links { "end".to_owned() } else { format!("l{}", link + 1) };
        files.files.links = (0..links).map(|link| (format!("/p/l{link}"), to(link))).collect();
        load(&files)
    };
    assert_eq!(linked(470, 18).faults, []);
    assert!(matches!(linked(470, 19).faults[0].why, Why::Depth(_)));
    assert_eq!(linked(10, 40).faults, []);

    let directories = |length: usize| {
        let file = |number: usize| format!("d{number}/1.policy");
        let mut files: Vec<_> =
            (1..length).map(|number| (file(number), format!("!include-dir d{}\n", number + 1).into())).collect();
        files.push(("1.policy".to_owned(), b"!include-dir d1\n".to_vec()));
        files.push((file(length), b"a * a a deny\n".to_vec()));
        load(&counted(files))
    };
    assert_eq!(directories(320).faults, []);
    assert!(matches!(directories(321).faults[0].why, Why::Depth(_)));
}
