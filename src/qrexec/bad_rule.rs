//! Why a line is no rule, and at which of its words that shows.

use thiserror::Error;

use super::token::BadToken;

/// Why a line is no rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadRule {
    /// Not five fields, or of a service's file not three.
    #[error(
        "too few fields; a rule is `SERVICE ARGUMENT SOURCE TARGET ACTION`, and in a service's own file `SOURCE TARGET ACTION`"
    )]
    Fields,
    /// A service with other characters than these.
    #[error("the service `{0}` has a character that is no letter, digit, `-`, `.` or `_`")]
    Service(String),
    /// An argument with other characters than these.
    #[error("the argument `{0}` has a character that is no letter, digit, `+`, `-`, `.` or `_`")]
    ArgumentCharacter(String),
    /// An argument without its `+`.
    #[error("the argument `{0}` does not begin with `+`")]
    ArgumentPlus(String),
    /// An argument for every service.
    #[error("the service `*` takes only the argument `*`")]
    ArgumentOfAll,
    /// A source, target or redirect that is none.
    #[error(transparent)]
    Token(#[from] BadToken),
    /// No action.
    #[error("`{0}` is no action; expected `allow`, `ask` or `deny`")]
    Action(String),
    /// A parameter that is none.
    #[error("`{0}` is no parameter; they are written `key=value`, and nothing may follow a rule")]
    NoParameter(String),
    /// A parameter twice.
    #[error("the parameter `{0}` is given twice")]
    Twice(String),
    /// A parameter that is neither yes nor no.
    #[error("`{0}` is `{1}`, and can only be `yes` or `no`")]
    NotYesOrNo(String, String),
    /// A parameter that the action does not have.
    #[error("`{0}` has no parameter `{1}`")]
    Parameter(&'static str, String),
    /// Nowhere to go.
    #[error("a rule that allows `@default` says where to, with `target=`")]
    AllowDefault,
}

/// What is wrong, and the number of the word at fault, from 0. If a word is missing, it is the number that it would have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misplaced {
    /// What is wrong.
    pub why: BadRule,
    /// At which word.
    pub word: usize,
}

impl BadRule {
    /// It shows at the word with this number.
    pub fn at(self, word: usize) -> Misplaced {
        Misplaced { why: self, word }
    }
}

impl Misplaced {
    /// The same, where so many words come before those that were counted.
    pub fn behind(self, words: usize) -> Self {
        Self { word: self.word.saturating_add(words), ..self }
    }
}
