//! One difference.

use std::fmt;

use serde::Serialize;

/// What has changed, of which thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is about.
    pub about: About,
    /// The name of that.
    pub name: String,
    /// Whether it is there on one side only.
    pub mark: Mark,
    /// What exactly, one after the other.
    pub what: Vec<String>,
    /// Why it could cost somebody their anonymity, if it could.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub danger: Option<&'static str>,
}

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// The bundle as a whole.
    Bundle,
    /// An identity.
    Identity,
    /// The way of a qube to the network.
    Way,
    /// A call over an identity's border.
    Flow,
    /// A check that is excused.
    Exception,
    /// A qube.
    Qube,
    /// A template.
    Template,
}

/// On which side a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// On the second only.
    Added,
    /// On the first only.
    Removed,
    /// On both.
    Changed,
}

impl Change {
    /// A change that is no danger.
    pub fn new(about: About, name: impl fmt::Display, mark: Mark, what: Vec<String>) -> Self {
        Self { about, name: name.to_string(), mark, what, danger: None }
    }

    /// The same, dangerous for this reason if `is`.
    #[must_use]
    pub fn danger(self, is: bool, why: &'static str) -> Self {
        Self { danger: if is { Some(why) } else { self.danger }, ..self }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::Bundle => "bundle",
            Self::Identity => "identity",
            Self::Way => "way",
            Self::Flow => "flow",
            Self::Exception => "excused",
            Self::Qube => "qube",
            Self::Template => "template",
        })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::Added => "+",
            Self::Removed => "-",
            Self::Changed => "~",
        })
    }
}

/// A line for people.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {} {}", self.mark, self.about, self.name)?;
        if !self.what.is_empty() {
            write!(f, ": {}", self.what.join("; "))?;
        }
        self.danger.map_or(Ok(()), |danger| write!(f, "  {danger}"))
    }
}
