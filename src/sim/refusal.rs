//! How qubesd refuses.

use super::python::repr;
use crate::base::QubeName;
use crate::qubesd::Reply;

/// What a step of a call comes to.
pub(super) type Outcome<T = ()> = Result<T, Refusal>;

/// A call that qubesd does not do, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// An exception that is meant for the user.
    Exception {
        /// Its class.
        kind: Exception,
        /// Its text.
        message: String,
    },
    /// Anything else that goes wrong: `PermissionDenied`, `ProtocolError`, or an exception that nobody handles.
    Silence,
}

impl Refusal {
    /// The text, if there is one.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Exception { message, .. } => message.clone(),
            Self::Silence => "qubesd gives no reason".to_owned(),
        }
    }
}

/// The classes of exceptions that qubesd sends. Source: `qubes/exc.py`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exception {
    /// The base class.
    Qubes,
    /// A bad value.
    Value,
    /// A bad value of a property.
    PropertyValue,
    /// No such property.
    NoSuchProperty,
    /// No such label.
    LabelNotFound,
    /// No such tag.
    TagNotFound,
    /// No such feature.
    FeatureNotFound,
    /// A problem of storage.
    StoragePool,
    /// No such qube.
    VmNotFound,
    /// No UUID.
    VmInvalidUuid,
    /// A problem with a qube's state.
    Vm,
    /// A qube that others use.
    VmInUse,
    /// A qube that must be halted.
    VmNotHalted,
    /// A qube that must be started.
    VmNotStarted,
    /// A qube that must be running and not paused.
    VmNotRunning,
    /// A qube that must be paused.
    VmNotPaused,
}

impl Exception {
    /// The name of the Python class.
    fn name(self) -> &'static str {
        match self {
            Self::Qubes => "QubesException",
            Self::Value => "QubesValueError",
            Self::PropertyValue => "QubesPropertyValueError",
            Self::NoSuchProperty => "QubesNoSuchPropertyError",
            Self::LabelNotFound => "QubesLabelNotFoundError",
            Self::TagNotFound => "QubesTagNotFoundError",
            Self::FeatureNotFound => "QubesFeatureNotFoundError",
            Self::StoragePool => "StoragePoolException",
            Self::VmNotFound => "QubesVMNotFoundError",
            Self::VmInvalidUuid => "QubesVMInvalidUUIDError",
            Self::Vm => "QubesVMError",
            Self::VmInUse => "QubesVMInUseError",
            Self::VmNotHalted => "QubesVMNotHaltedError",
            Self::VmNotStarted => "QubesVMNotStartedError",
            Self::VmNotRunning => "QubesVMNotRunningError",
            Self::VmNotPaused => "QubesVMNotPausedError",
        }
    }

    /// The refusal with this text.
    pub(super) fn says(self, message: impl Into<String>) -> Refusal {
        Refusal::Exception { kind: self, message: message.into() }
    }

    /// The refusal with the text that the class has when none is given, about the qube `name`.
    pub(super) fn of(self, name: &QubeName) -> Refusal {
        self.of_text(name.as_str())
    }

    /// The same where the text need not be a qube's name.
    pub(super) fn of_text(self, name: &str) -> Refusal {
        let name = repr(name);
        self.says(match self {
            Self::VmNotFound => format!("No such domain: {name}"),
            Self::VmInvalidUuid => format!("VM UUID is not valid: {name}"),
            Self::VmNotHalted => format!("Domain is not powered off: {name}"),
            Self::VmNotStarted => format!("Domain is powered off: {name}"),
            Self::VmNotRunning => format!("Domain not running (either powered off or paused): {name}"),
            Self::VmNotPaused => format!("Domain is not paused: {name}"),
            _ => format!("Domain is in use: {name}"),
        })
    }
}

/// `enforce` of `qubes/api/__init__.py`: silence unless `holds`.
pub(super) fn enforce(holds: bool) -> Outcome {
    if holds { Ok(()) } else { Err(Refusal::Silence) }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Exception { kind, message } => Self::Exception { kind: kind.name().to_owned(), message },
            Refusal::Silence => Self::Empty,
        }
    }
}
