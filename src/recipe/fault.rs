//! What is wrong with a recipe, and where; drawn as rustc draws its own.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

use crate::base::{BundlePath, is_invisible};
use crate::check::{self, Code};

/// One thing that is wrong with a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule that is broken.
    pub code: Code,
    /// Where, in bytes of the file.
    pub span: Range<usize>,
    /// How.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// All that is wrong with a recipe, and the text it is wrong in.
#[derive(Debug, Clone)]
pub struct Faults {
    /// The file, relative to the recipe's folder.
    pub file: BundlePath,
    /// The folder as the user gave it, for messages.
    pub folder: String,
    /// The file's text.
    pub text: String,
    /// In the order of the text.
    pub faults: Vec<Fault>,
}

/// A fault as `--json` shows it.
#[derive(Debug, Serialize)]
pub struct FaultJson {
    code: &'static str,
    level: String,
    message: String,
    file: String,
    /// From 1.
    line: usize,
    /// From 1, in characters.
    column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl Fault {
    /// A fault without advice.
    pub fn new(code: Code, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into(), help: None }
    }

    /// The same with advice.
    pub fn help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }
}

impl Faults {
    /// Most faults that are shown; the rest is counted.
    pub const SHOWN: usize = 100;

    /// Whether nothing can be built.
    pub fn has_errors(&self) -> bool {
        self.faults.iter().any(|fault| fault.code.level() == check::Level::Error)
    }

    /// The faults as text, with colours or without.
    pub fn draw(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let path = crate::base::cleaned(&self.path());
        let text = visible(&self.text);
        let mut drawn = String::new();
        for fault in self.faults.iter().take(Self::SHOWN) {
            let level = match fault.code.level() {
                check::Level::Error => Level::ERROR,
                check::Level::Warning => Level::WARNING,
            };
            let message = crate::base::cleaned(&fault.message);
            let title = level.primary_title(message.as_str()).id(fault.code.as_str());
            let annotation = AnnotationKind::Primary.span(self.clamped(&fault.span));
            let snippet = Snippet::source(text.as_str()).path(path.as_str()).annotation(annotation);
            let group = title.element(snippet);
            let help = fault.help.as_deref().map(crate::base::cleaned);
            let groups: Vec<Group> = match &help {
                Some(help) => vec![group.element(Level::HELP.message(help.as_str()))],
                None => vec![group],
            };
            drawn.push_str(&renderer.render(&groups));
            drawn.push_str("\n\n");
        }
        if let Some(more) = self.faults.len().checked_sub(Self::SHOWN).filter(|&more| more > 0) {
            drawn.push_str(&format!("… and {more} more\n\n"));
        }
        drawn
    }

    /// The faults as `--json` shows them.
    pub fn to_json(&self) -> Vec<FaultJson> {
        let json = |fault: &Fault| {
            let (line, column) = self.place(fault.span.start);
            FaultJson {
                code: fault.code.as_str(),
                level: fault.code.level().to_string(),
                message: fault.message.clone(),
                file: self.path(),
                line,
                column,
                help: fault.help.clone(),
            }
        };
        self.faults.iter().take(Self::SHOWN).map(json).collect()
    }

    fn path(&self) -> String {
        format!("{}/{}", self.folder.trim_end_matches('/'), self.file)
    }

    /// Line and column of a byte, both from 1, columns in characters.
    fn place(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..self.floor(at)).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }

    /// A span that lies on character boundaries inside the text, so that drawing cannot fail.
    fn clamped(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.floor(span.start);
        start..self.floor(span.end).max(start)
    }

    fn floor(&self, at: usize) -> usize {
        (0..=at.min(self.text.len())).rev().find(|&at| self.text.is_char_boundary(at)).unwrap_or(0)
    }
}

/// `text` with a sign in the place of each character that cannot be seen, as long in bytes as that one, so that every place stays where
/// it is. Controls of one byte are left to the renderer, which draws them.
fn visible(text: &str) -> String {
    let sign = |character: char| match (is_invisible(character), character.len_utf8()) {
        (true, 2) => '¿',
        (true, 3) => '\u{fffd}',
        (true, 4) => '🛇',
        _ => character,
    };
    text.chars().map(sign).collect()
}

/// "did you mean": the one of `known` that `word` most likely meant. Nobody misspells a name of more than 64 characters; whoever wrote
/// one meant something else.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    if word.chars().nth(64).is_some() {
        return None;
    }
    let best = known.into_iter().map(|known| (distance(word, known), known)).min()?;
    (best.0 <= 1 + word.chars().count() / 4).then(|| format!("did you mean `{}`?", best.1))
}

/// How many letters must be changed, added, dropped or swapped with their neighbour to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_find_what_was_meant() {
        let known = ["memory", "maxmem", "label", "template"];
        assert_eq!(did_you_mean("memroy", known).as_deref(), Some("did you mean `memory`?"));
        assert_eq!(did_you_mean("lable", known).as_deref(), Some("did you mean `label`?"));
        assert_eq!(did_you_mean("colour", known), None);
        assert_eq!(did_you_mean("x", []), None);
        let long = "m".repeat(64);
        assert!(did_you_mean(&long, [long.as_str()]).is_some());
        assert_eq!(did_you_mean(&format!("{long}m"), [long.as_str()]), None);
    }

    #[test]
    fn a_span_anywhere_can_be_drawn() {
        let faults = |span: Range<usize>| Faults {
            file: "halite.toml".parse().unwrap(),
            folder: "r/".to_owned(),
            text: "a = \"ä\"\nb = 1\n".to_owned(),
            faults: vec![Fault::new(Code::Syntax, span, "x")],
        };
        for start in 0..20 {
            for end in 0..20 {
                assert!(faults(start..end).draw(false).starts_with("error[H0001]: x\n"));
            }
        }
        let json = &faults(9..10).to_json()[0];
        assert_eq!((json.line, json.column, json.file.as_str()), (2, 1, "r/halite.toml"));
    }
}
