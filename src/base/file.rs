//! Files in a qube: their paths and their permissions.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::names::class;

/// The absolute path of a file in a qube: components of `A-Z a-z 0-9 . _ + @ -`, none of them empty, `.` or `..`. At most 200 bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FilePath(String);

/// Why a text is no path of a file in a qube.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadFilePath {
    /// It does not begin with `/`.
    #[error("a file in a qube is named by its whole path, from `/` on")]
    Relative,
    /// Nothing between two slashes, or at the end.
    #[error("the path of a file in a qube has no empty component")]
    Empty,
    /// `.` or `..`.
    #[error("the path of a file in a qube has no `.` or `..`")]
    Dots,
    /// Anything else than the plain characters.
    #[error("the path of a file in a qube has only letters, digits, `.`, `_`, `+`, `@`, `-` and `/`")]
    Character,
    /// Too long.
    #[error("the path of a file in a qube has at most {} bytes", FilePath::MOST)]
    Long,
}

impl FilePath {
    /// Most bytes of a path; a limit of halite's own.
    pub const MOST: usize = 200;

    /// The grammar as a regular expression, for schemas; a path also has at most [`FilePath::MOST`] bytes.
    pub fn pattern() -> String {
        let (any, first) = (class(is_plain), class(|byte| is_plain(byte) && byte != b'.'));
        // Neither `.` nor `..`.
        format!(r"^(/({first}|\.{first}|\.\.{any}){any}*)+$")
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the file lies below `directory`, which has no `/` at its end.
    pub fn is_below(&self, directory: &str) -> bool {
        self.0.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether in an AppVM the file survives a restart: of its volumes, only the private one does, which holds `/rw`, `/home` and
    /// `/usr/local` (Qubes OS documentation, "How to make any file persistent").
    pub fn is_private(&self) -> bool {
        ["/rw", "/home", "/usr/local"].iter().any(|directory| self.is_below(directory))
    }
}

/// Whether a component may have this character.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._+@-".contains(&byte)
}

impl FromStr for FilePath {
    type Err = BadFilePath;

    fn from_str(text: &str) -> Result<Self, BadFilePath> {
        let Some(components) = text.strip_prefix('/') else { return Err(BadFilePath::Relative) };
        if text.len() > Self::MOST {
            return Err(BadFilePath::Long);
        }
        for component in components.split('/') {
            match component {
                "" => return Err(BadFilePath::Empty),
                "." | ".." => return Err(BadFilePath::Dots),
                _ => {}
            }
            if !component.bytes().all(is_plain) {
                return Err(BadFilePath::Character);
            }
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for FilePath {
    type Error = BadFilePath;

    fn try_from(text: String) -> Result<Self, BadFilePath> {
        text.parse()
    }
}

impl From<FilePath> for String {
    fn from(path: FilePath) -> String {
        path.0
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The two modes that a file can have, in a bundle and in a qube.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FileMode {
    /// 0644.
    #[default]
    #[serde(rename = "0644")]
    Plain,
    /// 0755.
    #[serde(rename = "0755")]
    Executable,
}

impl FileMode {
    /// The permission bits.
    pub fn bits(self) -> u32 {
        match self {
            Self::Plain => 0o644,
            Self::Executable => 0o755,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_plain_paths_are_taken() {
        for text in ["/etc/tor/torrc", "/usr/lib/systemd/system/a@b.service", "/a"] {
            assert_eq!(text.parse::<FilePath>().unwrap().as_str(), text);
        }
        for (text, why) in [
            ("", BadFilePath::Relative),
            ("etc/passwd", BadFilePath::Relative),
            ("/", BadFilePath::Empty),
            ("/a/", BadFilePath::Empty),
            ("//a", BadFilePath::Empty),
            ("/a/../b", BadFilePath::Dots),
            ("/a b", BadFilePath::Character),
            ("/{{ a }}", BadFilePath::Character),
            ("/ä", BadFilePath::Character),
        ] {
            assert_eq!(text.parse::<FilePath>(), Err(why), "{text:?}");
        }
        assert_eq!(format!("/{}", "a".repeat(200)).parse::<FilePath>(), Err(BadFilePath::Long));
    }

    #[test]
    fn only_the_private_volume_survives() {
        let is_private = |text: &str| text.parse::<FilePath>().unwrap().is_private();
        assert!(is_private("/rw/config/rc.local") && is_private("/home/user/a") && is_private("/usr/local/etc/a"));
        assert!(!is_private("/etc/a") && !is_private("/usr/locale/a") && !is_private("/rwx/a") && !is_private("/rw"));
    }
}
