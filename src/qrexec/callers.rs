//! Which callers of a kind can do something. Where the user is asked, it can matter who of them calls, since nobody can choose itself.

/// Callers of one kind who can do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callers {
    /// None of them.
    None,
    /// All of them.
    All,
    /// All but the one with this number, if it is among them.
    AllBut(usize),
    /// The one with this number, if it is among them.
    Only(usize),
}

impl Callers {
    /// The one that is not as the others.
    pub fn named(self) -> Option<usize> {
        match self {
            Self::None | Self::All => None,
            Self::AllBut(number) | Self::Only(number) => Some(number),
        }
    }

    /// Whether the caller with this number is one of them.
    pub fn contains(self, number: usize) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::AllBut(other) => number != other,
            Self::Only(one) => number == one,
        }
    }
}
