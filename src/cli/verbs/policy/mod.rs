//! `policy`: what a qrexec policy allows, in both programs. Each verb has a file of its own. `anywhere` and `here` list them for `halite`
//! and for `halite-dom0`, and say what they study where no option names anything (`home`); `place` has those options, `files` finds the
//! policy's files, and `picture` writes what `graph` prints.

mod eval;
mod files;
mod graph;
mod home;
mod lint;
mod picture;
mod place;
mod reach;

#[cfg(feature = "build")]
pub mod anywhere;
#[cfg(feature = "dom0")]
pub mod here;

#[cfg(feature = "dom0")]
pub use files::PolicyFiles;
