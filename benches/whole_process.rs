//! Whole processes, as a user starts them, with every sync of the disk: `make bench`.
//!
//! Each row is a command that was run many times; what is quoted is the median. The targets are those of the design; a machine with a
//! slow disk shows it here, since nothing is cached between runs.

#![allow(clippy::disallowed_methods, reason = "a benchmark runs programs and looks at the clock")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Counted runs of each command, after one that is not counted.
const RUNS: u32 = 30;

fn main() {
    // Cargo runs benchmarks with `--bench`, and tests of all targets without it.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let bench = Bench::new();
    println!("{:<58} {:>9} {:>9} {:>9}   target", "whole process, milliseconds", "min", "median", "max");
    bench.four_modes();
    println!();
    bench.growth();
}

struct Bench {
    directory: tempfile::TempDir,
    halite: PathBuf,
    halite_dom0: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let halite_dom0 = std::env::var_os("HALITE_DOM0").expect("`make bench` says where halite-dom0 is, in HALITE_DOM0");
        // On the disk that the project is on: a directory in memory would make every sync free.
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
        let directory = tempfile::tempdir_in(target).expect("a directory for the benchmark");
        Self { directory, halite: env!("CARGO_BIN_EXE_halite").into(), halite_dom0: halite_dom0.into() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The four modes, the whole way.
    fn four_modes(&self) {
        self.ok(&self.halite, &["keygen", "--no-passphrase", &self.text("author")]);
        let recipe = concat!(env!("CARGO_MANIFEST_DIR"), "/recipes/anonymity-modes");
        let (store, key, public) = (self.text("store"), self.text("author.key"), self.text("author.pub"));
        let sign = ["build", recipe, "--store", &store, "--sign", &key];
        self.row(
            "halite build --sign",
            "15",
            |_| drop(fs::remove_dir_all(&store)),
            |_| (&self.halite, sign.map(str::to_owned).to_vec()),
        );

        let id = self.ok(&self.halite, &sign);
        let bundle = format!("{store}/{id}.halite");
        let dom0 = self.text("dom0");
        let here = |rest: &[&str]| -> Vec<String> {
            ["--simulate", dom0.as_str()].iter().chain(rest).map(|&argument| argument.to_owned()).collect()
        };
        self.ok(&self.halite_dom0, &here(&["trust", "add", &public, "--role", "author"]));
        self.row("halite-dom0 verify", "3", |_| {}, |_| (&self.halite_dom0, here(&["verify", &bundle])));
        let stored = format!("{dom0}/root/var/lib/halite/store/{id}.halite");
        self.row(
            "halite-dom0 import",
            "6",
            |_| drop(fs::remove_file(&stored)),
            |_| (&self.halite_dom0, here(&["import", &bundle])),
        );

        self.ok(&self.halite_dom0, &here(&["switch", &id]));
        // The same qubes under further serials: nothing to change but the books.
        let text = fs::read_to_string(format!("{recipe}/halite.toml")).expect("the shipped recipe");
        let next: Vec<String> = (0..=RUNS)
            .map(|number| {
                let recipe = self.recipe(&text.replacen("serial = 1", &format!("serial = {}", number + 2), 1));
                let id = self.ok(&self.halite, &["build", &recipe, "--store", &store, "--sign", &key]);
                self.ok(&self.halite_dom0, &here(&["import", &format!("{store}/{id}.halite")]));
                id
            })
            .collect();
        self.row(
            "halite-dom0 switch, nothing to change in qubes",
            "10",
            |_| {},
            |run| (&self.halite_dom0, here(&["switch", &next[run as usize]])),
        );
        self.row("halite-dom0 status", "", |_| {}, |_| (&self.halite_dom0, here(&["status"])));
    }

    /// What happens when the recipe doubles.
    fn growth(&self) {
        let store = self.text("growth");
        let mut last: Option<Duration> = None;
        for identities in [125, 250, 500, 1000] {
            let recipe = self.recipe(&many(identities));
            let command = || (&self.halite, vec!["build".to_owned(), recipe.clone(), "--store".to_owned(), store.clone()]);
            let name = format!("halite build, {identities} identities, {} qubes", 3 * identities);
            let median = self.measured(&name, "", 5, |_| drop(fs::remove_dir_all(&store)), |_| command());
            if let Some(last) = last {
                println!("{:<58} {:>29.2}", "  twice the qubes cost, times", median.as_secs_f64() / last.as_secs_f64());
            }
            last = Some(median);
        }
    }

    fn row<'a>(&self, name: &str, target: &str, before: impl Fn(u32), command: impl Fn(u32) -> (&'a PathBuf, Vec<String>)) {
        self.measured(name, target, RUNS, before, command);
    }

    fn measured<'a>(
        &self,
        name: &str,
        target: &str,
        runs: u32,
        before: impl Fn(u32),
        command: impl Fn(u32) -> (&'a PathBuf, Vec<String>),
    ) -> Duration {
        let mut times = Vec::new();
        for run in 0..=runs {
            before(run);
            let (program, arguments) = command(run);
            let mut command = Command::new(program);
            command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let start = Instant::now();
            let status = command.status().expect("the program starts");
            times.push(start.elapsed());
            assert!(status.success(), "{name}: {status}");
        }
        times.remove(0);
        times.sort();
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        let median = times[times.len() / 2];
        let (min, max) = (milliseconds(times[0]), milliseconds(times[times.len() - 1]));
        println!("{name:<58} {min:>9.1} {:>9.1} {max:>9.1}   {target}", milliseconds(median));
        median
    }

    /// A recipe's folder with this text.
    fn recipe(&self, text: &str) -> String {
        let folder = self.path("recipe");
        fs::create_dir_all(&folder).expect("a folder for the recipe");
        fs::write(folder.join("halite.toml"), text).expect("a recipe");
        folder.display().to_string()
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Runs a command that must succeed, and returns the first line that it prints.
    fn ok(&self, program: &Path, arguments: &[impl AsRef<std::ffi::OsStr>]) -> String {
        let output = Command::new(program).args(arguments).output().expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned()
    }
}

/// A recipe with so many identities over Tor, each with gateway, workstation and disposable template.
fn many(identities: u32) -> String {
    let mut text = "[bundle]\nname = \"many\"\nserial = 1\nsummary = \"Many identities\"\nreleases = [\"r4.3\"]\n".to_owned();
    for number in 0..identities {
        let mode = number % 3 + 1;
        write!(
            text,
            "[identity.i{number}]\nmode = {mode}\ngateway = \"g{number}\"\n[gateway.g{number}]\nupstream = \"sys-firewall\"\n\
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
