//! Text that is nearly YAML: where it is plain what was meant, it is mended line by line, and told.

use super::remarks::{About, Remarks};
use crate::check::Code;
use crate::recipe::{Fault, FileId};

/// A mended text, with the way back to the places of the text that it was.
pub struct Mended {
    /// The text.
    pub text: String,
    /// Where characters of one byte were put in, in the mended text.
    inserted: Vec<usize>,
}

impl Mended {
    /// A text that needs no mending.
    pub fn whole(text: &str) -> Self {
        Self { text: text.to_owned(), inserted: Vec::new() }
    }

    /// Where the text at `at` stood before.
    pub fn original(&self, at: usize) -> usize {
        at - self.inserted.partition_point(|&inserted| inserted < at)
    }
}

/// A line that is neither empty nor a comment.
struct Line<'a> {
    start: usize,
    /// How many characters of space it begins with.
    indent: usize,
    /// What stands on it, without space at its ends and without a comment.
    content: &'a str,
}

impl Line<'_> {
    fn end(&self) -> usize {
        self.start + self.indent + self.content.len()
    }
}

/// Words at the top of a file that are no states.
const TOP_WORDS: [&str; 4] = ["include", "extend", "exclude", "base"];

/// Mends `text`; nothing where it is not plain what was meant.
pub fn mend(text: &str, file: FileId, remarks: &Remarks) -> Option<Mended> {
    let without_tabs = without_tabs(text, file, remarks)?;
    let mut bytes = without_tabs.clone().into_bytes();
    let lines = lines(&without_tabs);
    let mut colons = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let next = lines.get(number + 1);
        let place = file.at(line.start + line.indent..line.end());
        if is_heading(line, next) {
            let message = "this line is neither a state nor a comment, and Salt refuses the file for it; taken as a comment";
            remarks.say(About::Nothing, Code::SaltMended, &place, message, "write `#` before it");
            let first = line.content.chars().next().map_or(0, char::len_utf8);
            for (at, byte) in bytes.iter_mut().skip(line.start).take(first).enumerate() {
                *byte = if at == 0 { b'#' } else { b' ' };
            }
        } else if lacks_colon(line, next) {
            let word = line.content.trim_start_matches("- ");
            let message = format!("`{word}` lacks the `:` behind it, and Salt refuses the file for it; taken as `{word}:`");
            remarks.say(About::Nothing, Code::SaltMended, &place, message, "write the `:`");
            colons.push(line.end());
        }
    }
    let mut inserted = Vec::new();
    for (before, at) in colons.into_iter().enumerate() {
        bytes.insert(at + before, b':');
        inserted.push(at + before);
    }
    let text = String::from_utf8(bytes).expect("whole characters were replaced by ASCII ones");
    Some(Mended { text, inserted })
}

/// The text with a space in the place of each tab at the beginning of a line; nothing where spaces stand there, too.
fn without_tabs(text: &str, file: FileId, remarks: &Remarks) -> Option<String> {
    let (mut tabs, mut spaces, mut start) = (Vec::new(), false, 0);
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let space = line.get(..indent).unwrap_or_default();
        if !content.is_empty() && !content.starts_with('#') {
            spaces |= space.contains(' ');
            if space.contains('\t') {
                tabs.push(start..start + indent);
            }
        }
        start += line.len();
    }
    let Some(first) = tabs.first() else { return Some(text.to_owned()) };
    let place = file.at(first.clone());
    if spaces {
        let message = "this line is indented by tabs, and others by spaces: how deep it is cannot be told";
        let fault = Fault::new(Code::SaltText, place, message).help(Some("indent by spaces alone".to_owned()));
        remarks.add(About::Nothing, fault);
        return None;
    }
    let message = "lines are indented by tabs, and Salt refuses the file for it; each taken as a space";
    remarks.say(About::Nothing, Code::SaltMended, &place, message, "indent by spaces");
    let mut mended = text.to_owned();
    for range in tabs {
        mended.replace_range(range.clone(), &" ".repeat(range.len()));
    }
    Some(mended)
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let (mut lines, mut start) = (Vec::new(), 0);
    for whole in text.split_inclusive('\n') {
        let line = whole.split(" #").next().unwrap_or_default().trim_end();
        let content = line.trim_start_matches(' ');
        if !content.is_empty() && !content.starts_with('#') {
            lines.push(Line { start, indent: line.len() - content.len(), content });
        }
        start += whole.len();
    }
    lines
}

fn has_colon(content: &str) -> bool {
    content.ends_with(':') || content.contains(": ")
}

/// Whether a line opens none of what YAML has besides plain text.
fn is_plain(content: &str) -> bool {
    !content.starts_with(|c: char| "-\"'{[%&*!|>?@`.".contains(c))
}

/// Whether the next line belongs to this one.
fn has_body(line: &Line, next: Option<&Line>) -> bool {
    next.is_some_and(|next| {
        let is_item = |line: &Line| line.content.starts_with("- ");
        next.indent > line.indent || (next.indent == line.indent && is_item(next) && !is_item(line))
    })
}

/// A line at the left edge that has no body, and is no short state, such as `vim: pkg.installed`.
fn is_heading(line: &Line, next: Option<&Line>) -> bool {
    if line.indent > 0 || !is_plain(line.content) || line.content.ends_with(':') || has_body(line, next) {
        return false;
    }
    match line.content.split_once(": ") {
        Some((word, value)) => !TOP_WORDS.contains(&word) && !super::state::is_function(value.trim()) && is_plain(value.trim()),
        None => true,
    }
}

/// A state's id, a function, or a word with a list of its own, without the `:` that makes it one.
fn lacks_colon(line: &Line, next: Option<&Line>) -> bool {
    let word = line.content.trim_start_matches("- ");
    let is_word = word.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    !has_colon(line.content) && is_plain(word) && (is_word || line.indent == 0) && has_body(line, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_back() {
        let text = "Töp\n\nstate\n  qvm.vm\n    - name: a # no\n    - prefs\n      - b: c\n";
        let mended = mend(text, FileId::default(), &Remarks::default()).unwrap();
        assert_eq!(mended.text, "#öp\n\nstate:\n  qvm.vm:\n    - name: a # no\n    - prefs:\n      - b: c\n");
        // Where a `:` was put in, what stands before it ends.
        assert_eq!(mended.original(mended.text.find("state:").unwrap() + 5), text.find("state").unwrap() + 5);
        for word in ["state", "qvm.vm", "name", "prefs", "b: c"] {
            assert_eq!(mended.original(mended.text.find(word).unwrap()), text.find(word).unwrap(), "{word}");
        }
    }
}
