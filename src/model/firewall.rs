//! Rules of a qube's firewall, in the one form in which qubesd gives them back.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A rule, such as `action=accept dst4=192.0.2.1/32 proto=tcp dstports=443-443`. Rules that expire are none of a bundle's: it has no clock.
///
/// Source: qubes-core-admin R4.3, `qubes/firewall.py`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FirewallRule(String);

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadFirewallRule {
    /// An option that is none.
    #[error(
        "`{0}` is no option of a firewall's rule; they are `action`, `dsthost`, `proto`, `specialtarget`, `dstports` and `icmptype`"
    )]
    Option(String),
    /// An option with another value than it can have.
    #[error("`{0}` cannot be `{1}`")]
    Value(&'static str, String),
    /// An option twice.
    #[error("`{0}` is said twice")]
    Twice(&'static str),
    /// No action.
    #[error("a rule says `action=accept` or `action=drop`")]
    Action,
    /// Ports of nothing that has ports, or a type of what is no ICMP.
    #[error("`{0}` needs `proto={1}`")]
    Protocol(&'static str, &'static str),
    /// Not in the form in which qubesd shows it.
    #[error("qubesd would show this rule as `{0}`")]
    Form(String),
}

/// Options in the order in which they are shown.
const OPTIONS: [&str; 6] = ["action", "dsthost", "proto", "specialtarget", "dstports", "icmptype"];

impl FirewallRule {
    /// The rule of a new qube, which lets everything through.
    pub fn accept() -> Self {
        Self("action=accept".to_owned())
    }

    /// The rule as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// All of `rules`, as qubesd takes them and gives them back. What matches none is dropped.
    pub fn to_admin(rules: &[Self]) -> String {
        rules.iter().map(|rule| format!("{rule}\n")).collect()
    }
}

/// Reads a rule as people write it: its options in any order, a host's address without its length, one port alone.
impl FromStr for FirewallRule {
    type Err = BadFirewallRule;

    fn from_str(text: &str) -> Result<Self, BadFirewallRule> {
        let mut shown: [Option<String>; OPTIONS.len()] = Default::default();
        for option in text.split_ascii_whitespace() {
            let (key, value) = option.split_once('=').ok_or_else(|| BadFirewallRule::Option(option.to_owned()))?;
            let key = if matches!(key, "dst4" | "dst6") { "dsthost" } else { key };
            let place = OPTIONS.iter().position(|known| *known == key).ok_or_else(|| BadFirewallRule::Option(key.to_owned()))?;
            let key = OPTIONS[place];
            let form = shown_option(key, value).ok_or_else(|| BadFirewallRule::Value(key, value.to_owned()))?;
            if shown[place].replace(form).is_some() {
                return Err(BadFirewallRule::Twice(key));
            }
        }
        let [action, _, proto, _, ports, icmp] = &shown;
        let proto = proto.as_deref();
        if action.is_none() {
            return Err(BadFirewallRule::Action);
        }
        if ports.is_some() && !matches!(proto, Some("proto=tcp" | "proto=udp")) {
            return Err(BadFirewallRule::Protocol("dstports", "tcp` or `proto=udp"));
        }
        if icmp.is_some() && proto != Some("proto=icmp") {
            return Err(BadFirewallRule::Protocol("icmptype", "icmp"));
        }
        Ok(Self(shown.into_iter().flatten().collect::<Vec<_>>().join(" ")))
    }
}

/// A bundle holds rules in the form that qubesd shows, so that they can be compared with what it has.
impl TryFrom<String> for FirewallRule {
    type Error = BadFirewallRule;

    fn try_from(text: String) -> Result<Self, BadFirewallRule> {
        let rule: Self = text.parse()?;
        if rule.0 == text { Ok(rule) } else { Err(BadFirewallRule::Form(rule.0)) }
    }
}

impl From<FirewallRule> for String {
    fn from(rule: FirewallRule) -> String {
        rule.0
    }
}

impl fmt::Display for FirewallRule {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An option in the form in which qubesd shows it; `None` if its value is none.
fn shown_option(key: &str, value: &str) -> Option<String> {
    match (key, value) {
        ("action", "accept" | "drop") | ("proto", "tcp" | "udp" | "icmp") | ("specialtarget", "dns") => {
            Some(format!("{key}={value}"))
        }
        ("dsthost", _) => destination(value),
        ("dstports", _) => {
            let (first, last) = value.split_once('-').unwrap_or((value, value));
            let (first, last): (u16, u16) = (number(first)?, number(last)?);
            (first <= last).then(|| format!("dstports={first}-{last}"))
        }
        ("icmptype", _) => number::<u8>(value).map(|number| format!("icmptype={number}")),
        _ => None,
    }
}

/// An address, a network, or a host's name.
fn destination(value: &str) -> Option<String> {
    let (host, length) = match value.split_once('/') {
        None => (value, None),
        Some((host, length)) => (host, Some(number::<u8>(length)?)),
    };
    let network = |key: &str, most: u8| {
        let length = length.unwrap_or(most);
        (length <= most).then(|| format!("{key}={host}/{length}"))
    };
    if host.parse::<Ipv4Addr>().is_ok() {
        return network("dst4", 32);
    }
    if host.parse::<Ipv6Addr>().is_ok() {
        return network("dst6", 128);
    }
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'_');
    // A name is resolved once, by the qube that enforces the rule; qubesd takes it as it is.
    (length.is_none() && !host.is_empty() && host.bytes().all(is_name)).then(|| format!("dsthost={host}"))
}

/// Digits without a sign and without further zeros in front.
fn number<T: FromStr>(digits: &str) -> Option<T> {
    let plain = digits == "0" || (!digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()));
    digits.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_have_one_form() {
        for (text, shown) in [
            ("action=accept", Some("action=accept")),
            (
                "dstports=443 proto=tcp action=accept dsthost=192.0.2.1",
                Some("action=accept dst4=192.0.2.1/32 proto=tcp dstports=443-443"),
            ),
            ("action=drop dsthost=2001:db8::/32", Some("action=drop dst6=2001:db8::/32")),
            (
                "action=accept dsthost=www.example.org specialtarget=dns",
                Some("action=accept dsthost=www.example.org specialtarget=dns"),
            ),
            ("action=accept proto=icmp icmptype=8", Some("action=accept proto=icmp icmptype=8")),
            ("", None),
            ("accept", None),
            ("action=allow", None),
            ("proto=tcp", None),
            ("action=accept action=drop", None),
            ("action=accept dstports=1", None),
            ("action=accept proto=tcp dstports=2-1", None),
            ("action=accept proto=tcp dstports=65536", None),
            ("action=accept proto=tcp dstports=+1", None),
            ("action=accept icmptype=8", None),
            ("action=accept dsthost=192.0.2.1/33", None),
            ("action=accept dsthost=", None),
            ("action=accept expire=1", None),
            ("action=accept comment=x", None),
        ] {
            let rule = text.parse::<FirewallRule>().ok();
            assert_eq!(rule.as_ref().map(FirewallRule::as_str), shown, "{text}");
            if let Some(shown) = shown {
                assert_eq!(FirewallRule::try_from(shown.to_owned()).unwrap().as_str(), shown);
            }
        }
        assert!(FirewallRule::try_from("proto=tcp action=drop".to_owned()).is_err());
    }
}
