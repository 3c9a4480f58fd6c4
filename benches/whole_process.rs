//! Whole processes, as a user starts them, with every sync of the disk: `make bench`.
//!
//! Each row is a command that was run many times; what is quoted is the median. The targets are those of the design; a machine with a
//! slow disk shows it here, since nothing is cached between runs.

#![allow(clippy::disallowed_methods, reason = "a benchmark runs programs and looks at the clock")]

#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Bench, Row, command, halite, is_asked_for, many, print_growth, timed};

/// Counted runs of each command.
const RUNS: u32 = 30;
/// Generations that must slow nothing.
const GENERATIONS: u32 = 1000;

fn main() {
    if !is_asked_for() {
        return;
    }
    let halite_dom0 = std::env::var_os("HALITE_DOM0").expect("`make bench` says where halite-dom0 is, in HALITE_DOM0");
    let way = Way { bench: Bench::new(), halite_dom0: halite_dom0.into() };
    let [first, second] = way.four_modes();
    println!();
    way.generations(&first, &second);
    println!();
    way.fifty();
    println!();
    way.growth();
}

struct Way {
    bench: Bench,
    halite_dom0: PathBuf,
}

impl Way {
    /// The four modes, the whole way. Two of the bundles that dom0 knows then, of the same qubes.
    fn four_modes(&self) -> [String; 2] {
        let (bench, halite, halite_dom0) = (&self.bench, &halite(), &self.halite_dom0);
        bench.ok(halite, &["keygen", "--no-passphrase", &bench.text("author")]);
        let recipe = concat!(env!("CARGO_MANIFEST_DIR"), "/recipes/anonymity-modes");
        let (store, key, public) = (bench.text("store"), bench.text("author.key"), bench.text("author.pub"));
        let sign = ["build", recipe, "--store", &store, "--sign", &key];
        self.row("halite build --sign", "15", |_| {
            drop(fs::remove_dir_all(&store));
            command(halite, &sign)
        });

        let built = |recipe: &str| {
            let id = bench.ok(halite, &["build", recipe, "--store", &store, "--sign", &key]).trim_end().to_owned();
            (format!("{store}/{id}.halite"), id)
        };
        let (bundle, id) = built(recipe);
        let dom0 = bench.text("dom0");
        let here = |rest: &[&str]| {
            [&["--simulate", dom0.as_str()], rest].concat().iter().map(|&word| word.to_owned()).collect::<Vec<_>>()
        };
        bench.ok(halite_dom0, &here(&["trust", "add", &public, "--role", "author"]));
        self.row("halite-dom0 verify", "3", |_| command(halite_dom0, &here(&["verify", &bundle])));
        let stored = format!("{dom0}/root/var/lib/halite/store/{id}.halite");
        self.row("halite-dom0 import", "6", |_| {
            drop(fs::remove_file(&stored));
            command(halite_dom0, &here(&["import", &bundle]))
        });

        bench.ok(halite_dom0, &here(&["switch", &id]));
        // The same qubes under further serials: nothing to change but the books. A recipe stands beside what it extends.
        bench.ok(Path::new("cp"), &["-r", concat!(env!("CARGO_MANIFEST_DIR"), "/recipes"), &bench.text("recipes")]);
        let text = fs::read_to_string(format!("{recipe}/halite.toml")).expect("the shipped recipe");
        let next: Vec<String> = (0..=RUNS)
            .map(|number| {
                let text = text.replacen("serial = 1", &format!("serial = {}", number + 2), 1);
                bench.write("recipes/anonymity-modes/halite.toml", &text);
                let (bundle, id) = built(&bench.text("recipes/anonymity-modes"));
                bench.ok(halite_dom0, &here(&["import", &bundle]));
                id
            })
            .collect();
        self.row("halite-dom0 switch, nothing to change in qubes", "10", |run| {
            command(halite_dom0, &here(&["switch", &next[run as usize]]))
        });
        self.row("halite-dom0 status", "", |_| command(halite_dom0, &here(&["status"])));
        [next[0].clone(), next[1].clone()]
    }

    /// What a thousand generations cost: each command in a dom0 that has few and in one that has many, in turn.
    fn generations(&self, first: &str, second: &str) {
        let (few, many) = (self.bench.text("dom0"), self.bench.text("many"));
        self.bench.ok(Path::new("cp"), &["-r", &few, &many]);
        // Of two bundles with the same qubes, the one whose turn it is: only the books change.
        let run = |dom0: &str, what: &str, turn: u32| {
            let next = if turn.is_multiple_of(2) { first } else { second };
            let words = what.split(' ').map(|word| if word == "BUNDLE" { next } else { word });
            let mut command = command(&self.halite_dom0, &["--simulate", dom0]);
            command.args(words);
            timed(&mut command).as_secs_f64() * 1e3
        };
        for turn in 0..GENERATIONS {
            run(&many, "switch BUNDLE --allow-older", turn);
        }
        println!("{:<58} {:>9} {:>9} {:>9}   target", format!("{GENERATIONS} generations more, medians"), "few", "many", "ratio");
        for what in [
            "status",
            "list",
            "plan BUNDLE",
            "switch BUNDLE --allow-older",
            "rollback 1",
            "generations",
            "history",
            "gc --dry-run --keep 5000",
        ] {
            let (mut few_times, mut many_times): (Vec<f64>, Vec<f64>) =
                (0..=RUNS).map(|turn| (run(&few, what, turn), run(&many, what, turn))).unzip();
            let [few, many] = [&mut few_times, &mut many_times].map(|times| {
                times.sort_by(f64::total_cmp);
                times[times.len() / 2]
            });
            println!("{:<58} {few:>9.1} {many:>9.1} {:>9.2}   1.10", format!("halite-dom0 {what}"), many / few);
        }
    }

    /// From one generation to another and back, where each of 50 qubes has one property changed.
    fn fifty(&self) {
        let (bench, halite_dom0) = (&self.bench, &self.halite_dom0);
        let here = ["--simulate", &bench.text("fifty-dom0")].map(str::to_owned);
        let run = |rest: &[&str]| [&here[..], &rest.iter().map(|&word| word.to_owned()).collect::<Vec<_>>()].concat();
        bench.ok(halite_dom0, &run(&["trust", "add", &bench.text("author.pub"), "--role", "author"]));
        for (serial, memory) in [(1, 800), (2, 1000)] {
            bench.write("fifty/halite.toml", &fifty(serial, memory));
            let build = ["build", &bench.text("fifty"), "--store", &bench.text("store"), "--sign", &bench.text("author.key")];
            let id = bench.ok(&halite(), &build);
            bench.ok(halite_dom0, &run(&["import", &format!("{}/{}.halite", bench.text("store"), id.trim_end())]));
            bench.ok(halite_dom0, &run(&["switch", id.trim_end()]));
        }
        self.row("halite-dom0 rollback, 50 properties", "50", |turn| {
            command(halite_dom0, &run(&["rollback", if turn.is_multiple_of(2) { "1" } else { "2" }]))
        });
    }

    fn row(&self, name: &str, target: &str, next: impl Fn(u32) -> Command) {
        self.bench.measure(&Row { name, target, runs: RUNS }, next);
    }

    /// What happens when the recipe doubles.
    fn growth(&self) {
        let store = self.bench.text("growth");
        let mut taken = Vec::new();
        for identities in [125, 250, 500, 1000] {
            self.bench.write("recipe/halite.toml", &many(identities));
            let name = format!("halite build, {identities} identities, {} qubes", 3 * identities);
            taken.push(self.bench.measure(&Row { name: &name, target: "", runs: 10 }, |_| {
                drop(fs::remove_dir_all(&store));
                command(&halite(), &["build", &self.bench.text("recipe"), "--store", &store])
            }));
            print_growth(&taken);
        }
    }
}

/// A recipe with 50 identities of one qube each, with this much memory.
fn fifty(serial: u32, memory: u32) -> String {
    let head = format!("[bundle]\nname = \"fifty\"\nserial = {serial}\nsummary = \"Fifty\"\nreleases = [\"r4.3\"]\n");
    let identity = |number: u32| {
        format!(
            "[identity.i{number}]\nmode = 4\nupstream = \"sys-firewall\"\n\
             [workstation.w{number}]\nidentity = \"i{number}\"\ntemplate = \"debian\"\nmemory = {memory}\n"
        )
    };
    [head].into_iter().chain((0..50).map(identity)).collect()
}
