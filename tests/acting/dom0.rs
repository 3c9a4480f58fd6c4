//! A simulated dom0 in a sandbox that knows two bundles, and processes in it that go on while the test looks at them.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::dom0::built;
use crate::support::{RECIPE, Run, Sandbox};

/// What the second bundle lacks of the first.
pub const LOUD: &str = "\n[identity.loud]\nmode = 4\nupstream = \"sys-firewall\"\n\n[workstation.loud]\nidentity = \"loud\"\ntemplate = \"debian\"\n";

/// No process may take longer for what is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A dom0.
pub struct Dom0 {
    pub sandbox: Sandbox,
}

impl Dom0 {
    /// One in which nothing was switched to yet, and `sample@1` and `sample@2` are imported. The second lacks the identity `loud`.
    pub fn new() -> Self {
        let sandbox = Sandbox::new();
        sandbox.halite("keygen --no-passphrase author").succeeds();
        let dom0 = Self { sandbox };
        dom0.run("trust add author.pub --role author").succeeds();
        let second = RECIPE.replace(LOUD, "").replace("serial = 1", "serial = 2");
        assert!(!second.contains("loud"));
        for recipe in [RECIPE, second.as_str()] {
            dom0.sandbox.write("recipe/halite.toml", recipe);
            let id = dom0.sandbox.halite("build recipe --sign author.key").succeeds().stdout;
            dom0.run("import").argument(format!("store/{}.halite", id.trim_end())).succeeds();
        }
        dom0
    }

    /// One with the first bundle in place.
    pub fn switched() -> Self {
        let dom0 = Self::new();
        dom0.run("switch sample@1").succeeds();
        dom0
    }

    /// `halite-dom0` in it.
    pub fn run(&self, arguments: &str) -> Run<'_> {
        self.sandbox.halite_dom0(&format!("--simulate dom0 {arguments}"))
    }

    /// The same at a terminal, where this is typed.
    pub fn at_terminal(&self, arguments: &str, typed: &str) -> Run<'_> {
        let call = format!("{} --simulate dom0 {arguments}", built().program.display());
        self.sandbox.run("script", "-q -e -c").argument(call).argument("/dev/null").stdin(typed)
    }

    /// `halite-dom0` in it, going on until it is waited for.
    pub fn start(&self, arguments: &str) -> Going {
        let mut command = Command::new(&built().program);
        command.args(["--simulate", "dom0"]).args(arguments.split(' '));
        self.spawn(command)
    }

    /// Any command in it.
    pub fn spawn(&self, command: Command) -> Going {
        Going::begin(&self.sandbox, command)
    }

    /// The system's state, but for how many qubes it ever had.
    pub fn system(&self) -> Value {
        let mut state: Value = serde_json::from_slice(&self.sandbox.read("dom0/qubesd.json")).unwrap();
        state.as_object_mut().unwrap().remove("count");
        state
    }

    /// The generation in place, and whether something was interrupted.
    #[track_caller]
    pub fn status(&self) -> (u64, bool) {
        let status = self.run("status --json").end().json();
        (status["generation"].as_u64().unwrap(), status["interrupted"].as_bool().unwrap())
    }

    /// What is remembered to have been confirmed last.
    #[track_caller]
    pub fn confirmed(&self) -> Option<u64> {
        self.run("generations --json").succeeds().json()["confirmed"].as_u64()
    }
}

/// A process that goes on.
pub struct Going {
    child: Child,
    out: std::path::PathBuf,
    err: std::path::PathBuf,
}

impl Going {
    /// Begins it in `sandbox`.
    pub fn begin(sandbox: &Sandbox, mut command: Command) -> Self {
        let (out, err) = (sandbox.path("out"), sandbox.path("err"));
        command.current_dir(sandbox.path(".")).stdin(Stdio::null());
        command.stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
        Self { child: command.spawn().unwrap(), out, err }
    }

    /// Waits until it waits to be confirmed.
    #[track_caller]
    pub fn waits(&mut self) {
        self.until(|going| going.said().contains("halite-dom0 confirm"));
    }

    /// Waits until this is so.
    #[track_caller]
    pub fn until(&mut self, is_so: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            assert!(begun.elapsed() < PATIENCE, "it never was so: {}", self.said());
            assert!(self.child.try_wait().unwrap().is_none(), "it has ended: {}", self.said());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it wrote to both streams so far.
    pub fn said(&self) -> String {
        [&self.out, &self.err].map(|path| fs::read_to_string(path).unwrap()).concat()
    }

    /// Its number.
    pub fn number(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until it has ended, and says its exit code, or none if a signal killed it.
    #[track_caller]
    pub fn end(mut self) -> (Option<i32>, String) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), self.said());
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end: {}", self.said());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
