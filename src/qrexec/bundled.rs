//! The policy of a bundle: rules of the few forms that halite writes, and nothing else.

use thiserror::Error;

use super::action::{Action, Permission};
use super::bad_rule::BadRule;
use super::rule::{Origin, Rule};
use super::token::Token;
use crate::base::{QubeName, Tag};
use crate::model::Release;

/// The file in `/etc/qubes/policy.d` that holds a bundle's rules. It sorts after `30-qubesctl-salt.policy`, which must win while Salt
/// runs, and before everything that Qubes and Whonix install.
pub const POLICY_FILE: &str = "32-halite.policy";

/// A line of a bundle's policy that is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {why}")]
pub struct BadPolicy {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: NotBundled,
}

/// Why a line has no place in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotBundled {
    /// No rule at all.
    #[error(transparent)]
    Rule(#[from] BadRule),
    /// A directive.
    #[error("a bundle's policy includes nothing")]
    Directive,
    /// A character that Qubes may read otherwise than a person does.
    #[error("a bundle's policy has only visible ASCII characters, and line feeds")]
    Character,
    /// A rule that Qubes takes, and halite never writes.
    #[error("halite writes no rule with {0}")]
    Form(&'static str),
}

/// The one service whose calls may go elsewhere than they were meant to: templates name no target for it.
const UPDATES: &str = "qubes.UpdatesProxy";

/// Reads a policy file of a bundle: rules, comments and empty lines. What Qubes has besides (includes, redirects but of updates, other
/// users) no bundle needs, and so none may have.
///
/// # Errors
/// At the first line that is none of these. One such line in dom0 could make Qubes deny every call of every qube.
pub fn parse_policy(text: &str) -> Result<Vec<Rule>, BadPolicy> {
    let mut rules = Vec::new();
    for (line, text) in (1..).zip(text.split('\n')) {
        let bad = |why| BadPolicy { line, why };
        if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(bad(NotBundled::Character));
        }
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if text.starts_with('!') {
            return Err(bad(NotBundled::Directive));
        }
        let origin = Origin { file: POLICY_FILE.into(), line: Some(line) };
        // What R4.3 takes, R4.2 takes, too.
        let rule = Rule::parse(text, origin, Release::R4_3).map_err(|why| bad(why.into()))?;
        check(&rule).map_err(|what| bad(NotBundled::Form(what)))?;
        rules.push(rule);
    }
    Ok(rules)
}

fn check(rule: &Rule) -> Result<(), &'static str> {
    for token in [&rule.clause.source, &rule.clause.target] {
        match token {
            Token::Everybody | Token::AnyVm | Token::AdminVm | Token::Default | Token::Disposable => {}
            Token::Tag(tag) | Token::DisposableTagged(tag) => {
                drop(tag.parse::<Tag>().map_err(|_| "a tag that no qube can carry")?)
            }
            Token::Qube(name) => drop(name.parse::<QubeName>().map_err(|_| "a name that no qube can have")?),
            Token::DisposableFrom(_) => return Err("`@dispvm:NAME`"),
            Token::Type(_) => return Err("`@type:`"),
        }
    }
    if matches!(rule.clause.source, Token::DisposableTagged(_)) {
        return Err("a source that nobody ever is");
    }
    match &rule.clause.action {
        Action::Deny { .. } => Ok(()),
        Action::Allow(permission) if plain(permission) => Ok(()),
        Action::Allow(permission) if is_of_updates(rule, permission) => Ok(()),
        Action::Ask { permission, default_target } => {
            let is_plain = plain(permission) && permission.autostart && !permission.notify;
            match default_target {
                None | Some(Token::Disposable) if is_plain => Ok(()),
                _ => Err("these parameters"),
            }
        }
        Action::Allow(_) => Err("these parameters"),
    }
}

/// Whether templates are sent to an update gateway.
fn is_of_updates(rule: &Rule, permission: &Permission) -> bool {
    let is_qube = |token: &Token| matches!(token, Token::Qube(name) if name.parse::<QubeName>().is_ok() && !token.is_dom0());
    let redirect = Permission { target: None, ..permission.clone() };
    rule.call.service.as_deref() == Some(UPDATES)
        && rule.clause.target == Token::Default
        && permission.target.as_ref().is_some_and(is_qube)
        && redirect == Permission::default()
}

/// Whether a call goes where it was meant to go, as the target's own user.
fn plain(permission: &Permission) -> bool {
    permission.target.is_none() && permission.user.is_none()
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
            "qubes.UpdatesProxy * @tag:halite-over-tor @default allow target=sys-whonix",
        ] {
            let rule = parse_policy(line).unwrap().remove(0);
            assert_eq!(rule.to_string().split_whitespace().collect::<Vec<_>>().join(" "), line);
            assert_eq!(parse_policy(&rule.to_string()).unwrap(), [rule]);
        }
    }

    #[test]
    fn what_qubes_or_halite_would_not_write_is_refused() {
        for line in [
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
            "a * @type:AppVM @anyvm deny",
            "a * @anyvm @default allow",
            "a * @anyvm @anyvm refuse",
            "a * @anyvm @anyvm deny autostart=no",
            "a * @anyvm @anyvm ask notify=yes",
            "a * @anyvm @anyvm ask target=b",
            "a * @anyvm @anyvm ask default_target=b",
            "a * @anyvm @anyvm deny notify=no notify=no",
            "a * @anyvm @anyvm allow user=root",
            "a * @anyvm @anyvm allow target=dom0",
            "a * @anyvm @default allow target=sys-whonix",
            "qubes.UpdatesProxy * @anyvm @anyvm allow target=sys-whonix",
            "qubes.UpdatesProxy * @anyvm @default allow target=dom0",
            "qubes.UpdatesProxy * @anyvm @default allow target=@dispvm",
            "qubes.UpdatesProxy * @anyvm @default allow target=sys-whonix user=root",
            "qubes.UpdatesProxy * @anyvm @default ask target=sys-whonix",
            "a * @anyvm @anyvm deny # why",
            "a * @anyvm @anyvm deny\r",
            "a * @anyvm @anyvm\tdeny",
            "a * @anyvm\u{a0}@anyvm deny",
            "# \u{202e}",
            "!include x",
            "!compat-4.0",
        ] {
            assert!(parse_policy(line).is_err(), "`{line}` was taken");
        }
        assert_eq!(parse_policy("# a\n\nb\n").unwrap_err().line, 3);
    }
}
