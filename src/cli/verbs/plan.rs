//! `halite-dom0 plan`

use clap::Args;
use serde::Serialize;

use super::prospect::{self, Prospect};
use crate::base::{BundleId, QubeName};
use crate::cli::here::Where;
use crate::cli::{Exit, Failure, Output, counted};
use crate::model::Release;
use crate::plan::{Plan, Step};
use crate::store::Selector;

/// Show what switching to a bundle would change
///
/// Reads dom0 and changes nothing. Dangers come first. Exit code 3 if there is something to do.
#[derive(Debug, Args)]
#[command(name = "plan", after_help = "Example:\n  halite-dom0 plan anonymity-modes@2")]
pub struct ShowPlan {
    /// The first digits of a bundle's id, or NAME@SERIAL
    bundle: Selector,
    /// Plan as if this qube, which halite did not make, were its own; may be given more than once
    #[arg(long, value_name = "QUBE")]
    adopt: Vec<QubeName>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json<'a> {
    format: u32,
    id: BundleId,
    dangers: Vec<String>,
    running: &'a [QubeName],
    steps: &'a [Step],
}

impl ShowPlan {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the bundle is not verified, or there is no way to it.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let opened = prospect::open(&here, &self.bundle)?;
        let undone = opened.remarks.clone() + &opened.undone();
        let statement = opened.statement;
        let prospect = Prospect::of(&mut here, opened.wanted, &self.adopt)?;
        let plan = &prospect.plan;
        let exit = if plan.is_empty() { Exit::Done } else { Exit::Drift };
        if self.json {
            let dangers = plan.dangers.iter().map(ToString::to_string).collect();
            let (id, running, steps) = (statement.id(), plan.running.as_slice(), plan.steps.as_slice());
            return Ok(Output::json(&Json { format: 1, id, dangers, running, steps }).remarks(undone).exit(exit));
        }
        let title = format!("{} {}, serial {} ({})", statement.name, statement.release, statement.serial, statement.id().short());
        Ok(Output::text(format!("{title}\n\n{}{}\n", plan.to_text(), summary(plan)))
            .remarks(format!("{}{undone}", window(plan, here.release)))
            .exit(exit))
    }
}

/// What this release cannot keep from happening while `plan` is carried out, if anything.
fn window(plan: &Plan, release: Release) -> &'static str {
    let creates = plan.steps.iter().any(|step| matches!(step, Step::Create { .. }));
    if creates && !release.has_prohibit_start() {
        "note: nothing on this release keeps a new qube from being started before it is finished; start none of them until then\n"
    } else {
        ""
    }
}

/// How much there is to do.
pub fn summary(plan: &Plan) -> String {
    let count = |test: fn(&Step) -> bool| plan.steps.iter().filter(|step| test(step)).count();
    let qubes = count(|step| matches!(step, Step::Create { .. }));
    let templates = count(|step| matches!(step, Step::Clone { .. }));
    match plan.steps.len() {
        0 => "nothing to do".to_owned(),
        steps => format!(
            "\n{}: {}, {}",
            counted(steps, "step", "steps"),
            counted(qubes, "new qube", "new qubes"),
            counted(templates, "new template", "new templates")
        ),
    }
}
