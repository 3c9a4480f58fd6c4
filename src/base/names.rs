//! Names with a grammar: what Qubes accepts, or less where a bundle has no need of more.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a text is no name of the wanted kind. Reads after "`text`": "`1a` is no qube name: it must begin with a letter".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind} {rule}")]
pub struct BadName {
    kind: &'static str,
    rule: &'static str,
}

/// The grammar of one kind of name.
struct Grammar {
    kind: &'static str,
    most: usize,
    too_long: &'static str,
    first: fn(u8) -> bool,
    bad_first: &'static str,
    rest: fn(u8) -> bool,
    bad_rest: &'static str,
}

impl Grammar {
    fn check(&self, text: &str) -> Result<(), BadName> {
        let refuse = |rule| Err(BadName { kind: self.kind, rule });
        let Some(first) = text.bytes().next() else {
            return refuse("must not be empty");
        };
        if text.len() > self.most {
            return refuse(self.too_long);
        }
        if !(self.first)(first) {
            return refuse(self.bad_first);
        }
        if !text.bytes().all(self.rest) {
            return refuse(self.bad_rest);
        }
        Ok(())
    }

    /// The same grammar as a regular expression, for schemas.
    fn pattern(&self) -> String {
        let first = class(|byte| (self.first)(byte) && (self.rest)(byte));
        format!("^{first}{}{{0,{}}}$", class(self.rest), self.most.saturating_sub(1))
    }
}

/// The class of a regular expression that has all ASCII characters which `holds` takes: what a parser asks, for schemas.
pub fn class(holds: impl Fn(u8) -> bool) -> String {
    let held: Vec<u8> = (0..128).filter(|&byte| holds(byte)).collect();
    let escaped = |byte: u8| match byte {
        b'-' | b'\\' | b'[' | b']' | b'^' => format!("\\{}", char::from(byte)),
        _ => char::from(byte).to_string(),
    };
    let run = |run: &[u8]| match run {
        [first, _, .., last] => format!("{}-{}", escaped(*first), escaped(*last)),
        few => few.iter().map(|&byte| escaped(byte)).collect(),
    };
    format!("[{}]", held.chunk_by(|a, b| a + 1 == *b).map(run).collect::<String>())
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $grammar:expr $(, $also:expr)?) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            const GRAMMAR: Grammar = $grammar;

            /// The grammar as a regular expression, for schemas. A few names that fit it are reserved nevertheless.
            pub fn pattern() -> String {
                Self::GRAMMAR.pattern()
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = BadName;
            fn try_from(text: String) -> Result<Self, BadName> {
                Self::GRAMMAR.check(&text)?;
                $( let also: fn(&str) -> Result<(), &'static str> = $also;
                also(&text).map_err(|rule| BadName { kind: Self::GRAMMAR.kind, rule })?; )?
                Ok(Self(text))
            }
        }

        impl FromStr for $type {
            type Err = BadName;
            fn from_str(text: &str) -> Result<Self, BadName> {
                text.to_owned().try_into()
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase()
}

fn lower_digit_dash(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

fn letter_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn dotted(byte: u8) -> bool {
    word(byte) || byte == b'.'
}

name! {
    /// The name of a qube, as qubesd accepts it (`qubes.vm.validate_name`): at most 31 characters.
    QubeName,
    Grammar {
        kind: "a qube's name",
        most: 31,
        too_long: "has at most 31 characters",
        first: |byte| byte.is_ascii_alphabetic(),
        bad_first: "begins with a letter",
        rest: dotted,
        bad_rest: "has only letters, digits, `-`, `_` and `.`",
    },
    |text| match text {
        "none" | "default" | "Domain-0" => Err("must not be one that Qubes reserves"),
        _ if text.ends_with("-dm") => Err("must not end with `-dm`, which Qubes gives to device models"),
        _ => Ok(()),
    }
}

name! {
    /// A neutral handle, for an identity, an account or an application: who or what it is stands in `labels.toml` alone.
    /// At most 20 characters.
    Handle,
    Grammar {
        kind: "a handle",
        most: 20,
        too_long: "has at most 20 characters",
        first: lower,
        bad_first: "begins with a lower-case letter",
        rest: lower_digit_dash,
        bad_rest: "has only lower-case letters, digits and `-`",
    }
}

name! {
    /// The name of a bundle. At most 40 characters.
    BundleName,
    Grammar {
        kind: "a bundle's name",
        most: 40,
        too_long: "has at most 40 characters",
        first: lower,
        bad_first: "begins with a lower-case letter",
        rest: lower_digit_dash,
        bad_rest: "has only lower-case letters, digits and `-`",
    }
}

name! {
    /// A tag of a qube, as qubesd accepts it (`qubes.tags.Tags.validate_tag`). The limit of 64 is halite's own.
    Tag,
    Grammar {
        kind: "a tag",
        most: 64,
        too_long: "has at most 64 characters",
        first: word,
        bad_first: "begins with a letter, a digit, `-` or `_`",
        rest: word,
        bad_rest: "has only letters, digits, `-` and `_`",
    }
}

name! {
    /// The name of a feature. The limit of 128 is halite's own.
    FeatureName,
    Grammar {
        kind: "a feature's name",
        most: 128,
        too_long: "has at most 128 characters",
        first: letter_digit,
        bad_first: "begins with a letter or a digit",
        rest: dotted,
        bad_rest: "has only letters, digits, `-`, `_` and `.`",
    }
}

name! {
    /// A service: of qrexec, which one qube calls in another, or inside a qube, which Qubes keeps as the feature `service.NAME`.
    ServiceName,
    Grammar {
        kind: "a service's name",
        most: 48,
        too_long: "has at most 48 characters",
        first: letter_digit,
        bad_first: "begins with a letter or a digit",
        rest: dotted,
        bad_rest: "has only letters, digits, `-`, `_` and `.`",
    }
}

name! {
    /// The code of a check: `H` and four digits. Which there are, the room `check` knows.
    CheckCode,
    Grammar {
        kind: "a check's code",
        most: 5,
        too_long: "is `H` and four digits, such as `H0302`",
        first: |byte| byte == b'H',
        bad_first: "begins with `H`, such as `H0302`",
        rest: |byte| byte == b'H' || byte.is_ascii_digit(),
        bad_rest: "is `H` and four digits, such as `H0302`",
    },
    |text| match text.len() {
        5 if text.bytes().skip(1).all(|byte| byte.is_ascii_digit()) => Ok(()),
        _ => Err("is `H` and four digits, such as `H0302`"),
    }
}

name! {
    /// The name of a qube's property.
    PropertyName,
    Grammar {
        kind: "a property's name",
        most: 40,
        too_long: "has at most 40 characters",
        first: lower,
        bad_first: "begins with a lower-case letter",
        rest: |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_',
        bad_rest: "has only lower-case letters, digits and `_`",
    }
}

name! {
    /// The name of a distribution's package: Debian's grammar (Policy Manual, 5.6.1) and Fedora's capitals and `_`.
    PackageName,
    Grammar {
        kind: "a package's name",
        most: 100,
        too_long: "has at most 100 characters",
        first: letter_digit,
        bad_first: "begins with a letter or a digit",
        rest: |byte| dotted(byte) || byte == b'+',
        bad_rest: "has only letters, digits, `+`, `-`, `.` and `_`",
    }
}

name! {
    /// The name of a storage pool. qubesd takes any text; these are what its own tools and the installer write. The limit of 100 is
    /// halite's own.
    PoolName,
    Grammar {
        kind: "a pool's name",
        most: 100,
        too_long: "has at most 100 characters",
        first: letter_digit,
        bad_first: "begins with a letter or a digit",
        rest: dotted,
        bad_rest: "has only letters, digits, `-`, `_` and `.`",
    }
}

/// A property is found by its text: both are ordered alike.
impl Borrow<str> for PropertyName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl QubeName {
    /// dom0 itself.
    pub fn dom0() -> Self {
        Self("dom0".to_owned())
    }

    /// The disposable by which Salt manages this qube.
    pub fn manager(&self) -> Self {
        Self(format!("disp-mgmt-{}", self.management_part()))
    }

    /// The part by which Salt's management disposable, `disp-mgmt-NAME` cut at 31 characters, tells qubes apart.
    pub fn management_part(&self) -> &str {
        self.0.get(..21).unwrap_or(&self.0)
    }
}

impl Handle {
    /// What the tags of identities begin with.
    const TAG: &str = "halite-identity-";

    /// The tag that all qubes of this identity carry.
    pub fn tag(&self) -> Tag {
        Tag(format!("{}{}", Self::TAG, self.0))
    }

    /// Whether a tag is that of an identity.
    pub fn is_tag(tag: &Tag) -> bool {
        tag.0.starts_with(Self::TAG)
    }

    /// The identity that a tag is of.
    pub fn of_tag(tag: &Tag) -> Option<Self> {
        tag.0.strip_prefix(Self::TAG)?.parse().ok()
    }
}

impl Tag {
    /// Whether Qubes gives and takes this tag by itself, so that halite must neither want, compare nor remove it.
    /// Source: qubes-core-admin, `ext/admin.py`, `ext/gui.py`, `ext/audio.py`, `ext/relay.py` of R4.3.
    pub fn belongs_to_qubes(&self) -> bool {
        ["created-by-", "disp-created-by-", "guivm-", "audiovm-", "relayvm-"].iter().any(|prefix| self.0.starts_with(prefix))
    }
}

impl ServiceName {
    /// The feature that holds this service.
    pub fn feature(&self) -> FeatureName {
        FeatureName(format!("service.{}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused<T: FromStr<Err = BadName>>(text: &str, message: &str) {
        match text.parse::<T>() {
            Ok(_) => panic!("`{text}` was taken"),
            Err(error) => assert_eq!(error.to_string(), message),
        }
    }

    #[test]
    fn qube_names_are_those_of_qubesd() {
        let longest = "a".repeat(31);
        for text in ["a", "sys-firewall", "A.b_c-9", "dom0", longest.as_str()] {
            assert_eq!(text.parse::<QubeName>().unwrap().as_str(), text);
        }
        refused::<QubeName>("", "a qube's name must not be empty");
        refused::<QubeName>(&"a".repeat(32), "a qube's name has at most 31 characters");
        refused::<QubeName>("1a", "a qube's name begins with a letter");
        refused::<QubeName>("a+b", "a qube's name has only letters, digits, `-`, `_` and `.`");
        refused::<QubeName>("ä", "a qube's name begins with a letter");
        refused::<QubeName>("none", "a qube's name must not be one that Qubes reserves");
        refused::<QubeName>("x-dm", "a qube's name must not end with `-dm`, which Qubes gives to device models");
    }

    #[test]
    fn control_characters_are_never_part_of_a_name() {
        for bad in ["a\n", "a\0", "a ", "a\u{202e}", "a/b", "a@b"] {
            assert!(bad.parse::<QubeName>().is_err());
            assert!(bad.parse::<Handle>().is_err());
            assert!(bad.parse::<BundleName>().is_err());
            assert!(bad.parse::<Tag>().is_err());
            assert!(bad.parse::<FeatureName>().is_err());
            assert!(bad.parse::<PackageName>().is_err());
        }
    }

    #[test]
    fn patterns_say_what_is_checked() {
        assert_eq!(Handle::pattern(), r"^[a-z][\-0-9a-z]{0,19}$");
        assert_eq!(QubeName::pattern(), r"^[A-Za-z][\-.0-9A-Z_a-z]{0,30}$");
        assert_eq!(PackageName::pattern(), r"^[0-9A-Za-z][+\-.0-9A-Z_a-z]{0,99}$");
    }

    #[test]
    fn longest_handle_makes_a_tag() {
        let handle: Handle = "h".repeat(20).parse().unwrap();
        assert!(handle.tag().as_str().parse::<Tag>().is_ok());
    }

    #[test]
    fn management_part_is_cut_at_21() {
        let name: QubeName = "abcdefghijklmnopqrstuvwxyz".parse().unwrap();
        assert_eq!(name.management_part(), "abcdefghijklmnopqrstu");
        assert_eq!(QubeName::dom0().management_part(), "dom0");
    }
}
