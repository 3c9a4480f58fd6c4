//! What a bundle asks of dom0, as values: the one picture that compiling makes, checks judge, and plans bring about.
//!
//! **Architecture invariant:** pure, and free of recipes: dom0 holds these types without a parser for the language they came from.

mod bridge;
mod class;
mod desired;
mod exception;
mod fact;
mod firewall;
mod flow;
mod inside;
mod label;
mod labels;
mod mode;
mod property;
mod release;
mod storage;
mod value;
pub mod whonix;

pub use bridge::{BadBridge, Bridge, Transport};
pub use class::{Class, MOST_QUBES};
pub use desired::{Desired, Identity, Qube, Role, StagedFile, Template, isolated_tag, updated_over_tor_tag};
pub use exception::{About, Exception};
pub use fact::{Fact, since};
pub use firewall::{BadFirewallRule, FirewallRule};
pub use flow::{Answer, Flow};
pub use inside::Inside;
pub use label::{Label, UnknownLabel};
pub use labels::Labels;
pub use mode::Mode;
pub use property::{Change, Kind, PROPERTIES, Property, Setting, property};
pub use release::{Release, UnknownRelease};
pub use storage::{Pool, Stored, Volume};
pub use value::refused_feature;
