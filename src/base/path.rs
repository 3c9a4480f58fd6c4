//! Paths inside a bundle.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::names::class;

/// A relative path of plain characters: components of `A-Z a-z 0-9 . _ + -` joined by `/`, none of them empty, `.` or `..`, none
/// beginning with `-`. At most 100 bytes, so that it fits the name field of a ustar header.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BundlePath(String);

/// Why a text is no path of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadPath {
    /// Nothing between two slashes, at an end, or at all.
    #[error("a path in a bundle has no empty component and no `/` at its ends")]
    Empty,
    /// `.` or `..`.
    #[error("a path in a bundle has no `.` or `..`")]
    Dots,
    /// A component that a command would take for an option.
    #[error("no component of a path in a bundle begins with `-`")]
    Dash,
    /// Anything else than the plain characters.
    #[error("a path in a bundle has only letters, digits, `.`, `_`, `+`, `-` and `/`")]
    Character,
    /// Too long for a ustar header.
    #[error("a path in a bundle has at most {} bytes", BundlePath::MOST)]
    Long,
}

impl BundlePath {
    /// Most bytes of a path: what the name field of a ustar header holds (POSIX.1-1988).
    pub const MOST: usize = 100;

    /// The grammar as a regular expression, for schemas; a path also has at most [`BundlePath::MOST`] bytes.
    pub fn pattern() -> String {
        let any = class(is_plain);
        let [first, second] = [".-", "."].map(|not| class(|byte| is_plain(byte) && !not.as_bytes().contains(&byte)));
        // Neither `.` nor `..` nor a leading `-`.
        let component = format!(r"({first}|\.{second}|\.\.{any}){any}*");
        format!("^{component}(/{component})*$")
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directories above, outermost first: for `a/b/c`, `a` and `a/b`.
    pub fn parents(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').filter_map(|(at, _)| self.0.get(..at))
    }
}

/// Whether a component may have this character.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._+-".contains(&byte)
}

impl FromStr for BundlePath {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        if text.len() > Self::MOST {
            return Err(BadPath::Long);
        }
        for component in text.split('/') {
            match component {
                "" => return Err(BadPath::Empty),
                "." | ".." => return Err(BadPath::Dots),
                _ if component.starts_with('-') => return Err(BadPath::Dash),
                _ => {}
            }
            if !component.bytes().all(is_plain) {
                return Err(BadPath::Character);
            }
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for BundlePath {
    type Error = BadPath;

    fn try_from(text: String) -> Result<Self, BadPath> {
        text.parse()
    }
}

impl From<BundlePath> for String {
    fn from(path: BundlePath) -> String {
        path.0
    }
}

impl fmt::Display for BundlePath {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for BundlePath {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_are_taken() {
        for text in ["a", "recipe/halite.toml", "packages/h-x-00000000.list", "a/.hidden", "libstdc++6"] {
            assert_eq!(text.parse::<BundlePath>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn everything_that_could_leave_the_bundle_is_refused() {
        for (text, why) in [
            ("", BadPath::Empty),
            ("/etc/passwd", BadPath::Empty),
            ("a//b", BadPath::Empty),
            ("a/", BadPath::Empty),
            ("..", BadPath::Dots),
            ("a/../b", BadPath::Dots),
            ("./a", BadPath::Dots),
            ("-rf", BadPath::Dash),
            ("a/-b", BadPath::Dash),
            ("a b", BadPath::Character),
            ("a\\b", BadPath::Character),
            ("a\0", BadPath::Character),
            ("ä", BadPath::Character),
        ] {
            assert_eq!(text.parse::<BundlePath>(), Err(why), "{text:?}");
        }
        assert_eq!("a".repeat(101).parse::<BundlePath>(), Err(BadPath::Long));
    }

    #[test]
    fn parents_are_outermost_first() {
        let path: BundlePath = "a/b/c".parse().unwrap();
        assert_eq!(path.parents().collect::<Vec<_>>(), ["a", "a/b"]);
    }
}
