//! The files of a recipe, as it names them itself.

use std::fmt;
use std::str::FromStr;

use super::labels::LABELS;
use crate::base::{BadPath, BundlePath};

/// The path of a file in the folder of the recipe that names it, short enough to be packed wherever that folder is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourcePath(BundlePath);

/// Why a text is no path of a recipe's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadSourcePath {
    /// It begins at the root of the file system.
    Absolute,
    /// It is no plain relative path.
    Path(BadPath),
    /// It would not fit into a bundle.
    Long,
    /// It is the one file that no bundle holds.
    Labels,
}

impl SourcePath {
    /// Most bytes of a path: what a bundle allows, less `extended/32/`.
    pub const MOST: usize = 88;

    /// The file's path in its folder.
    pub fn as_path(&self) -> &BundlePath {
        &self.0
    }

    /// The file's path in a bundle that keeps its folder at `root`.
    pub fn below(&self, root: &str) -> BundlePath {
        format!("{root}/{}", self.0).parse().expect("a path of a recipe leaves room for every root")
    }
}

impl FromStr for SourcePath {
    type Err = BadSourcePath;

    fn from_str(text: &str) -> Result<Self, BadSourcePath> {
        match text.parse() {
            _ if text.starts_with('/') => Err(BadSourcePath::Absolute),
            _ if text.len() > Self::MOST => Err(BadSourcePath::Long),
            Ok(_) if text.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(LABELS)) => Err(BadSourcePath::Labels),
            Ok(path) => Ok(Self(path)),
            Err(error) => Err(BadSourcePath::Path(error)),
        }
    }
}

impl fmt::Display for BadSourcePath {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        const HOW: &str = "a file of a recipe is named by its path in the recipe's folder, such as `files/a`";
        match self {
            Self::Path(BadPath::Long) | Self::Long => write!(f, "{HOW}: it has at most {} characters", SourcePath::MOST),
            Self::Absolute => write!(f, "{HOW}: it does not begin with `/`"),
            Self::Path(error) => write!(f, "{HOW}: {}", rule(*error)),
            Self::Labels => write!(f, "`{LABELS}` says who is behind the handles, and is part of no recipe"),
        }
    }
}

/// The rule for relative paths that is broken, as the end of a sentence.
pub fn rule(error: BadPath) -> &'static str {
    match error {
        BadPath::Empty => "no part of it is empty",
        BadPath::Dots => "it has no `.` or `..`",
        BadPath::Dash => "no part of it begins with `-`",
        BadPath::Character => "it has only letters, digits, `.`, `_`, `+`, `-` and `/`",
        BadPath::Long => "it has at most 100 characters",
    }
}

impl fmt::Display for SourcePath {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_path_fits_everywhere() {
        let path: SourcePath = "a".repeat(SourcePath::MOST).parse().unwrap();
        assert_eq!(path.below("extended/32").as_str().len(), BundlePath::MOST);
        assert_eq!("a".repeat(SourcePath::MOST + 1).parse::<SourcePath>(), Err(BadSourcePath::Long));
        assert!(rule(BadPath::Long).contains(&BundlePath::MOST.to_string()));
    }
}
