//! What a step of a plan must not do.

use std::fmt;

use super::picture::{Exit, Open};
use super::problem::Problem;
use super::step::Step;
use crate::base::QubeName;

/// What is wrong after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// Something is open that was not, and is not to be.
    Opens(QubeName, Open),
    /// The rules go before this qube is put away, which they keep from others.
    UnruledBefore(QubeName),
    /// Netvms go round in a circle, which qubesd refuses.
    Loop(QubeName),
}

impl Violation {
    /// The problem that this is what `step` leads to.
    pub fn after(&self, step: &Step) -> Box<Problem> {
        let step = match step.qube() {
            Some(qube) => format!("{qube}: {step}"),
            None => step.to_string(),
        };
        Box::new(Problem::Unsafe { step, how: self.to_string() })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let by = |exit: &Exit| exit.as_ref().map_or("by the global default".to_owned(), |name| format!("by `{name}`"));
        match self {
            Self::Opens(name, Open::Network(exit)) => write!(f, "`{name}` can reach the clear net {}", by(exit)),
            Self::Opens(name, Open::Disposables(_, exit)) => {
                write!(f, "what `{name}` opens in a disposable can reach the clear net {}", by(exit))
            }
            Self::Opens(name, Open::Untagged(tag)) => {
                write!(f, "`{name}` can be started without the tag {tag}, which rules need")
            }
            Self::UnruledBefore(name) => write!(f, "the rules are gone, and `{name}` is not put away yet"),
            Self::Loop(name) => write!(f, "the netvm of `{name}` leads back to itself"),
        }
    }
}
