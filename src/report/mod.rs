//! A bundle explains itself: what is isolated from what, what is only declared, and what no configuration can protect.
//!
//! [`Examined`] is a desired state with all that its checks and its policy come to. Each sheet is a function of it: `boundaries` (the six
//! classes), `boundary_map`, `workstation_plan`, `bypass` (with what is known of `applications`), `compared_with_vpn`, `matrix` and
//! `situations`. Together they make one [`Document`]: sections of sentences, lists and tables, in which each claim says how it is
//! known (a [`Standing`]). `since` marks in one document what is not as in another. Each form is a function of a document: `text`,
//! and in `halite` also `markdown` and `html`. The drawn `map` is made from the same [`Examined`].
//!
//! **Architecture invariant:** pure; judges nothing by itself. A claim is as good as the check, the way or the rule that it names.

mod applications;
mod boundaries;
mod boundary_map;
mod bypass;
mod claims;
mod compared_with_vpn;
mod document;
mod evidence;
mod examined;
#[cfg(feature = "build")]
mod html;
pub mod map;
#[cfg(feature = "build")]
mod markdown;
mod matrix;
mod overview;
mod phrase;
mod rules;
#[cfg(test)]
mod sample;
mod sheets;
mod since;
mod situations;
mod standing;
mod text;
mod through;
mod workstation_plan;

pub use document::{Block, Cell, Column, Document, Item, Row, Section, Table, Was, section_id};
pub use examined::{Examined, Subject};
#[cfg(feature = "build")]
pub use html::html;
pub use map::Map;
#[cfg(feature = "build")]
pub use markdown::markdown;
pub use phrase::{Phrase, Piece};
pub use sheets::sheets;
pub use standing::{Held, Standing};
pub use text::text;
