//! The firewall's rules: what qubesd takes, and the one form in which it gives a rule back.
//!
//! Source: `qubes/firewall.py`. There is no clock here: a rule has expired if its time had passed already when this was written.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::python;
use crate::model::Release;

/// A rule, in the form in which `admin.vm.firewall.Get` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Rule(String);

/// Not a rule that qubesd takes. It does not say why, and closes the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("it is no rule of a firewall that qubesd takes")]
pub(super) struct BadRule;

/// The beginning of 2026, in seconds of Unix. qubesd shows no rule that has expired.
const PAST: u64 = 1_767_225_600;

/// A rule's options other than its comment, in the order in which they are shown.
const OPTIONS: [&str; 7] = ["action", "expire", "dsthost", "proto", "specialtarget", "dstports", "icmptype"];

impl Rule {
    /// The rule of a new qube.
    pub(super) fn accept() -> Self {
        Self("action=accept".to_owned())
    }

    /// The rule as shown.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether its time has passed.
    pub(super) fn is_expired(&self) -> bool {
        let until = self.0.split(' ').find_map(|option| option.strip_prefix("expire=")?.parse().ok());
        until.is_some_and(|second: u64| second < PAST)
    }

    /// Reads one line of `admin.vm.firewall.Set`.
    pub(super) fn parse(line: &str, release: Release) -> Result<Self, BadRule> {
        let (options, comment) = line.split_once("comment=").unwrap_or((line, ""));
        let is_safe = |c: char| c.is_ascii_alphanumeric() || ":;,./-_[] ".contains(c);
        if !comment.chars().all(is_safe) {
            return Err(BadRule);
        }
        let mut shown: [Option<String>; OPTIONS.len()] = Default::default();
        for option in options.trim().split(' ') {
            let (key, value) = option.split_once('=').ok_or(BadRule)?;
            let key = if matches!(key, "dst4" | "dst6" | "dstname") { "dsthost" } else { key };
            let place = OPTIONS.iter().position(|known| *known == key).and_then(|place| shown.get_mut(place)).ok_or(BadRule)?;
            if place.replace(Self::option(key, value, release)?).is_some() {
                return Err(BadRule);
            }
        }
        let [action, _, _, proto, _, ports, icmp] = &shown;
        let proto = proto.as_deref();
        if action.is_none()
            || ports.is_some() && !matches!(proto, Some("proto=tcp" | "proto=udp"))
            || icmp.is_some() && proto != Some("proto=icmp")
        {
            return Err(BadRule);
        }
        let comment = (!comment.is_empty()).then(|| format!("comment={comment}"));
        Ok(Self(shown.into_iter().flatten().chain(comment).collect::<Vec<_>>().join(" ")))
    }

    /// One option in the form in which it is shown.
    fn option(key: &str, value: &str, release: Release) -> Result<String, BadRule> {
        let shown = match (key, value) {
            ("action", "accept" | "drop") | ("proto", "tcp" | "udp" | "icmp") | ("specialtarget", "dns") => {
                Some(format!("{key}={value}"))
            }
            ("dsthost", _) => destination(value),
            ("dstports", _) => ports(value, release),
            ("icmptype", _) => Some(value)
                .filter(|digits| digits.len() <= 3 && is_digits(digits))
                .and_then(|digits| digits.parse::<u8>().ok())
                .map(|number| format!("icmptype={number}")),
            ("expire", _) => Some(value)
                .filter(|digits| is_digits(digits))
                // The last second that Python's `datetime` knows.
                .filter(|digits| digits.parse::<u64>().is_ok_and(|second| second <= 253_402_300_799))
                .map(|second| format!("expire={second}")),
            _ => None,
        };
        shown.ok_or(BadRule)
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A host's name, an address, or a network.
fn destination(value: &str) -> Option<String> {
    let (host, length) = match value.split_once('/') {
        None => (value, None),
        Some((host, length)) => (host, Some(length.parse::<u8>().ok().filter(|_| is_digits(length))?)),
    };
    let network = |kind: &str, longest: u8| match length {
        None => Some(format!("{kind}={host}/{longest}")),
        Some(length) if length <= longest => Some(format!("{kind}={value}")),
        Some(_) => None,
    };
    if host.parse::<Ipv6Addr>().is_ok() {
        network("dst6", 128)
    } else if host.parse::<Ipv4Addr>().is_ok() {
        network("dst4", 32)
    } else {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'_');
        (length.is_none() && host.bytes().all(is_name)).then(|| format!("dsthost={host}"))
    }
}

/// A port or a range of them. R4.2 takes 65536 too.
fn ports(value: &str, release: Release) -> Option<String> {
    let (first, last) = value.split_once('-').unwrap_or((value, value));
    let (first, last) = (python::integer(first)?, python::integer(last)?);
    let highest = if release == Release::R4_2 { 65_536 } else { 65_535 };
    (0 <= first && first <= last && last <= highest).then(|| format!("dstports={first}-{last}"))
}

impl TryFrom<String> for Rule {
    type Error = BadRule;

    fn try_from(line: String) -> Result<Self, BadRule> {
        Self::parse(&line, Release::R4_2)
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> String {
        rule.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn case(line: &str, shown: Option<&str>) {
        let rule = Rule::parse(line, Release::R4_3).ok();
        assert_eq!(rule.as_ref().map(Rule::as_str), shown, "{line}");
        if let Some(shown) = shown {
            assert_eq!(Rule::parse(shown, Release::R4_3).unwrap().as_str(), shown, "what is shown is taken again");
        }
    }

    #[test]
    fn rules_have_one_form() {
        case("action=drop", Some("action=drop"));
        case("proto=tcp dstports=80 action=accept", Some("action=accept proto=tcp dstports=80-80"));
        case("action=accept dsthost=1.2.3.4 comment=a b", Some("action=accept dst4=1.2.3.4/32 comment=a b"));
        case("action=accept dst6=fd00::/8 expire=99", Some("action=accept expire=99 dst6=fd00::/8"));
        case("action=accept dsthost=example.com", Some("action=accept dsthost=example.com"));
        case("action=drop proto=icmp icmptype=008", Some("action=drop proto=icmp icmptype=8"));
    }

    #[test]
    fn everything_else_is_refused() {
        for line in [
            "",
            "action=reject",
            "proto=tcp",
            "action=drop action=drop",
            "action=drop  proto=tcp",
            "action=drop dstports=80",
            "action=drop proto=udp icmptype=8",
            "action=drop proto=tcp dstports=9-8",
            "action=drop proto=tcp dstports=65536",
            "action=drop dsthost=1.2.3.4/33",
            "action=drop dsthost=example.com/8",
            "action=drop dsthost=Example.com",
            "action=drop dst4=1.2.3.4 dsthost=1.2.3.5",
            "action=drop comment=$",
            "action=drop colour=red",
        ] {
            case(line, None);
        }
        assert!(Rule::parse("action=drop proto=tcp dstports=65536", Release::R4_2).is_ok());
    }
}
