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
//! | `kept` | a simulation that outlives the process, as a state file |
//!
//! Not simulated, and answered like a call that qubesd does not know: devices, backups, `admin.Events`, `admin.vm.CreateInPool`,
//! suspending, help texts, and settings of volumes and pools. Not simulated either: preloaded disposables, the deferred network
//! of a paused qube, `uuid:` destinations, how full a volume is, what runs inside a qube, and time (a start or a shutdown is over
//! when the reply comes; firewall rules never expire).
//!
//! **Architecture invariant:** pure but for `kept`, which reads and writes the state file: no clock, no randomness; never imports
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
mod refusal;
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
pub use simulation::Simulation;
