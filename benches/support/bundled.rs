//! A recipe's bundle in this process, and a simulated dom0 that was switched to it.

use std::fs;

use halite::apply::{Counts, Current, Deed, Generation, Next, Task, activate, look};
use halite::bundle::Sealed;
use halite::compile;
use halite::dom0::Layout;
use halite::model::Release;
use halite::plan::{State, plan, wanted};
use halite::recipe::parse;
use halite::sim::Simulation;

/// The release that it is for.
pub const RELEASE: Release = Release::R4_3;

/// What a bundle asks for.
pub struct Bundled {
    sealed: Sealed,
    /// The state that it asks for.
    pub wanted: State,
}

impl Bundled {
    /// That of a recipe.
    pub fn of(text: &str) -> Self {
        let source = parse(text).expect("the recipe is right");
        let unsealed = compile::compile(&source, RELEASE, compile::desired(&source, RELEASE));
        let policy = unsealed.files.iter().find(|(path, _)| path.as_str() == "policy/32-halite.policy").expect("it has one").1;
        let policy = String::from_utf8(policy.clone()).expect("text");
        let wanted = wanted(&unsealed.desired, policy, RELEASE);
        Self { sealed: unsealed.seal().expect("it keeps the limits of the format"), wanted }
    }

    /// A stock dom0 that was switched to it, and all that is managed there then.
    pub fn switched(&self, layout: &Layout) -> (Simulation, State) {
        fs::create_dir_all(layout.policy_directory()).expect("a directory");
        let mut system = Simulation::stock(RELEASE);
        let current = Current::load(layout).expect("there is none yet");
        let target = current.ledger.target(&self.wanted, RELEASE);
        let observed = look(&mut system, layout, &target).expect("dom0 can be read");
        let plan = plan(&target, &observed, &current.ledger, RELEASE, &Default::default()).expect("there is a way");
        let ledger = current.ledger.after(&self.wanted, &observed.state());
        layout.store().put(&self.sealed, None).expect("a file");
        let generation = Generation::new(1, self.sealed.statement(), 0, self.wanted.clone());
        let task = Task { begun: 0, deed: Deed::switch(&generation) };
        let next = Next { task, current: current.then(1, ledger), generation: Some(generation), target };
        activate(&mut system, layout, &plan, &observed, next, Counts::AtOnce).expect("nothing is refused");
        let target = Current::load(layout).expect("what was written").ledger.target(&self.wanted, RELEASE);
        (system, target)
    }
}
