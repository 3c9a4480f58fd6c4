//! A simulation that outlives the process: every change is written to its state file.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::audit::BadState;
use super::faulty::only_reads;
use super::simulation::Simulation;
use crate::base::QubeName;
use crate::disk::{self, DiskError, Mode};
use crate::qubesd::{Call, Qubesd, Reply, Unreachable};
use crate::salt::Staged;

/// The largest state file that is read, in bytes.
const MOST: u64 = 256 << 20;

/// A simulation and its state file.
#[derive(Debug)]
pub struct Kept {
    simulation: Simulation,
    path: PathBuf,
    survives: Survives,
}

/// What a change of the state file survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Survives {
    /// The end of the process.
    Process,
    /// A power loss.
    PowerLoss,
}

/// Why there is no simulation to go on with.
#[derive(Debug, Error)]
pub enum KeptError {
    /// The file.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// What is in it.
    #[error("`{}` is not the state of a simulated dom0: {why}", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: BadState,
    },
}

impl Kept {
    /// Goes on with the simulation in the file at `path`.
    ///
    /// # Errors
    /// If there is none.
    pub fn open(path: &Path) -> Result<Self, KeptError> {
        let bytes = disk::read(path, MOST)?;
        let simulation = Simulation::from_json(&bytes).map_err(|why| KeptError::State { path: path.to_owned(), why })?;
        Ok(Self { simulation, path: path.to_owned(), survives: Survives::Process })
    }

    /// Begins a file at `path` with `simulation`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(path: &Path, simulation: Simulation) -> Result<Self, KeptError> {
        let kept = Self { simulation, path: path.to_owned(), survives: Survives::Process };
        kept.save()?;
        Ok(kept)
    }

    /// The same, with every change on the disk before its reply is given.
    pub fn durable(self) -> Self {
        Self { survives: Survives::PowerLoss, ..self }
    }

    /// The simulation.
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// What the stand-in of `qubesctl` asks for.
    #[cfg(feature = "build")]
    pub(super) fn salt(&mut self, call: &Call) -> Reply {
        let state = String::from_utf8_lossy(&call.payload);
        let done = self.simulation.salt(&call.destination, &state).and_then(|()| self.saved(()));
        match done {
            Ok(()) => Reply::Ok(Vec::new()),
            Err(error) => Reply::Exception { kind: "QubesException".to_owned(), message: error.to_string() },
        }
    }

    fn save(&self) -> Result<(), DiskError> {
        let json = self.simulation.to_json();
        match self.survives {
            Survives::Process => disk::replace_volatile(&self.path, &json),
            Survives::PowerLoss => disk::replace(&self.path, &json, Mode::Public),
        }
    }

    fn saved<T>(&self, result: T) -> Result<T, Unreachable> {
        self.save().map(|()| result).map_err(|error| Unreachable(error.to_string()))
    }
}

impl Qubesd for Kept {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        let reply = self.simulation.call(call)?;
        if only_reads(&call.method) { Ok(reply) } else { self.saved(reply) }
    }

    fn provision(&mut self, qube: &QubeName, state: &Staged) -> Result<(), Unreachable> {
        let done = self.simulation.provision(qube, state);
        // What failed may have left something behind.
        self.saved(())?;
        done
    }
}
