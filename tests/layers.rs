//! Imports point one way, and each door to the world is in one room. By the text of the sources: no build, no feature can hide
//! anything from it.

#![allow(clippy::disallowed_methods, reason = "a test reads the sources")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, from the ground up. A room imports from lower lines only, never from its own line or above.
const RANKS: &[&[&str]] = &[
    &["base"],
    &["disk", "model"],
    &["qrexec"],
    &["check"],
    &["compare", "salt"],
    &["report"],
    &["bundle"],
    &["trust"],
    &["recipe"],
    &["compile", "from_salt"],
    &["store"],
    &["qubesd"],
    &["sim"],
    &["plan"],
    &["observe"],
    &["dom0"],
    &["apply"],
    &["cli"],
];

/// Imports that the ranks would allow, and that must not be.
const NEVER: &[(&str, &[&str], &str)] = &[
    ("base", &["disk"], "the words of everything are pure"),
    ("model", &["disk"], "the picture of dom0 is pure"),
    ("check", &["disk"], "rules judge the model and its policy alone, in dom0 as elsewhere"),
    ("qrexec", &["disk"], "the evaluator is pure"),
    ("report", &["disk"], "the same bundle gives the same report, anywhere"),
    ("salt", &["disk", "check"], "the same desired state gives the same bytes, in dom0 as elsewhere"),
    ("bundle", &["disk", "check", "qrexec"], "the format is pure: any `Read + Seek` will do"),
    ("trust", &["disk"], "verifying is pure"),
    ("compile", &["disk", "trust"], "the same recipe gives the same bytes, anywhere"),
    ("from_salt", &["salt", "bundle", "trust"], "what strangers wrote shares nothing with what halite writes"),
    (
        "plan",
        &["sim", "disk", "store", "recipe", "compile", "from_salt"],
        "a plan is a pure value, and never knows whether it is simulated",
    ),
    ("sim", &["plan", "apply", "recipe", "compile", "from_salt"], "the simulation must not share the mistakes of what it tests"),
    ("dom0", &["recipe", "compile", "from_salt"], "dom0 has no parser for recipes"),
    ("apply", &["recipe", "compile", "from_salt"], "dom0 has no parser for recipes"),
    ("store", &["recipe", "compile", "from_salt"], "dom0 has no parser for recipes"),
    ("qubesd", &["recipe", "compile", "from_salt", "store"], "dom0 has no parser for recipes"),
];

/// Texts that only some rooms may have outside comments and tests: the doors to the world.
const DOORS: &[(&str, &[&str], &[&str])] = &[
    ("files", &["fs::", "File::open", "File::create", "File::options", "OpenOptions", "DirBuilder"], &["disk"]),
    (
        "questions to the file system",
        &[".is_file()", ".is_dir()", ".exists()", "symlink_metadata", ".canonicalize()", ".read_dir()", "read_link"],
        &["disk", "cli"],
    ),
    ("the terminal", &["println!", "eprintln!", "print!(", "dbg!(", "stdout()", "stderr()", "stdin()"], &["cli"]),
    ("the clock", &["SystemTime", "Instant", "clock_gettime"], &["cli"]),
    ("the environment", &["env::", "option_env!"], &["cli"]),
    ("processes", &["process::Command", "process::{", "process::exit", "process::abort"], &["qubesd"]),
    ("sockets", &["UnixStream", "UnixListener", "UnixDatagram", "TcpStream", "TcpListener", "UdpSocket"], &["qubesd"]),
    ("signals", &["signal_hook"], &["cli", "qubesd"]),
    ("hash-ordered maps", &["HashMap", "HashSet"], &[]),
    ("unsafe code", &["unsafe ", "allow(unsafe_code"], &[]),
];

/// Exceptions to [`DOORS`]: a file, and the only text of its kind that may stand there.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("src/store/", "use std::fs::File;", "the type, which `disk` opens"),
    ("src/cli/verbs/", "use std::fs::File;", "the type, which `disk` opens"),
];

/// One source file.
struct Source {
    /// Its path, as in `src/disk/mod.rs`.
    path: String,
    /// Its room; empty for the crate's root and the programs.
    room: String,
    /// Its lines, numbered from 1, without comments, and without its tests.
    lines: Vec<(usize, String)>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    walk(&root().join("src"), &mut paths);
    paths.sort();
    assert!(paths.len() > 50, "the sources are somewhere else: {} files", paths.len());
    paths.iter().map(|path| source(path)).collect()
}

fn source(path: &Path) -> Source {
    let text = fs::read_to_string(path).unwrap();
    let path = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    let room = match parts[..] {
        [_, "bin", ..] | [_, "lib.rs"] => String::new(),
        [_, room, _, ..] => room.to_owned(),
        _ => panic!("`{path}` is in no room: a room is a folder of src/"),
    };
    // By the craft of this project, unit tests stand at the end of a file, or in a file `tests.rs` of their own.
    let tests = path.ends_with("/tests.rs");
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, without_comment(line)));
    let lines = lines.take_while(|(_, line)| !tests && line.trim() != "mod tests {").collect();
    Source { path, room, lines }
}

/// A line without its `//` comment, where that is not inside a string.
fn without_comment(line: &str) -> String {
    let mut quoted = false;
    let mut last = ' ';
    for (at, character) in line.char_indices() {
        match character {
            '"' if last != '\\' && last != '\'' => quoted = !quoted,
            '/' if !quoted && last == '/' => return line[..at - 1].to_owned(),
            _ => {}
        }
        last = character;
    }
    line.to_owned()
}

/// The rooms that a line names as `crate::ROOM` or, in the programs, `halite::ROOM`; also each one of `crate::{a, b}`.
fn imports(line: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for prefix in ["crate::", "halite::"] {
        for (at, _) in line.match_indices(prefix) {
            let rest = &line[at + prefix.len()..];
            let word =
                |text: &str| text.chars().take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_').collect();
            match rest.strip_prefix('{') {
                // The room of an import is its first word; nested braces would hide some, and are not the style here.
                Some(list) => rooms.extend(list.split(',').map(|item| word(item.trim()))),
                None => rooms.push(word(rest)),
            }
        }
    }
    rooms.retain(|room: &String| !room.is_empty());
    rooms
}

fn rank(room: &str) -> usize {
    let rank = RANKS.iter().position(|rooms| rooms.contains(&room));
    rank.unwrap_or_else(|| panic!("the room `{room}` has no rank; give it one in tests/layers.rs and docs/architecture.md"))
}

#[test]
fn imports_point_one_way() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.room.is_empty()) {
        let own = rank(&source.room);
        for (number, line) in &source.lines {
            for room in imports(line) {
                // A name directly in the crate's root would belong to no room.
                let other = rank(&room);
                if room != source.room && other >= own {
                    wrong.push(format!(
                        "{}:{number}: `{}` imports from `{room}`, which is not below it",
                        source.path, source.room
                    ));
                }
                let never = NEVER.iter().filter(|(from, to, _)| *from == source.room && to.contains(&room.as_str()));
                wrong.extend(
                    never.map(|(from, _, why)| format!("{}:{number}: `{from}` imports from `{room}`: {why}", source.path)),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_plan_does_not_know_the_socket() {
    for source in sources().iter().filter(|source| matches!(source.room.as_str(), "plan" | "sim")) {
        for (number, line) in &source.lines {
            let words: BTreeSet<&str> = line.split(|c: char| !c.is_ascii_alphanumeric()).collect();
            assert!(!words.contains("Socket"), "{}:{number}: the real qubesd is for `apply` and `cli`", source.path);
        }
    }
}

#[test]
fn each_door_to_the_world_is_in_one_room() {
    let mut wrong = Vec::new();
    for source in sources() {
        let excused = |line: &str| {
            EXCEPTIONS.iter().any(|(path, text, _)| source.path.starts_with(path) && line.trim_start().starts_with(text))
        };
        for (door, texts, rooms) in DOORS.iter().filter(|(_, _, rooms)| !rooms.contains(&source.room.as_str())) {
            for (number, line) in source.lines.iter().filter(|(_, line)| !excused(line)) {
                // `rustix::fs::` and a field `.fs::` would be doors, too; `defs::` would be none.
                for text in texts.iter().filter(|text| contains_word(line, text)) {
                    wrong.push(format!("{}:{number}: `{text}`: {door} only in {rooms:?}", source.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether `text` stands in `line`, and not as the end of a longer word.
fn contains_word(line: &str, text: &str) -> bool {
    let begins_word = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    line.match_indices(text).any(|(at, _)| {
        let before = line[..at].chars().next_back().unwrap_or(' ');
        !begins_word || !(before.is_ascii_alphanumeric() || before == '_')
    })
}

#[test]
fn only_the_rooms_with_a_door_may_switch_its_lint_off() {
    for source in sources() {
        for (number, line) in &source.lines {
            let off = line.contains("clippy::disallowed_") && !line.contains("deny(");
            assert!(
                !off || matches!(
                    source.path.as_str(),
                    "src/disk/mod.rs"
                        | "src/cli/mod.rs"
                        | "src/qubesd/socket.rs"
                        | "src/qubesd/server.rs"
                        | "src/qubesd/qubesctl.rs"
                        | "src/qubesd/qvm_run.rs"
                ),
                "{}:{number}: the lint stays on here",
                source.path
            );
        }
    }
}

#[test]
fn every_room_says_what_must_never_be_true_of_it() {
    for source in sources().iter().filter(|source| !source.room.is_empty()) {
        if source.path == format!("src/{}/mod.rs", source.room) {
            let text = fs::read_to_string(root().join(&source.path)).unwrap();
            assert!(text.starts_with("//! "), "`{}` does not say what the room is", source.path);
        }
    }
}

#[test]
fn the_package_forbids_unsafe_code() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let table = |name: &str| {
        manifest.split(&format!("\n[{name}]\n")).nth(1).and_then(|rest| rest.split("\n[").next()).unwrap_or_default()
    };
    assert!(table("lints.rust").contains("unsafe_code = \"forbid\""));
    assert!(table("lints.clippy").contains("disallowed_methods = \"deny\""));
    assert!(table("lints.clippy").contains("disallowed_types = \"deny\""));
}

#[test]
fn the_reader_of_imports_reads_them() {
    assert_eq!(imports("use crate::base::{BundleId, Digest};"), ["base"]);
    assert_eq!(imports("    crate::recipe::load(crate::disk::open(x))"), ["recipe", "disk"]);
    assert_eq!(imports("use crate::{base::Digest, disk};"), ["base", "disk"]);
    assert_eq!(imports("pub(crate) fn x() {}"), [""; 0]);
    assert_eq!(without_comment("let a = \"http://x\"; // crate::sim"), "let a = \"http://x\"; ");
    assert_eq!(without_comment("/// [`crate::sim`]"), "");
    assert!(contains_word("std::fs::read(x)", "fs::") && !contains_word("defs::x", "fs::"));
}
