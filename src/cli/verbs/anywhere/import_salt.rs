//! `halite import-salt`

use std::path::{Path, PathBuf};

use clap::Args;

use super::new_recipe;
use crate::base::BundleName;
use crate::check;
use crate::cli::{Exit, Failure, Output, counted, terminal};
use crate::compile;
use crate::from_salt::{ImportError, Imported, import};
use crate::recipe::{FILE, Faults, LoadError, parse};

/// Make a recipe of Salt's states for dom0
///
/// Reads every .sls and .top below DIR as data (qvm.vm, qvm.present, qvm.prefs and the like; no Jinja is run), and prints a recipe that
/// says the same. Each line that is doubtful is shown with what it was taken to mean and what is wrong with it, and stands as a comment
/// beside what came of it. Read the recipe before you build it: it is a beginning, and nobody's promise.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  halite import-salt /srv/salt/modes\n  halite import-salt states --output my-modes")]
pub struct ImportSalt {
    /// The folder with the states
    #[arg(value_name = "DIR")]
    states: PathBuf,
    /// Write the recipe into this folder in place of printing it; one that is there is never overwritten
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// The bundle's name [default: the output folder's, or else that of DIR]
    #[arg(long)]
    name: Option<BundleName>,
}

impl ImportSalt {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the states cannot be read, no recipe can be made of them, or it cannot be written.
    pub fn run(self) -> Result<Output, Failure> {
        if let Some(folder) = &self.output {
            new_recipe::must_be_new(folder)?;
        }
        let called_after = self.output.as_ref().unwrap_or(&self.states);
        let name = self.name.unwrap_or_else(|| new_recipe::called_after(called_after));
        let Imported { text, remarks } = import(&self.states, &name).map_err(|error| refuse(error, &self.states))?;
        let faults = faults(&text)?;
        let mut said = remarks.draw(terminal::colour());
        said += &format!("{} about the states\n", counted(remarks.faults.len(), "remark", "remarks"));
        if faults.has_errors() {
            said += "the recipe itself has faults:\n\n";
            said += &faults.draw(terminal::colour());
        }
        let data = match &self.output {
            None => text,
            Some(folder) => {
                said += &new_recipe::write(folder, &text)?;
                format!("{}\n", new_recipe::shown(&folder.join(FILE)))
            }
        };
        let folder = self.output.as_ref().map(|folder| format!(" {}", new_recipe::quoted(folder))).unwrap_or_default();
        said += &format!("read the recipe and each comment in it, change what is wrong, and then:\n  halite check{folder}\n");
        let exit = if faults.has_errors() { Exit::Failed } else { Exit::Done };
        Ok(Output::text(data).remarks(said).exit(exit))
    }
}

/// What is wrong with the recipe itself, as `halite check` would say it.
fn faults(text: &str) -> Result<Faults, Failure> {
    let source = match parse(text) {
        Ok(source) => source,
        Err(LoadError::Disk(error)) => return Err(error.into()),
        Err(LoadError::Faults(faults)) => return Ok(faults),
    };
    let mut all = source.faults(Vec::new());
    for &release in &source.recipe.releases {
        let report = compile::desired(&source, release).check(release);
        all.faults.extend(source.found(report.findings).faults);
    }
    // What goes for each release is said once.
    all.faults.sort_by_key(|fault| (fault.place.order(), fault.code));
    all.faults.dedup();
    Ok(all)
}

fn refuse(error: ImportError, states: &Path) -> Failure {
    let about = format!("`{}`", states.display());
    let with = |faults: &Faults, failure: Failure| {
        let mut failure = failure.about(&about);
        failure.drawn = faults.draw(terminal::colour());
        failure
    };
    match &error {
        ImportError::Unreadable(faults) => {
            let count = faults.faults.iter().filter(|fault| fault.code.level() == check::Level::Error).count();
            let message = format!("{error}, for {}", counted(count, "error", "errors"));
            with(faults, Failure::new(message).hint("put right what is marked as an error; a warning stops nothing"))
        }
        ImportError::Nothing(faults) => with(
            faults,
            Failure::new(&error).hint("a recipe is made of qubes that `qvm.vm`, `qvm.present` or `qvm.prefs` speak of"),
        ),
        ImportError::TooMuch(_) => Failure::new(&error)
            .about(&about)
            .hint("name a folder with the states of the qubes that are to be in the recipe, and no others"),
        ImportError::Disk(_) => Failure::new(&error).hint("name a folder with states, such as /srv/salt"),
    }
}
