//! What a bundle asks of dom0, as values: the one picture that compiling makes, checks judge, and plans bring about.
//!
//! **Architecture invariant:** pure, and free of recipes: dom0 holds these types without a parser for the language they came from.

mod release;

pub use release::{Release, UnknownRelease};
