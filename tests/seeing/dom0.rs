//! A simulated dom0 in a sandbox, whose state a test may write over.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{RECIPE, Run, Sandbox};

/// Where its policy lies.
pub const POLICY: &str = "dom0/root/etc/qubes/policy.d";

/// A dom0 that trusts an author.
pub struct Dom0 {
    sandbox: Sandbox,
    release: &'static str,
}

impl Dom0 {
    /// One in which nothing was imported yet.
    pub fn new(release: &'static str) -> Self {
        let sandbox = Sandbox::new();
        sandbox.halite("keygen --no-passphrase author").succeeds();
        let begin = format!("--simulate dom0 --simulate-release {release} trust add author.pub --role author");
        sandbox.halite_dom0(&begin).succeeds();
        Self { sandbox, release }
    }

    /// One that has the sample, as `sample@1`.
    pub fn with_sample(release: &'static str) -> Self {
        let dom0 = Self::new(release);
        dom0.import(RECIPE);
        dom0
    }

    /// The sandbox around it.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Builds a recipe for its release, and imports the bundle.
    #[track_caller]
    pub fn import(&self, recipe: &str) {
        let recipe = recipe.replace("releases = [\"r4.3\"]", "releases = [\"r4.2\", \"r4.3\"]");
        self.sandbox.write("recipe/halite.toml", recipe);
        let build = format!("build recipe --sign author.key --release {}", self.release);
        let id = self.sandbox.halite(&build).succeeds().stdout;
        self.run(&format!("import store/{}.halite", id.trim())).succeeds();
    }

    /// `halite-dom0` in it.
    pub fn run(&self, arguments: &str) -> Run<'_> {
        self.sandbox.halite_dom0(&format!("--simulate dom0 {arguments}"))
    }

    /// What came of it, without ids.
    #[track_caller]
    pub fn shown(&self, arguments: &str) -> String {
        let shown = self.run(arguments).transcript();
        let ids = fs::read_dir(self.sandbox.path("store")).unwrap().map(|entry| entry.unwrap().file_name());
        let ids = ids.filter_map(|name| Some(Path::new(&name).file_stem()?.to_str()?.to_owned()));
        ids.fold(shown, |shown, id| shown.replace(&id, "[ID]").replace(&id[..12], "[ID]"))
    }

    /// Writes over qubesd's state.
    pub fn edit(&self, edit: impl FnOnce(&mut Value)) {
        let mut state: Value = serde_json::from_str(&self.sandbox.text("dom0/qubesd.json")).unwrap();
        edit(&mut state);
        self.sandbox.write("dom0/qubesd.json", serde_json::to_vec_pretty(&state).unwrap());
    }

    /// Writes over what qubesd knows of a qube.
    pub fn edit_qube(&self, name: &str, edit: impl FnOnce(&mut Value)) {
        self.edit(|state| edit(&mut state["qubes"][name]));
    }
}
