//! The four anonymity modes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An anonymity mode, as Whonix describes them: who learns the identity, and whether the origin stays hidden.
///
/// Source: the Whonix documentation, "Modes of Anonymity".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Mode {
    /// 1: anonymous user, any recipient. Nobody knows the identity; the origin is hidden.
    Anonymous,
    /// 2: the user knows the recipient, and both use Tor. No third party learns that they talk.
    KnownRecipient,
    /// 3: non-anonymous user over Tor, any recipient. The service knows the identity, not the origin.
    NonAnonymousOverTor,
    /// 4: non-anonymous user, any recipient. Nothing is hidden.
    NonAnonymous,
}

impl Mode {
    /// All modes, in order.
    pub const ALL: [Self; 4] = [Self::Anonymous, Self::KnownRecipient, Self::NonAnonymousOverTor, Self::NonAnonymous];

    /// 1 to 4.
    pub fn number(self) -> u8 {
        match self {
            Self::Anonymous => 1,
            Self::KnownRecipient => 2,
            Self::NonAnonymousOverTor => 3,
            Self::NonAnonymous => 4,
        }
    }

    /// The mode in a few words, as Whonix names it.
    pub fn description(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous user, any recipient",
            Self::KnownRecipient => "user knows recipient, both use Tor",
            Self::NonAnonymousOverTor => "non-anonymous user over Tor, any recipient",
            Self::NonAnonymous => "non-anonymous user, any recipient",
        }
    }

    /// Whether no service learns who the user is: modes 1 and 2.
    pub fn is_anonymous(self) -> bool {
        matches!(self, Self::Anonymous | Self::KnownRecipient)
    }

    /// Whether everything of this mode goes through Tor.
    pub fn over_tor(self) -> bool {
        self != Self::NonAnonymous
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "mode {}", self.number())
    }
}

impl From<Mode> for u8 {
    fn from(mode: Mode) -> u8 {
        mode.number()
    }
}

impl TryFrom<u8> for Mode {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, &'static str> {
        Self::ALL.into_iter().find(|mode| mode.number() == number).ok_or("expected a mode from 1 to 4")
    }
}
