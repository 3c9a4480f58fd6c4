//! The map of a bundle: who gets to the network by which way, and what may move from one identity to another.
//!
//! [`Map`] is a graph, made from what is [`Examined`](super::Examined): a lane for each identity, with its qubes and their ways, and the
//! flows that cross lanes. `since` marks in it what is not as in another, and `folded` makes one that can be taken in at a glance of one
//!
//! a check found it, or no flow declares it: the map judges nothing.

mod flows;
mod folded;
mod graph;
mod lines;
mod made;
mod since;

pub use graph::{Danger, End, Exit, Flow, Kind, Lane, Leads, Map, Node, Through};
