//! Jinja in states: what only a run of Salt would tell is set aside, never evaluated.
//!
//! Salt runs Jinja over a file before anything else, unless its first line names other renderers (Salt's documentation, "Renderers").

use std::ops::Range;

use super::remarks::{About, Remarks};
use crate::base::cleaned;
use crate::check::Code;
use crate::recipe::FileId;

/// A text in which code is set aside. Everything else stands where it stood.
pub struct Plain {
    /// The text.
    pub text: String,
    /// Where values were computed; letters stand there now.
    pub code: Vec<Range<usize>>,
}

/// Statements that change nothing by themselves: what they are for stands in `{{ … }}`.
const HARMLESS: [&str; 4] = ["set", "from", "import", "do"];
/// What stands for code that makes a value.
const STAND_IN: u8 = b'J';

/// `text` without its code; nothing where too much of it is code.
pub fn without_code(text: &str, file: FileId, remarks: &Remarks) -> Option<Plain> {
    if let Some(line) = text.lines().next().and_then(|line| line.strip_prefix("#!")) {
        let renderers: Vec<&str> = line.split('|').map(str::trim).collect();
        match renderers.as_slice() {
            ["yaml"] => return Some(Plain { text: text.to_owned(), code: Vec::new() }),
            ["jinja", "yaml"] | ["jinja"] => {}
            _ => {
                let message = format!("this file is for the renderer `{}`, and only YAML is read: left out", cleaned(line));
                remarks.say(About::Nothing, Code::SaltCode, &file.at(0..line.len() + 2), message, RENDER);
                return None;
            }
        }
    }
    let mut bytes = text.as_bytes().to_vec();
    let (mut code, mut at) = (Vec::new(), 0);
    while let Some((start, kind)) = next(text, at) {
        let close = match kind {
            '{' => "}}",
            '%' => "%}",
            _ => "#}",
        };
        let inside = text.get(start + 2..).unwrap_or_default();
        let end = inside.find(close).map_or(text.len(), |length| start + 2 + length + 2);
        at = end;
        let first_line = start..start + text.get(start..end).unwrap_or_default().lines().next().unwrap_or_default().len();
        if kind == '%' {
            let word = inside.trim_start_matches(['-', '+', ' ', '\t', '\n', '\r']);
            let word = word.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
            if !HARMLESS.contains(&word) {
                let message = "what this file says depends on a program in Jinja, and nothing is run here: left out";
                remarks.say(About::Nothing, Code::SaltCode, &file.at(first_line), message, RENDER);
                return None;
            }
            let message = "this is a statement of Jinja, and nothing is run here: left out, with every value that needs it";
            remarks.say(About::Nothing, Code::SaltCode, &file.at(first_line), message, RENDER);
        }
        let sign = if kind == '{' { STAND_IN } else { b' ' };
        for byte in bytes.get_mut(start..end).unwrap_or_default().iter_mut().filter(|byte| **byte != b'\n') {
            *byte = sign;
        }
        if kind == '{' {
            code.push(start..end);
        }
    }
    let text = String::from_utf8(bytes).expect("whole characters were replaced by ASCII ones");
    Some(Plain { text, code })
}

/// What to do about code.
const RENDER: &str =
    "write it out as plain YAML; `qubesctl slsutil.renderer` with the file's path shows what it comes to in dom0";

/// The next code at or behind `at`, and which kind it is.
fn next(text: &str, at: usize) -> Option<(usize, char)> {
    let rest = text.get(at..)?;
    let mut found = rest.char_indices().zip(rest.chars().skip(1));
    found
        .find(|((_, first), second)| *first == '{' && matches!(second, '{' | '%' | '#'))
        .map(|((start, _), kind)| (at + start, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_set_aside_and_all_else_stays_where_it_was() {
        let plain = |text: &str| without_code(text, FileId::default(), &Remarks::default());
        let text = "{% set a = 'ä' %}\nx: {{ a }}\n{# c #}y: 1\n";
        let found = plain(text).unwrap();
        assert_eq!(found.text, "                  \nx: JJJJJJJ\n       y: 1\n");
        assert_eq!(found.text.len(), text.len());
        assert_eq!(found.code.iter().map(|range| &text[range.clone()]).collect::<Vec<_>>(), ["{{ a }}"]);
        assert!(plain("{% if a %}\nx: 1\n{% endif %}\n").is_none());
        assert!(plain("#!py\n").is_none());
        assert_eq!(plain("#!yaml\nx: '{{ a }}'\n").unwrap().text, "#!yaml\nx: '{{ a }}'\n");
        // What is not closed goes to the end.
        assert_eq!(plain("x: {{ a\nb").unwrap().text, "x: JJJJ\nJ");
    }
}
