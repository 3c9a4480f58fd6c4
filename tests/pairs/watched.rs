//! A door to the simulation that looks at what is open after each change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use halite::base::QubeName;
use halite::model::Release;
use halite::qubesd::{Call, Qubesd, Reply, Unreachable};
use halite::salt::Staged;
use halite::sim::Simulation;

use crate::open::{Open, World};

/// The door.
pub struct Watched {
    pub system: Simulation,
    world: World,
    release: Release,
    /// The policy file, and what is to be in it.
    policy: (PathBuf, String),
    /// Qubes that were made through the door, with the properties that were said of each since.
    made: BTreeMap<String, BTreeSet<String>>,
    /// What was open after each change, and after which.
    pub prefixes: Vec<(String, BTreeSet<Open>)>,
}

impl Watched {
    /// A door to `system`.
    pub fn new(
        system: Simulation,
        release: Release,
        policy: (PathBuf, String),
        tags: BTreeMap<String, BTreeSet<String>>,
    ) -> Self {
        let world = World::of(&mut system.clone(), release, tags);
        Self { system, world, release, policy, made: BTreeMap::new(), prefixes: Vec::new() }
    }

    /// What is open now.
    pub fn open(&self) -> BTreeSet<Open> {
        self.world.open(self.has_policy(), true)
    }

    /// What would be open now if every qube could be started.
    pub fn if_started(&self) -> BTreeSet<Open> {
        self.world.open(self.has_policy(), false)
    }

    fn has_policy(&self) -> bool {
        fs::read_to_string(&self.policy.0).is_ok_and(|text| text == self.policy.1)
    }

    fn look(&mut self, call: &Call) {
        let qube = match call.method.strip_prefix("admin.vm.Create.") {
            Some(_) => {
                let payload = String::from_utf8_lossy(&call.payload).into_owned();
                let name = payload.split(' ').find_map(|word| word.strip_prefix("name=")).expect("a new qube has a name");
                self.made.insert(name.to_owned(), BTreeSet::new());
                name.to_owned()
            }
            None => call.destination.to_string(),
        };
        if call.method == "admin.vm.property.Set"
            && let Some(said) = self.made.get_mut(&qube)
        {
            said.insert(call.argument.clone());
        }
        let is_seen = match &*call.method {
            "admin.vm.property.Set" | "admin.vm.property.Reset" => matches!(&*call.argument, "netvm" | "default_dispvm"),
            "admin.vm.feature.Set" | "admin.vm.feature.Remove" => matches!(&*call.argument, "prohibit-start" | "x-halite-made"),
            "admin.vm.firewall.Set" => false,
            _ => true,
        };
        if !is_seen {
            return;
        }
        self.world.read(&mut self.system, &qube);
        let open = self.open();
        let is_new = |name: &str, property: &str| match self.made.get(name) {
            // What qubesd gives a new qube holds until its netvm is said; on R4.3, only until the very next call.
            Some(said) if self.release == Release::R4_2 => !said.contains(property),
            Some(_) => call.method.starts_with("admin.vm.Create.") && qube == name,
            None => false,
        };
        let is_avoidable = |open: &Open| match open {
            Open::Network(name, _) | Open::Untagged(name, _) => !is_new(name, "netvm"),
            Open::Disposables(name, _) => !is_new(name, "default_dispvm"),
        };
        self.prefixes.push((format!("{call} of {qube}"), open.into_iter().filter(is_avoidable).collect()));
    }
}

impl Qubesd for Watched {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        let reply = self.system.call(call)?;
        let is_change = ["Set", "Reset", "Remove"].iter().any(|verb| call.method.ends_with(verb));
        if is_change || call.method.starts_with("admin.vm.Create.") {
            assert!(matches!(reply, Reply::Ok(_)), "{call:?}: {reply:?}");
            self.look(call);
        }
        Ok(reply)
    }

    fn provision(&mut self, qube: &QubeName, state: &Staged) -> Result<(), Unreachable> {
        self.system.provision(qube, state)
    }
}
