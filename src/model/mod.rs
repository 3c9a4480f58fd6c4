//! What a bundle asks of dom0, as values: the one picture that compiling makes, checks judge, and plans bring about.
//!
//! **Architecture invariant:** pure, and free of recipes: dom0 holds these types without a parser for the language they came from.

mod desired;
mod label;
mod mode;
mod property;
mod release;

pub use desired::{Desired, Identity, Qube, Role, Template, isolated_tag};
pub use label::{Label, UnknownLabel};
pub use mode::Mode;
pub use property::{Change, Kind, PROPERTIES, Property, Setting, property};
pub use release::{Release, UnknownRelease};
