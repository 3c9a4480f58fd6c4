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

use support::{Bench, Row, command, halite, is_asked_for, many, print_growth};

/// Counted runs of each command.
const RUNS: u32 = 30;

fn main() {
    if !is_asked_for() {
        return;
    }
    let halite_dom0 = std::env::var_os("HALITE_DOM0").expect("`make bench` says where halite-dom0 is, in HALITE_DOM0");
    let way = Way { bench: Bench::new(), halite_dom0: halite_dom0.into() };
    way.four_modes();
    println!();
    way.growth();
}

struct Way {
    bench: Bench,
    halite_dom0: PathBuf,
}

impl Way {
    /// The four modes, the whole way.
    fn four_modes(&self) {
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
