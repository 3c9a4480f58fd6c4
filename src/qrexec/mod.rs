//! The qrexec policy language: whole policies as dom0 reads them, what becomes of each call, and what may get from one qube to another.
//!
//! [`Policy`] is read by `load`, from `rule`s that speak of `token`s; `decide` says what becomes of one call; `graph` decides all calls at
//! once, by `kinds` of qubes that no rule can tell apart; `reach` follows them from hop to hop; `lint` finds rules that deceive. `service`
//! knows what calls carry, `stock` what Qubes and Whonix install, `bundled` the few forms of rules that bundles hold.
//!
//! **Architecture invariant:** pure. Files come through the trait [`Files`].

mod bits;
mod bundled;
mod decide;
mod edges;
mod graph;
mod kinds;
mod lint;
mod load;
mod reach;
mod rule;
mod service;
mod source;
mod stock;
mod system;
mod token;

pub use bits::Bits;
pub use bundled::{BadPolicy, NotBundled, POLICY_FILE, parse_policy};
pub use decide::{Decision, Outcome, Request};
pub use edges::{Drawing, Edges, drawn};
pub use graph::{Flow, Graph, NamedCall};
pub use kinds::{Kinds, SourceKind, Target, TargetKind};
pub use lint::{Remark, What, lint};
pub use load::{Directories, Policy, PolicyFault, Why};
pub use reach::{Hop, Question, Reach, Ways};
pub use rule::{Action, BadRule, Origin, Permission, Rule};
pub use service::{Carries, carries};
pub use source::Files;
pub use stock::{stock, stock_beside, stock_files};
pub use system::{BadSystem, System, SystemQube, running_disposable};
pub use token::{BadToken, Place, Token};
