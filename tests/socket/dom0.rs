//! A dom0 in a sandbox, whose qubesd is `halite simulate` in a process of its own.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Ended, Run, Sandbox};

/// One identity in clear, on a stock template: nothing that has to be installed, and the fewest calls.
pub const RECIPE: &str = r#"
[bundle]
name = "small"
serial = 1
summary = "One identity in clear"
releases = ["r4.3"]

[identity.loud]
mode = 4
upstream = "sys-firewall"

[workstation.loud]
identity = "loud"
template = "debian"
"#;

/// A sandbox with a dom0 that knows the bundle of [`RECIPE`] and trusts who signed it.
pub struct Dom0 {
    sandbox: Sandbox,
}

impl Dom0 {
    /// One in which nothing was switched to yet.
    pub fn new() -> Self {
        Self::of(RECIPE, &[])
    }

    /// The same with another recipe, and these files beside it.
    pub fn of(recipe: &str, files: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::in_memory();
        for (path, contents) in files {
            sandbox.write(&format!("recipe/{path}"), contents);
        }
        sandbox.halite("keygen --no-passphrase author").succeeds();
        let dom0 = Self { sandbox };
        let served = dom0.serve("");
        dom0.run("trust add author.pub --role author").succeeds();
        dom0.import(recipe);
        assert_eq!(served.stop().code, 0);
        dom0
    }

    /// Builds a recipe, signs it, and imports the bundle.
    pub fn import(&self, recipe: &str) {
        self.sandbox.write("recipe/halite.toml", recipe);
        let id = self.sandbox.halite("build recipe --sign author.key").succeeds().stdout;
        self.run("import").argument(format!("store/{}.halite", id.trim_end())).succeeds();
    }

    /// The sandbox around it.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Another one that is as this one is now.
    pub fn copy(&self) -> Self {
        let copy = Self { sandbox: Sandbox::in_memory() };
        let (from, to) = (self.sandbox.path("."), copy.sandbox.path("."));
        copy.sandbox.run("cp", "-a").argument(from).argument(to).succeeds();
        copy
    }

    /// Serves its qubesd, with these further arguments of `halite simulate`.
    pub fn serve(&self, arguments: &str) -> Served {
        Served::start(&self.sandbox, &format!("--root dom0 --programs bin {arguments}"))
    }

    /// `halite-dom0` in it.
    pub fn run(&self, arguments: &str) -> Run<'_> {
        self.sandbox.halite_dom0(&format!("--root dom0 --qubesd qubesd.sock --qubesctl bin/qubesctl {arguments}"))
    }

    /// The same without patience, for a qubesd that is going to be silent.
    pub fn run_hastily(&self, arguments: &str) -> Run<'_> {
        self.run(&format!("--timeout 300ms {arguments}"))
    }
}

/// A running `halite simulate`, killed when it is dropped.
pub struct Served {
    child: Option<Child>,
}

impl Served {
    /// Starts it at `qubesd.sock` of a sandbox with the state `qubesd.json`, and returns once it answers.
    pub fn start(sandbox: &Sandbox, arguments: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_halite"));
        command.args(["simulate", "--socket", "qubesd.sock", "--state", "qubesd.json"]);
        command.args(arguments.split_whitespace()).current_dir(sandbox.path("."));
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut served = Self { child: Some(child) };
        served.wait_for(&sandbox.path("qubesd.internal.sock"));
        served
    }

    /// Until there is a socket that takes connections: the second one that is bound.
    fn wait_for(&mut self, socket: &Path) {
        let begun = Instant::now();
        while UnixStream::connect(socket).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "nobody answers at {}", socket.display());
            if self.child.as_mut().unwrap().try_wait().unwrap().is_some() {
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(self) -> Stopped {
        let pid = Pid::from_child(self.child.as_ref().unwrap());
        // It may have ended already, as it was told to.
        let _ = kill_process(pid, Signal::TERM);
        self.end()
    }

    /// Waits until it has ended by itself.
    pub fn end(mut self) -> Stopped {
        let output = self.child.take().unwrap().wait_with_output().unwrap();
        Stopped { code: output.status.code().unwrap_or(-1), said: String::from_utf8(output.stderr).unwrap() }
    }

    /// Kills it as a power loss would.
    pub fn kill(mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// How a server ended.
pub struct Stopped {
    /// Its exit code.
    pub code: i32,
    /// What it wrote to stderr.
    pub said: String,
}

impl Stopped {
    /// How many calls it says that it answered.
    pub fn calls(&self) -> usize {
        self.said.split(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{}", self.said))
    }
}

/// A program failed as it should: exit code 1 and one error, cleaned, and no panic.
#[track_caller]
pub fn assert_one_error(ended: &Ended, what: &str) {
    let shown = format!("{what}: {}", ended.transcript());
    assert_eq!(ended.code, 1, "{shown}");
    assert_eq!(ended.stdout, "", "{shown}");
    assert!(ended.stderr.starts_with("error: "), "{shown}");
    assert_eq!(ended.stderr.matches("error: ").count(), 1, "{shown}");
    assert!(!ended.stderr.contains("panicked"), "{shown}");
    assert!(ended.stderr.chars().all(|c| c == '\n' || !c.is_control()), "{shown}");
}

/// The state file of a sandbox, as JSON.
pub fn state(sandbox: &Sandbox) -> serde_json::Value {
    serde_json::from_slice(&fs::read(sandbox.path("qubesd.json")).unwrap()).unwrap()
}
