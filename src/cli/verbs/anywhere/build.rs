//! `halite build`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::recipe::{self, Checked, Show};
use super::sign;
use crate::base::{BundleId, BundleName};
use crate::cli::verbs::judge;
use crate::cli::{Failure, Output, Progress, counted, terminal};
use crate::compile;
use crate::model::{Desired, Release};
use crate::store::{Put, Store};

/// Compile a recipe into a bundle
///
/// Writes `ID.halite` into the store and prints the id. The same recipe gives the same id, on any machine.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  halite build recipes/anonymity-modes\n  halite build my-recipe --release r4.2 --sign author.key"
)]
pub struct Build {
    /// The recipe's folder
    #[arg(value_name = "RECIPE", default_value = ".")]
    folder: PathBuf,
    /// The release of Qubes OS to build for
    #[arg(long, default_value = "r4.3")]
    release: Release,
    /// The directory that bundles are written to
    #[arg(long, value_name = "DIR", default_value = "store")]
    store: PathBuf,
    /// Sign the bundle with this secret key, too
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    id: BundleId,
    format: u32,
    name: BundleName,
    release: Release,
    serial: u32,
    path: String,
    new: bool,
}

impl Build {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the recipe has faults, or the bundle cannot be written.
    pub fn run(self) -> Result<Output, Failure> {
        let show = if self.json { Show::Json } else { Show::Drawn };
        let working = Progress::of("compiling the recipe");
        let source = recipe::read(&self.folder, show)?;
        let Checked { compiled, warnings, excused } = recipe::desired(&source, self.release, show, None)?;
        let contents = [
            counted(compiled.desired.identities.len(), "identity", "identities"),
            counted(compiled.desired.qubes.len(), "qube", "qubes"),
            counted(compiled.desired.templates.len(), "template", "templates"),
        ]
        .join(", ");
        let sensitive = sensitive(&compiled.desired);
        let sealed = compile::compile(&source, self.release, compiled).seal().map_err(Failure::new)?;
        drop(working); // A passphrase may be asked now.
        let key = self.sign.as_deref().map(sign::read_key).transpose()?;
        let signature = key.as_ref().map(|key| key.sign(sealed.statement())).transpose().map_err(Failure::new)?;
        let store = Store::at(self.store);
        let put = store.put(&sealed, signature.as_ref())?;
        if let (Put::Known, Some(key)) = (put, &key) {
            sign::add_to(&store.path_of(sealed.id()), |statement| key.sign(statement).map_err(Failure::new))?;
        }
        let statement = sealed.statement();
        let path = store.path_of(sealed.id()).display().to_string();
        let what = format!("{} {}, serial {}: {contents}", statement.name, statement.release, statement.serial);
        let how = match (put, key) {
            (Put::New, Some(_)) => "built and signed",
            (Put::New, None) => "built",
            (_, Some(_)) => "already built; signed",
            (_, None) => "already built",
        };
        let remarks =
            format!("{}{}{how} {what}\n{sensitive}{path}\n", warnings.draw(terminal::colour()), judge::excused(&excused));
        let remarks = match self.release.support_ended() {
            Some(day) => format!(
                "{remarks}warning: support for Qubes {} ended on {day}; no qube of it gets security updates any more\n",
                self.release
            ),
            None => remarks,
        };
        let id = sealed.id();
        let output = match self.json {
            true => {
                let (name, release, serial) = (statement.name.clone(), statement.release, statement.serial);
                Output::json(&Json { id, format: 1, name, release, serial, path, new: put == Put::New })
            }
            false => Output::text(format!("{id}\n")),
        };
        Ok(output.remarks(remarks))
    }
}

/// What the recipe's author marked, and where it now is.
fn sensitive(desired: &Desired) -> String {
    let marked = desired.files().filter(|(_, _, file)| file.sensitive);
    let lines = marked.map(|(name, path, _)| format!("sensitive, and in clear in the bundle: `{path}` of `{name}`\n"));
    lines.collect()
}
