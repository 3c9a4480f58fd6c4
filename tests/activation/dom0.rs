//! A simulated dom0 with its files, and the verbs `switch`, `rollback` and `status` as the command line has them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use halite::apply::{ApplyError, Counts, Current, Deed, Generation, Generations, Next, Recovered, Task, activate, look, recover};
use halite::base::QubeName;
use halite::dom0::Layout;
use halite::model::Release;
use halite::observe::supplies;
use halite::plan::{Observed, Plan, State, plan};
use halite::qubesd::{Call, Qubesd, Reply};
use halite::sim::Simulation;
use tempfile::TempDir;

use crate::bundles::Bundle;

/// A dom0.
pub struct Dom0 {
    directory: Rc<TempDir>,
    pub layout: Layout,
    pub release: Release,
    pub system: Simulation,
    /// Qubes that the user lets halite manage.
    pub adopted: BTreeSet<QubeName>,
}

/// A wanted state and the way there.
pub struct Prospect {
    pub current: Current,
    pub wanted: State,
    pub target: State,
    pub observed: Observed,
    pub plan: Plan,
}

/// Where activations are to be.
pub enum Goal<'a> {
    Switch(&'a Bundle),
    Rollback(u32),
}

/// A directory in memory, where syncing costs nothing.
fn directory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() }
}

pub fn name(text: &str) -> QubeName {
    text.parse().unwrap()
}

impl Dom0 {
    /// A stock system.
    pub fn stock(release: Release) -> Self {
        let directory = Rc::new(directory());
        let layout = Layout::below(directory.path());
        fs::create_dir_all(layout.policy_directory()).unwrap();
        let version = release.as_str().trim_start_matches('r');
        fs::write(layout.qubes_release(), format!("Qubes release {version} (R{version})\n")).unwrap();
        let system = Simulation::stock(release);
        let mut dom0 = Self { directory, layout, release, system, adopted: BTreeSet::new() };
        // The recorded system of R4.2 has newer templates than those that R4.2 came with.
        let debian = release.stock_template("debian").unwrap();
        if !crate::snapshot::qubes(&dom0.system).contains_key(debian.as_str()) {
            dom0.hand("admin.vm.Create.TemplateVM", "", "dom0", &format!("name={debian} label=black"));
        }
        dom0
    }

    /// Another one that is just the same.
    pub fn copy(&self) -> Self {
        let directory = Rc::new(directory());
        copy(self.directory.path(), directory.path());
        let layout = Layout::below(directory.path());
        Self { directory, layout, release: self.release, system: self.system.clone(), adopted: self.adopted.clone() }
    }

    /// The same one, files included, with a simulation that goes its own way.
    pub fn view(&self) -> Self {
        let directory = Rc::clone(&self.directory);
        let (layout, system, adopted) = (self.layout.clone(), self.system.clone(), self.adopted.clone());
        Self { directory, layout, release: self.release, system, adopted }
    }

    /// What is between this dom0 and `wanted`.
    pub fn prospect(&self, door: &mut dyn Qubesd, wanted: State) -> Result<Prospect, ApplyError> {
        let current = Current::load(&self.layout)?;
        let target = current.ledger.target(&wanted, self.release);
        let mut observed = look(door, &self.layout, &target)?;
        observed.supplies = Some(supplies(door, &target, &observed)?);
        let plan = plan(&target, &observed, &current.ledger, self.release, &self.adopted).map_err(ApplyError::Problems)?;
        Ok(Prospect { current, wanted, target, observed, plan })
    }

    /// Goes there through `door`; says in how many steps.
    pub fn go_through(&self, door: &mut dyn Qubesd, goal: &Goal) -> Result<usize, ApplyError> {
        self.go_counting(door, goal, Counts::AtOnce)
    }

    /// The same, where it counts as `counts` says.
    pub fn go_counting(&self, door: &mut dyn Qubesd, goal: &Goal, counts: Counts) -> Result<usize, ApplyError> {
        let wanted = match goal {
            Goal::Switch(bundle) => bundle.wanted.clone(),
            Goal::Rollback(0) => State::default(),
            Goal::Rollback(number) => Generations::of(&self.layout).load(*number)?.state,
        };
        if let Goal::Switch(bundle) = goal {
            self.layout.store().put(&bundle.sealed, None).unwrap();
        }
        let Prospect { current, wanted, target, observed, plan } = self.prospect(door, wanted)?;
        let number = match goal {
            Goal::Switch(_) => current.next(),
            Goal::Rollback(number) => *number,
        };
        let ledger = current.ledger.after(&wanted, &observed.state());
        let generation = match goal {
            Goal::Switch(bundle) => Some(Generation::new(number, bundle.statement(), u64::from(number), wanted)),
            Goal::Rollback(_) => None,
        };
        let current = current.then(number, ledger);
        let current = match goal {
            Goal::Switch(bundle) => current.activating(bundle.statement()),
            Goal::Rollback(_) => current,
        };
        let deed = generation.as_ref().map_or(Deed::Rollback { generation: number }, Deed::switch);
        let next = Next { task: Task { begun: 0, deed }, current, generation, target };
        let steps = plan.steps.len();
        activate(door, &self.layout, &plan, &observed, next, counts)?;
        Ok(steps)
    }

    /// Goes there.
    pub fn go(&mut self, goal: &Goal) -> Result<usize, ApplyError> {
        let mut system = self.system.clone();
        let result = self.go_through(&mut system, goal);
        self.system = system;
        result
    }

    #[track_caller]
    pub fn switch(&mut self, bundle: &Bundle) -> usize {
        self.go(&Goal::Switch(bundle)).unwrap()
    }

    #[track_caller]
    pub fn rollback(&mut self, number: u32) -> usize {
        self.go(&Goal::Rollback(number)).unwrap()
    }

    /// What `status` plans.
    #[track_caller]
    pub fn drift(&self) -> Plan {
        let managed = Current::load(&self.layout).unwrap().ledger.managed;
        self.prospect(&mut self.system.clone(), managed).unwrap().plan
    }

    /// What `plan` shows.
    #[track_caller]
    pub fn plan(&self, bundle: &Bundle) -> Plan {
        self.prospect(&mut self.system.clone(), bundle.wanted.clone()).unwrap().plan
    }

    pub fn recover(&mut self) -> Result<Recovered, ApplyError> {
        recover(&mut self.system, &self.layout)
    }

    /// Of what there is, that which `wanted` manages.
    pub fn managed(&self, wanted: &State) -> State {
        let observed = look(&mut self.system.clone(), &self.layout, wanted).unwrap();
        observed.restricted_to(wanted, &Current::load(&self.layout).unwrap().ledger)
    }

    /// A call by hand.
    pub fn by_hand(&mut self, method: &'static str, argument: &str, qube: &str, payload: &str) -> Reply {
        self.system.call(&Call::new(method, &name(qube)).argument(argument).payload(payload)).unwrap()
    }

    /// A call by hand that must be accepted.
    #[track_caller]
    pub fn hand(&mut self, method: &'static str, argument: &str, qube: &str, payload: &str) {
        let reply = self.by_hand(method, argument, qube, payload);
        assert!(matches!(reply, Reply::Ok(_)), "{method}+{argument} of {qube}: {reply:?}");
    }

    /// Removes a qube by hand, and first whatever hangs on it.
    pub fn delete(&mut self, qube: &str) {
        let others: Vec<String> = crate::snapshot::qubes(&self.system).into_keys().collect();
        for other in others.iter().filter(|other| *other != "dom0") {
            if crate::snapshot::qubes(&self.system)[other]["properties"]["template"] == qube {
                self.hand("admin.vm.Remove", "", other, "");
                continue;
            }
            for property in ["netvm", "default_dispvm"] {
                if crate::snapshot::qubes(&self.system)[other]["properties"][property] == qube {
                    self.hand("admin.vm.property.Set", property, other, "");
                }
            }
        }
        self.hand("admin.vm.Remove", "", qube, "");
    }

    /// The name of the template that the qube `a` is on.
    pub fn managed_template(&self) -> String {
        crate::snapshot::qubes(&self.system)["a"]["properties"]["template"].as_str().unwrap().to_owned()
    }

    pub fn policy(&self) -> Option<String> {
        fs::read_to_string(self.layout.policy()).ok()
    }

    pub fn set_policy(&self, text: &str) {
        fs::write(self.layout.policy(), text).unwrap();
    }

    pub fn has_journal(&self) -> bool {
        self.layout.journal().exists()
    }

    /// All files of halite's own, but the lock.
    pub fn state_files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        list(&self.layout.state(), &mut files);
        files.sort();
        files
    }
}

fn list(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { list(&path, files) } else { files.push(path) }
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
