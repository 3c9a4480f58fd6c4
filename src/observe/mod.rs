//! Reading dom0: `managed` is what a plan compares, once and no call twice; `capture` is all of it as a value, which `taken` reads and
//! `door` answers from as qubesd would, so that a plan can be made elsewhere.
//!
//! **Architecture invariant:** nothing here changes dom0.

mod capture;
mod door;
mod managed;
mod taken;

pub use capture::{BadCapture, Books, Capture, Captured, Value};
pub use managed::observe;
pub use taken::take;
