//! What a rule does with a call, and the parameters that say how.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/policy/parser.py`, `ActionType` and its subclasses, `Rule.__init__`.

use std::fmt;

use super::bad_rule::{BadRule, Misplaced};
use super::token::{Place, Token};
use crate::model::Release;

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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

impl Permission {
    /// Where it goes in place of where it was meant to go; an empty name, which R4.2 takes, is nowhere.
    pub fn redirect(&self) -> Option<&Token> {
        self.target.as_ref().filter(|target| !matches!(target, Token::Qube(name) if name.is_empty()))
    }
}

/// The most parameters that an action takes.
const MOST: usize = 5;

/// Parameters as they stand in a rule, each with the number of its word.
struct Given<'a>(Vec<(usize, &'a str, &'a str)>);

impl<'a> Given<'a> {
    /// Reads the words behind an action.
    fn parse(words: &[&'a str]) -> Result<Self, Misplaced> {
        let mut given: Vec<(usize, &str, &str)> = Vec::new();
        for (number, &word) in (1..).zip(words) {
            let (key, value) = word.split_once('=').ok_or_else(|| BadRule::NoParameter(word.to_owned()).at(number))?;
            if given.iter().any(|(_, known, _)| *known == key) {
                return Err(BadRule::Twice(key.to_owned()).at(number));
            }
            given.push((number, key, value));
            // No action takes as many, so that one of these is refused, and each can be compared with each.
            if given.len() > MOST {
                break;
            }
        }
        Ok(Self(given))
    }

    fn take(&mut self, key: &str) -> Option<(usize, &'a str)> {
        let at = self.0.iter().position(|(_, known, _)| *known == key)?;
        let (number, _, value) = self.0.remove(at);
        Some((number, value))
    }

    fn take_yes_or_no(&mut self, key: &str) -> Result<Option<bool>, Misplaced> {
        match self.take(key) {
            None => Ok(None),
            Some((_, "yes")) => Ok(Some(true)),
            Some((_, "no")) => Ok(Some(false)),
            Some((number, other)) => Err(BadRule::NotYesOrNo(key.to_owned(), other.to_owned()).at(number)),
        }
    }

    fn take_redirect(&mut self, key: &str, release: Release) -> Result<Option<Token>, Misplaced> {
        let Some((number, value)) = self.take(key) else { return Ok(None) };
        Token::parse(value, Place::Redirect, release).map(Some).map_err(|why| BadRule::from(why).at(number))
    }

    /// All parameters were taken.
    fn end(self, action: &'static str) -> Result<(), Misplaced> {
        match self.0.first() {
            Some((number, key, _)) => Err(BadRule::Parameter(action, (*key).to_owned()).at(*number)),
            None => Ok(()),
        }
    }
}

impl Action {
    /// Reads an action and the words behind it.
    ///
    /// # Errors
    /// At the first thing that is wrong with them; with the number of the word at fault, where the action has 0.
    pub fn parse(action: &str, parameters: &[&str], release: Release) -> Result<Self, Misplaced> {
        if !["allow", "ask", "deny"].contains(&action) {
            return Err(BadRule::Action(action.to_owned()).at(0));
        }
        let mut given = Given::parse(parameters)?;
        let notify = given.take_yes_or_no("notify")?;
        if action == "deny" {
            given.end("deny")?;
            return Ok(Self::Deny { notify: notify.unwrap_or(true) });
        }
        let autostart = given.take_yes_or_no("autostart")?;
        let user = given.take("user").map(|(_, user)| user.to_owned());
        let target = given.take_redirect("target", release)?;
        let (notify, autostart) = (notify.unwrap_or(false), autostart.unwrap_or(true));
        let permission = Permission { target, user, notify, autostart };
        if action == "allow" {
            given.end("allow")?;
            return Ok(Self::Allow(permission));
        }
        let default_target = given.take_redirect("default_target", release)?;
        given.end("ask")?;
        Ok(Self::Ask { permission, default_target })
    }

    /// How a call goes through, if it can.
    pub fn permission(&self) -> Option<&Permission> {
        match self {
            Self::Allow(permission) | Self::Ask { permission, .. } => Some(permission),
            Self::Deny { .. } => None,
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
