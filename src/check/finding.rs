//! What a check found, and about what.

use std::fmt;

use super::code::{Code, Level};
use crate::base::{FeatureName, FilePath, Handle, PackageName, PropertyName, QubeName, Tag};

/// What a finding is about; a recipe knows where that was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The bundle as a whole.
    Bundle,
    /// An identity.
    Identity(Handle),
    /// A template that halite makes.
    Template(QubeName),
    /// A qube.
    Qube(QubeName),
    /// A flow that the bundle lets through.
    Flow(Handle),
    /// An exception from the checks.
    Exception(Handle),
}

/// Which part of its subject a finding is about; a recipe knows where that was written, too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A qube's template, or what a template is cloned from.
    Template,
    /// A qube's netvm.
    Netvm,
    /// What a qube's disposables are made from.
    Disposables,
    /// A qube's memory, or the computer's.
    Memory,
    /// A property.
    Property(PropertyName),
    /// A tag.
    Tag(Tag),
    /// A feature.
    Feature(FeatureName),
    /// A package of a template.
    Package(PackageName),
    /// What a VPN qube's provider or configuration is.
    Configuration,
    /// What templates are updated through.
    Updates,
    /// A file that is put somewhere.
    File(FilePath),
    /// An account of an identity.
    Account(Handle),
    /// A server that an identity talks to.
    Destination(Handle),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Bundle => f.write_str("the bundle"),
            Self::Identity(handle) => write!(f, "identity `{handle}`"),
            Self::Template(name) => write!(f, "template `{name}`"),
            Self::Qube(name) => write!(f, "qube `{name}`"),
            Self::Flow(handle) => write!(f, "flow `{handle}`"),
            Self::Exception(handle) => write!(f, "exception `{handle}`"),
        }
    }
}

/// A rule that is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Which rule.
    pub code: Code,
    /// By what.
    pub subject: Subject,
    /// How, in words that name the values.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Which part of the subject.
    pub part: Option<Part>,
    /// What else one must see to understand it.
    pub see: Option<(Subject, Option<Part>)>,
}

impl Finding {
    /// A finding without advice.
    pub fn new(code: Code, subject: Subject, message: impl Into<String>) -> Self {
        Self { code, subject, message: message.into(), help: None, part: None, see: None }
    }

    /// The same with advice.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same about this part of the subject.
    pub fn part(mut self, part: Part) -> Self {
        self.part = Some(part);
        self
    }

    /// The same with something else to see.
    pub fn see(mut self, subject: Subject, part: Option<Part>) -> Self {
        self.see = Some((subject, part));
        self
    }

    /// Whether it stops everything.
    pub fn is_error(&self) -> bool {
        self.code.level() == Level::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.message)
    }
}
