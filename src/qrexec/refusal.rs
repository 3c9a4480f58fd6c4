//! Why a call is denied.

use std::fmt;

/// Why a call is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// Qubes cannot read the policy.
    Void,
    /// What the caller asked for is no target.
    BadTarget,
    /// No rule is about the call.
    NoRule,
    /// The rule says so.
    Rule,
    /// The rule allows it, and nobody says where it is to go.
    NoTarget,
    /// The rule sends it to disposables of a qube that is no disposable template.
    NotATemplate,
    /// The caller has no disposables of its own.
    NoDisposable,
    /// The target would have to be started, which the rule forbids.
    WouldStart,
    /// There is nothing that the user could choose.
    NothingToChoose,
    /// It goes from a qube to itself.
    Itself,
    /// It goes to a qube on another computer, and nothing is known that carries it there.
    NoRelay,
    /// Qubes fails over it.
    Failure(Failure),
}

/// Where Qubes' own evaluator fails with an error of Python. Its daemon then answers nothing, which denies the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// A rule for `@dispvm:NAME` meets a caller without disposables of its own. R4.3 only.
    NoDefaultDispvm,
    /// The caller's `default_dispvm` is no name, or no qube has it.
    BadDefaultDispvm,
    /// No qube has the name behind `@dispvm:`.
    NoTemplate,
    /// Nobody knows whether the target runs.
    NoPower,
    /// The user is asked about a caller that the system does not know, or whose uuid it does not say. R4.3 only.
    NoCaller,
    /// The system does not say the target's uuid. R4.3 only.
    NoUuid,
    /// The system has no `dom0`.
    NoDom0,
    /// What is proposed is not among what the user may choose from. R4.2 only.
    BadDefaultTarget,
    /// No qube has the name of the relay.
    NoRelay,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Void => "Qubes cannot read the policy",
            Self::BadTarget => "that is no target",
            Self::NoRule => "no rule is about it",
            Self::Rule => "the rule denies it",
            Self::NoTarget => "neither the caller nor the rule names a target",
            Self::NotATemplate => "the rule names a disposable template that is none",
            Self::NoDisposable => "the caller has no `default_dispvm`",
            Self::WouldStart => "the target would have to be started",
            Self::NothingToChoose => "there is nothing to choose from",
            Self::Itself => "a qube cannot call itself",
            Self::NoRelay => "the qube on another computer has no relay, or no service there",
            Self::Failure(failure) => return write!(f, "Qubes fails over it: {failure}"),
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::NoDefaultDispvm => "a rule names `@dispvm:NAME`, and the caller has no `default_dispvm`",
            Self::BadDefaultDispvm => "the caller's `default_dispvm` is no qube",
            Self::NoTemplate => "no qube has the name behind `@dispvm:`",
            Self::NoPower => "nobody knows whether the target runs",
            Self::NoCaller => "the system does not say the caller's uuid",
            Self::NoUuid => "the system does not say the target's uuid",
            Self::NoDom0 => "the system has no `dom0`",
            Self::BadDefaultTarget => "the `default_target` is not among what there is to choose from",
            Self::NoRelay => "no qube has the relay's name",
        })
    }
}
