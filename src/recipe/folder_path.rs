//! Where the folder of a recipe lies, seen from the folder of another.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::source_path::rule;
use crate::base::{BadPath, BundlePath};

/// The way from one recipe's folder to another's: any number of `../`, and then a plain path. Always in its shortest form, so that two
/// ways to one folder are equal as long as no links are involved.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FolderPath {
    up: usize,
    down: Vec<String>,
}

/// Why a text is no way to a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadFolderPath {
    /// It is no relative path of plain characters.
    #[error("{EXPECTED}: {}", rule(*.0))]
    Path(#[from] BadPath),
    /// It begins at the root of the file system.
    #[error("{EXPECTED}: it does not begin with `/`")]
    Absolute,
    /// `..` at another place than the beginning, or `.`.
    #[error("{EXPECTED}: it has `../` only at its beginning, then names of folders")]
    Dots,
    /// It climbs too far.
    #[error("an extended recipe lies at most {} folders up", FolderPath::UP_MOST)]
    TooFarUp,
}

const EXPECTED: &str = "an extended recipe is named by the way to its folder, such as `../common`";

impl FolderPath {
    /// How many `../` a way may begin with. Enough for every layout; a bound, so that messages stay readable.
    pub const UP_MOST: usize = 8;

    /// The folder that `way` leads to from here.
    ///
    /// # Errors
    /// If it lies too far up.
    pub fn join(&self, way: &Self) -> Result<Self, BadFolderPath> {
        let kept = self.down.len().saturating_sub(way.up);
        let up = self.up + way.up.saturating_sub(self.down.len());
        if up > Self::UP_MOST {
            return Err(BadFolderPath::TooFarUp);
        }
        let down = self.down.iter().take(kept).chain(&way.down).cloned().collect();
        Ok(Self { up, down })
    }
}

impl FromStr for FolderPath {
    type Err = BadFolderPath;

    fn from_str(text: &str) -> Result<Self, BadFolderPath> {
        let (mut up, mut rest) = (0, text);
        while let Some(above) = rest.strip_prefix("../") {
            (up, rest) = (up + 1, above);
        }
        if up > Self::UP_MOST {
            return Err(BadFolderPath::TooFarUp);
        }
        if rest.starts_with('/') {
            return Err(BadFolderPath::Absolute);
        }
        let down: BundlePath = match rest.parse() {
            Err(BadPath::Dots) => return Err(BadFolderPath::Dots),
            down => down?,
        };
        Ok(Self { up, down: down.as_str().split('/').map(str::to_owned).collect() })
    }
}

impl fmt::Display for FolderPath {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&format!("{}{}", "../".repeat(self.up), self.down.join("/")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_followed() {
        let from = |start: &str, way: &str| {
            let start = if start.is_empty() { FolderPath::default() } else { start.parse().unwrap() };
            start.join(&way.parse().unwrap()).unwrap().to_string()
        };
        assert_eq!(from("", "../common"), "../common");
        assert_eq!(from("../b", "../d"), "../d");
        assert_eq!(from("../b/c", "../../../d/e"), "../../d/e");
        assert_eq!(from("x/y", "z"), "x/y/z");
    }

    #[test]
    fn only_plain_ways_are_taken() {
        for text in ["", "..", "../", "/etc", "a/../b", "../../a/..", "./a", "a b", "a\\b", "~"] {
            assert!(text.parse::<FolderPath>().is_err(), "{text}");
        }
        assert_eq!(format!("{}a", "../".repeat(9)).parse::<FolderPath>(), Err(BadFolderPath::TooFarUp));
        let far: FolderPath = format!("{}a", "../".repeat(8)).parse().unwrap();
        assert_eq!(far.join(&"../../b".parse().unwrap()), Err(BadFolderPath::TooFarUp));
    }
}
