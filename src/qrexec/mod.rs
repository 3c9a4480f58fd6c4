//! The qrexec policy language: whole policies as dom0 reads them, what becomes of each call, and what may get from one qube to another.
//!
//! Reading: [`Policy`] is what `load` finds in directories; `loader` keeps what was read so far, `include` follows includes, `compat` reads
//! the old directory, `path` knows where an include leads. A `line` is a directive or a `rule`, which speaks of `token`s and ends in an
//! `action`; `text` knows what Python takes for lines and words. What is wrong is a `fault`.
//!
//! Deciding: `decide` says what becomes of one call in a `system`, whose JSON is in `system_info`. `matching` says which rules are about
//! it, `choice` what a user who is asked may choose from, `connect` what can still go wrong with an allowed call, `refusal` why it is
//! denied. `graph` decides all calls at once, by `kinds` of qubes that no rule can tell apart (`candidates` and
//! `by_caller` find rules without trying each), and `edges` draws that; `ways` says
//! where they lead, and `reach` follows them from hop to hop; `lint` finds rules that deceive.
//!
//! Besides: `service` knows what calls carry, `stock` what Qubes and Whonix install, `bundled` the few forms of rules that bundles hold;
//! `renamed` is a policy with other names, whose files `file_names` keeps in order.
//!
//! R4.2 and R4.3 read and decide differently: R4.3 knows qubes by their uuid, and dom0 by its name. Whatever depends on that asks for the
//! release where it stands, so that a third one will not compile before somebody has looked.
//!
//! **Architecture invariant:** pure. Files come through the trait [`Files`]; a `tree` is all of dom0's as one value.

mod action;
mod bad_rule;
mod bits;
mod bundled;
mod by_caller;
mod callers;
mod candidates;
mod choice;
mod compat;
mod connect;
mod decide;
mod directory;
mod edges;
mod fault;
mod file_names;
mod graph;
mod include;
mod kinds;
mod line;
mod lint;
mod load;
mod loader;
mod matching;
mod path;
mod reach;
mod refusal;
mod renamed;
mod rule;
mod service;
mod source;
mod stock;
mod system;
mod system_info;
mod text;
mod token;
mod tree;
mod ways;

pub use action::{Action, Permission};
pub use bad_rule::BadRule;
pub use bits::Bits;
pub use bundled::{BadPolicy, NotBundled, POLICY_FILE, parse_policy};
pub use callers::Callers;
pub use decide::{Decision, Outcome, Request};
pub use edges::{Drawing, Edges, drawn};
pub use fault::{PolicyFault, Why};
pub use graph::{Calls, Flow, Graph, NamedCall};
pub use kinds::{Kinds, SourceKind, Target, TargetKind};
pub use lint::{Remark, What, lint};
pub use load::{Directories, Policy};
pub use reach::{Question, Reach};
pub use refusal::{Failure, Refusal};
pub use renamed::Names;
pub use rule::{Call, Clause, Origin, Rule};
pub use service::{Carries, carries, known_service};
pub use source::Files;
pub use stock::{stock, stock_beside, stock_files};
pub use system::{Power, System, SystemQube, Uuid, running_disposable};
pub use system_info::BadSystem;
pub use token::{BadToken, Place, Token};
pub use tree::{Contents, OLD_DIRECTORY, POLICY_DIRECTORY, PolicyTree, RUNTIME_DIRECTORY};
pub use ways::{Hop, Ways};
