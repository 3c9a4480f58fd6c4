//! What `build` and `check` have in common: a recipe, read and checked for a release.

use std::path::Path;

use serde::Serialize;

use super::judged::{ExcusedJson, excused_json};
use crate::check::{self, Excused, check_in};
use crate::cli::verbs::captured;
use crate::cli::{Failure, Output, terminal};
use crate::compile::{self, Compiled};
use crate::model::{Desired, Labels, Release};
use crate::observe::Capture;
use crate::recipe::{FaultJson, Faults, Handles, LoadError, Source, load};

/// How faults are to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Drawn, on stderr.
    Drawn,
    /// As JSON, on stdout.
    Json,
}

/// Reads the recipe in `folder`, and the labels beside it: nothing that they name may be in it.
pub fn read(folder: &Path, show: Show) -> Result<Source, Failure> {
    Ok(read_with_labels(folder, show)?.0)
}

/// The same, with these labels.
pub fn read_with_labels(folder: &Path, show: Show) -> Result<(Source, Labels), Failure> {
    let source = load(folder).map_err(|error| refuse_to_load(error, show))?;
    let labels = Labels::beside(folder, &Handles::from(&source.recipe)).map_err(|error| refuse_to_load(error, show))?;
    if let Some(labels) = &labels {
        let faults = personal(&source, labels);
        if faults.has_errors() {
            return Err(refuse(&faults, show));
        }
    }
    Ok((source, labels.unwrap_or_default()))
}

/// The labels in `file`, of what `desired` has.
pub fn labels(file: &Path, desired: &Desired, show: Show) -> Result<Labels, Failure> {
    Labels::load(file, &Handles::from(desired)).map_err(|error| match error {
        LoadError::Disk(error) => error.into(),
        LoadError::Faults(faults) => refuse_as("the labels have faults", &faults, show),
    })
}

/// Where the recipe, or a bundle of it, holds what `labels` names.
fn personal(source: &Source, labels: &Labels) -> Faults {
    let written = source.personal(labels);
    if written.has_errors() {
        return written;
    }
    // What is written in another way than it reads: TOML has escapes.
    let mut found = Vec::new();
    for &release in &source.recipe.releases {
        let bundle = compile::compile(source, release, compile::desired(source, release));
        found.extend(labels.found_in_bundle(&bundle));
    }
    found.dedup();
    source.faults(found)
}

fn refuse_to_load(error: LoadError, show: Show) -> Failure {
    match error {
        LoadError::Disk(error) => {
            let missing = error.is_not_found();
            let failure = Failure::from(error);
            if missing {
                failure.hint("a recipe is a folder with a `halite.toml`, such as `recipes/anonymity-modes`")
            } else {
                failure
            }
        }
        LoadError::Faults(faults) => refuse(&faults, show),
    }
}

/// What a recipe comes to on a release.
pub struct Checked {
    /// Its desired state, and all that goes with it.
    pub compiled: Compiled,
    /// What is worth a warning.
    pub warnings: Faults,
    /// What is excused.
    pub excused: Vec<Excused>,
}

/// The desired state of the recipe on `release`, held to all rules, `against` a captured dom0 if there is one. Findings that are errors are
/// a failure.
pub fn desired(source: &Source, release: Release, show: Show, against: Option<&Capture>) -> Result<Checked, Failure> {
    let compiled = compiled(source, release)?;
    let report = match against {
        Some(capture) => check_in(&compiled.desired, &captured::surroundings(capture, &compiled.policy, release)?, release),
        None => compiled.check(release),
    };
    let warnings = source.found(report.findings);
    if warnings.has_errors() {
        return Err(refuse(&warnings, show));
    }
    Ok(Checked { compiled, warnings, excused: report.excused })
}

/// The desired state of the recipe on `release`, held to nothing yet.
pub fn compiled(source: &Source, release: Release) -> Result<Compiled, Failure> {
    if source.recipe.releases.contains(&release) {
        return Ok(compile::desired(source, release));
    }
    let releases: Vec<_> = source.recipe.releases.iter().map(|release| release.as_str()).collect();
    let failure = Failure::new(format!("the recipe `{}` is not for {release}", source.recipe.name));
    Err(failure.hint(format!("its `releases` are: {}", releases.join(", "))))
}

#[derive(Serialize)]
struct Json {
    format: u32,
    faults: Vec<FaultJson>,
    /// How many more there are than can be shown.
    more: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    excused: Vec<ExcusedJson>,
}

/// Faults, and what is excused, as a JSON document.
pub fn json(faults: &Faults, excused: &[Excused]) -> String {
    let excused = excused_json(excused);
    Output::json(&Json { format: 1, faults: faults.to_json(), more: faults.more(), excused }).data
}

fn refuse(faults: &Faults, show: Show) -> Failure {
    let errors = faults.faults.iter().filter(|fault| fault.code.level() == check::Level::Error).count();
    let message = match errors {
        1 => "the recipe has a fault; nothing was built".to_owned(),
        count => format!("the recipe has {count} faults; nothing was built"),
    };
    refuse_as(&message, faults, show)
}

fn refuse_as(message: &str, faults: &Faults, show: Show) -> Failure {
    let mut failure = Failure::new(message);
    match show {
        Show::Drawn => failure.drawn = faults.draw(terminal::colour()),
        Show::Json => failure.data = json(faults, &[]),
    }
    failure
}
