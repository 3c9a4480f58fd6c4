//! `halite-dom0 uninstall`

use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use super::going_back;
use super::manner::{self, Manner};
use super::prospect::{ByHand, Consent};
use crate::apply::{Current, Deed, Journal};
use crate::base::QubeName;
use crate::cli::here::{Here, Where};
use crate::cli::typed::typed;
use crate::cli::{Failure, Output, counted};
use crate::qubesd::Admin;

/// Bring back dom0 as it was before halite
///
/// Everything that halite manages becomes what it was before halite first touched it, and the policy goes. What halite made is put away,
/// not deleted, since it holds data; it is said how to remove it. Needs no bundle and nothing but what dom0 has.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  halite-dom0 uninstall --dry-run\n  halite-dom0 uninstall --accept-dangers")]
pub struct Uninstall {
    /// Go on although the plan shows dangers
    #[arg(long)]
    accept_dangers: bool,
    /// Set what was changed by hand to what was there before halite
    #[arg(long)]
    take_bundle: bool,
    /// Show the plan and everything that would be refused, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask for the word that must be typed at a terminal otherwise
    #[arg(long)]
    yes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    steps: usize,
    /// What halite made, and is put away.
    put_away: Vec<QubeName>,
    /// What is still there of halite's own.
    left: [String; 2],
}

impl Uninstall {
    /// Runs the verb.
    ///
    /// # Errors
    /// If nobody consents, or a step was refused.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let consent = Consent {
            accept_dangers: self.accept_dangers,
            by_hand: ByHand { take_bundle: self.take_bundle, ..ByHand::default() },
            ..Consent::default()
        };
        if self.dry_run {
            manner::check_settled(&here)?;
            let prospect = going_back::prospect(&mut here, 0, &consent)?;
            let refusals = prospect.refusals(&consent);
            return manner::rehearsed(&here, &prospect, "as before halite", self.json.then_some(None), refusals);
        }
        if Current::load(&here.layout)?.ledger.is_empty() && Journal::find(&here.layout)?.is_none() {
            return Ok(self.output(&here, 0, Vec::new()));
        }
        if !self.yes {
            let question =
                "everything that halite manages becomes what it was before halite; `halite-dom0 uninstall --dry-run` shows it";
            typed(question, "uninstall", "--yes")?;
        }
        let mine = here.take()?;
        let prospect = going_back::prospect(&mut here, 0, &consent)?;
        prospect.check(&consent)?;
        let mut change = going_back::change(&prospect, 0, Deed::Uninstall);
        // Who typed that much has said so.
        change.current = change.current.confirmed();
        let left: Vec<QubeName> = change.current.ledger.put_away().cloned().collect();
        let steps = Manner::default().carry_out(&mut here, &mine, prospect, change)?;
        let there = Admin::new(here.qubesd.as_mut()).list().map_err(crate::apply::ApplyError::from)?;
        let left = left.into_iter().filter(|name| there.contains_key(name)).collect();
        Ok(mine.report(self.output(&here, steps, left)))
    }

    fn output(&self, here: &Here, steps: usize, put_away: Vec<QubeName>) -> Output {
        let directories = [here.layout.state(), here.layout.halite()].map(|path| path.display().to_string());
        if self.json {
            return Output::json(&Json { format: 1, steps, put_away, left: directories });
        }
        let mut text = format!("dom0 is as it was before halite ({})\n", counted(steps, "step", "steps"));
        if !put_away.is_empty() {
            text.push_str("put away and not deleted, since there may be data in them:\n");
            for name in put_away {
                writeln!(text, "  {name}").expect("writing to a string");
            }
            text.push_str("each is removed for ever by `halite-dom0 gc --keep 0` and then `halite-dom0 prune NAME`, qubes before templates\n");
        }
        let [state, trust] = directories;
        writeln!(text, "left besides: `{state}` (generations, bundles, history) and `{trust}` (whom dom0 trusts)")
            .expect("writing to a string");
        writeln!(text, "when nothing is to be removed or gone back to any more: rm -r {state} {trust}")
            .expect("writing to a string");
        Output::text(text)
    }
}
