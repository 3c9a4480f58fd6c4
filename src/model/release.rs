//! The releases of Qubes OS. What differs between them is in the table of `fact`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Fact;
use crate::base::QubeName;

/// A release of Qubes OS that halite builds for. A bundle is for exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Release {
    /// R4.2, with Whonix 17. Support ended on 2026-06-21.
    R4_2,
    /// R4.3, with Whonix 18.
    R4_3,
}

/// Not a release.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected `r4.2` or `r4.3`")]
pub struct UnknownRelease;

impl Release {
    /// All releases, oldest first.
    pub const ALL: [Self; 2] = [Self::R4_2, Self::R4_3];

    /// As recipes, bundles and the command line spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::R4_2 => "r4.2",
            Self::R4_3 => "r4.3",
        }
    }

    /// The day on which support for the release ended, if it has.
    pub fn support_ended(self) -> Option<&'static str> {
        match self {
            Self::R4_2 => Some("2026-06-21"),
            Self::R4_3 => None,
        }
    }

    /// The version of Whonix for this release; the other version does not exist there.
    pub fn whonix(self) -> u32 {
        match self {
            Self::R4_2 => 17,
            Self::R4_3 => 18,
        }
    }

    /// The stock template that a base of this name stands for, so that one recipe serves both releases; `None` for a name that stands
    /// for nothing but itself.
    pub fn stock_template(self, base: &str) -> Option<QubeName> {
        let name = match (base, self) {
            ("whonix-gateway" | "whonix-workstation", _) => format!("{base}-{}", self.whonix()),
            // Both releases have these; a recipe that wants another one names it.
            ("debian", _) => "debian-13-xfce".to_owned(),
            ("fedora", _) => "fedora-42-xfce".to_owned(),
            _ => return None,
        };
        Some(name.parse().expect("stock templates have proper names"))
    }

    /// The tags that a qube must carry whose template, or that template's base, is `template`: Whonix's own, which the add-on in dom0
    /// sets only when a qube is created.
    pub fn whonix_tags(self, template: &str) -> impl Iterator<Item = &'static str> {
        let tags: &[&str] = match template {
            _ if template.starts_with("whonix-gateway-") => &["anon-gateway", "sdwdate-gui-server"],
            _ if template.starts_with("whonix-workstation-") => &["anon-vm", "sdwdate-gui-client"],
            _ => &[],
        };
        tags.iter().copied().filter(move |tag| self.has(Fact::Tag(tag)))
    }

    /// Whether the feature `prohibit-start` makes qubesd refuse to start a qube.
    pub fn has_prohibit_start(self) -> bool {
        self.has(Fact::Feature("prohibit-start"))
    }

    /// Whether the feature `skip-update` makes updates pass a template by.
    pub fn has_skip_update(self) -> bool {
        self.has(Fact::Feature("skip-update"))
    }

    /// The release that dom0's `/etc/qubes-release` names, as in `Qubes release 4.3 (R4.3)`.
    pub fn from_qubes_release(text: &str) -> Option<Self> {
        let version = text.strip_prefix("Qubes release ")?;
        Self::ALL.into_iter().find(|release| {
            version.strip_prefix(&release.as_str()[1..]).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Release {
    type Err = UnknownRelease;

    fn from_str(text: &str) -> Result<Self, UnknownRelease> {
        Self::ALL.into_iter().find(|release| release.as_str() == text).ok_or(UnknownRelease)
    }
}

impl TryFrom<String> for Release {
    type Error = UnknownRelease;

    fn try_from(text: String) -> Result<Self, UnknownRelease> {
        text.parse()
    }
}

impl From<Release> for String {
    fn from(release: Release) -> String {
        release.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dom0_says_which_release_it_is() {
        assert_eq!(Release::from_qubes_release("Qubes release 4.3 (R4.3)\n"), Some(Release::R4_3));
        assert_eq!(Release::from_qubes_release("Qubes release 4.2.4 (R4.2)"), Some(Release::R4_2));
        assert_eq!(Release::from_qubes_release("Qubes release 4.30"), None);
        assert_eq!(Release::from_qubes_release("Fedora release 41"), None);
    }

    #[test]
    fn whonix_follows_the_release() {
        let name = Release::R4_2.stock_template("whonix-gateway").unwrap();
        assert_eq!(name.as_str(), "whonix-gateway-17");
        assert_eq!(Release::R4_3.stock_template("my-template"), None);
    }
}
