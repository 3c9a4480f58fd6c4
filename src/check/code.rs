//! The stable codes of everything halite finds wrong, in one table.

use std::fmt;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing is built, imported or switched to.
    Error,
    /// It is said, and goes on.
    Warning,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $level:ident, $title:literal;)*) => {
        /// A code. Once released, it never means something else.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// All codes, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As in `H0201`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// How much it weighs.
            pub fn level(self) -> Level {
                match self { $(Self::$variant => Level::$level,)* }
            }

            /// The rule that is broken, in one sentence.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

codes! {
    /// Not TOML.
    Syntax = "H0001", Error, "a recipe is TOML";
    /// A key that the recipe language does not have.
    UnknownKey = "H0002", Error, "a recipe has only keys that halite knows";
    /// A key that must be there.
    MissingKey = "H0003", Error, "a recipe says what halite cannot know";
    /// A value of the wrong kind, or out of bounds.
    BadValue = "H0004", Error, "each value is of its kind and within its bounds";
    /// A name that nothing in the recipe has.
    UnknownName = "H0005", Error, "whatever a recipe refers to is declared in it";
    /// Two things that exclude each other.
    Conflict = "H0006", Error, "a recipe does not say two things that exclude each other";
    /// A file that is not there, or is none that a recipe may name.
    Unreadable = "H0007", Error, "whatever file or folder a recipe names can be read, and lies where it may";

    /// Salt's management disposables would collide.
    NamesCollide = "H0101", Error, "no two names share their first 21 characters";
    /// A reference to something that the bundle does not hold.
    Dangling = "H0102", Error, "identities and halite's own templates that are referred to are part of the bundle";
    /// A netvm without `provides_network`.
    NoNetwork = "H0103", Error, "a netvm provides network";
    /// Qubes refuses loops.
    NetworkLoop = "H0104", Error, "network paths have no loops";
    /// A property that a bundle may not set, or a value of the wrong kind.
    BadProperty = "H0105", Error, "only known properties are set, to values of their kind";
    /// A tag or feature that Qubes or halite manages.
    ManagedElsewhere = "H0106", Error, "tags and features that Qubes manages by itself are left alone";
    /// A name that belongs to something else.
    NameTaken = "H0107", Error, "each name stands for one thing";
    /// Qubes refuses `maxmem` below `memory`.
    Memory = "H0108", Error, "a qube's memory is at most its maxmem";
    /// A template's name must be the hash of its content.
    TemplateName = "H0109", Error, "a template is named by the hash of what it holds";

    /// A file where the qube does not keep it, or where another one needs a directory.
    FilePlace = "H0110", Error, "files are put where a qube keeps them: in a template outside its private volume, in a qube inside";

    /// A way to the network that is not the identity's own gateway.
    NotBehindGateway = "H0201", Error, "in modes 1 to 3, every qube reaches the network through its identity's own gateway alone";
    /// A netvm left to the global default.
    DefaultNetvm = "H0202", Error, "each qube says what its netvm is";
    /// Tor over Tor.
    TorOverTor = "H0203", Error, "no gateway is behind another gateway";
    /// Disposables of somebody else.
    ForeignDisposables = "H0204", Error, "a qube's disposables are its own identity's, or there are none";
    /// A Whonix qube without Whonix's own tag.
    WhonixTag = "H0205", Error, "qubes on Whonix templates carry the tags that Qubes' anonymity policies ask for";
    /// A qube that no denial would match.
    IsolationTag = "H0206", Error, "qubes carry the tags that their identity's policy is written for";
    /// An upstream that does not lead out.
    Upstream = "H0207", Error, "a gateway's netvm is a qube outside the bundle's identities";

    /// A gateway that runs no Tor, or something else on a gateway's template.
    GatewayTemplate = "H0208", Error, "gateways, and only gateways, are on a Whonix gateway template";

    /// An account in two identities.
    SharedAccount = "H0301", Error, "an account belongs to one identity";

    /// Bridges, which their users' enemies would like to know.
    BridgesInBundle = "H0401", Warning, "a bundle gives away nothing that is better kept";
    /// A name that `labels.toml` keeps.
    PersonalInformation = "H0402", Error, "who is behind the handles stands in `labels.toml` alone";

    /// A file of Salt's that halite cannot read.
    SaltText = "H0901", Error, "states are YAML in plain files";
    /// A file of states that Salt itself cannot read, mended.
    SaltMended = "H0902", Warning, "states are YAML that Salt can read";
    /// A part of a state that only a program's run would tell.
    SaltCode = "H0903", Warning, "what states say is data, not a program";
    /// A part of a state for which recipes have no word.
    SaltUnknown = "H0904", Warning, "states say what a recipe can say";
    /// A word that Salt does not know, or knows in another form.
    SaltSpelling = "H0905", Warning, "states are written as Salt takes them";
    /// Two states, or two values, for one thing.
    SaltTwice = "H0906", Warning, "states say each thing once";
    /// A template that is none of today's.
    SaltTemplate = "H0907", Warning, "qubes are on templates that exist";
    /// An identity's mode, which no state says.
    SaltMode = "H0908", Warning, "an identity's mode is what its states look like";
    /// A gateway that several share, or that is not for identities.
    SaltGateway = "H0909", Warning, "each identity over Tor has a gateway of its own";
    /// What no state says, and halite brings.
    SaltUnsaid = "H0910", Warning, "what keeps identities apart is said";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_differ() {
        assert!(Code::ALL.is_sorted_by(|a, b| a.as_str() < b.as_str()));
        for code in Code::ALL {
            assert!(code.as_str().len() == 5 && code.as_str().starts_with('H'), "{code}");
        }
    }
}
