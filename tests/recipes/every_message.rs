//! Each message has a transcript: what can be said about a recipe is taken from the sources, and looked for in the tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use halite::check::Code;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where messages about recipes come from, but for what is not written for people.
const SOURCES: [&str; 11] = [
    "src/recipe",
    "src/from_salt",
    "src/base/names.rs",
    "src/base/file.rs",
    "src/base/text.rs",
    "src/model/bridge.rs",
    "src/model/firewall.rs",
    "src/model/label.rs",
    "src/model/mode.rs",
    "src/model/release.rs",
    "src/check",
];

/// Texts in the sources that no recipe brings about, by what they are for.
const NEVER_SAID: [(&str, &[&str]); 5] = [
    (
        "what the parser of TOML says, for which there are better words",
        &[
            "unclosed array",
            "unclosed inline table",
            "invalid multi-line basic string",
            "invalid multi-line literal string",
            "duplicate key",
            "recursion limit",
            "cannot recurse further; max recursion depth met",
            "missing comma between",
            "cannot extend value",
            "string values must be quoted",
            "missing escaped value",
            ", expected nothing",
        ],
    ),
    (
        "what no recipe brings about, since it is compiled from one",
        &[
            "qubesd would show this rule as `{0}`",
            "its netvm `{name}` is a {}, not the gateway of identity `{identity}`",
            "declare another gateway for one of the two",
        ],
    ),
    ("what qubesd alone names", &["a pool's name"]),
    (
        "how other things are shown",
        &[
            "mode {}",
            "anonymous user, any recipient",
            "user knows recipient, both use Tor",
            "non-anonymous user over Tor, any recipient",
            "non-anonymous user, any recipient",
            "Qubes release ",
            "the bundle",
        ],
    ),
    (
        "what is refused before it is said",
        &[
            // A recipe's modes are numbers within bounds.
            "expected a mode from 1 to 4",
            // The cause of an error, which is shown itself.
            "the recipe has faults",
            // A path of a recipe is refused at 88 characters, and says so itself.
            "it has at most 100 characters",
        ],
    ),
];

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The texts of the sources of a folder and the folders in it, or of one file.
fn sources(path: &str) -> Vec<String> {
    let path = Path::new(ROOT).join(path);
    let mut files = Vec::new();
    find_files(&path, &mut files);
    assert!(!files.is_empty(), "{}", path.display());
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

fn find_files(path: &Path, files: &mut Vec<PathBuf>) {
    // The titles of codes, the schema for editors, and what is found in policies, which halite writes: none is said of a recipe.
    let is_left_out = ["check/code.rs", "schema", "flows", "every_message.rs"].iter().any(|name| path.ends_with(name));
    if path.is_dir() && !is_left_out {
        fs::read_dir(path).unwrap().for_each(|entry| find_files(&entry.unwrap().path(), files));
    } else if path.extension().is_some_and(|ending| ending == "rs") && !is_left_out {
        files.push(path.to_owned());
    }
}

/// What the tests say, line by line: those of recipes, and, for what is found in a desired state, those of the rules.
fn said() -> Vec<String> {
    let texts = ["tests/recipes", "tests/checks", "tests/import_salt", "tests/captured.rs"].into_iter().flat_map(sources);
    texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The string literals of Rust code outside its comments and tests, each with the code before it on its line.
fn literals(source: &str) -> Vec<(String, String)> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut characters = source.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        match character {
            '/' if next == Some('/') => while characters.next_if(|(_, character)| *character != '\n').is_some() {},
            // A character, which may be a quotation mark; anything else is a lifetime.
            '\'' if next == Some('\\') => {
                characters.next();
                characters.next();
                while characters.next().is_some_and(|(_, character)| character != '\'') {}
            }
            '\'' if source[at + 1..].chars().nth(1) == Some('\'') => {
                characters.next();
                characters.next();
            }
            '"' => {
                let before = source[..at].lines().last().unwrap_or_default();
                assert!(!before.ends_with('#'), "this reads no such raw strings: {before}");
                if before.ends_with('r') {
                    // A pattern for the schema; nothing that is said.
                    while characters.next().is_some_and(|(_, character)| character != '"') {}
                    continue;
                }
                let mut text = String::new();
                while let Some((_, character)) = characters.next() {
                    match character {
                        '"' => break,
                        '\\' => match characters.next().unwrap().1 {
                            'n' => text.push('\n'),
                            '\n' => while characters.next_if(|(_, character)| character.is_whitespace()).is_some() {},
                            escaped => text.push(escaped),
                        },
                        other => text.push(other),
                    }
                }
                found.push((before.trim().to_owned(), text));
            }
            _ => {}
        }
    }
    found
}

/// Whether a literal is a text for people: several words that the program may say.
fn is_message(before: &str, text: &str) -> bool {
    let is_for_programmers = ["expect(", "unreachable!(", "panic!(", "reason ="].iter().any(|call| before.ends_with(call));
    !is_for_programmers && text.trim().contains(' ') && text.contains(|character: char| character.is_lowercase())
}

/// What of a message does not depend on what it is about: the pieces between `{…}`.
fn pieces(message: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut characters = message.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '{' if characters.next_if_eq(&'{').is_some() => pieces.last_mut().unwrap().push('{'),
            '}' if characters.next_if_eq(&'}').is_some() => pieces.last_mut().unwrap().push('}'),
            '{' => {
                while characters.next().is_some_and(|character| character != '}') {}
                pieces.push(String::new());
            }
            other => pieces.last_mut().unwrap().push(other),
        }
    }
    pieces.into_iter().map(|piece| piece.trim_end_matches('\n').to_owned()).filter(|piece| !piece.is_empty()).collect()
}

/// Whether a line has all pieces, one after the other.
fn says(line: &str, pieces: &[String]) -> bool {
    let mut rest = line;
    pieces.iter().all(|piece| match rest.split_once(piece.as_str()) {
        Some((_, behind)) => {
            rest = behind;
            true
        }
        None => false,
    })
}

#[test]
fn each_message_is_shown_in_a_test() {
    let said = said();
    let mut never: BTreeSet<&str> = NEVER_SAID.iter().flat_map(|(_, texts)| texts.iter().copied()).collect();
    let (mut count, mut missing) = (0, Vec::new());
    for source in SOURCES.iter().flat_map(|path| sources(path)) {
        for (before, text) in literals(&source) {
            if !is_message(&before, &text) || never.remove(text.as_str()) {
                continue;
            }
            count += 1;
            let pieces = pieces(&text);
            // A quotation mark in a string of a test has a `\` before it.
            if !said.iter().any(|line| says(line, &pieces) || says(&line.replace("\\\"", "\""), &pieces)) {
                missing.push(text);
            }
        }
    }
    assert!(count > 150, "{count} messages were found; are the sources elsewhere now?");
    assert!(
        missing.is_empty(),
        "no test shows these messages; add a transcript of a recipe that brings them about:\n{missing:#?}"
    );
    assert!(never.is_empty(), "these are not in the sources any more: {never:#?}");
}

#[test]
fn each_code_is_drawn() {
    let said = said().join("\n");
    for code in Code::ALL {
        let is_drawn = ["error", "warning"].iter().any(|level| said.contains(&format!("{level}[{code}]: ")));
        assert!(
            is_drawn,
            "no transcript shows {code}, {code:?}, drawn at a place; tests/checks/drawn.rs draws what mutants bring about"
        );
    }
}

#[test]
fn literals_are_found() {
    let source = "let a = 'a'; // \"no\"\nlet b = ['\"', '\\''];\nfn c<'a>() { d(\"one \\\"two\\\" {three}, {{four}}\").expect(\"five six\") }";
    let found = literals(source);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(is_message(&found[0].0, &found[0].1) && !is_message(&found[1].0, &found[1].1));
    assert_eq!(pieces(&found[0].1), ["one \"two\" ", ", {four}"]);
    assert!(says("so: one \"two\" 3, {four}!", &pieces(&found[0].1)));
}
