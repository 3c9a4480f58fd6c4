//! The map of a bundle: who gets to the network by which way, and what may move from one identity to another.
//!
//! [`Map`] is a graph, made from what is [`Examined`](super::Examined): a lane for each identity, with its qubes and their ways, and the
//! flows that cross lanes. `since` marks in it what is not as in another, and `folded` makes one that can be taken in at a glance of one
//! that is too large. Of a map there are `lines` of text and sentences, and in `halite` a `drawing`.
//!
//! **Architecture invariant:** pure, and the same map gives the same text and the same drawing. Where a way or a flow is drawn as a danger,
//! a check found it broken, or no flow declares it: the map judges nothing.

#[cfg(feature = "build")]
mod drawing;
mod flows;
mod folded;
mod graph;
mod lines;
mod made;
mod since;
#[cfg(test)]
mod tests;

#[cfg(feature = "build")]
pub use drawing::STYLE;
pub use graph::{Danger, End, Exit, Flow, Kind, Lane, Leads, Map, Node, Through};
