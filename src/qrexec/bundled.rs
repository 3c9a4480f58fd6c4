//! One rule of qrexec policy: `SERVICE ARGUMENT SOURCE TARGET ACTION [PARAMETER…]`.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/policy/parser.py`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::base::{QubeName, Tag};

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The service, or `None` for `*`.
    pub service: Option<Service>,
    /// The argument with its `+`, or `None` for `*`.
    pub argument: Option<String>,
    /// Who calls.
    pub source: Party,
    /// Who is called.
    pub target: Party,
    /// What happens.
    pub action: Action,
}

/// The name of a service: letters, digits, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Service(String);

/// Who a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// `*`: everybody, dom0 included.
    Everybody,
    /// `@anyvm`: everybody but dom0.
    AnyVm,
    /// `@adminvm`: dom0.
    AdminVm,
    /// A qube by name.
    Qube(QubeName),
    /// `@tag:T`: whoever carries the tag.
    Tag(Tag),
    /// `@default`: no target was named. Only as a target.
    Default,
    /// `@dispvm`: a new disposable from the caller's own disposable template. Only as a target.
    Disposable,
    /// `@dispvm:@tag:T`: a new disposable from a disposable template that carries the tag. Only as a target.
    DisposableOf(Tag),
}

/// What happens to a call, with the parameters that halite writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It goes through.
    Allow {
        /// Whether the target may be started for it.
        autostart: bool,
        /// Whether a notification pops up.
        notify: bool,
    },
    /// The user is asked.
    Ask {
        /// Whether a disposable is proposed.
        propose_disposable: bool,
    },
    /// It is refused.
    Deny {
        /// Whether a notification pops up.
        notify: bool,
    },
}

/// Why a line is no rule that halite writes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadRule {
    /// Not five fields and parameters.
    #[error("a rule is `SERVICE ARGUMENT SOURCE TARGET ACTION` and parameters")]
    Fields,
    /// One of the fields.
    #[error("`{0}` is not a {1}")]
    Field(String, &'static str),
    /// A combination of fields that no rule can have.
    #[error("{0}")]
    Combination(&'static str),
}

impl Service {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Service {
    type Err = BadRule;

    fn from_str(text: &str) -> Result<Self, BadRule> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        match !text.is_empty() && text.bytes().all(plain) {
            true => Ok(Self(text.to_owned())),
            false => Err(BadRule::Field(text.to_owned(), "service")),
        }
    }
}

impl FromStr for Party {
    type Err = BadRule;

    fn from_str(text: &str) -> Result<Self, BadRule> {
        let bad = || BadRule::Field(text.to_owned(), "source or target");
        Ok(match text {
            "*" => Self::Everybody,
            "@anyvm" => Self::AnyVm,
            "@adminvm" | "dom0" => Self::AdminVm,
            "@default" => Self::Default,
            "@dispvm" => Self::Disposable,
            _ => match (text.strip_prefix("@tag:"), text.strip_prefix("@dispvm:@tag:")) {
                (Some(tag), _) => Self::Tag(tag.parse().map_err(|_| bad())?),
                (_, Some(tag)) => Self::DisposableOf(tag.parse().map_err(|_| bad())?),
                _ => Self::Qube(text.parse().map_err(|_| bad())?),
            },
        })
    }
}

impl FromStr for Rule {
    type Err = BadRule;

    fn from_str(line: &str) -> Result<Self, BadRule> {
        let mut fields = line.split_ascii_whitespace();
        let mut next = || fields.next().ok_or(BadRule::Fields);
        let (service, argument, source, target, action) = (next()?, next()?, next()?, next()?, next()?);
        let service = if service == "*" { None } else { Some(service.parse()?) };
        let argument = match argument {
            "*" => None,
            _ if argument.starts_with('+') => Some(argument.to_owned()),
            _ => return Err(BadRule::Field(argument.to_owned(), "argument")),
        };
        if service.is_none() && argument.is_some() {
            return Err(BadRule::Combination("the service `*` needs the argument `*`"));
        }
        let source: Party = source.parse()?;
        if matches!(source, Party::Default | Party::Disposable | Party::DisposableOf(_)) {
            return Err(BadRule::Combination("`@default` and `@dispvm` cannot be sources"));
        }
        let target = target.parse()?;
        let action = parse_action(action, fields)?;
        if target == Party::Default && matches!(action, Action::Allow { .. }) {
            return Err(BadRule::Combination("an allow of `@default` needs a `target=`, which halite never writes"));
        }
        Ok(Self { service, argument, source, target, action })
    }
}

fn parse_action<'a>(action: &str, parameters: impl Iterator<Item = &'a str>) -> Result<Action, BadRule> {
    let (mut autostart, mut notify, mut propose) = (None, None, None);
    for parameter in parameters {
        let bad = || BadRule::Field(parameter.to_owned(), "parameter that this action takes");
        let (slot, value) = match parameter {
            "autostart=yes" if action == "allow" => (&mut autostart, true),
            "autostart=no" if action == "allow" => (&mut autostart, false),
            "notify=yes" if action != "ask" => (&mut notify, true),
            "notify=no" if action != "ask" => (&mut notify, false),
            "default_target=@dispvm" if action == "ask" => (&mut propose, true),
            _ => return Err(bad()),
        };
        if slot.replace(value).is_some() {
            return Err(bad());
        }
    }
    match action {
        "allow" => Ok(Action::Allow { autostart: autostart.unwrap_or(true), notify: notify.unwrap_or(false) }),
        "ask" => Ok(Action::Ask { propose_disposable: propose.unwrap_or(false) }),
        // Qubes notifies of denials unless told otherwise.
        "deny" => Ok(Action::Deny { notify: notify.unwrap_or(true) }),
        _ => Err(BadRule::Field(action.to_owned(), "action")),
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Everybody => f.pad("*"),
            Self::AnyVm => f.pad("@anyvm"),
            Self::AdminVm => f.pad("@adminvm"),
            Self::Default => f.pad("@default"),
            Self::Disposable => f.pad("@dispvm"),
            Self::Qube(name) => name.fmt(f),
            Self::Tag(tag) => f.pad(&format!("@tag:{tag}")),
            Self::DisposableOf(tag) => f.pad(&format!("@dispvm:@tag:{tag}")),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (action, parameters): (_, &[(bool, &str)]) = match *self {
            Self::Allow { autostart, notify } => ("allow", &[(!autostart, "autostart=no"), (notify, "notify=yes")]),
            Self::Ask { propose_disposable } => ("ask", &[(propose_disposable, "default_target=@dispvm")]),
            Self::Deny { notify } => ("deny", &[(!notify, "notify=no")]),
        };
        f.write_str(action)?;
        parameters.iter().filter(|(said, _)| *said).try_for_each(|(_, parameter)| write!(f, " {parameter}"))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let service = self.service.as_ref().map_or("*", Service::as_str);
        let argument = self.argument.as_deref().unwrap_or("*");
        write!(f, "{service:<24} {argument:<9} {:<30} {:<30} {}", self.source, self.target, self.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_back() {
        for line in [
            "qubes.Filecopy * @tag:halite-identity-a @anyvm deny",
            "whonix.GatewayCommand +restart a-gw @tag:halite-identity-a allow autostart=no",
            "whonix.SdwdateStatus + a-gw @default deny notify=no",
            "qubes.OpenURL * @tag:x @dispvm ask default_target=@dispvm",
            "* * @tag:halite-isolated @tag:halite-isolated deny",
            "qvc.ScreenShare * * @adminvm ask",
            "qubes.Filecopy * @anyvm @dispvm:@tag:halite-isolated deny",
        ] {
            let rule: Rule = line.parse().unwrap();
            assert_eq!(rule.to_string().split_whitespace().collect::<Vec<_>>().join(" "), line);
            assert_eq!(rule.to_string().parse(), Ok(rule));
        }
    }

    #[test]
    fn what_qubes_would_refuse_is_refused() {
        for line in [
            "",
            "a * b c",
            "a b @anyvm @anyvm deny",
            "* + @anyvm @anyvm deny",
            "a$b * @anyvm @anyvm deny",
            "a * @default @anyvm deny",
            "a * @dispvm @anyvm deny",
            "a * @dispvm:@tag:x @anyvm deny",
            "a * @anyvm @dispvm:@tag: deny",
            "a * @anyvm @dispvm:x deny",
            "a * $anyvm @anyvm deny",
            "a * @tag: @anyvm deny",
            "a * @anyvm @default allow",
            "a * @anyvm @anyvm refuse",
            "a * @anyvm @anyvm deny autostart=no",
            "a * @anyvm @anyvm ask notify=no",
            "a * @anyvm @anyvm deny notify=no notify=no",
            "a * @anyvm @anyvm allow user=root",
            "a * @anyvm @anyvm deny # why",
        ] {
            assert!(line.parse::<Rule>().is_err(), "`{line}` was taken");
        }
    }
}
