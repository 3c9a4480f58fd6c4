//! `halite check`

use std::path::PathBuf;

use clap::Args;

use super::judged;
use super::recipe::{self, Show};
use crate::bundle::Statement;
use crate::cli::verbs::captured;
use crate::cli::verbs::judge::{self, judge, judge_anywhere};
use crate::cli::verbs::target;
use crate::cli::{Failure, Output, terminal};
use crate::model::Release;
use crate::observe::Capture;
use crate::store::Store;

/// Check a recipe without building it, or a bundle
///
/// Prints every fault with its place, and writes nothing. Exit code 1 if there is one.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  halite check recipes/anonymity-modes\n  halite check anonymity-modes@1\n  halite check recipes/anonymity-modes --against dom0.json"
)]
pub struct Check {
    /// A recipe's folder; or a bundle: its file, the first digits of its id, or NAME@SERIAL
    #[arg(value_name = "RECIPE|BUNDLE", default_value = ".")]
    what: PathBuf,
    /// A dom0, as `halite-dom0 capture` wrote it down: with its policy and its qubes
    #[arg(long, value_name = "CAPTURE")]
    against: Option<PathBuf>,
    /// Only for this release of Qubes OS [default: all of the recipe's; a bundle is for one]
    #[arg(long)]
    release: Option<Release>,
    /// The directory of bundles
    #[arg(long, value_name = "DIR", default_value = "store")]
    store: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the recipe has faults, or the bundle breaks a rule.
    pub fn run(self) -> Result<Output, Failure> {
        let capture = self.against.as_deref().map(captured::load).transpose()?;
        if target::is_bundle(&self.what) { self.bundle(capture.as_ref()) } else { self.recipe(capture.as_ref()) }
    }

    fn bundle(&self, capture: Option<&Capture>) -> Result<Output, Failure> {
        let path = target::locate(&self.what.to_string_lossy(), &Store::at(&self.store), Failure::from)?.path;
        let about = |failure: Failure| failure.about(format!("`{}`", path.display()));
        let mut bundle = target::look_into(&path).map_err(about)?;
        let Statement { name, release, serial, .. } = bundle.statement().clone();
        if let Some(other) = self.release.filter(|other| *other != release) {
            return Err(about(Failure::new(format!("it is for {release}, not for {other}"))));
        }
        let judged = match capture {
            Some(capture) => judge(&mut bundle, |text, _| captured::surroundings(capture, text, release)),
            None => judge_anywhere(&mut bundle),
        };
        let judged = judged.map_err(about)?;
        if self.json {
            return Ok(judged::to_json(&judged.report));
        }
        let judged = if capture.is_some() { judged.accept_there() } else { judged.accept() }.map_err(about)?;
        Ok(Output::text(String::new()).remarks(format!("{}{name} {release}, serial {serial}: no faults\n", judged.remarks())))
    }

    fn recipe(&self, capture: Option<&Capture>) -> Result<Output, Failure> {
        let show = if self.json { Show::Json } else { Show::Drawn };
        let source = recipe::read(&self.what, show)?;
        let one = self.release.or(capture.map(|capture| capture.release));
        let releases = one.map_or_else(|| source.recipe.releases.clone(), |release| vec![release]);
        let mut warnings = source.faults(Vec::new());
        let mut excused = Vec::new();
        for &release in &releases {
            let checked = recipe::desired(&source, release, show, capture)?;
            warnings.faults.extend(checked.warnings.faults);
            excused.extend(checked.excused.into_iter().filter(|own| !excused.contains(own)).collect::<Vec<_>>());
        }
        // What goes for each release is said once.
        warnings.faults.sort_by_key(|fault| (fault.place.order(), fault.code));
        warnings.faults.dedup();
        let releases: Vec<_> = releases.iter().map(|release| release.as_str()).collect();
        let remarks = format!("{}{}: no faults for {}\n", judge::excused(&excused), source.recipe.name, releases.join(", "));
        let drawn = warnings.draw(terminal::colour());
        let data = if self.json { recipe::json(&warnings, &excused) } else { String::new() };
        Ok(Output::text(data).remarks(drawn + &remarks))
    }
}
