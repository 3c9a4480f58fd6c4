//! This dom0, real or simulated: the options that say which, and what every verb of `halite-dom0` begins with.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::{Failure, Output, terminal};
use crate::apply::{Recovered, recover};
use crate::disk::{self, DiskError, Lock};
use crate::dom0::{Layout, TrustDirectory};
use crate::model::Release;
use crate::qubesd::{Qubesctl, Qubesd, Socket};
use crate::sim::{Kept, Simulation, begin_root};
use crate::store::StoreError;
use crate::trust::{Anchors, Role};

/// Which dom0 is meant.
#[derive(Debug, Clone, Args)]
pub struct Where {
    /// Work below this directory instead of /
    #[arg(long, value_name = "DIR", global = true, default_value = "/", hide_default_value = true)]
    root: PathBuf,
    /// qubesd's socket
    #[arg(long, value_name = "SOCKET", global = true, default_value = "/var/run/qubesd.sock", hide_default_value = true)]
    qubesd: PathBuf,
    /// qubesd's socket for dom0's own services, if it is not beside the other as `NAME.internal.sock`
    #[arg(long, value_name = "SOCKET", global = true)]
    qubesd_internal: Option<PathBuf>,
    /// The program by which Salt works inside qubes
    #[arg(long, value_name = "PROGRAM", global = true, default_value = "/usr/bin/qubesctl", hide_default_value = true)]
    qubesctl: PathBuf,
    /// How long qubesd may be silent, and Salt may work inside one qube, before it is given up
    #[arg(long, value_name = "DURATION", global = true, default_value = "3h", hide_default_value = true, value_parser = patience)]
    timeout: Duration,
    /// Work in a simulated dom0 that is kept in this directory; an empty one begins as a stock system
    #[arg(long, value_name = "DIR", global = true, conflicts_with_all = ["root", "qubesd", "qubesd_internal", "qubesctl"])]
    simulate: Option<PathBuf>,
    /// The release that a simulation begins as
    #[arg(long, value_name = "RELEASE", global = true, default_value = "r4.3", hide_default_value = true)]
    simulate_release: Release,
}

/// This dom0.
pub struct Here {
    /// Where its files are.
    pub layout: Layout,
    /// The door to its qubesd.
    pub qubesd: Box<dyn Qubesd>,
    /// Its release.
    pub release: Release,
}

/// This dom0, with the right to change it, until dropped.
pub struct Mine {
    /// What was left over from an interrupted command, and is now put right.
    pub recovered: Recovered,
    lock: Lock,
}

impl Where {
    /// Finds dom0; begins a simulation where there is none yet.
    ///
    /// # Errors
    /// If it is no dom0.
    pub fn find(&self) -> Result<Here, Failure> {
        let layout = self.layout();
        let qubesd: Box<dyn Qubesd> = match &self.simulate {
            None => Box::new(self.socket()),
            Some(directory) => Box::new(self.simulation(directory, &layout)?),
        };
        let release = layout.release().map_err(|error| {
            Failure::new(error).hint("halite-dom0 runs in dom0; elsewhere, `--simulate DIR` gives it a simulated one")
        })?;
        Ok(Here { layout, qubesd, release })
    }

    /// Where its files are, or will be.
    pub fn layout(&self) -> Layout {
        match &self.simulate {
            None => Layout::below(&self.root),
            Some(directory) => Layout::below(directory.join("root")),
        }
    }

    /// How long others may be silent.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    fn socket(&self) -> Socket {
        let socket =
            Socket::at(&self.qubesd).patience(self.timeout).qubesctl(Qubesctl::at(&self.qubesctl).patience(self.timeout));
        match &self.qubesd_internal {
            Some(internal) => socket.internal(internal),
            None => socket,
        }
    }

    fn simulation(&self, directory: &Path, layout: &Layout) -> Result<Kept, Failure> {
        let state = directory.join("qubesd.json");
        if state.exists() {
            return Kept::open(&state).map_err(Failure::new);
        }
        if !disk::list(directory)?.is_empty() {
            let message = format!("`{}` is neither empty nor a simulated dom0", directory.display());
            return Err(Failure::new(message).hint("name a directory that does not exist yet"));
        }
        begin_root(layout.root(), self.simulate_release).map_err(Failure::new)?;
        // The state comes last: with it, the simulation is begun.
        Kept::begin(&state, Simulation::stock(self.simulate_release)).map_err(Failure::new)
    }
}

impl Here {
    /// Takes the lock, and no more: for what must work even while an interrupted command cannot be put right.
    ///
    /// # Errors
    /// If another process holds it.
    pub fn lock(&self) -> Result<Lock, DiskError> {
        disk::make_directory(&self.layout.state())?;
        Lock::take(&self.layout.lock(), &terminal::this_process())
    }

    /// Who changes dom0 at the moment, as far as they say it; nobody, if nobody does.
    ///
    /// # Errors
    /// If that cannot be found out.
    pub fn at_work(&self) -> Result<Option<String>, DiskError> {
        Lock::holder(&self.layout.lock())
    }

    /// Takes the lock, and first brings to an end what an interrupted command left.
    ///
    /// # Errors
    /// If another process holds it, or something cannot be put right.
    pub fn take(&mut self) -> Result<Mine, Failure> {
        let lock = self.lock()?;
        self.settle(lock)
    }

    /// Brings to an end what an interrupted command left, with the lock in hand.
    ///
    /// # Errors
    /// If something cannot be put right.
    pub fn settle(&mut self, lock: Lock) -> Result<Mine, Failure> {
        // Nobody else writes here now, so these are of processes that were killed.
        let roles = Role::ALL.map(|role| TrustDirectory::at(self.layout.trust()).of(role));
        let own = [self.layout.state(), self.layout.generations(), self.layout.store().directory().to_owned()];
        for directory in own.iter().chain(&roles) {
            disk::remove_leftovers(directory)?;
        }
        disk::remove_leftovers_of(&self.layout.policy())?;
        let recovered = recover(self.qubesd.as_mut(), &self.layout)?;
        Ok(Mine { recovered, lock })
    }

    /// Whom this dom0 believes.
    ///
    /// # Errors
    /// If the trust directory is not as it must be.
    pub fn anchors(&self) -> Result<Anchors, Failure> {
        TrustDirectory::at(self.layout.trust()).load().map_err(Failure::from)
    }
}

/// A time to wait, as in `90s` or `2h`. None at all would be taken for waiting for ever.
pub fn patience(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("it is no time at all".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(error.to_string()),
    }
}

/// What to do where dom0's store has no such bundle.
pub fn not_found(error: StoreError) -> Failure {
    match error {
        StoreError::NotFound { .. } => Failure::new(error).hint("`halite-dom0 list` shows what is there"),
        error => error.into(),
    }
}

impl Mine {
    /// What was put right, for people: a line, or nothing.
    pub fn remark(&self) -> &'static str {
        match self.recovered {
            Recovered::Nothing => "",
            Recovered::Finished => "an interrupted command had done everything; its books are closed now\n",
            Recovered::UndoneWithoutGone => {
                "an interrupted command was undone first, but for what hung on qubes that are gone: see `halite-dom0 status`\n"
            }
            Recovered::Undone => "an interrupted command was undone first: everything is as it was before it\n",
        }
    }

    /// Says more to others of who holds the lock, and what for.
    pub fn say(&self, more: &str) {
        self.lock.say(more);
    }

    /// Says in `output` what was put right.
    pub fn report(&self, output: Output) -> Output {
        let remarks = format!("{}{}", self.remark(), output.remarks);
        output.remarks(remarks)
    }
}
