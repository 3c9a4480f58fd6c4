//! The simulated dom0: a qubesd that keeps its whole state in one value and answers calls as the real one does, so that plans,
//! the demo, `--simulate` and most tests need no Qubes.
//!
//! [`Simulation`] is the state and the door ([`Qubesd`](crate::qubesd::Qubesd)). What a file here restates of qubesd's behaviour
//! comes from qubes-core-admin and qubes-core-admin-addon-whonix (branches release4.2 and release4.3), whose file it names;
//! the recorded conversations in `tests/data/admin-api-*.jsonl` are replayed against it.
//!
//! | file | noun |
//! |---|---|
//! | `simulation`, `audit`, `stock-*.json` | the state, what makes one acceptable, the two stock systems |
//! | `qube`, `features`, `value`, `volume`, `firewall`, `label` | what the state is made of |
//! | `property`, `global`, `view`, `defaults`, `network` | which properties there are, and what they read as |
//! | `setter`, `change`, `tagging`, `power`, `whonix` | what a change must satisfy, and what it sets off |
//! | `methods/` | the calls, one table for each group |
//! | `refusal`, `python`, `derived` | how qubesd refuses, how it prints, where it would roll dice |
//! | `faulty` | a door that fails at the n-th change |
//! | `kept`, `root` | a simulation that outlives the process, as a state file; dom0's own files beside it |
//! | `salt`, `qubesctl` | what Salt does inside qubes, and the program that has it do so |
//! | `request`, `served` | a simulation behind sockets: who is meant, and what goes wrong when |
//!
//! Not simulated, and answered like a call that qubesd does not know: devices, backups, `admin.Events`, `admin.vm.CreateInPool`,
//! suspending, help texts, and settings of volumes and pools. Not simulated either: preloaded disposables, the deferred network
//! of a paused qube, calls by other qubes than dom0, how full a volume is, what runs inside a qube but for Salt, and time (a start or a shutdown is over
//! when the reply comes; firewall rules never expire).
//!
//! **Architecture invariant:** pure but for `kept`, `root` and `qubesctl`, which read and write the state file and dom0's own: no clock, no randomness; never imports
//! `plan/` or `apply/`.

mod audit;
mod change;
mod defaults;
mod derived;
mod faulty;
mod features;
mod firewall;
mod global;
mod kept;
mod label;
mod methods;
mod network;
mod power;
mod property;
mod python;
mod qube;
#[cfg(feature = "build")]
mod qubesctl;
mod refusal;
mod request;
mod root;
mod salt;
#[cfg(feature = "build")]
mod served;
mod setter;
mod simulation;
mod system_info;
mod tagging;
mod value;
mod view;
mod volume;
mod whonix;

pub use audit::BadState;
pub use faulty::{Fault, Faulty, Lasting};
pub use kept::{Kept, KeptError};
#[cfg(feature = "build")]
pub use qubesctl::{Ended, qubesctl};
pub use root::{BadRoot, begin_root};
#[cfg(feature = "build")]
pub use served::{Mishap, Served};
pub use simulation::Simulation;
