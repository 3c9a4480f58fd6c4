//! One rule: `SERVICE ARGUMENT SOURCE TARGET ACTION [PARAMETER…]`.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/policy/parser.py`, `Rule`.

use std::fmt;
use std::sync::Arc;

use super::action::{Action, Permission};
use super::bad_rule::{BadRule, Misplaced};
use super::text;
use super::token::{Place, Token};
use crate::model::Release;

/// A rule. It is in two parts, each of which many rules may share: files with the rules of one call can be included for many calls, and
/// any file any number of times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which calls it is about.
    pub call: Arc<Call>,
    /// Whom it is about, and what it does.
    pub clause: Arc<Clause>,
}

/// A service and an argument.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The service, or `None` for `*`.
    pub service: Option<String>,
    /// The argument with its `+`, or `None` for `*`.
    pub argument: Option<String>,
}

/// What a rule says, but for the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Who calls.
    pub source: Token,
    /// Who is called.
    pub target: Token,
    /// What happens.
    pub action: Action,
    /// Where it stands.
    pub origin: Origin,
}

/// A line of a file of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The file, as it is shown.
    pub file: Arc<str>,
    /// The line, from 1; none for rules that are in no file.
    pub line: Option<usize>,
}

impl Origin {
    /// Of a rule that is in no file yet.
    pub fn nowhere() -> Self {
        Self { file: "".into(), line: None }
    }
}

/// What a service may be called, `+` aside.
pub fn is_call_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_')
}

impl Call {
    /// Reads service and argument of a rule, or of an `!include-service`.
    ///
    /// # Errors
    /// If one of them is none, or they do not go together; with the number of the word at fault.
    pub fn parse(service: &str, argument: &str) -> Result<Self, Misplaced> {
        let service = (service != "*").then(|| service.to_owned());
        if let Some(bad) = service.as_ref().filter(|service| !service.chars().all(is_call_character)) {
            return Err(BadRule::Service(bad.clone()).at(0));
        }
        let argument = (argument != "*").then(|| argument.to_owned());
        if let Some(text) = &argument {
            if !text.chars().all(|character| is_call_character(character) || character == '+') {
                return Err(BadRule::ArgumentCharacter(text.clone()).at(1));
            }
            if !text.starts_with('+') {
                return Err(BadRule::ArgumentPlus(text.clone()).at(1));
            }
            if service.is_none() {
                return Err(BadRule::ArgumentOfAll.at(1));
            }
        }
        Ok(Self { service, argument })
    }

    /// Whether it is one of `service` with `argument`, which begins with `+`. `None` is no service in particular.
    pub fn includes(&self, service: Option<&str>, argument: &str) -> bool {
        self.service.as_deref().is_none_or(|own| Some(own) == service)
            && self.argument.as_deref().is_none_or(|own| own == argument)
    }
}

impl Rule {
    /// A rule that shares nothing yet.
    pub fn new(call: Call, clause: Clause) -> Self {
        Self { call: Arc::new(call), clause: Arc::new(clause) }
    }

    /// Reads a line of a policy file.
    ///
    /// # Errors
    /// At the first thing that is wrong with it, in the order in which Qubes looks.
    pub fn parse(line: &str, origin: Origin, release: Release) -> Result<Self, BadRule> {
        Self::parse_words(&text::words(line).collect::<Vec<_>>(), origin, release).map_err(|misplaced| misplaced.why)
    }

    /// Reads the words of a line of a policy file.
    ///
    /// # Errors
    /// As [`Rule::parse`], with the number of the word at fault.
    pub fn parse_words(words: &[&str], origin: Origin, release: Release) -> Result<Self, Misplaced> {
        let [service, argument, rest @ ..] = words else { return Err(BadRule::Fields.at(words.len())) };
        // Too few words are found before anything that is wrong with one.
        if rest.len() < 3 {
            return Err(BadRule::Fields.at(words.len()));
        }
        let call = Call::parse(service, argument)?;
        let clause = Clause::parse(rest, origin, release).map_err(|misplaced| misplaced.behind(2))?;
        Ok(Self::new(call, clause))
    }

    /// The permission that it gives, if it gives one.
    pub fn permission(&self) -> Option<&Permission> {
        self.clause.action.permission()
    }

    /// What it gives or takes where the user is asked.
    pub fn offered(&self) -> &Token {
        self.permission().and_then(Permission::redirect).unwrap_or(&self.clause.target)
    }
}

impl Clause {
    /// Reads the words of a rule that follow the call, or of a line in a file that holds the rules of one call.
    ///
    /// # Errors
    /// As [`Rule::parse_words`].
    pub fn parse(words: &[&str], origin: Origin, release: Release) -> Result<Self, Misplaced> {
        let [source, target, action, parameters @ ..] = words else { return Err(BadRule::Fields.at(words.len())) };
        let source = Token::parse(source, Place::Source, release).map_err(|why| BadRule::from(why).at(0))?;
        let target = Token::parse(target, Place::Target, release).map_err(|why| BadRule::from(why).at(1))?;
        let action = Action::parse(action, parameters, release).map_err(|misplaced| misplaced.behind(2))?;
        if target == Token::Default && matches!(&action, Action::Allow(permission) if permission.target.is_none()) {
            return Err(BadRule::AllowDefault.at(1));
        }
        Ok(Self { source, target, action, origin })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// The rule as a line of a policy file, its fields in columns.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let service = self.call.service.as_deref().unwrap_or("*");
        let argument = self.call.argument.as_deref().unwrap_or("*");
        let Clause { source, target, action, .. } = &*self.clause;
        write!(f, "{service:<24} {argument:<9} {source:<30} {target:<30} {action}")
    }
}
