//! The statement: the few lines that signatures are made over, and that people and stock tools can read.

use std::fmt;

use thiserror::Error;

use super::limits;
use crate::base::{BundleId, BundleName, Digest};
use crate::model::Release;

/// What a bundle's signers vouch for: its name, release and serial, and the digests of its manifest and payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The bundle's name.
    pub name: BundleName,
    /// The release it is for.
    pub release: Release,
    /// Its serial; among bundles of the same name and release the higher one is the newer.
    pub serial: u32,
    /// The program that built it, as in `halite/0.1.0`. For people; nothing depends on it.
    pub built_with: String,
    /// The day after which the builder would rather see a newer bundle, as in `2027-01-31`. A warning, never a lock-out.
    pub expires: Option<String>,
    /// The digest of `manifest.cbor`, which is the bundle's id.
    pub manifest: Digest,
    /// The digest of `payload.tar.zst`.
    pub payload: Digest,
}

/// Why bytes are no statement.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadStatement {
    /// The format's version is another.
    #[error("it does not begin with `halite-bundle 1`; a newer halite may be needed to read it")]
    Version,
    /// A line is missing or is not as it must be.
    #[error("its line `{0}` is missing or malformed")]
    Line(&'static str),
    /// Everything is there, but not as halite would write it.
    #[error("it is not in the one form that halite writes")]
    OtherBytes,
}

impl Statement {
    /// The id of the bundle that the statement is about.
    pub fn id(&self) -> BundleId {
        BundleId(self.manifest)
    }

    /// Reads a statement.
    ///
    /// # Errors
    /// If the bytes are not exactly those that [`Statement`] is shown as.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadStatement> {
        if bytes.len() as u64 > limits::STATEMENT {
            return Err(BadStatement::OtherBytes);
        }
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii()).ok_or(BadStatement::OtherBytes)?;
        let mut lines = text.lines().peekable();
        if lines.next() != Some("halite-bundle 1") {
            return Err(BadStatement::Version);
        }
        let mut value = |key: &'static str| {
            let line = lines.next_if(|line| line.split(' ').next() == Some(key));
            line.and_then(|line| line.split_once(' ')).map(|(_, value)| value).ok_or(BadStatement::Line(key))
        };
        let name = value("name")?.parse().map_err(|_| BadStatement::Line("name"))?;
        let release = value("release")?.parse().map_err(|_| BadStatement::Line("release"))?;
        let serial = value("serial")?.parse().map_err(|_| BadStatement::Line("serial"))?;
        let built_with = value("built-with")?.to_owned();
        let expires = value("expires").ok().map(str::to_owned);
        let mut digest = |file: &'static str| {
            let line = lines.next().and_then(|line| line.split_once("  "));
            line.filter(|(_, name)| *name == file).and_then(|(hex, _)| hex.parse().ok()).ok_or(BadStatement::Line(file))
        };
        let manifest = digest("manifest.cbor")?;
        let payload = digest("payload.tar.zst")?;
        let statement = Self { name, release, serial, built_with, expires, manifest, payload };
        statement.check_texts()?;
        // One door for all that a line-wise reader lets through: lines too many, `+1`, `007`, other line ends.
        if statement.to_string().as_bytes() == bytes { Ok(statement) } else { Err(BadStatement::OtherBytes) }
    }

    fn check_texts(&self) -> Result<(), BadStatement> {
        let version = self.built_with.strip_prefix("halite/").unwrap_or_default();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-+".contains(&byte);
        if version.is_empty() || version.len() > 40 || !version.bytes().all(plain) {
            return Err(BadStatement::Line("built-with"));
        }
        if self.expires.as_deref().is_some_and(|day| !is_day(day)) {
            return Err(BadStatement::Line("expires"));
        }
        Ok(())
    }
}

/// Whether `text` is a day as RFC 3339 writes it. Which days a month has is not checked: it is a hint for people.
fn is_day(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000-00-00"
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "halite-bundle 1")?;
        writeln!(f, "name {}", self.name)?;
        writeln!(f, "release {}", self.release)?;
        writeln!(f, "serial {}", self.serial)?;
        writeln!(f, "built-with {}", self.built_with)?;
        if let Some(day) = &self.expires {
            writeln!(f, "expires {day}")?;
        }
        writeln!(f, "{}  manifest.cbor", self.manifest)?;
        writeln!(f, "{}  payload.tar.zst", self.payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Statement {
        Statement {
            name: "anonymity-modes".parse().unwrap(),
            release: Release::R4_3,
            serial: 7,
            built_with: "halite/0.1.0".to_owned(),
            expires: None,
            manifest: Digest::of(b"m"),
            payload: Digest::of(b"p"),
        }
    }

    #[test]
    fn a_statement_reads_back() {
        let expiring = Statement { expires: Some("2027-01-31".to_owned()), ..statement() };
        for statement in [statement(), expiring] {
            assert_eq!(Statement::parse(statement.to_string().as_bytes()), Ok(statement));
        }
    }

    #[test]
    fn each_line_must_be_there_and_be_right() {
        let good = statement().to_string();
        for (attack, from, to, why) in [
            ("other_version", "halite-bundle 1\n", "halite-bundle 2\n", BadStatement::Version),
            ("no_name", "name anonymity-modes\n", "", BadStatement::Line("name")),
            ("name_with_escape", "name anonymity-modes", "name \u{1b}[2J", BadStatement::Line("name")),
            ("release_unknown", "r4.3", "r4.4", BadStatement::Line("release")),
            ("serial_negative", "serial 7", "serial -7", BadStatement::Line("serial")),
            ("serial_too_large", "serial 7", "serial 4294967296", BadStatement::Line("serial")),
            ("serial_with_plus", "serial 7", "serial +7", BadStatement::OtherBytes),
            ("serial_with_zeros", "serial 7", "serial 007", BadStatement::OtherBytes),
            ("built_with_another", "halite/0.1.0", "other/1", BadStatement::Line("built-with")),
            (
                "expires_never",
                "built-with halite/0.1.0\n",
                "built-with halite/0.1.0\nexpires never\n",
                BadStatement::Line("expires"),
            ),
            (
                "lines_swapped",
                "name anonymity-modes\nrelease r4.3\n",
                "release r4.3\nname anonymity-modes\n",
                BadStatement::Line("name"),
            ),
            ("digest_in_capitals", "  manifest.cbor", "A  manifest.cbor", BadStatement::Line("manifest.cbor")),
            ("payload_missing", "  payload.tar.zst", "  payload", BadStatement::Line("payload.tar.zst")),
            ("carriage_returns", "serial 7\n", "serial 7\r\n", BadStatement::OtherBytes),
        ] {
            let bad = good.replace(from, to);
            assert_ne!(bad, good, "{attack} changes nothing");
            assert_eq!(Statement::parse(bad.as_bytes()), Err(why), "{attack}");
        }
        for (attack, bad) in [("line_too_many", format!("{good}x\n")), ("no_last_line_feed", good.trim_end().to_owned())] {
            assert_eq!(Statement::parse(bad.as_bytes()), Err(BadStatement::OtherBytes), "{attack}");
        }
    }
}
