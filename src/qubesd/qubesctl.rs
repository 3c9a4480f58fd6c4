//! The real `qubesctl`, by which Salt works inside qubes.
//!
//! Source: qubes-mgmt-salt, `qubesctl` and `qubessalt/__init__.py`, both releases. It says `NAME: OK` of a target in which all was done,
//! and ends with 0 also where it knows no such target. It waits for ever, and what it leaves behind when it is killed is put away by
//! [`crate::apply`].

#![allow(clippy::disallowed_methods, reason = "this is the one door to other programs")]

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::{Socket, Unreachable};
use crate::base::{QubeName, cleaned};

/// The most that is kept of what it says, in bytes.
const SAID_MOST: u64 = 64 << 10;
/// How many of its last lines are told when it fails, and how many characters of each.
const TOLD: (usize, usize) = (4, 200);

/// `qubesctl`, which must be run as root.
#[derive(Debug, Clone)]
pub struct Qubesctl {
    program: PathBuf,
    patience: Duration,
}

impl Default for Qubesctl {
    fn default() -> Self {
        Self::at("/usr/bin/qubesctl")
    }
}

impl Qubesctl {
    /// This program. A release's worth of packages over Tor takes its time.
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), patience: Socket::PATIENCE }
    }

    /// The same, with less patience or more.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Has the state of this name applied inside `qube`, and nowhere else.
    ///
    /// # Errors
    /// If it does not say that all was done.
    pub fn apply(&self, qube: &QubeName, state: &str) -> Result<(), Unreachable> {
        let program = self.program.display();
        let (status, said) = self.run(qube, state).map_err(|error| Unreachable(format!("`{program}`: {error}")))?;
        if status.success() && said.lines().any(|line| line == format!("{qube}: OK")) {
            return Ok(());
        }
        Err(Unreachable(format!("`{program}` did not say that all was done ({status}){}", told(&said))))
    }

    fn run(&self, qube: &QubeName, state: &str) -> io::Result<(ExitStatus, String)> {
        let (said, writer) = io::pipe()?;
        let mut command = Command::new(&self.program);
        command.arg("--skip-dom0").arg(format!("--targets={qube}")).args(["state.apply", state]);
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        // A group of its own, so that its children end with it.
        let child = command.process_group(0).spawn()?;
        // The parent's ends of the pipe go with it: what is read then ends when the last child does.
        drop(command);
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(heard(said)));
        match receiver.recv_timeout(self.patience) {
            Ok(said) => Ok((ended(child)?, said?)),
            Err(_) => {
                killed(child)?;
                let patience = humantime::format_duration(self.patience);
                Err(io::Error::other(format!("it was not done after {patience}, and is killed")))
            }
        }
    }
}

/// All that is said, of which the beginning is kept.
fn heard(mut said: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    said.by_ref().take(SAID_MOST).read_to_end(&mut bytes)?;
    io::copy(&mut said, &mut io::sink())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn ended(mut child: Child) -> io::Result<ExitStatus> {
    child.wait()
}

/// Kills a program with its children.
pub fn killed(child: Child) -> io::Result<ExitStatus> {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended by itself.
        let _ = kill_process_group(group, Signal::KILL);
    }
    ended(child)
}

/// The last lines of what was said, which may come from inside a qube.
fn told(untrusted: &str) -> String {
    let (lines, characters) = TOLD;
    let all: Vec<&str> = untrusted.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = all.get(all.len().saturating_sub(lines)..).unwrap_or_default();
    last.iter().map(|line| format!("\n  {}", cleaned(&line.chars().take(characters).collect::<String>()))).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// What comes of a `qubesctl` that runs this script.
    fn case(script: &str) -> Result<(), String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("qubesctl");
        let mut file = File::create(&path).unwrap();
        write!(file, "#!/bin/sh\n{script}\n").unwrap();
        drop(file);
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        let qubesctl = Qubesctl::at(&path).patience(Duration::from_secs(2));
        let result = qubesctl.apply(&"h-a-1".parse().unwrap(), "halite.in.h-a-1");
        result.map_err(|error| error.to_string().replace(&path.display().to_string(), "qubesctl"))
    }

    #[test]
    fn only_its_word_and_its_exit_code_together_count() {
        assert_eq!(case("test \"$*\" = '--skip-dom0 --targets=h-a-1 state.apply halite.in.h-a-1' && echo 'h-a-1: OK'"), Ok(()));
        let failed = |said: &str, code: u8| format!("`qubesctl` did not say that all was done (exit status: {code}){said}");
        assert_eq!(case(""), Err(failed("", 0)), "an unknown target");
        assert_eq!(case("echo 'h-a-1: OK'; exit 3"), Err(failed("\n  h-a-1: OK", 3)));
        assert_eq!(case("echo 'h-a-2: OK'"), Err(failed("\n  h-a-2: OK", 0)));
        assert_eq!(case("echo 'h-a-1: ERROR (x)' >&2; exit 20"), Err(failed("\n  h-a-1: ERROR (x)", 20)));
        assert_eq!(case("kill -9 $$"), Err(failed("", 0).replace("exit status: 0", "signal: 9 (SIGKILL)")));
    }

    #[test]
    fn what_comes_from_inside_a_qube_is_cleaned_and_short() {
        let error = case("printf '\\033[2J\\n'; yes x | head -c 1000000 | tr -d '\\n'; echo; exit 1").unwrap_err();
        assert!(error.contains("\\u{1b}[2J") && error.len() < 1000, "{error}");
    }

    #[test]
    fn it_is_killed_with_its_children() {
        let directory = tempfile::tempdir().unwrap();
        let alive = directory.path().join("alive");
        let error = case(&format!("(sleep 4; touch {}) & sleep 600", alive.display())).unwrap_err();
        assert_eq!(error, "`qubesctl`: it was not done after 2s, and is killed");
        thread::sleep(Duration::from_secs(3));
        assert!(!alive.exists());
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = Qubesctl::at("/nonexistent/qubesctl").apply(&"a".parse().unwrap(), "x").unwrap_err();
        assert_eq!(error.to_string(), "`/nonexistent/qubesctl`: No such file or directory (os error 2)");
    }
}
