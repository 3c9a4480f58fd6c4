//! Reading dom0: `managed` is what a plan compares, once and no call twice, and `supplied` what its new things are made of; `capture` is all of it as a value, which `taken` reads and
//! `door` answers from as qubesd would, so that a plan can be made elsewhere; `redacted` is one that
//! names nobody, by `aliases`; `draft` writes a recipe to begin with, of what `grouped` found to belong together.
//!
//! **Architecture invariant:** nothing here changes dom0.

mod aliases;
mod capture;
mod door;
mod draft;
mod draft_words;
mod grouped;
mod managed;
mod redacted;
mod supplied;
mod taken;

pub use aliases::Aliases;
pub use capture::{BadCapture, Books, Capture, Captured, Value};
pub use draft::draft;
pub use managed::observe;
pub use redacted::redact;
pub use supplied::supplies;
pub use taken::take;
