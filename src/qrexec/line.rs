//! One line of a policy file: a rule or a directive.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/policy/parser.py`, `AbstractParser.load_policy_file` and `load_policy_file_service`.

use super::bad_rule::Misplaced;
use super::fault::Why;
use super::rule::{Call, Clause, Origin, Rule};
use super::text::{column, stripped, words};
use crate::model::Release;

/// What a line of a policy file says. Paths are as they were written.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A rule.
    Rule(Rule),
    /// Another policy file stands here.
    Include(String),
    /// All policy files of a directory stand here.
    IncludeDirectory(String),
    /// A file with the rules of one call stands here.
    IncludeService(Call, String),
    /// The old directory stands here.
    Compat,
}

/// What a line says of a file that holds the rules of one call.
#[derive(Debug, PartialEq, Eq)]
pub enum LineOfCall {
    /// What a rule says but for the call.
    Clause(Clause),
    /// Another such file stands here.
    Include(String),
}

/// How the policies of old wrote `!include`.
const OLD_INCLUDE: &str = "$include:";

/// What is wrong with a line, and the column in which that shows.
pub type BadLine = (usize, Why);

/// Whether a line says nothing: it is empty, or a comment.
fn is_empty(line: &str) -> bool {
    line.is_empty() || line.starts_with('#')
}

impl Line {
    /// Reads a line as it stands in its file; none if it says nothing.
    ///
    /// # Errors
    /// If it is no line of a policy file.
    pub fn parse(line: &str, origin: Origin, release: Release) -> Result<Option<Self>, BadLine> {
        let text = stripped(line);
        if is_empty(text) {
            return Ok(None);
        }
        let words: Vec<&str> = words(text).collect();
        if !text.starts_with('!') {
            let rule = Rule::parse_words(&words, origin, release);
            return rule.map(|rule| Some(Self::Rule(rule))).map_err(|misplaced| at(line, misplaced));
        }
        // At the first word too many, or where the one that is missing would be.
        let wrong = |directive, words, what| Err((column(line, words), Why::Parameters(directive, what)));
        let count = words.len();
        let directive = match words.as_slice() {
            ["!include", path] => Self::Include((*path).to_owned()),
            ["!include-dir", path] => Self::IncludeDirectory((*path).to_owned()),
            ["!include-service", service, argument, path] => {
                let call = Call::parse(service, argument).map_err(|misplaced| at(line, misplaced.behind(1)))?;
                Self::IncludeService(call, (*path).to_owned())
            }
            ["!compat-4.0"] => Self::Compat,
            ["!include", ..] => return wrong("!include", count.min(2), "one path"),
            ["!include-dir", ..] => return wrong("!include-dir", count.min(2), "one path"),
            ["!include-service", ..] => return wrong("!include-service", count.min(4), "a service, an argument and a path"),
            ["!compat-4.0", ..] => return wrong("!compat-4.0", 1, "nothing"),
            _ => return Err((column(line, 0), Why::Directive(words.first().copied().unwrap_or_default().to_owned()))),
        };
        Ok(Some(directive))
    }
}

impl LineOfCall {
    /// Reads a line of a file that holds the rules of one call, as it stands there; none if it says nothing.
    ///
    /// # Errors
    /// If it is no line of such a file.
    pub fn parse(line: &str, origin: Origin, release: Release) -> Result<Option<Self>, BadLine> {
        let text = stripped(line);
        if is_empty(text) {
            return Ok(None);
        }
        // Looked at before commas are: `,!include` is no directive.
        let is_directive = text.starts_with('!') || text.starts_with(OLD_INCLUDE);
        // As in the policies of old. No column moves.
        let line = line.replace(OLD_INCLUDE, "!include ").replace('$', "@").replace(',', " ");
        let words: Vec<&str> = words(&line).collect();
        if !is_directive {
            let clause = Clause::parse(&words, origin, release);
            return clause.map(|clause| Some(Self::Clause(clause))).map_err(|misplaced| at(&line, misplaced));
        }
        match words.as_slice() {
            ["!include", path] => Ok(Some(Self::Include((*path).to_owned()))),
            ["!include", ..] => Err((column(&line, words.len().min(2)), Why::Parameters("!include", "one path"))),
            _ => Err((column(&line, 0), Why::DirectiveOfCall(words.first().copied().unwrap_or_default().to_owned()))),
        }
    }
}

fn at(line: &str, Misplaced { why, word }: Misplaced) -> BadLine {
    (column(line, word), why.into())
}
