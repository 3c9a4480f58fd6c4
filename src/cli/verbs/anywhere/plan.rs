//! `halite plan`

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::recipe::{self, Show};
use crate::base::{BundleId, QubeName};
use crate::cli::verbs::captured;
use crate::cli::verbs::judge::{self, judge};
use crate::cli::verbs::{planned, target};
use crate::cli::{Failure, Output};
use crate::model::Release;
use crate::observe::{Capture, observe, supplies};
use crate::plan::{Decider, State, plan, wanted};
use crate::store::Store;

/// Show what switching to a recipe or a bundle would change in a captured dom0
///
/// The same plan that `halite-dom0 plan` would show there. Exit code 3 if there is something to do.
#[derive(Debug, Args)]
#[command(name = "plan", after_help = "Example:\n  halite plan recipes/anonymity-modes --against dom0.json")]
pub struct ShowPlan {
    /// A recipe's folder; or a bundle: its file, the first digits of its id, or NAME@SERIAL
    #[arg(value_name = "RECIPE|BUNDLE", default_value = ".")]
    what: PathBuf,
    /// The dom0, as `halite-dom0 capture` wrote it down
    #[arg(long, value_name = "CAPTURE")]
    against: PathBuf,
    /// Plan as if this qube, which halite did not make, were its own; may be given more than once
    #[arg(long, value_name = "QUBE")]
    adopt: Vec<QubeName>,
    /// The directory of bundles
    #[arg(long, value_name = "DIR", default_value = "store")]
    store: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is to be, and what is to be said of it.
struct Aim {
    title: String,
    id: Option<BundleId>,
    state: State,
    remarks: String,
}

impl ShowPlan {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the recipe or the bundle breaks a rule there, or there is no way to it.
    pub fn run(self) -> Result<Output, Failure> {
        let mut capture = captured::load(&self.against)?;
        let release = capture.release;
        let aim = if target::is_bundle(&self.what) { self.bundle(&capture) } else { self.recipe(&capture) }?;
        let ledger = capture.books.ledger.clone();
        let target = ledger.target(&aim.state, release);
        let policy = capture.halite_policy().map_err(Failure::new)?;
        let mut observed = observe(&mut capture, policy, &target).map_err(Failure::new)?;
        if capture.supplies.is_some() {
            observed.supplies = Some(supplies(&mut capture, &target, &observed).map_err(Failure::new)?);
        }
        let adopted: BTreeSet<QubeName> = self.adopt.into_iter().collect();
        let plan = plan(&target, &observed, &ledger, release, &adopted).map_err(|problems| Failure::from(problems.as_slice()))?;
        let decider = Decider { files: capture.policy.clone(), system: capture.system().map_err(Failure::new)? };
        let plan = plan.with_flows(&target, &observed, &decider, release);
        let output = if self.json { planned::to_json(&plan, aim.id) } else { planned::to_text(&plan, &aim.title, release) };
        let remarks = output.remarks.clone() + &aim.remarks;
        Ok(output.remarks(remarks))
    }

    fn bundle(&self, capture: &Capture) -> Result<Aim, Failure> {
        let path = target::locate(&self.what.to_string_lossy(), &Store::at(&self.store), Failure::from)?.path;
        let about = |failure: Failure| failure.about(format!("`{}`", path.display()));
        let mut bundle = target::look_into(&path).map_err(about)?;
        let release = bundle.manifest().release;
        let judged = judge(&mut bundle, |text, _| captured::surroundings(capture, text, release)).map_err(about)?;
        let judged = judged.accept_there().map_err(about)?;
        let statement = bundle.statement();
        let title = format!("{} {release}, serial {} ({})", statement.name, statement.serial, statement.id().short());
        let remarks = judged.remarks();
        let state = wanted(&bundle.manifest().desired, judged.policy, release);
        Ok(Aim { title, id: Some(bundle.statement().id()), state, remarks })
    }

    fn recipe(&self, capture: &Capture) -> Result<Aim, Failure> {
        let show = if self.json { Show::Json } else { Show::Drawn };
        let source = recipe::read(&self.what, show)?;
        let release: Release = capture.release;
        let checked = recipe::desired(&source, release, show, Some(capture))?;
        let title = format!("{} {release}, serial {}", source.recipe.name, source.recipe.serial);
        let remarks = judge::excused(&checked.excused);
        let state = wanted(&checked.compiled.desired, checked.compiled.policy, release);
        Ok(Aim { title, id: None, state, remarks })
    }
}
