//! The words of a drafted recipe: names that handles may have, strings, and comments.

use std::collections::BTreeSet;

/// How long a line of a comment may be.
const WIDTH: usize = 120;

/// A comment, on as many lines as it takes.
pub fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() > 1 && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    lines + &line + "\n"
}

/// A name in the characters of handles: at most so many, first a letter.
pub fn sanitised(name: &str, most: usize) -> String {
    let plain = |character: char| {
        let character = character.to_ascii_lowercase();
        if character.is_ascii_lowercase() || character.is_ascii_digit() { character } else { '-' }
    };
    let name: String = name.trim_start_matches(|character: char| !character.is_ascii_alphabetic()).chars().map(plain).collect();
    let name: String = name.chars().take(most).collect();
    match name.trim_end_matches('-') {
        "" => "other".to_owned(),
        name => name.to_owned(),
    }
}

/// The same, or with a number where it is taken already.
pub fn unique(name: &str, most: usize, taken: &BTreeSet<String>) -> String {
    let numbered = |number: usize| {
        let end = format!("-{number}");
        let beginning: String = name.chars().take(most.saturating_sub(end.len())).collect();
        format!("{beginning}{end}")
    };
    let all = std::iter::once(name.to_owned()).chain((2..).map(numbered));
    all.into_iter().find(|name| !taken.contains(name)).unwrap_or_default()
}

/// A key, quoted where it must be: names of qubes may have a dot.
pub fn bare(key: &str) -> String {
    if key.contains('.') { quoted(key) } else { key.to_owned() }
}

/// A string. Names have nothing that must be escaped.
pub fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}
