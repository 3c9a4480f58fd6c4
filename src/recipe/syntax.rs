//! What the parser of TOML has to say, in the words of this language.

use std::ops::Range;

use toml::de::Error;

use super::fault::Fault;
use super::place::FileId;
use crate::check::Code;

/// How many parts of a key the parser reads.
const PARTS: usize = 80;

/// All that makes a text no TOML, but for what was misread only because of something before it that has no end.
pub fn faults(errors: &[Error], text: &str, file: FileId) -> Vec<Fault> {
    let mut faults: Vec<Fault> = errors.iter().map(|error| fault(error, text, file)).collect();
    let is_open = |error: &Error| OPEN.iter().any(|open| error.message().starts_with(open));
    if errors.iter().any(is_open)
        && let Some((at, what, end)) = without_end(text)
    {
        faults.retain(|fault| fault.place.span.start < at);
        faults.push(Fault::new(Code::Syntax, file.at(at..at + 1), format!("{what} has no end; expected `{end}`")));
    }
    faults
}

/// How the parser begins to say that it found no end.
const OPEN: [&str; 4] =
    ["unclosed array", "unclosed inline table", "invalid multi-line basic string", "invalid multi-line literal string"];

/// The outermost list or table, or the string of several lines, that is still open at the end of a text. The parser tells only where
/// the text ends.
fn without_end(text: &str) -> Option<(usize, &'static str, &'static str)> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut at = 0;
    let mut is_line_start = true;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        let rest_of_line = || rest.find('\n').unwrap_or(rest.len());
        let mut length = next.len_utf8();
        if let Some(mark) = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|mark| rest.starts_with(mark)) {
            let end = end_of_string(&rest[mark.len()..], mark);
            if end.is_none() && mark.len() == 3 {
                open.push((at, next));
                break;
            }
            length = end.map_or_else(rest_of_line, |end| mark.len() + end);
        } else if next == '#' || (next == '[' && is_line_start && open.is_empty()) {
            // A comment, or the name of a table.
            length = rest_of_line();
        } else if "[{".contains(next) {
            open.push((at, next));
        } else if matches!((open.last(), next), (Some((_, '[')), ']') | (Some((_, '{')), '}')) {
            open.pop();
        }
        is_line_start = next == '\n' || (is_line_start && next.is_whitespace());
        at += length;
    }
    open.first().map(|&(at, sign)| match sign {
        '[' => (at, "this list", "]"),
        '{' => (at, "this table", "}"),
        '"' => (at, "this string", "\"\"\""),
        _ => (at, "this string", "'''"),
    })
}

/// Where a string ends that began with `mark`, if it does: behind the same mark, on the same line unless it is a long one.
fn end_of_string(text: &str, mark: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        if rest.starts_with(mark) {
            return Some(at + mark.len());
        }
        let next = rest.chars().next().filter(|&next| next != '\n' || mark.len() == 3)?;
        let escaped = if next == '\\' && mark.starts_with('"') { rest.chars().nth(1) } else { None };
        at += next.len_utf8() + escaped.map_or(0, char::len_utf8);
    }
}

/// What the parser says well stays as it is.
fn fault(error: &Error, text: &str, file: FileId) -> Fault {
    let said = error.message();
    let mut span = error.span().unwrap_or_else(|| too_many_parts(text));
    let there = text.get(span.clone()).unwrap_or_default();
    let next = text.get(span.start..).and_then(|rest| rest.chars().next());
    let is_string = said.starts_with("invalid") && said.contains("string");
    if let Some(control) = next.filter(|next| next.is_control() && !"\n\r\t".contains(*next)) {
        let message = format!("U+{:04X} is a control character, which cannot stand here", u32::from(control));
        return Fault::new(Code::Syntax, file.at(span.start..span.start + control.len_utf8()), message);
    }
    let message = match said {
        "duplicate key" => format!("there is already a `{there}` at this place"),
        "recursion limit" | "cannot recurse further; max recursion depth met" => {
            "this is nested too deeply; nothing in a recipe has more than a few levels".to_owned()
        }
        _ if said.starts_with("missing comma between") => {
            span = behind_what_is_before(span.start, text);
            let end = if said.contains("array") { ']' } else { '}' };
            format!("`,` or `{end}` is missing here")
        }
        _ if said.starts_with("cannot extend value") => format!("`{there}` has a value already, and so cannot be a table, too"),
        _ if said.starts_with("string values must be quoted") => match there.trim() {
            "" => "a value is missing here".to_owned(),
            _ => "this is no value; a string stands in quotes".to_owned(),
        },
        _ if said.starts_with("missing escaped value") => format!("in this string, `\\` begins an escape; {}", last_part(said)),
        _ if is_string && (said.ends_with("expected `\"`") || said.ends_with("expected `'`")) => {
            format!("this string has no end; {}", last_part(said))
        }
        _ => said.trim_end_matches(", expected nothing").to_owned(),
    };
    Fault::new(Code::Syntax, file.at(span), message)
}

/// What was expected.
fn last_part(said: &str) -> &str {
    said.split_once(", ").map_or(said, |(_, expected)| expected)
}

/// Behind the last text before `at`, which may be lines above.
fn behind_what_is_before(at: usize, text: &str) -> Range<usize> {
    let end = text.get(..at).unwrap_or_default().trim_end().len();
    end..end
}

/// The first line with a key of too many parts, for which the parser names no place.
fn too_many_parts(text: &str) -> Range<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let key = line.split('=').next().unwrap_or_default();
        if key.matches('.').count() >= PARTS - 1 {
            return start..start + key.trim_end().len();
        }
        start += line.len();
    }
    0..0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_found() {
        for (text, expected) in [
            ("", None),
            ("a = [1, [2], {b = 3}]\n[c]\n", None),
            ("a = '[' # [\nb = \"[\\\"[\"\n", None),
            ("a = '''\n[\n''']", None),
            ("[a", None),
            ("a = \"[\nb = 1", None),
            ("a = [\n\n[b]\nc = 1\n", Some((4, "this list", "]"))),
            ("a = {b = [1]\n", Some((4, "this table", "}"))),
            ("a = [1, { b = 2 ]\n", Some((4, "this list", "]"))),
            ("a = \"\"\"\n\\\"\"\"", Some((4, "this string", "\"\"\""))),
            ("ä = '''\n", Some((5, "this string", "'''"))),
        ] {
            assert_eq!(without_end(text), expected, "{text}");
        }
    }

    #[test]
    fn a_long_line_is_read_once() {
        let strings = "\"\",".repeat(300_000);
        assert_eq!(without_end(&format!("a = [{strings}")), Some((4, "this list", "]")));
    }
}
