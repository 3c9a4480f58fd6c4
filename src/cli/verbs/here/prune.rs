//! `halite-dom0 prune`

use clap::Args;
use serde::Serialize;

use crate::apply::{There, check_prunable, prune};
use crate::base::QubeName;
use crate::cli::here::Where;
use crate::cli::typed::typed;
use crate::cli::{Failure, Output, terminal};

/// Remove for ever what halite made and put away
///
/// One qube or template, with all data in it. There is no way back: what is wanted again is made anew, and a gateway that is made anew
/// chooses new Tor entry guards. What a kept generation needs is not removed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  halite-dom0 prune old-gateway\n  halite-dom0 prune old-gateway --type-name old-gateway")]
pub struct Prune {
    /// The qube or template
    qube: QubeName,
    /// Its name once more, where there is no terminal to type it at
    #[arg(long, value_name = "NAME")]
    type_name: Option<QubeName>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    qube: QubeName,
    /// Whether it was there; if not, it is only forgotten.
    was_there: bool,
}

impl Prune {
    /// Runs the verb.
    ///
    /// # Errors
    /// If it may not be removed, its name is not typed, or qubesd refuses.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        let mine = here.take()?;
        let qube = &self.qube;
        let there = check_prunable(here.qubesd.as_mut(), &here.layout, qube)?;
        match &self.type_name {
            Some(name) if name == qube => {}
            Some(name) => return Err(Failure::usage(format!("`{name}` is not `{qube}`")).hint("nothing was removed")),
            None if there == There::Gone => {}
            None => {
                let question = format!("`{qube}` is removed for ever, with all data in it");
                typed(&question, qube.as_str(), &format!("--type-name {qube}"))?;
            }
        }
        let there = prune(here.qubesd.as_mut(), &here.layout, qube, terminal::now())?;
        let output = match (self.json, there) {
            (true, _) => Output::json(&Json { format: 1, qube: qube.clone(), was_there: there == There::Yes }),
            (false, There::Yes) => Output::text(format!("{qube} is removed\n")),
            (false, There::Gone) => Output::text(format!("{qube} was gone already, and is forgotten now\n")),
        };
        Ok(mine.report(output))
    }
}
