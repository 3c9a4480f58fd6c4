//! A recipe's bundle in this process, without its file, and a simulated dom0 that was switched to it.

use std::fs;

use halite::apply::{Current, Generation, Next, activate, look};
use halite::base::Digest;
use halite::bundle::Statement;
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
    statement: Statement,
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
        let statement = Statement {
            name: unsealed.name.clone(),
            release: RELEASE,
            serial: 1,
            built_with: "halite/0".to_owned(),
            expires: None,
            manifest: Digest::of(text.as_bytes()),
            payload: Digest::of(b""),
        };
        Self { statement, wanted: wanted(&unsealed.desired, policy, RELEASE) }
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
        let generation = Some(Generation::new(1, &self.statement, 0, self.wanted.clone()));
        let next = Next { current: current.then(1, ledger), generation, target };
        activate(&mut system, layout, &plan, &observed, next).expect("nothing is refused");
        let target = Current::load(layout).expect("what was written").ledger.target(&self.wanted, RELEASE);
        (system, target)
    }
}
