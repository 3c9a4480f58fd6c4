//! Who a rule is about: the words for sources, targets and redirects.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/policy/parser.py`, `VMToken` and its subclasses.

use std::fmt;

use thiserror::Error;

use crate::model::Release;

/// A qube, or a word that stands for some.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Token {
    /// `*`: everybody, dom0 included.
    Everybody,
    /// `@anyvm`: everybody but dom0.
    AnyVm,
    /// `@adminvm`: dom0.
    AdminVm,
    /// `@default`: no target was named.
    Default,
    /// `@dispvm`: a new disposable from the caller's own disposable template.
    Disposable,
    /// `@dispvm:NAME`: a new disposable from this disposable template.
    DisposableFrom(String),
    /// `@dispvm:@tag:T`: a new disposable from a disposable template that carries the tag.
    DisposableTagged(String),
    /// `@tag:T`: whoever carries the tag.
    Tag(String),
    /// `@type:CLASS`: whoever is of the class, such as `AppVM`.
    Type(String),
    /// A qube, by name or as `uuid:…`. Qubes asks of no name whether anything has it.
    Qube(String),
}

/// Where a token stands; not each can stand everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Who calls.
    Source,
    /// Who is called.
    Target,
    /// Whom the call goes to in place of the one that was called: `target=` and `default_target=`.
    Redirect,
    /// What a caller asked for.
    Request,
}

/// Why a text is no token in its place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadToken {
    /// Nothing.
    #[error("an empty {0}")]
    Empty(Place),
    /// A prefix with nothing after it.
    #[error("`{0}` has nothing after `{1}`")]
    EmptyValue(String, &'static str),
    /// A word that does not exist, or cannot stand there.
    #[error("`{0}` cannot be a {1}")]
    NotHere(String, Place),
}

/// What dom0 is called besides `@adminvm`.
pub const DOM0: [&str; 2] = ["dom0", "uuid:00000000-0000-0000-0000-000000000000"];
/// What [`Token::AdminVm`] is written as.
pub const ADMIN_VM: &str = "@adminvm";
/// What [`Token::Disposable`] is written as.
pub const DISPOSABLE: &str = "@dispvm";
/// What [`Token::DisposableFrom`] begins with.
pub const DISPOSABLE_FROM: &str = "@dispvm:";

/// A token of what follows its prefix.
type Make = fn(String) -> Token;

/// Tokens with a value, in the order in which Qubes tries their prefixes.
const PREFIXES: [(&str, Make); 4] = [
    ("@type:", Token::Type),
    ("@tag:", Token::Tag),
    (DISPOSABLE_FROM, Token::DisposableFrom),
    ("@dispvm:@tag:", Token::DisposableTagged),
];

impl Token {
    /// Reads a token that stands in `place`, as this release does.
    ///
    /// # Errors
    /// If there is none, or it cannot stand there.
    pub fn parse(text: &str, place: Place, release: Release) -> Result<Self, BadToken> {
        match release {
            // There, dom0 has one name, and a qube may have none.
            Release::R4_2 if text == DOM0[0] => return Ok(Self::AdminVm),
            Release::R4_2 => {}
            Release::R4_3 if text.is_empty() => return Err(BadToken::Empty(place)),
            Release::R4_3 => {}
        }
        if !text.starts_with('@') && text != "*" {
            return Ok(Self::Qube(text.to_owned()));
        }
        let token = match text {
            "*" => Some(Self::Everybody),
            ADMIN_VM => Some(Self::AdminVm),
            "@anyvm" => Some(Self::AnyVm),
            "@default" => Some(Self::Default),
            DISPOSABLE => Some(Self::Disposable),
            _ => Self::prefixed(text, place)?,
        };
        token.filter(|token| token.may_stand(place)).ok_or_else(|| BadToken::NotHere(text.to_owned(), place))
    }

    fn prefixed(text: &str, place: Place) -> Result<Option<Self>, BadToken> {
        for (prefix, make) in PREFIXES {
            let Some(value) = text.strip_prefix(prefix) else { continue };
            if !make(String::new()).may_stand(place) {
                continue;
            }
            if value.is_empty() {
                return Err(BadToken::EmptyValue(text.to_owned(), prefix));
            }
            if !value.starts_with('@') {
                return Ok(Some(make(value.to_owned())));
            }
        }
        Ok(None)
    }

    fn may_stand(&self, place: Place) -> bool {
        match self {
            Self::Qube(_) | Self::AdminVm | Self::DisposableFrom(_) => true,
            Self::Everybody | Self::AnyVm | Self::Tag(_) | Self::Type(_) | Self::DisposableTagged(_) => {
                matches!(place, Place::Source | Place::Target)
            }
            Self::Default => matches!(place, Place::Target | Place::Request),
            Self::Disposable => matches!(place, Place::Target | Place::Redirect | Place::Request),
        }
    }

    /// Whether it names dom0, in any of the ways to do so.
    pub fn is_dom0(&self) -> bool {
        match self {
            Self::AdminVm => true,
            Self::Qube(name) => DOM0.contains(&name.as_str()),
            _ => false,
        }
    }
}

/// A new disposable from this disposable template, as it is written.
pub fn disposable_from(template: &str) -> String {
    format!("{DISPOSABLE_FROM}{template}")
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Everybody => f.pad("*"),
            Self::AnyVm => f.pad("@anyvm"),
            Self::AdminVm => f.pad(ADMIN_VM),
            Self::Default => f.pad("@default"),
            Self::Disposable => f.pad(DISPOSABLE),
            Self::DisposableFrom(name) => f.pad(&disposable_from(name)),
            Self::DisposableTagged(tag) => f.pad(&format!("@dispvm:@tag:{tag}")),
            Self::Tag(tag) => f.pad(&format!("@tag:{tag}")),
            Self::Type(class) => f.pad(&format!("@type:{class}")),
            Self::Qube(name) => f.pad(name),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::Source => "source",
            Self::Target => "target",
            Self::Redirect => "redirect",
            Self::Request => "call's target",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_stands_where_qubes_lets_it() {
        use Place::{Redirect, Request, Source, Target};
        for (text, places) in [
            ("*", &[Source, Target][..]),
            ("@anyvm", &[Source, Target]),
            ("@tag:x", &[Source, Target]),
            ("@type:AppVM", &[Source, Target]),
            ("@dispvm:@tag:x", &[Source, Target]),
            ("@adminvm", &[Source, Target, Redirect, Request]),
            ("@dispvm:x", &[Source, Target, Redirect, Request]),
            ("x", &[Source, Target, Redirect, Request]),
            ("$anyvm", &[Source, Target, Redirect, Request]),
            ("@dispvm", &[Target, Redirect, Request]),
            ("@default", &[Target, Request]),
            ("@dispvm:@type:AppVM", &[]),
            ("@nothing", &[]),
            ("@tag:", &[]),
            ("@tag:@x", &[]),
        ] {
            for place in [Source, Target, Redirect, Request] {
                for release in Release::ALL {
                    let parsed = Token::parse(text, place, release);
                    assert_eq!(parsed.is_ok(), places.contains(&place), "{text} as {place}");
                    if let Ok(token) = parsed {
                        assert_eq!(token.to_string(), text);
                    }
                }
            }
        }
    }

    #[test]
    fn releases_differ_over_dom0_and_over_nothing() {
        let parse = |text, release| Token::parse(text, Place::Redirect, release);
        assert_eq!(parse("dom0", Release::R4_2), Ok(Token::AdminVm));
        assert_eq!(parse("dom0", Release::R4_3), Ok(Token::Qube("dom0".to_owned())));
        assert_eq!(parse("", Release::R4_2), Ok(Token::Qube(String::new())));
        assert_eq!(parse("", Release::R4_3), Err(BadToken::Empty(Place::Redirect)));
    }
}
