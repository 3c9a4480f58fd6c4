//! dom0's own files: where they are, and what halite keeps in them.
//!
//! **Architecture invariant:** every path in dom0 is made by [`Layout`], so that a root can be moved as a whole.

mod labels;
mod layout;
mod trust_directory;

pub use labels::{BadLabels, labels};
pub use layout::Layout;
pub use trust_directory::{BadTrustDirectory, TrustDirectory};
