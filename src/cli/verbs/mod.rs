//! The verbs: those of `halite` in `anywhere`, those of `halite-dom0` in `here`, one a file; `policy`, which has verbs of its own, and
//! `explain` are in both. The other files are what several verbs share.

#[cfg(feature = "build")]
mod captured;
mod compared;
mod describe;
mod explain;
mod judge;
mod planned;
mod policy;
mod reported;
mod target;
mod verification;

#[cfg(feature = "build")]
pub mod anywhere;
#[cfg(feature = "dom0")]
pub mod here;
