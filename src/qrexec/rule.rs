//! One rule: `SERVICE ARGUMENT SOURCE TARGET ACTION [PARAMETER…]`.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/policy/parser.py`, `Rule`.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::token::{BadToken, Place, Token};

/// A rule, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The service, or `None` for `*`.
    pub service: Option<String>,
    /// The argument with its `+`, or `None` for `*`.
    pub argument: Option<String>,
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

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It goes through.
    Allow(Permission),
    /// The user is asked.
    Ask {
        /// As far as the user says yes.
        permission: Permission,
        /// The target that is proposed to the user.
        default_target: Option<Token>,
    },
    /// It is refused.
    Deny {
        /// Whether a notification pops up.
        notify: bool,
    },
}

/// How a call goes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Where it goes in place of where it was meant to go.
    pub target: Option<Token>,
    /// As which user the service runs; by default the target's own.
    pub user: Option<String>,
    /// Whether a notification pops up.
    pub notify: bool,
    /// Whether the target may be started for it.
    pub autostart: bool,
}

impl Default for Permission {
    fn default() -> Self {
        Self { target: None, user: None, notify: false, autostart: true }
    }
}

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

/// What a service may be called, `+` aside.
pub fn is_call_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_')
}

/// A service and an argument, each `None` for `*`.
pub type Call = (Option<String>, Option<String>);

/// Reads service and argument of a rule, or of an `!include-service`.
///
/// # Errors
/// If one of them is none, or they do not go together.
pub fn call(service: &str, argument: &str) -> Result<Call, BadRule> {
    let service = (service != "*").then(|| service.to_owned());
    if let Some(bad) = service.as_ref().filter(|service| !service.chars().all(is_call_character)) {
        return Err(BadRule::Service(bad.clone()));
    }
    let argument = (argument != "*").then(|| argument.to_owned());
    if let Some(text) = &argument {
        if !text.chars().all(|character| is_call_character(character) || character == '+') {
            return Err(BadRule::ArgumentCharacter(text.clone()));
        }
        if !text.starts_with('+') {
            return Err(BadRule::ArgumentPlus(text.clone()));
        }
        if service.is_none() {
            return Err(BadRule::ArgumentOfAll);
        }
    }
    Ok((service, argument))
}

impl Rule {
    /// Reads a line of a policy file.
    ///
    /// # Errors
    /// At the first thing that is wrong with it, in the order in which Qubes looks.
    pub fn parse(line: &str, origin: Origin) -> Result<Self, BadRule> {
        let mut fields = line.split_whitespace();
        let mut next = || fields.next().ok_or(BadRule::Fields);
        let (service, argument, source, target, action) = (next()?, next()?, next()?, next()?, next()?);
        let call = call(service, argument)?;
        Self::assemble(call, source, target, action, fields, origin)
    }

    /// Reads a line of a file that holds the rules of one call.
    ///
    /// # Errors
    /// As [`Rule::parse`].
    pub fn parse_of_call(call: Call, line: &str, origin: Origin) -> Result<Self, BadRule> {
        let mut fields = line.split_whitespace();
        let mut next = || fields.next().ok_or(BadRule::Fields);
        let (source, target, action) = (next()?, next()?, next()?);
        Self::assemble(call, source, target, action, fields, origin)
    }

    fn assemble<'a>(
        (service, argument): Call,
        source: &str,
        target: &str,
        action: &str,
        parameters: impl Iterator<Item = &'a str>,
        origin: Origin,
    ) -> Result<Self, BadRule> {
        let source = Token::parse(source, Place::Source)?;
        let target = Token::parse(target, Place::Target)?;
        let action = Action::parse(action, parameters)?;
        if target == Token::Default && matches!(&action, Action::Allow(permission) if permission.target.is_none()) {
            return Err(BadRule::AllowDefault);
        }
        Ok(Self { service, argument, source, target, action, origin })
    }

    /// Whether it is about calls of `service` with `argument`, which begins with `+`. `None` is a call of no service in particular.
    pub fn is_about(&self, service: Option<&str>, argument: &str) -> bool {
        self.service.as_deref().is_none_or(|own| Some(own) == service)
            && self.argument.as_deref().is_none_or(|own| own == argument)
    }
}

impl Action {
    fn parse<'a>(action: &str, parameters: impl Iterator<Item = &'a str>) -> Result<Self, BadRule> {
        let name = match action {
            "allow" => "allow",
            "ask" => "ask",
            "deny" => "deny",
            _ => return Err(BadRule::Action(action.to_owned())),
        };
        let mut given: Vec<(&str, &str)> = Vec::new();
        for parameter in parameters {
            let (key, value) = parameter.split_once('=').ok_or_else(|| BadRule::NoParameter(parameter.to_owned()))?;
            if given.iter().any(|(known, _)| *known == key) {
                return Err(BadRule::Twice(key.to_owned()));
            }
            given.push((key, value));
        }
        let mut take = |key: &str| given.iter().position(|(known, _)| *known == key).map(|at| given.remove(at).1);
        let yes = |key: &str, value: Option<&str>| match value {
            None => Ok(None),
            Some("yes") => Ok(Some(true)),
            Some("no") => Ok(Some(false)),
            Some(other) => Err(BadRule::NotYesOrNo(key.to_owned(), other.to_owned())),
        };
        let notify = yes("notify", take("notify"))?;
        if name == "deny" {
            yes("autostart", given.iter().find(|(key, _)| *key == "autostart").map(|(_, value)| *value))?;
            return match given.first() {
                Some((key, _)) => Err(BadRule::Parameter(name, (*key).to_owned())),
                None => Ok(Self::Deny { notify: notify.unwrap_or(true) }),
            };
        }
        let autostart = yes("autostart", take("autostart"))?;
        let (target, user) = (take("target"), take("user"));
        let default_target = if name == "ask" { take("default_target") } else { None };
        if let Some((key, _)) = given.first() {
            return Err(BadRule::Parameter(name, (*key).to_owned()));
        }
        let redirect = |text: Option<&str>| text.map(|text| Token::parse(text, Place::Redirect)).transpose();
        let permission = Permission {
            target: redirect(target)?,
            user: user.map(str::to_owned),
            notify: notify.unwrap_or(false),
            autostart: autostart.unwrap_or(true),
        };
        Ok(match name {
            "allow" => Self::Allow(permission),
            _ => Self::Ask { permission, default_target: redirect(default_target)? },
        })
    }

    /// How a call goes through, if it can.
    pub fn permission(&self) -> Option<&Permission> {
        match self {
            Self::Allow(permission) | Self::Ask { permission, .. } => Some(permission),
            Self::Deny { .. } => None,
        }
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

impl BadRule {
    /// The word of the line that is at fault, where there is one.
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Fields | Self::ArgumentOfAll | Self::AllowDefault => None,
            Self::Service(word) | Self::ArgumentCharacter(word) | Self::ArgumentPlus(word) => Some(word),
            Self::Action(word) | Self::NoParameter(word) | Self::Twice(word) => Some(word),
            Self::NotYesOrNo(word, _) | Self::Parameter(_, word) => Some(word),
            Self::Token(BadToken::Empty(_)) => None,
            Self::Token(BadToken::EmptyValue(word, _) | BadToken::NotHere(word, _)) => Some(word),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Allow(permission) => write!(f, "allow{permission}"),
            Self::Ask { permission, default_target } => {
                write!(f, "ask{permission}")?;
                default_target.iter().try_for_each(|target| write!(f, " default_target={target}"))
            }
            Self::Deny { notify: true } => f.write_str("deny"),
            Self::Deny { notify: false } => f.write_str("deny notify=no"),
        }
    }
}

/// The parameters that are not as they are by default.
impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.target.iter().try_for_each(|target| write!(f, " target={target}"))?;
        self.user.iter().try_for_each(|user| write!(f, " user={user}"))?;
        f.write_str(if self.autostart { "" } else { " autostart=no" })?;
        f.write_str(if self.notify { " notify=yes" } else { "" })
    }
}

/// The rule as a line of a policy file, its fields in columns.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let service = self.service.as_deref().unwrap_or("*");
        let argument = self.argument.as_deref().unwrap_or("*");
        write!(f, "{service:<24} {argument:<9} {:<30} {:<30} {}", self.source, self.target, self.action)
    }
}
