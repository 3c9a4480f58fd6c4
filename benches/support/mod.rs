//! What all benchmarks share: whole processes, run many times, and a table of what they took.

#[cfg(all(feature = "build", feature = "dom0"))]
pub mod bundled;
pub mod system;

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Whether anything is to be measured. Cargo runs benchmarks with `--bench`, and tests of all targets without it.
pub fn is_asked_for() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// `halite`, as it is shipped.
pub fn halite() -> PathBuf {
    env!("CARGO_BIN_EXE_halite").into()
}

/// A command to be run.
pub fn command(program: &Path, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Where benchmarks work.
pub struct Bench {
    directory: tempfile::TempDir,
}

/// A command, and how it is measured.
pub struct Row<'a> {
    /// What it is called in the table.
    pub name: &'a str,
    /// The design's target: milliseconds and, where it says so, MiB.
    pub target: &'a str,
    /// How often it is run; once more before that, which is not timed.
    pub runs: u32,
}

/// What a command took.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// The time of a run; half of them took no longer.
    pub median: Duration,
    /// The most memory that it held, in KiB.
    pub peak: u64,
}

impl Bench {
    /// Makes room, and prints the head of the table.
    pub fn new() -> Self {
        // On the disk that the project is on: a directory in memory would make every sync free.
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
        let directory = tempfile::tempdir_in(target).expect("a directory for the benchmark");
        let head = "whole process, milliseconds";
        println!("{head:<58} {:>9} {:>9} {:>9} {:>9}   target", "min", "median", "max", "peak MiB");
        Self { directory }
    }

    /// The path of something in its directory, as an argument.
    pub fn text(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    /// Writes a file, and the directory that it is in.
    pub fn write(&self, name: &str, contents: &str) -> String {
        let path = self.directory.path().join(name);
        fs::create_dir_all(path.parent().expect("it is in a directory")).expect("a directory");
        fs::write(path, contents).expect("a file");
        self.text(name)
    }

    /// Runs a command that must succeed, and returns what it prints.
    pub fn ok(&self, program: &Path, arguments: &[impl AsRef<OsStr>]) -> String {
        let output = Command::new(program).args(arguments).output().expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it prints text")
    }

    /// Measures a command that may differ from run to run; `next` also makes ready for it.
    pub fn measure(&self, row: &Row, next: impl Fn(u32) -> Command) -> Taken {
        let peak = self.peak(&next(0));
        let mut times: Vec<Duration> = (1..=row.runs).map(|run| timed(&mut next(run))).collect();
        times.sort();
        let (min, median, max) = (times[0], times[times.len() / 2], times[times.len() - 1]);
        let [min, middle, max] = [min, median, max].map(|time| time.as_secs_f64() * 1e3);
        let mebibytes = peak as f64 / 1024.0;
        println!("{:<58} {min:>9.1} {middle:>9.1} {max:>9.1} {mebibytes:>9.1}   {}", row.name, row.target);
        Taken { median, peak }
    }

    /// The most memory that a run holds, in KiB, as the kernel tells GNU time (package `time`).
    fn peak(&self, measured: &Command) -> u64 {
        let told = self.directory.path().join("peak");
        let mut command = Command::new("/usr/bin/time");
        command.args(["-f", "%M", "-o"]).arg(&told).arg(measured.get_program()).args(measured.get_args());
        timed(&mut command);
        let told = fs::read_to_string(told).expect("what GNU time says");
        told.trim().parse().expect("a number of KiB")
    }
}

/// Says how much more the last of `sizes` took than the one before, which was half of it.
pub fn print_growth(sizes: &[Taken]) {
    if let [.., half, whole] = sizes {
        let time = whole.median.as_secs_f64() / half.median.as_secs_f64();
        println!("{:<58} {time:>19.2} {:>19.2}", "  twice the qubes took, times", whole.peak as f64 / half.peak as f64);
    }
}

/// Runs a command whose output goes through a pipe and is thrown away.
pub fn timed(command: &mut Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut out = child.stdout.take().expect("a pipe");
    let mut buffer = vec![0; 1 << 20];
    while out.read(&mut buffer).expect("its output") > 0 {}
    let status = child.wait().expect("it ends");
    let time = start.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    time
}

/// A recipe with so many identities over Tor, each with gateway, workstation and disposable template.
pub fn many(identities: u32) -> String {
    let mut text = "[bundle]\nname = \"many\"\nserial = 1\nsummary = \"Many identities\"\nreleases = [\"r4.3\"]\n".to_owned();
    for number in 0..identities {
        let mode = number % 3 + 1;
        write!(
            text,
            "[identity.i{number}]\nmode = {mode}\ngateway = \"g{number}\"\nkeyboard = \"us++\"\naudio = false\n\
             [gateway.g{number}]\nupstream = \"sys-firewall\"\n\
             [workstation.w{number}]\nidentity = \"i{number}\"\ntemplate = \"t{mode}\"\ndisposables = \"d{number}\"\n\
             [disposable.d{number}]\nidentity = \"i{number}\"\ntemplate = \"t{mode}\"\n"
        )
        .expect("writing to a string");
    }
    for mode in 1..=3 {
        write!(text, "[template.t{mode}]\nbase = \"whonix-workstation\"\npackages = [\"onionshare\"]\n")
            .expect("writing to a string");
    }
    text
}
