//! A file that comes out of a qube, by the real `qvm-run`.
//!
//! There is no service by which dom0 takes files, and on purpose: what comes is a stranger's, as long as it likes, and may never end.
//! Source: qubes-core-admin-client, `qubesadmin/tools/qvm_run.py`: it ends with 1 in silence where the qube is halted, 2 where there is none,
//! 255 where the call is refused, else as the command in the qube did.

#![allow(clippy::disallowed_methods, reason = "this is the one door to other programs")]

use std::io::{self, ErrorKind, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::qubesctl::killed;
use crate::base::QubeName;

/// `qvm-run`.
#[derive(Debug, Clone)]
pub struct QvmRun {
    program: PathBuf,
    patience: Duration,
}

impl QvmRun {
    /// This program; nothing may come for at most so long.
    pub fn at(program: impl Into<PathBuf>, patience: Duration) -> Self {
        Self { program: program.into(), patience }
    }

    /// Begins to read the file at `path` in a running qube.
    ///
    /// # Errors
    /// If the program cannot be run.
    pub fn read(&self, qube: &QubeName, path: &str) -> io::Result<Coming> {
        let mut command = Command::new(&self.program);
        command.args(["--pass-io", "--no-gui", "--no-autostart", qube.as_str(), "cat", "--", path]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let named = |error: io::Error| io::Error::new(error.kind(), format!("`{}`: {error}", self.program.display()));
        let mut child = command.spawn().map_err(named)?;
        let stdout = child.stdout.take().ok_or_else(|| io::Error::other("its output cannot be read"))?;
        Ok(Coming { child: Some(child), stdout, patience: self.patience })
    }
}

/// What comes. Dropped before its end, whoever sends it is killed.
#[derive(Debug)]
pub struct Coming {
    child: Option<Child>,
    stdout: ChildStdout,
    patience: Duration,
}

impl Read for Coming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let patience = Timespec {
            tv_sec: i64::try_from(self.patience.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: self.patience.subsec_nanos().into(),
        };
        let mut polled = [PollFd::new(&self.stdout, PollFlags::IN)];
        if poll(&mut polled, Some(&patience))? == 0 {
            let patience = humantime::format_duration(self.patience);
            return Err(io::Error::new(ErrorKind::TimedOut, format!("nothing came from the qube for {patience}")));
        }
        match self.stdout.read(buffer)? {
            // Only now it is known whether that was all of it.
            0 => self.ended().map(|()| 0),
            count => Ok(count),
        }
    }
}

impl Coming {
    fn ended(&mut self) -> io::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        let status = child.wait()?;
        let why = match status.code() {
            Some(0) => return Ok(()),
            Some(1) => "there is no such file in the qube, or the qube is not running".to_owned(),
            Some(2) => "there is no such qube".to_owned(),
            Some(255) => "the qube may not be asked, as dom0's policy has it".to_owned(),
            _ => format!("qvm-run ended with {status}"),
        };
        Err(io::Error::other(why))
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        if let Some(child) = self.child.take() {
            let _ = killed(child);
        }
    }
}
