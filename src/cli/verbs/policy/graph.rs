//! `halite policy graph`

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::home::Home;
use super::picture::Picture;
use super::place::{self, Place};
use crate::cli::{Exit, Failure, Output, stream};
use crate::disk::{self, Mode, NewFile};
use crate::qrexec::Drawing;

/// Draw who may call whom
///
/// Prints what `qrexec-policy-graph` of Qubes OS prints, in the language of Graphviz: red edges for calls that go through, orange ones for
/// those that the user is asked about.
#[derive(Debug, Args)]
pub struct Graph {
    #[command(flatten)]
    place: Place,
    /// Also what the user is asked about
    #[arg(long)]
    include_ask: bool,
    /// With arguments and parameters, and what the user is asked about
    #[arg(long)]
    full_output: bool,
    /// Without the names of services
    #[arg(long)]
    skip_labels: bool,
    /// Only these services, with or without +ARGUMENT
    #[arg(long, value_name = "SERVICE", num_args = 1..)]
    service: Vec<String>,
    /// Only calls from these qubes
    #[arg(long, value_name = "QUBE", num_args = 1..)]
    source: Vec<String>,
    /// Only calls to these qubes
    #[arg(long, value_name = "TARGET", num_args = 1..)]
    target: Vec<String>,
    /// Write to this file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print the number of edges, and not the edges
    #[arg(long, conflicts_with_all = ["output", "json"])]
    count: bool,
    /// Print JSON, an edge a line
    #[arg(long)]
    json: bool,
}

impl Graph {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the policy or the system cannot be read, or the graph cannot be written.
    pub fn run(self, home: &dyn Home) -> Result<Output, Failure> {
        let (policy, system) = self.place.read(home)?;
        if policy.is_void() {
            return Ok(Output::done().remarks(place::faults(&policy)).exit(Exit::Failed));
        }
        if let Some(source) = self.source.iter().find(|source| !system.qubes().iter().any(|qube| qube.name == **source)) {
            let failure = Failure::new(format!("there is no qube `{source}` in the system"));
            return Err(failure.hint("`--source` takes names of qubes"));
        }
        let drawing = Drawing {
            include_ask: self.include_ask,
            full_output: self.full_output,
            skip_labels: self.skip_labels,
            services: self.service.iter().cloned().collect(),
            sources: self.source.iter().cloned().collect(),
            targets: self.target.iter().cloned().collect(),
        };
        let picture = Picture::new(&policy, &system, &drawing);
        if self.count {
            return Ok(Output::text(format!("{}\n", picture.count())));
        }
        match &self.output {
            Some(path) => self.save(&picture, path)?,
            None => {
                let mut out = stream::output();
                stream::is_read(self.write(&picture, &mut out).and_then(|()| out.flush()))?;
            }
        }
        Ok(Output::done())
    }

    /// Writes a file, whole or not at all.
    fn save(&self, picture: &Picture, path: &Path) -> Result<(), Failure> {
        let path = disk::replaceable(path).map_err(|error| {
            Failure::from(error).hint("`--output` takes the name of a file; without it, the graph goes to stdout")
        })?;
        let mut new = NewFile::beside(&path, Mode::Public)?;
        let mut out = io::BufWriter::with_capacity(1 << 20, new.file());
        let written = self.write(picture, &mut out).and_then(|()| out.flush());
        written.map_err(|error| Failure::new(format!("cannot write `{}`: {error}", path.display())))?;
        drop(out);
        Ok(new.commit()?)
    }

    fn write(&self, picture: &Picture, out: &mut impl Write) -> io::Result<()> {
        if self.json { picture.json(out) } else { picture.dot(out) }
    }
}
