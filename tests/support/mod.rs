//! A hermetic place to run programs in: a directory of its own, an environment that holds nothing of this machine, and transcripts of
//! what came of it.
//!
//! ```ignore
//! let sandbox = Sandbox::new();
//! assert_snapshot!(sandbox.halite("show none").transcript(), @"…");
//! ```

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod bundle;
pub mod dom0;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A small recipe with one identity behind Tor and one in clear, which changes only when a test here needs it to.
pub const RECIPE: &str = include_str!("sample.toml");

/// A recipe with every table of the language, and every key but those that name files and other recipes.
pub const FULL: &str = include_str!("full.toml");

/// The folders of the recipes that are shipped, by name. What lies in `recipes/parts` is there for them to extend.
pub fn shipped() -> Vec<PathBuf> {
    let folders = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/recipes")).unwrap().map(|entry| entry.unwrap().path());
    let mut shipped: Vec<PathBuf> = folders.filter(|folder| folder.join("halite.toml").exists()).collect();
    shipped.sort();
    shipped
}

/// No program that is tested may take longer, scrypt with 1 GiB on a slow machine included.
const PATIENCE: Duration = Duration::from_secs(120);

/// A directory of its own, gone when it is dropped.
pub struct Sandbox {
    directory: tempfile::TempDir,
}

impl Sandbox {
    /// An empty one.
    pub fn new() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// An empty one in memory, where there is some for files, so that syncing costs nothing.
    pub fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::below(memory) } else { Self::new() }
    }

    fn below(directory: &Path) -> Self {
        let directory = tempfile::Builder::new().prefix("halite-test-").tempdir_in(directory).unwrap();
        // Other users get in, for the tests that run as one.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self { directory }
    }

    /// One with the sample recipe in `recipe/`.
    pub fn with_recipe() -> Self {
        let sandbox = Self::new();
        sandbox.write("recipe/halite.toml", RECIPE);
        sandbox
    }

    /// One with the sample recipe's bundle as `bundle.halite`, signed by `author.key`, whose public half is `author.pub`; and with
    /// `other.key` and `other.pub`, which have nothing to do with it.
    pub fn with_bundle() -> Self {
        let sandbox = Self::with_recipe();
        sandbox.halite("keygen --no-passphrase author").succeeds();
        sandbox.halite("keygen --no-passphrase other").succeeds();
        let id = sandbox.halite("build recipe --sign author.key").succeeds().stdout;
        fs::rename(sandbox.path(&format!("store/{}.halite", id.trim_end())), sandbox.path("bundle.halite")).unwrap();
        fs::remove_dir(sandbox.path("store")).unwrap();
        sandbox
    }

    /// `halite` in the sandbox, for users who may not go where it was built.
    pub fn copy_halite(&self) {
        // Not by this process: another thread may be about to start a program, which then would hold the copy open for writing.
        self.run("cp", env!("CARGO_BIN_EXE_halite")).argument("halite").succeeds();
    }

    /// The path of something in it.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    /// Writes a file, and the directories above it.
    pub fn write(&self, relative: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        path
    }

    /// The contents of a file.
    #[track_caller]
    pub fn read(&self, relative: &str) -> Vec<u8> {
        fs::read(self.path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
    }

    /// The contents of a file of text.
    #[track_caller]
    pub fn text(&self, relative: &str) -> String {
        String::from_utf8(self.read(relative)).unwrap()
    }

    /// Every file with its permissions and contents, and every directory: what must not change where nothing is to be written.
    pub fn snapshot(&self) -> BTreeMap<String, (u32, Vec<u8>)> {
        fn walk(directory: &Path, root: &Path, all: &mut BTreeMap<String, (u32, Vec<u8>)>) {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                let metadata = path.symlink_metadata().unwrap();
                let contents = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
                let name = path.strip_prefix(root).unwrap().display().to_string();
                all.insert(name, (metadata.permissions().mode(), contents));
                if metadata.is_dir() {
                    walk(&path, root, all);
                }
            }
        }
        let mut all = BTreeMap::new();
        walk(self.directory.path(), self.directory.path(), &mut all);
        all
    }

    /// `halite`, with these arguments, separated by spaces.
    pub fn halite(&self, arguments: &str) -> Run<'_> {
        self.run(env!("CARGO_BIN_EXE_halite"), arguments)
    }

    /// `halite-dom0`, built separately, with these arguments, separated by spaces.
    pub fn halite_dom0(&self, arguments: &str) -> Run<'_> {
        self.run(&dom0::built().program, arguments)
    }

    /// A script of bash, which stops at the first failure.
    pub fn bash(&self, script: &str) -> Run<'_> {
        self.run("bash", "--noprofile --norc -euo pipefail -c").argument(script)
    }

    /// Any program, with these arguments, separated by spaces.
    pub fn run(&self, program: impl AsRef<Path>, arguments: &str) -> Run<'_> {
        let mut command = Command::new(program.as_ref());
        command.args(arguments.split_whitespace()).current_dir(self.directory.path());
        command.env_clear();
        for (name, value) in [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("LANG", "C.UTF-8"),
            ("TZ", "UTC"),
            ("TERM", "dumb"),
            ("NO_COLOR", "1"),
            ("COLUMNS", "100"),
            ("USER", "tester"),
        ] {
            command.env(name, value);
        }
        command.env("HOME", self.path("home"));
        Run { sandbox: self, command, stdin: Vec::new(), patience: PATIENCE }
    }

    fn normalised(&self, text: &str) -> String {
        let real = self.directory.path().canonicalize().unwrap();
        text.replace(&*real.to_string_lossy(), "[DIR]").replace(&*self.directory.path().to_string_lossy(), "[DIR]")
    }
}

/// A program that is about to run.
#[must_use]
pub struct Run<'a> {
    sandbox: &'a Sandbox,
    command: Command,
    stdin: Vec<u8>,
    patience: Duration,
}

impl Run<'_> {
    /// One more argument, spaces and all.
    pub fn argument(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Another environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// An environment variable less.
    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// What it can read from stdin, which is empty otherwise.
    pub fn stdin(mut self, stdin: impl Into<Vec<u8>>) -> Self {
        self.stdin = stdin.into();
        self
    }

    /// Where in the sandbox it stands.
    pub fn within(mut self, directory: &str) -> Self {
        self.command.current_dir(self.sandbox.path(directory));
        self
    }

    /// As another user, which only root can do.
    pub fn user(mut self, uid: u32) -> Self {
        self.command.uid(uid).gid(uid);
        self
    }

    /// How long it may take.
    pub fn at_most(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn end(mut self) -> Ended {
        let name = self.command.get_program().to_string_lossy().into_owned();
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("cannot run `{name}`: {error}"));
        let mut stdin = child.stdin.take().unwrap();
        let input = std::mem::take(&mut self.stdin);
        // Whether it reads that or not is its own affair.
        let writer = thread::spawn(move || drop(stdin.write_all(&input)));
        let mut out = child.stdout.take().unwrap();
        let mut err = child.stderr.take().unwrap();
        let gather = |reader: &mut dyn Read| {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).unwrap();
            bytes
        };
        let out = thread::spawn(move || gather(&mut out));
        let err = thread::spawn(move || gather(&mut err));
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if begun.elapsed() > self.patience {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("`{:?}` did not end within {:?}", self.command, self.patience);
            }
            thread::sleep(Duration::from_millis(1));
        };
        writer.join().unwrap();
        let text = |bytes: Vec<u8>| self.sandbox.normalised(&String::from_utf8_lossy(&bytes));
        let (stdout_bytes, stderr) = (out.join().unwrap(), text(err.join().unwrap()));
        Ended {
            stdout: text(stdout_bytes.clone()),
            stdout_bytes,
            stderr,
            // As a shell counts: 128 and the signal.
            code: status.code().unwrap_or_else(|| 128 + status.signal().unwrap()),
            command: format!("{:?}", self.command),
        }
    }

    /// Runs it, and expects exit code 0.
    #[track_caller]
    pub fn succeeds(self) -> Ended {
        self.exits(0)
    }

    /// Runs it, and expects this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Ended {
        let ended = self.end();
        assert_eq!(ended.code, code, "{}\n{}", ended.command, ended.transcript());
        ended
    }

    /// Runs it, and shows what came of it: stdout's lines after `|`, stderr's after `!`, the exit code.
    #[track_caller]
    pub fn transcript(self) -> String {
        self.end().transcript()
    }
}

/// A program that has ended.
#[derive(Debug)]
pub struct Ended {
    /// What it wrote to stdout, with the sandbox's path as `[DIR]`.
    pub stdout: String,
    /// The same, as it was.
    pub stdout_bytes: Vec<u8>,
    /// What it wrote to stderr, with the sandbox's path as `[DIR]`.
    pub stderr: String,
    /// Its exit code.
    pub code: i32,
    command: String,
}

impl Ended {
    /// As [`Run::transcript`].
    pub fn transcript(&self) -> String {
        let mut text = String::new();
        for (mark, stream) in [("|", &self.stdout), ("!", &self.stderr)] {
            for line in stream.lines() {
                writeln!(text, "{}", format!("{mark} {line}").trim_end()).unwrap();
            }
        }
        writeln!(text, "exit code {}", self.code).unwrap();
        text
    }

    /// stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}:\n{}", self.transcript()))
    }
}

/// `text` with the ids of bundles as `[ID]` and those of keys as `[KEY]`, for transcripts that must not depend on them.
pub fn without_ids(text: &str) -> String {
    let text = replace_runs(text, 64, "[ID]", |c| matches!(c, '0'..='9' | 'a'..='f'));
    replace_runs(&text, 16, "[KEY]", |c| matches!(c, '0'..='9' | 'A'..='F'))
}

/// Replaces each run of exactly `length` characters of one kind.
fn replace_runs(text: &str, length: usize, by: &str, kind: impl Fn(char) -> bool) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let run: &str = &rest[..rest.find(|c| !kind(c)).unwrap_or(rest.len())];
        replaced.push_str(if run.len() == length { by } else { run });
        rest = &rest[run.len()..];
        let other = &rest[..rest.find(&kind).unwrap_or(rest.len())];
        replaced.push_str(other);
        rest = &rest[other.len()..];
    }
    replaced
}
