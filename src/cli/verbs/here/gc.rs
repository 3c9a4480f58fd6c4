//! `halite-dom0 gc`

use std::fmt::Write;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::apply::{Current, Deed, Garbage, Keep, Outcome, Task, Unused, collect, garbage, history};
use crate::base::BundleId;
use crate::cli::here::{Where, patience};
use crate::cli::{Exit, Failure, Output, Progress, counted, terminal};

/// So many of the latest generations are kept where nothing else is said.
const LATEST: usize = 10;

/// Remove generations and bundles that nothing keeps
///
/// Kept is the generation in place, the one that was last confirmed, those that are pinned, and the latest; and the bundles of all these.
/// A bundle that was imported and never activated is kept, too, unless `--unused` says otherwise. No qube is touched: what halite put
/// away is removed by `prune`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  halite-dom0 gc --dry-run\n  halite-dom0 gc --keep 3\n  halite-dom0 gc --older-than 90days")]
pub struct Gc {
    /// Keep so many of the latest generations [default: 10; with `--older-than`: 0]
    #[arg(long, value_name = "NUMBER")]
    keep: Option<usize>,
    /// Keep all generations that were activated since then
    #[arg(long, value_name = "DURATION", value_parser = patience)]
    older_than: Option<Duration>,
    /// Remove bundles that were imported and never activated, too
    #[arg(long)]
    unused: bool,
    /// Show what would be removed, and remove nothing; exit code 3 if there is anything
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    generations: Vec<u32>,
    bundles: Vec<BundleId>,
}

impl Gc {
    /// Runs the verb.
    ///
    /// # Errors
    /// If something cannot be read or removed.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let mut here = place.find()?;
        if self.dry_run {
            let found = garbage(&here.layout, &Current::load(&here.layout)?, &self.rule())?;
            let exit = if found.is_empty() { Exit::Done } else { Exit::Drift };
            return Ok(self.output(&found, "would be removed").exit(exit));
        }
        let mine = here.take()?;
        let _working = Progress::of("removing what nothing keeps");
        let found = garbage(&here.layout, &Current::load(&here.layout)?, &self.rule())?;
        if !found.is_empty() {
            collect(&here.layout, &found)?;
            let count = |count: usize| count.try_into().unwrap_or(u32::MAX);
            let deed = Deed::Collect { generations: count(found.generations.len()), bundles: count(found.bundles.len()) };
            history::add(&here.layout, Task { begun: terminal::now(), deed }, Outcome::Done)?;
        }
        Ok(mine.report(self.output(&found, "removed")))
    }

    fn rule(&self) -> Keep {
        let (latest, since) = match self.older_than {
            None => (LATEST, u64::MAX),
            Some(age) => (0, terminal::now().saturating_sub(age.as_secs())),
        };
        let unused = if self.unused { Unused::Remove } else { Unused::Keep };
        Keep { latest: self.keep.unwrap_or(latest), since, unused }
    }

    fn output(&self, found: &Garbage, what: &str) -> Output {
        if self.json {
            let generations = found.generations.iter().map(|head| head.number).collect();
            return Output::json(&Json { format: 1, generations, bundles: found.bundles.iter().copied().collect() });
        }
        let mut text = String::new();
        for head in &found.generations {
            writeln!(text, "generation {}  {}@{} ({})", head.number, head.name, head.serial, head.id.short())
                .expect("writing to a string");
        }
        for id in &found.bundles {
            writeln!(text, "bundle {id}").expect("writing to a string");
        }
        let generations = counted(found.generations.len(), "generation", "generations");
        let bundles = counted(found.bundles.len(), "bundle", "bundles");
        Output::text(text).remarks(format!("{what}: {generations}, {bundles}\n"))
    }
}
