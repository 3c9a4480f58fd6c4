//! What both programs print of a comparison.

use std::io::{Read, Seek};

use serde::Serialize;

use super::judge;
use crate::bundle::Bundle;
use crate::cli::{Exit, Failure, Output};
use crate::compare::{Change, Side, compare};
use crate::model::{Desired, Release};
use crate::qrexec::Rule;

/// One of the two, with what it is called.
pub struct Named {
    /// What it is called.
    pub title: String,
    desired: Desired,
    rules: Vec<Rule>,
    release: Release,
}

impl Named {
    /// A desired state with the rules of its policy.
    #[cfg(feature = "build")]
    pub fn new(title: String, desired: Desired, rules: Vec<Rule>, release: Release) -> Self {
        Self { title, desired, rules, release }
    }

    /// What a bundle asks for.
    ///
    /// # Errors
    /// If its policy cannot be read.
    pub fn of<R: Read + Seek>(bundle: &mut Bundle<R>) -> Result<Self, Failure> {
        let (_, rules) = judge::policy(bundle)?;
        let (manifest, id) = (bundle.manifest(), bundle.id().short());
        let title = format!("{} {}, serial {} ({id})", manifest.name, manifest.release, manifest.serial);
        Ok(Self { title, desired: manifest.desired.clone(), rules, release: manifest.release })
    }

    fn side(&self) -> Side<'_> {
        Side { desired: &self.desired, rules: self.rules.clone(), release: self.release }
    }
}

#[derive(Serialize)]
struct Json<'a> {
    format: u32,
    from: &'a str,
    to: &'a str,
    changes: &'a [Change],
}

/// What the second has that the first has not, and the other way round.
pub fn output(from: &Named, to: &Named, json: bool) -> Output {
    let changes = compare(&from.side(), &to.side());
    let exit = if changes.is_empty() { Exit::Done } else { Exit::Drift };
    if json {
        return Output::json(&Json { format: 1, from: &from.title, to: &to.title, changes: &changes }).exit(exit);
    }
    let mut text = format!("from  {}\nto    {}\n\n", from.title, to.title);
    for change in &changes {
        let danger = if change.danger.is_some() { "DANGER  " } else { "" };
        text.push_str(&format!("{danger}{change}\n"));
    }
    if changes.is_empty() {
        text.push_str("they ask for the same\n");
    }
    Output::text(text).exit(exit)
}
