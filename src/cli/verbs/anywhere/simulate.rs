//! `halite simulate`

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::{Failure, Output, Progress, counted};
use crate::disk::{self, Mode};
use crate::model::Release;
use crate::qubesd::{Answer, End, Server};
use crate::sim::{Kept, Mishap, Served, Simulation, begin_root};

/// Answer as qubesd does, at a socket, for a simulated dom0
///
/// Goes on until SIGTERM or Ctrl-C, and keeps every change in the state file. `halite-dom0 --qubesd SOCKET --root DIR` then works as in a
/// real dom0. The calls for dom0's own services are answered at a second socket beside the first, as
/// qubesd does: for `qubesd.sock`, at `qubesd.internal.sock`.
///
/// Calls are counted from 1, reading included, for what is to go wrong at one of them.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  halite simulate --socket qubesd.sock --state qubesd.json --root dom0 --programs bin\n  halite simulate --socket qubesd.sock --state qubesd.json --hang-at 40"
)]
pub struct Simulate {
    /// The socket to answer at
    #[arg(long, value_name = "SOCKET")]
    socket: PathBuf,
    /// The file with the simulated system; one that does not exist begins as a stock system
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
    /// Also begin dom0's own files in this directory, if it is empty
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Also put stand-ins of dom0's programs into this directory: `halite-dom0 --qubesctl DIR/qubesctl`
    #[arg(long, value_name = "DIR", requires = "root")]
    programs: Option<PathBuf>,
    /// The release that a new system has
    #[arg(long, value_name = "RELEASE", default_value = "r4.3")]
    release: Release,
    #[command(flatten)]
    mishap: Failing,
}

/// What is to go wrong, if anything.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct Failing {
    /// Refuse this call
    #[arg(long, value_name = "CALL")]
    refuse_at: Option<NonZeroUsize>,
    /// Never answer this call
    #[arg(long, value_name = "CALL")]
    hang_at: Option<NonZeroUsize>,
    /// End without a word when this call comes
    #[arg(long, value_name = "CALL")]
    die_at: Option<NonZeroUsize>,
    /// End without a word after this call, before its reply
    #[arg(long, value_name = "CALL")]
    die_after: Option<NonZeroUsize>,
}

impl Failing {
    fn mishap(&self) -> Option<(NonZeroUsize, Mishap)> {
        [
            (self.refuse_at, Mishap::Refused),
            (self.hang_at, Mishap::Hung),
            (self.die_at, Mishap::DeadBefore),
            (self.die_after, Mishap::DeadAfter),
        ]
        .into_iter()
        .find_map(|(at, mishap)| Some((at?, mishap)))
    }
}

/// Puts programs into `directory` that stand in for dom0's.
fn stand_ins(directory: &Path, socket: &Path, root: &Path) -> Result<(), Failure> {
    let absolute =
        |path: &Path| std::path::absolute(path).map_err(|error| Failure::new(format!("`{}`: {error}", path.display())));
    let halite =
        std::env::current_exe().map_err(|error| Failure::new(format!("this program does not know its own path: {error}")))?;
    let words =
        [halite, "stand-in".into(), "--socket".into(), absolute(socket)?, "--root".into(), absolute(root)?, "qubesctl".into()];
    let words: Vec<String> =
        words.iter().map(|word| format!("'{}'", word.display().to_string().replace('\'', r"'\''"))).collect();
    disk::make_directory(directory)?;
    disk::replace(
        &directory.join("qubesctl"),
        format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" ")).as_bytes(),
        Mode::Program,
    )?;
    Ok(())
}

impl Simulate {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the state is none, the socket cannot be served, or the server was told to die.
    pub fn run(self) -> Result<Output, Failure> {
        let kept = match self.state.exists() {
            true => Kept::open(&self.state),
            false => Kept::begin(&self.state, Simulation::stock(self.release)),
        };
        let kept =
            kept.map_err(|error| Failure::new(error).hint("a file that does not exist yet begins as a stock system"))?.durable();
        if let Some(root) = &self.root {
            let begun = begin_root(root, kept.simulation().release());
            begun.map_err(|error| Failure::new(error).hint("name a directory that does not exist yet"))?;
        }
        if let (Some(root), Some(programs)) = (&self.root, &self.programs) {
            stand_ins(programs, &self.socket, root)?;
        }
        let server = Server::bind(&self.socket)
            .map_err(|error| Failure::new(error).hint("name a path that is free, in a directory that is there"))?;
        let mut served = Served::new(kept, self.mishap.mishap());
        let mut unkept = None;
        let working = Progress::of("answering as qubesd");
        let end = server.serve(|request| {
            served.answer(request).unwrap_or_else(|error| {
                unkept = Some(error);
                Answer::Gone
            })
        });
        drop(working);
        let end = end.map_err(Failure::new)?;
        let calls = served.calls();
        match (end, unkept) {
            (_, Some(error)) => Err(Failure::new(error)),
            (End::Gone, None) => Err(Failure::new(format!("dead at call {calls}, as was asked for"))),
            (End::Asked, None) => Ok(Output::done().remarks(format!("{} answered\n", counted(calls, "call", "calls")))),
        }
    }
}
