//! What is wrong with a policy. Any one fault makes Qubes deny every call of every qube.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::bad_rule::BadRule;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFault {
    /// The file, as it is shown.
    pub file: Arc<str>,
    /// The line, from 1; none if it is about the file as a whole.
    pub line: Option<usize>,
    /// The character of the line, from 1, where the word at fault begins; none if there is no line.
    pub column: Option<usize>,
    /// What is wrong.
    pub why: Why,
}

/// What can be wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Why {
    /// A line that is no rule.
    #[error(transparent)]
    Rule(#[from] BadRule),
    /// A name that makes Qubes read nothing at all.
    #[error("the file's name has a character that is no digit, lower-case letter, `_`, `.` or `-`")]
    FileName,
    /// No directive.
    #[error("`{0}` is no directive; there are `!include`, `!include-dir`, `!include-service` and `!compat-4.0`")]
    Directive(String),
    /// No directive of a file that holds the rules of one call.
    #[error("`{0}` is no directive here; a file with the rules of one call has only `!include`")]
    DirectiveOfCall(String),
    /// Too few or too many words after a directive.
    #[error("`{0}` takes {1}")]
    Parameters(&'static str, &'static str),
    /// A file that cannot be included.
    #[error("`{path}` cannot be included: {why}")]
    Include {
        /// As it was written.
        path: String,
        /// The reason.
        why: String,
    },
    /// A file or directory that cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// Not text.
    #[error("the line is not UTF-8 text")]
    NotText,
    /// Includes without an end.
    #[error("`{0}` includes itself")]
    Circle(String),
    /// Includes within includes.
    #[error("`{0}` is, with what it includes, nested too deep for Qubes, which uses up Python's stack")]
    Depth(String),
    /// Includes without measure.
    #[error("with all that it includes, the policy has more than {0} rules")]
    TooLarge(usize),
    /// Not all faults are told.
    #[error("there may be more faults than these {0}; nothing was looked for after this")]
    More(usize),
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.file)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        write!(f, ": {}", self.why)
    }
}
