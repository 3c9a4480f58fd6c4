//! `halite-dom0 report`

use clap::Args;

use super::chosen::{Chosen, found, in_place};
use super::guard;
use crate::apply::Current;
use crate::check::Surroundings;
use crate::cli::here::{Here, Where};
use crate::cli::verbs::judge;
use crate::cli::verbs::reported::{Reported, part};
use crate::cli::{Exit, Failure, Output, Progress, terminal};
use crate::dom0;
use crate::model::Labels;
use crate::plan::Decider;
use crate::report::{Examined, sheets, text};

/// Explain what is in place: what is isolated from what, and how that is known
///
/// The same as `halite report` says of a bundle on a stock system, but of a generation together with the policy and the qubes that this
/// dom0 really has. Who is behind the handles may stand in /etc/halite/labels.toml. Changes nothing. Exit code 1 if a check found fault.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  halite-dom0 report | less\n  halite-dom0 report anonymity-modes@2 --since 1")]
pub struct Report {
    /// A generation's number; or a bundle, by the first digits of its id or NAME@SERIAL [default: the generation in place]
    #[arg(value_name = "GENERATION|BUNDLE")]
    what: Option<String>,
    /// Mark what is not as in this generation or bundle
    #[arg(long, value_name = "GENERATION|BUNDLE")]
    since: Option<String>,
    /// Print this sheet alone, such as `flow-matrix`
    #[arg(long, value_name = "SHEET")]
    sheet: Option<String>,
    /// Leave out who is behind the handles
    #[arg(long)]
    no_labels: bool,
}

impl Report {
    /// Runs the verb.
    ///
    /// # Errors
    /// If there is no such bundle or generation, one is not verified, or dom0 cannot be read.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let chosen = match &self.what {
            Some(what) => found(&here, what)?,
            None => in_place(&here, "name a bundle; `halite-dom0 list` shows what is there")?,
        };
        let old = self.since.as_deref().map(|old| found(&here, old)).transpose()?;
        let _working = Progress::of("evaluating the policy");
        let decider = guard::decider(&mut here)?;
        let reported = self.reported(&here, &decider, chosen)?;
        let old = old.map(|old| self.reported(&here, &decider, old)).transpose()?;
        let examined = Examined::of(reported.subject());
        let old = old.as_ref().map(|old| Examined::of(old.subject()));
        let document = part(sheets(&examined, old.as_ref()), self.sheet.as_deref())?;
        let exit = if examined.report.errors().next().is_some() { Exit::Failed } else { Exit::Done };
        Ok(Output::text(text(&document, terminal::width())).exit(exit))
    }

    /// Of what is in place, the policy is taken as it is; of anything else, as it would be.
    fn reported(&self, here: &Here, decider: &Decider, mut chosen: Chosen) -> Result<Reported, Failure> {
        let bundle = chosen.verified.bundle_mut();
        let (policy, rules) = judge::policy(bundle)?;
        let is_in_place = chosen.generation.is_some() && chosen.generation == Some(Current::load(&here.layout)?.generation);
        let surroundings = match is_in_place {
            true => Surroundings::as_it_is(decider.files.clone(), &decider.system, here.release),
            false => guard::surroundings(decider, &policy, here.release),
        };
        let labels = if self.no_labels { Labels::default() } else { dom0::labels(&here.layout.labels())? };
        Ok(Reported::of(bundle, rules, surroundings, labels))
    }
}
