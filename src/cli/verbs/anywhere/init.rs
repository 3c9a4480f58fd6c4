//! `halite init`

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;

use super::draft::Draft;
use super::new_recipe::{self, called_after, quoted, shown};
use crate::base::{BundleName, Handle};
use crate::cli::{Failure, Output, terminal};
use crate::compile;
use crate::model::{Mode, Release};
use crate::recipe::{self, FILE, LoadError};

/// Begin a new recipe
///
/// Writes FOLDER/halite.toml with an identity for each `--mode`, and a .gitignore. An identity is what must not be linked to anything
/// else; it gets qubes of its own. Without `--mode`, it is asked at the terminal. A recipe that is there is never overwritten.
///
/// The first `--identity` is the handle of the first `--mode`, the second that of the second, and so on.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  halite init my-modes\n  halite init my-modes --mode 1 --mode 4\n  halite init desk --identity press --mode 3 --identity home --mode 4"
)]
pub struct Init {
    /// The new recipe's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// An identity in this mode, from 1 (anonymous) to 4 (in clear); may be given more than once
    #[arg(long, value_parser = mode)]
    mode: Vec<Mode>,
    /// The handle of the identity in the mode that stands at the same place; qubes can read it, so keep it neutral [default: `mode1` for
    /// mode 1, and so on]
    #[arg(long, value_name = "HANDLE", requires = "mode")]
    identity: Vec<Handle>,
    /// The bundle's name [default: the folder's]
    #[arg(long)]
    name: Option<BundleName>,
}

impl Init {
    /// Runs the verb.
    ///
    /// # Errors
    /// If there is a recipe already, nobody says which identities there are to be, or the recipe cannot be written.
    pub fn run(self) -> Result<Output, Failure> {
        // Before anybody is asked in vain; what decides is how the files are made.
        new_recipe::must_be_new(&self.folder)?;
        let identities = if self.mode.is_empty() { asked()? } else { paired(&self.mode, &self.identity)? };
        let name = self.name.unwrap_or_else(|| called_after(&self.folder));
        let draft = Draft { name, identities };
        let text = draft.to_text();
        check(&text)?;
        let ignored = new_recipe::write(&self.folder, &text)?;
        let mut remarks = format!("new recipe `{}`: {}\n{ignored}", draft.name, listed(&draft.identities));
        let folder = if self.folder == Path::new(".") { String::new() } else { format!(" {}", quoted(&self.folder)) };
        remarks += &format!("read it, change what you need, and then:\n  halite check{folder}\n  halite build{folder}\n");
        Ok(Output::text(format!("{}\n", shown(&self.folder.join(FILE)))).remarks(remarks))
    }
}

fn mode(text: &str) -> Result<Mode, String> {
    let number: Option<u8> = text.parse().ok();
    number.and_then(|number| Mode::try_from(number).ok()).ok_or_else(|| "expected a mode from 1 to 4".to_owned())
}

/// Modes, as somebody may list them; all, where nothing is said.
fn modes(text: &str) -> Result<Vec<Mode>, String> {
    let modes: Vec<Mode> = text.replace(',', " ").split_whitespace().map(mode).collect::<Result<_, _>>()?;
    match (modes.is_empty(), text) {
        (true, "") => Ok(Mode::ALL.to_vec()),
        (true, _) => Err("expected at least one mode".to_owned()),
        (false, _) => Ok(modes),
    }
}

/// Each mode with the handle that stands at the same place, or one made from its number.
fn paired(modes: &[Mode], handles: &[Handle]) -> Result<Vec<(Handle, Mode)>, Failure> {
    if let Some(handle) = handles.get(modes.len()) {
        let failure = Failure::usage(format!("there is no `--mode` for the identity `{handle}`"));
        return Err(failure.hint("give a `--mode` for each `--identity`; the first goes with the first, and so on"));
    }
    if let Some(twice) = handles.iter().enumerate().find_map(|(at, handle)| handles.get(..at)?.contains(handle).then_some(handle))
    {
        return Err(Failure::usage(format!("there are two identities `{twice}`")).hint("give each a handle of its own"));
    }
    let mut taken = handles.to_vec();
    for mode in modes.iter().skip(handles.len()) {
        taken.push(free(*mode, &taken));
    }
    Ok(taken.into_iter().zip(modes.iter().copied()).collect())
}

/// A handle made from the number of `mode`, which is not `taken`.
fn free(mode: Mode, taken: &[Handle]) -> Handle {
    let first = format!("mode{}", mode.number());
    let further = (2..).map(|count: u32| format!("{first}-{count}"));
    let mut handles =
        [first.clone()].into_iter().chain(further).map(|handle| handle.parse().expect("letters, digits and a dash"));
    handles.find(|handle| !taken.contains(handle)).expect("there is always a further one")
}

/// What somebody at the terminal says.
fn asked() -> Result<Vec<(Handle, Mode)>, Failure> {
    if !io::stdin().is_terminal() {
        let failure = Failure::usage("no `--mode` is given, and stdin is no terminal to ask at");
        return Err(
            failure.hint("say which identities there are to be, as in `--mode 1 --mode 3 --identity first --identity second`")
        );
    }
    terminal::say("An identity is what must not be linked to anything else. Its mode says who may know it:");
    for mode in Mode::ALL {
        terminal::say(&format!("  {}  {}", mode.number(), mode.description()));
    }
    let modes = answer("Modes, one for each identity [1 2 3 4]: ", modes)?;
    let mut identities: Vec<(Handle, Mode)> = Vec::new();
    for mode in modes {
        let taken: Vec<Handle> = identities.iter().map(|(handle, _)| handle.clone()).collect();
        let default = free(mode, &taken);
        let handle = answer(&format!("A neutral handle for the identity in {mode} [{default}]: "), |answer| {
            let handle =
                if answer.is_empty() { default.clone() } else { answer.parse::<Handle>().map_err(|error| error.to_string())? };
            if taken.contains(&handle) { Err("another identity has this handle".to_owned()) } else { Ok(handle) }
        })?;
        identities.push((handle, mode));
    }
    Ok(identities)
}

/// Asks until the answer can be read.
fn answer<T>(question: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Failure> {
    loop {
        let answer = terminal::ask(question).map_err(|error| {
            terminal::say("");
            Failure::new(format!("no answer could be read: {error}"))
                .hint("nothing was written; `halite init --help` shows how not to be asked")
        })?;
        match read(&answer) {
            Ok(read) => return Ok(read),
            Err(why) => terminal::say(&format!("  {why}")),
        }
    }
}

/// Refuses a recipe with faults. All that can be wrong with it are handles: too long, or taken, for the names of qubes made from them.
fn check(text: &str) -> Result<(), Failure> {
    let unfit = |message: String, help: Option<String>| {
        let failure = Failure::usage(format!("no recipe can be made with these handles: {message}"));
        help.into_iter().fold(failure, Failure::hint).hint("choose other handles")
    };
    let source = recipe::parse(text).map_err(|error| match error {
        LoadError::Disk(error) => error.into(),
        LoadError::Faults(faults) => match faults.faults.into_iter().next() {
            Some(fault) => {
                let place = text.get(fault.place.span).unwrap_or_default().trim_matches('"');
                let known = fault.message.contains(place);
                unfit(if known { fault.message } else { format!("`{place}`: {}", fault.message) }, fault.help)
            }
            None => unfit("they have faults that nobody tells".to_owned(), None),
        },
    })?;
    for release in Release::ALL {
        let compiled = compile::desired(&source, release);
        if let Some(finding) = compiled.check(release).findings.into_iter().next() {
            return Err(unfit(finding.to_string(), finding.help));
        }
    }
    Ok(())
}

fn listed(identities: &[(Handle, Mode)]) -> String {
    identities.iter().map(|(handle, mode)| format!("`{handle}` in {mode}")).collect::<Vec<_>>().join(", ")
}
