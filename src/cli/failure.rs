//! Why a verb failed: one message, hints what to do next, an exit code. Every error of the rooms below becomes one here.

use std::fmt::Display;

use super::output::Exit;
use crate::bundle::{BadBundle, BadContainer};
use crate::disk::DiskError;
use crate::plan::Problem;
use crate::store::StoreError;
use crate::trust::Refusal;

/// A failed verb.
#[derive(Debug)]
pub struct Failure {
    /// What failed: where, and with which values.
    pub message: String,
    /// What to do next.
    pub hints: Vec<String>,
    /// Text to print before the message, as it is: drawn faults.
    pub drawn: String,
    /// Data for stdout, where `--json` was asked for.
    pub data: String,
    /// How the program ends.
    pub exit: Exit,
}

impl Failure {
    /// A plain failure.
    pub fn new(message: impl Display) -> Self {
        let message = message.to_string();
        Self { message, hints: Vec::new(), drawn: String::new(), data: String::new(), exit: Exit::Failed }
    }

    /// A wrong call.
    pub fn usage(message: impl Display) -> Self {
        Self { exit: Exit::Usage, ..Self::new(message) }
    }

    /// The same, saying first what it is about.
    pub fn about(mut self, subject: impl Display) -> Self {
        self.message = format!("{subject}: {}", self.message);
        self
    }

    /// The same with a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same with another exit code.
    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

impl From<DiskError> for Failure {
    fn from(error: DiskError) -> Self {
        let locked = error.is_locked();
        let failure = Self::new(error);
        if locked {
            failure.hint("wait until it has finished; what waits to be confirmed ends with `halite-dom0 confirm`")
        } else {
            failure
        }
    }
}

impl From<BadBundle> for Failure {
    fn from(error: BadBundle) -> Self {
        let hint = match &error {
            BadBundle::Container(BadContainer::Truncated(_)) => "copy it again, and compare the sizes",
            BadBundle::Container(BadContainer::Header { at: 0, .. }) => {
                "a bundle is what `halite build` writes, and ends in `.halite`"
            }
            _ => "do not use it; get the bundle again from where it was built",
        };
        Self::new(error).hint(hint)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let hint = match refusal {
            Refusal::Damaged(error) => return error.into(),
            Refusal::NoKeys => "trust an author's public key first: `halite-dom0 trust add FILE --role author`",
            Refusal::TooFew { .. } => {
                "have it signed, or compare the key ids with those that you trust (in dom0: `halite-dom0 trust list`); never trust a key only because a bundle came with it"
            }
            Refusal::Forged { .. } | Refusal::Signature { .. } | Refusal::SignatureName(_) => {
                "do not use it; get the bundle again, and ask its author on another way whether it is theirs"
            }
            Refusal::OtherId { .. } => "compare the id with the one that its author published",
        };
        Self::new(refusal).hint(hint).exit(Exit::NotTrusted)
    }
}

#[cfg(feature = "dom0")]
impl From<crate::store::NotCopied> for Failure {
    fn from(error: crate::store::NotCopied) -> Self {
        use crate::store::NotCopied;
        match error {
            NotCopied::Refused(refusal) => refusal.into(),
            NotCopied::Disk(error) => error.into(),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Disk(error) => error.into(),
            StoreError::NotFound { ref directory, .. } => {
                let hint = format!("`ls {}` shows what is there", directory.display());
                Self::new(error).hint(hint)
            }
            StoreError::Ambiguous { .. } => Self::new(error).hint("give more digits of the id"),
            StoreError::Equivocation { .. } => {
                Self::new(error).hint("ask the author which one is meant; do not use either until then").exit(Exit::NotTrusted)
            }
        }
    }
}

impl From<&[Problem]> for Failure {
    fn from(problems: &[Problem]) -> Self {
        let lines: Vec<_> = problems.iter().map(Problem::to_string).collect();
        let mut failure = Self::new(lines.join("\n"));
        for problem in problems {
            let advice = problem.advice();
            if !failure.hints.iter().any(|known| known == advice) {
                failure = failure.hint(advice);
            }
        }
        failure
    }
}

#[cfg(feature = "dom0")]
impl From<crate::apply::ApplyError> for Failure {
    fn from(error: crate::apply::ApplyError) -> Self {
        use crate::apply::{ApplyError, Unprunable};
        let hint = match &error {
            ApplyError::Problems(problems) => return Self::from(problems.as_slice()),
            ApplyError::Running(_) => Some("run these commands in dom0, and try again"),
            ApplyError::Unbooked(_) => Some("put right what it says, and run any command that changes something"),
            ApplyError::Stuck { .. } => {
                Some("put right what it says, and run any command that changes something, such as `switch` or `rollback`")
            }
            ApplyError::Unprunable { why, .. } => Some(match why {
                Unprunable::NotOurs => "`qvm-remove` removes whatever is your own",
                Unprunable::Managed(_) => "switch to a bundle that does not name it, or `halite-dom0 uninstall`, first",
                Unprunable::NotRetired => "`halite-dom0 status` shows what was changed since, and how to put it right",
                Unprunable::Running => "shut it down first",
                Unprunable::Needed(_) => {
                    "`halite-dom0 gc` removes generations that nothing keeps; `halite-dom0 generations` shows what keeps them"
                }
            }),
            ApplyError::Damaged { .. } => {
                Some("restore it from a backup of dom0, or see docs/architecture.md, \"State in dom0\"")
            }
            _ => None,
        };
        let failure = Self::new(error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

#[cfg(feature = "dom0")]
impl From<crate::dom0::BadLabels> for Failure {
    fn from(error: crate::dom0::BadLabels) -> Self {
        Self::new(error).hint("put the line right, or leave all labels out with `--no-labels`")
    }
}

#[cfg(feature = "dom0")]
impl From<crate::dom0::BadTrustDirectory> for Failure {
    fn from(error: crate::dom0::BadTrustDirectory) -> Self {
        use crate::dom0::BadTrustDirectory;
        let hint = match &error {
            BadTrustDirectory::Key { .. } | BadTrustDirectory::Stranger { .. } => {
                "as long as it is there, nothing is trusted; put it right or remove it"
            }
            BadTrustDirectory::NoSuchKey(_) | BadTrustDirectory::Anchor { .. } => {
                "`halite-dom0 trust list` shows the trusted keys"
            }
            BadTrustDirectory::Disk(_) => return Self::new(error),
        };
        Self::new(error).hint(hint)
    }
}
