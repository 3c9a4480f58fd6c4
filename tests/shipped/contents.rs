//! What the recipes consist of.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use halite::base::BundlePath;
use halite::compile;
use halite::recipe::{self, Source};

use crate::support::{Sandbox, shipped};
use crate::{compiled, name, source};

const RECIPES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/recipes");

/// Every file below `recipes`.
fn files() -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(directory: &Path, all: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => walk(&path, all),
                false => drop(all.insert(path.clone(), fs::read(path).unwrap())),
            }
        }
    }
    let mut all = BTreeMap::new();
    walk(Path::new(RECIPES), &mut all);
    all
}

#[test]
fn none_has_a_warning_or_needs_an_exception() {
    let sandbox = Sandbox::new();
    for folder in shipped() {
        let checked = sandbox.halite("check").argument(&folder).succeeds();
        assert_eq!(checked.stderr, format!("{}: no faults for r4.2, r4.3\n", name(&folder)));
    }
    for (name, release, compiled) in compiled() {
        let report = compiled.check(release);
        assert!(report.findings.is_empty() && report.excused.is_empty(), "{name} {release}: {report:?}");
    }
}

/// Where the packed files of a recipe were, by the ways in its `extends`, which are numbered in their order.
fn unpacked(sandbox: &Sandbox, source: &Source) -> PathBuf {
    let packed: BTreeMap<&BundlePath, &[u8]> = source.packed().collect();
    let own = String::from_utf8(packed[&"recipe/halite.toml".parse::<BundlePath>().unwrap()].to_vec()).unwrap();
    let extends: Vec<String> = own.parse::<toml::Table>().unwrap()["bundle"]
        .get("extends")
        .map(|ways| ways.as_array().unwrap().iter().map(|way| way.as_str().unwrap().to_owned()).collect())
        .unwrap_or_default();
    for (path, contents) in packed {
        let path = match path.as_str().strip_prefix("extended/") {
            None => path.to_string(),
            Some(rest) => {
                let (number, rest) = rest.split_once('/').unwrap();
                format!("recipe/{}/{rest}", extends[number.parse::<usize>().unwrap() - 1])
            }
        };
        sandbox.write(&path, contents);
    }
    sandbox.path("recipe")
}

#[test]
fn each_comes_to_the_same_from_what_is_packed() {
    for folder in shipped() {
        let original = source(name(&folder));
        let sandbox = Sandbox::new();
        // The ways lead out of the recipe's folder, which must be there before them.
        fs::create_dir(sandbox.path("recipe")).unwrap();
        let again = recipe::load(&unpacked(&sandbox, &original)).unwrap();
        for &release in &original.recipe.releases {
            let id = |source: &Source| {
                compile::compile(source, release, compile::desired(source, release)).seal().unwrap().id().to_string()
            };
            assert_eq!(id(&again), id(&original), "{} {release}", name(&folder));
        }
    }
}

/// By Python's own means: a version 4 fingerprint is the SHA-1 of the public key packet (RFC 4880, section 12.2).
#[test]
fn the_key_of_signals_repository_is_signals() {
    let sandbox = Sandbox::new();
    let script = "import base64, hashlib, struct, sys\n\
        lines = open(sys.argv[1]).read().split('\\n\\n', 1)[1].split('\\n=')[0]\n\
        data = base64.b64decode(lines)\n\
        assert data[0] == 0x99, 'an old packet of a public key, with a length of two bytes'\n\
        length = struct.unpack('>H', data[1:3])[0]\n\
        print(hashlib.sha1(data[:3 + length]).hexdigest().upper())\n";
    sandbox.write("fingerprint.py", script);
    let key = format!("{RECIPES}/parts/signal/files/signal-desktop-keyring.asc");
    let fingerprint = sandbox.run("python3", "fingerprint.py").argument(&key).succeeds().stdout;
    assert_eq!(fingerprint.trim(), "DBA36B5181D0C816F630E889D980A17457F6FB06");
    let told = fs::read_to_string(format!("{RECIPES}/parts/signal/halite.toml")).unwrap().replace(' ', "");
    assert!(told.contains(fingerprint.trim()), "the recipe tells the fingerprint");
}

#[test]
fn the_journalists_labels_are_understood_and_stand_nowhere_else() {
    let sandbox = Sandbox::new();
    for (path, contents) in files() {
        let below = path.strip_prefix(RECIPES).unwrap().to_str().unwrap().to_owned();
        sandbox.write(&format!("recipes/{below}"), contents);
    }
    fs::copy(sandbox.path("recipes/journalist/labels.toml.example"), sandbox.path("recipes/journalist/labels.toml")).unwrap();
    sandbox.halite("check recipes/journalist").succeeds();
    // The check does look at it: what a handle stands for may not be in the recipe.
    sandbox.write("recipes/journalist/labels.toml", "[identities]\nalder = \"Tor Browser for everything\"\n");
    let refused = sandbox.halite("check recipes/journalist").exits(1);
    assert!(refused.stderr.contains("H0402"), "{}", refused.stderr);
}

/// Addresses are those that documents may use (RFC 5737), Whonix' own, this computer's, and all.
#[test]
fn no_address_is_anybodys() {
    let mut seen = 0;
    for (path, contents) in files() {
        let text = String::from_utf8(contents).unwrap();
        for word in text.split(|c: char| !c.is_ascii_digit() && c != '.').map(|word| word.trim_matches('.')) {
            if word.split('.').count() != 4 || word.split('.').any(|part| part.parse::<u8>().is_err()) {
                continue;
            }
            let known = ["192.0.2.", "198.51.100.", "10.152.152.", "127.0.0.1", "0.0.0.0"];
            assert!(known.iter().any(|prefix| word.starts_with(prefix)), "{}: {word}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen} addresses");
}

#[test]
fn scripts_are_scripts() {
    let sandbox = Sandbox::new();
    let mut scripts = 0;
    for (path, contents) in files() {
        if contents.starts_with(b"#!/bin/sh\n") {
            sandbox.run("sh", "-n").argument(&path).succeeds();
            scripts += 1;
        }
    }
    assert!(scripts >= 5, "{scripts} scripts");
}

#[test]
fn each_is_described() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/shipped-recipes.md")).unwrap();
    for folder in shipped() {
        let name = name(&folder);
        assert!(text.contains(&format!("## `{name}`")), "docs/shipped-recipes.md says nothing of {name}");
    }
}
