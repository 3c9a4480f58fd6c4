//! `halite report`

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::recipe::{self, Show};
use crate::base::BundleId;
use crate::check::Surroundings;
use crate::cli::verbs::reported::{Reported, part};
use crate::cli::verbs::{captured, judge, target};
use crate::cli::{Exit, Failure, Output, Progress, terminal};
use crate::compile;
use crate::disk::{self, Mode};
use crate::model::{Desired, Labels, Release};
use crate::observe::Capture;
use crate::qrexec::parse_policy;
use crate::report::{Document, Examined, Map, html, markdown, sheets, text};
use crate::store::Store;

/// Explain a recipe or a bundle: what is isolated from what, and how that is known
///
/// The boundary map, the plan of each identity, the review of its applications, the comparison with a VPN, what may move between identities
/// and by which rules. Nothing in it is written by hand: each claim names the check, the way or the rule that it rests on, and what no
/// configuration can protect is said, too. Exit code 1 if a check found fault.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  halite report recipes/anonymity-modes\n  \
    halite report anonymity-modes@2 --since anonymity-modes@1\n  \
    halite report my-recipe --html --no-labels --output report.html\n  halite report my-recipe --map --output map.svg")]
pub struct Report {
    /// A recipe's folder; or a bundle: its file, the first digits of its id, or NAME@SERIAL
    #[arg(value_name = "RECIPE|BUNDLE", default_value = ".")]
    what: PathBuf,
    /// Mark what is not as in this recipe or bundle
    #[arg(long, value_name = "RECIPE|BUNDLE")]
    since: Option<PathBuf>,
    /// Print this sheet alone, such as `flow-matrix`
    #[arg(long, value_name = "SHEET", conflicts_with = "map")]
    sheet: Option<String>,
    #[command(flatten)]
    form: Form,
    /// Write to this file, which is then for its owner alone if there are labels in it
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Who is behind the handles, for a bundle; a recipe has its own beside it, as `labels.toml`
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Leave out who is behind the handles, to share it
    #[arg(long, conflicts_with = "labels")]
    no_labels: bool,
    /// A dom0, as `halite-dom0 capture` wrote it down: with its policy and its qubes [default: a stock system]
    #[arg(long, value_name = "CAPTURE")]
    against: Option<PathBuf>,
    /// The release of Qubes OS that recipes are compiled for [default: that of the capture, or r4.3]
    #[arg(long)]
    release: Option<Release>,
    /// The directory of bundles
    #[arg(long, value_name = "DIR", default_value = "store")]
    store: PathBuf,
}

/// The form of a report; text for the terminal, where none is given.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct Form {
    /// Print Markdown
    #[arg(long)]
    markdown: bool,
    /// Print a page for browsers: one file, which needs no other, no script and no network
    #[arg(long)]
    html: bool,
    /// Print the drawn map alone, as SVG
    #[arg(long)]
    map: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Report {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the recipe or the bundle cannot be read, or the file not be written.
    pub fn run(self) -> Result<Output, Failure> {
        let working = Progress::of("evaluating the policy");
        let capture = self.against.as_deref().map(captured::load).transpose()?;
        let reported = self.reported(&self.what, capture.as_ref(), None)?;
        let examined = Examined::of(reported.subject());
        // The same people are called the same on both sides.
        let labels = || Some(reported.labels.clone());
        let old = self.since.as_deref().map(|old| self.reported(old, capture.as_ref(), labels())).transpose()?;
        let old = old.as_ref().map(|old| Examined::of(old.subject()));
        let text = self.form.write(&examined, old.as_ref(), self.sheet.as_deref())?;
        drop(working);
        let exit = if examined.report.errors().next().is_some() { Exit::Failed } else { Exit::Done };
        let Some(path) = &self.output else { return Ok(Output::text(text).exit(exit)) };
        let mode = if reported.labels == Labels::default() { Mode::Public } else { Mode::Private };
        disk::replace(path, text.as_bytes(), mode)?;
        Ok(Output::done().remarks(format!("written to `{}`\n", path.display())).exit(exit))
    }

    /// What is reported on, with these labels, or those that it has.
    fn reported(&self, what: &Path, capture: Option<&Capture>, labels: Option<Labels>) -> Result<Reported, Failure> {
        if target::is_bundle(what) { self.bundle(what, capture, labels) } else { self.recipe(what, capture, labels) }
    }

    fn bundle(&self, what: &Path, capture: Option<&Capture>, labels: Option<Labels>) -> Result<Reported, Failure> {
        let path = target::locate(&what.to_string_lossy(), &Store::at(&self.store), Failure::from)?.path;
        let about = |failure: Failure| failure.about(format!("`{}`", path.display()));
        let mut bundle = target::look_into(&path).map_err(about)?;
        let (policy, rules) = judge::policy(&mut bundle).map_err(about)?;
        let release = bundle.manifest().release;
        let surroundings = match capture {
            Some(capture) => captured::surroundings(capture, &policy, release).map_err(about)?,
            None => Surroundings::stock(release, rules.clone()),
        };
        let labels = match labels {
            Some(labels) => labels,
            None => self.given(&bundle.manifest().desired)?.unwrap_or_default(),
        };
        Ok(Reported::of(&bundle, rules, surroundings, labels))
    }

    /// The labels in the file that was given.
    fn given(&self, desired: &Desired) -> Result<Option<Labels>, Failure> {
        self.labels.as_deref().map(|file| recipe::labels(file, desired, Show::Drawn)).transpose()
    }

    fn recipe(&self, folder: &Path, capture: Option<&Capture>, labels: Option<Labels>) -> Result<Reported, Failure> {
        let (source, beside) = recipe::read_with_labels(folder, Show::Drawn)?;
        let release = self.release.or(capture.map(|capture| capture.release)).unwrap_or(Release::R4_3);
        let compiled = recipe::compiled(&source, release)?;
        let rules = parse_policy(&compiled.policy).map_err(Failure::new)?;
        let surroundings = match capture {
            Some(capture) => captured::surroundings(capture, &compiled.policy, release)?,
            None => Surroundings::stock(release, rules.clone()),
        };
        let desired = compiled.desired.clone();
        let labels = match labels {
            Some(labels) => labels,
            None if self.no_labels => Labels::default(),
            None => self.given(&desired)?.unwrap_or(beside),
        };
        let (name, serial, summary) = (source.recipe.name.clone(), source.recipe.serial, source.recipe.summary.clone());
        let id = compile::compile(&source, release, compiled).id();
        Ok(Reported { name, release, serial, id, summary, desired, rules, surroundings, labels })
    }
}

#[derive(Serialize)]
struct Json<'a> {
    format: u32,
    id: BundleId,
    #[serde(flatten)]
    document: &'a Document,
    map: &'a Map,
}

impl Form {
    fn write(&self, examined: &Examined, old: Option<&Examined>, sheet: Option<&str>) -> Result<String, Failure> {
        let map = || match old {
            Some(old) => Map::of(examined).since(&Map::of(old)),
            None => Map::of(examined),
        };
        if self.map {
            return Ok(map().svg_file());
        }
        let document = part(sheets(examined, old), sheet)?;
        Ok(match self {
            Self { json: true, .. } => {
                Output::json(&Json { format: 1, id: examined.subject.id, document: &document, map: &map() }).data
            }
            Self { markdown: true, .. } => markdown(&document),
            Self { html: true, .. } => html(&document, &map().svg()),
            _ => text(&document, terminal::width()),
        })
    }
}
