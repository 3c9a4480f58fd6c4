//! `halite-dom0 plan`

use clap::Args;

use super::prospect::{self, Consent, Prospect};
use crate::base::QubeName;
use crate::bundle::Statement;
use crate::cli::here::Where;
use crate::cli::verbs::planned;
use crate::cli::{Failure, Output, Progress};
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

impl ShowPlan {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the bundle is not verified, or there is no way to it.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let opened = prospect::open(&mut here, &self.bundle)?;
        let (statement, said) = (opened.statement, opened.remarks);
        let Prospect { plan, target, observed, .. } =
            Prospect::of(&mut here, opened.wanted, opened.dangers, &Consent { adopt: self.adopt, ..Consent::default() })?;
        let working = Progress::of("evaluating the policy");
        let plan = &plan.with_flows(&target, &observed, &opened.decider, here.release);
        drop(working);
        let output = if self.json {
            planned::to_json(plan, Some(statement.id()))
        } else {
            let Statement { name, release, serial, .. } = &statement;
            planned::to_text(plan, &format!("{name} {release}, serial {serial} ({})", statement.id().short()), here.release)
        };
        let remarks = output.remarks.clone() + &said;
        Ok(output.remarks(remarks))
    }
}
