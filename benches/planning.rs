//! Planning, in one process, beside what qubesd takes for its replies: `make bench`.
//!
//! The replies are those of a simulation, which gave them before: what is measured is reading them, making the plan, saying which flows it
//! opens and closes, and telling it. A plan that changes nothing for 50 qubes is to take 5 ms, the first one for 3,000 a second.

#![allow(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]

#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use halite::apply::{Current, look};
use halite::base::QubeName;
use halite::dom0::Layout;
use halite::observe::supplies;
use halite::plan::{Decider, Plan, State, plan};
use halite::qrexec::{Directories, OLD_DIRECTORY, PolicyTree, stock_files};
use halite::qubesd::{Admin, Call, Qubesd, Reply, Unreachable};
use halite::salt::Staged;
use halite::sim::Simulation;
use support::bundled::{Bundled, RELEASE};
use support::{is_asked_for, many};

/// Identities of which each has a gateway, a workstation and a disposable template: 51 qubes.
const FIFTY: u32 = 17;
/// Identities whose number doubles: up to 3,000 qubes.
const GROWTH: [u32; 4] = [125, 250, 500, 1000];

fn main() {
    if !is_asked_for() {
        return;
    }
    println!("{:<58} {:>9} {:>9} {:>9}", "planning, milliseconds", "min", "median", "max");
    measure("nothing to do, 51 qubes (target 5)", 200, &Case::idle(FIFTY));
    for (name, case) in [("first plan", Case::first as fn(u32) -> Case), ("nothing to do", Case::idle)] {
        println!();
        let mut before: Option<f64> = None;
        for identities in GROWTH {
            let target = if identities == 1000 { " (target 1000)" } else { "" };
            let taken = measure(&format!("{name}, {} qubes{target}", 3 * identities), 9, &case(identities));
            if let Some(before) = before {
                println!("{:<58} {:>19.2}", "  twice the qubes took, times", taken / before);
            }
            before = Some(taken);
        }
    }
}

/// A dom0 and what it is to be.
struct Case {
    _directory: tempfile::TempDir,
    layout: Layout,
    door: Canned,
    files: PolicyTree,
    wanted: State,
}

impl Case {
    /// A stock dom0, and many identities that it is to have.
    fn first(identities: u32) -> Self {
        let bundled = Bundled::of(&many(identities));
        let directory = tempfile::tempdir().expect("a directory for the benchmark");
        let layout = Layout::below(directory.path());
        fs::create_dir_all(layout.policy_directory()).expect("a directory");
        Self::recorded(directory, layout, Simulation::stock(RELEASE), bundled.wanted)
    }

    /// One that is just as it is to be.
    fn idle(identities: u32) -> Self {
        let bundled = Bundled::of(&many(identities));
        let directory = tempfile::tempdir().expect("a directory for the benchmark");
        let layout = Layout::below(directory.path());
        let (system, _) = bundled.switched(&layout);
        let case = Self::recorded(directory, layout, system, bundled.wanted);
        assert!(case.plan(&mut case.door.clone()).is_empty(), "there is something to do");
        case
    }

    /// With the replies that planning needs.
    fn recorded(directory: tempfile::TempDir, layout: Layout, system: Simulation, wanted: State) -> Self {
        let files = stock_tree();
        let mut case = Self { _directory: directory, layout, door: Canned::default(), files, wanted };
        let mut door = Recording { system, replies: BTreeMap::new() };
        case.plan(&mut door);
        case.door = Canned { replies: door.replies };
        case
    }

    /// All that `halite-dom0 plan` does once a bundle is verified and judged.
    fn plan(&self, door: &mut dyn Qubesd) -> Plan {
        let current = Current::load(&self.layout).expect("the books");
        let target = current.ledger.target(&self.wanted, RELEASE);
        let mut observed = look(door, &self.layout, &target).expect("dom0 can be read");
        observed.supplies = Some(supplies(door, &target, &observed).expect("dom0 can be read"));
        let plan = plan(&target, &observed, &current.ledger, RELEASE, &Default::default()).expect("there is a way");
        let system = Admin::new(door).system().expect("dom0 can be read");
        let files = match &observed.policy.text() {
            Some(text) => self.files.clone().with_bundled(text),
            None => self.files.clone(),
        };
        plan.with_flows(&target, &observed, &Decider { files, system }, RELEASE)
    }
}

fn stock_tree() -> PolicyTree {
    let mut tree = PolicyTree::default();
    tree.directories.insert("/etc/qubes/policy.d".to_owned());
    for (name, text) in stock_files(RELEASE) {
        tree.files.insert(format!("/etc/qubes/policy.d/{name}"), text.as_bytes().to_vec().into());
    }
    let directories = Directories { policy: tree.read_by(RELEASE), compat: OLD_DIRECTORY.to_owned(), release: RELEASE };
    PolicyTree::recorded(&tree, &directories)
}

/// A door that gives the replies that it has.
#[derive(Clone, Default)]
struct Canned {
    replies: BTreeMap<Vec<u8>, Reply>,
}

impl Qubesd for Canned {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        Ok(self.replies.get(&call.to_bytes()).cloned().unwrap_or_else(|| panic!("{call} was not asked before")))
    }

    fn provision(&mut self, _: &QubeName, _: &Staged) -> Result<(), Unreachable> {
        unreachable!("planning has Salt do nothing")
    }
}

/// A door that keeps the replies that a simulation gives.
struct Recording {
    system: Simulation,
    replies: BTreeMap<Vec<u8>, Reply>,
}

impl Qubesd for Recording {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        let reply = self.system.call(call)?;
        self.replies.insert(call.to_bytes(), reply.clone());
        Ok(reply)
    }

    fn provision(&mut self, _: &QubeName, _: &Staged) -> Result<(), Unreachable> {
        unreachable!("planning has Salt do nothing")
    }
}

/// Measures making and telling a plan, prints it, and returns the median in milliseconds.
fn measure(name: &str, runs: usize, case: &Case) -> f64 {
    let mut door = case.door.clone();
    let mut once = || {
        let begun = Instant::now();
        let text = case.plan(&mut door).to_text();
        let taken = begun.elapsed();
        std::hint::black_box(text);
        taken
    };
    once();
    let mut times: Vec<Duration> = (0..runs).map(|_| once()).collect();
    times.sort();
    let [min, median, max] = [times[0], times[runs / 2], times[runs - 1]].map(|time| time.as_secs_f64() * 1e3);
    println!("{name:<58} {min:>9.2} {median:>9.2} {max:>9.2}");
    median
}
