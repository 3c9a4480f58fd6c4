//! What `halite-dom0` is made of: no C code, no recipe parser, no network. Judged by what cargo really compiled for it.

#![allow(clippy::disallowed_methods, reason = "a test runs programs")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;
use support::dom0;

/// Packages that must never get into dom0, and what they would bring.
const NEVER: &[(&str, &str)] = &[
    ("toml", "a recipe parser"),
    ("zstd", "a decompressor in C"),
    ("minisign", "a reader of secret keys"),
    ("rpassword", "a reader of secret keys"),
    ("annotate-snippets", "a part of the recipe parser"),
    ("reqwest", "a network client"),
    ("ureq", "a network client"),
    ("curl", "a network client"),
    ("hyper", "a network client"),
    ("tokio", "a network runtime"),
    ("mio", "a network runtime"),
    ("socket2", "the network"),
    ("openssl", "cryptography in C"),
    ("native-tls", "cryptography in C"),
    ("rustls", "a network client"),
    ("ring", "cryptography in C and assembly"),
];

/// A compiled package.
#[derive(Debug, Default)]
struct Package {
    /// Whether it, not only its build script, is compiled for the program itself, or for other packages' build scripts.
    kinds: BTreeSet<String>,
    features: BTreeSet<String>,
}

/// What cargo compiled, by package id.
fn compiled() -> BTreeMap<String, Package> {
    let mut packages: BTreeMap<String, Package> = BTreeMap::new();
    for message in dom0::built().messages.iter().filter(|message| message["reason"] == "compiler-artifact") {
        let package = packages.entry(message["package_id"].as_str().unwrap().to_owned()).or_default();
        package.kinds.extend(message["target"]["kind"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap().to_owned()));
        package.features.extend(message["features"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()));
    }
    packages
}

/// What the packages' own manifests say, by package id.
fn manifests() -> BTreeMap<String, Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--all-features", "--filter-platform", host()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.map(|package| (package["id"].as_str().unwrap().to_owned(), package.clone())).collect()
}

/// This machine, as Rust names it: the tests compile nothing for other platforms, and need not have their packages.
fn host() -> &'static str {
    static HOST: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    HOST.get_or_init(|| {
        let output = Command::new("rustc").arg("-vV").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
    })
}

#[test]
fn no_package_links_c_code() {
    let manifests = manifests();
    let mut wrong = Vec::new();
    for (id, package) in compiled() {
        let manifest = &manifests[&id];
        let name = manifest["name"].as_str().unwrap();
        if !manifest["links"].is_null() {
            wrong.push(format!("{name} links {}", manifest["links"]));
        }
        // The numbers of Linux' system calls and the shapes of its structures, as Rust: no code.
        if name.ends_with("-sys") && (name != "linux-raw-sys" || package.kinds.contains("custom-build")) {
            wrong.push(format!("{name} is a binding to C"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_build_script_links_anything() {
    let mut scripts = BTreeSet::new();
    for message in dom0::built().messages.iter().filter(|message| message["reason"] == "build-script-executed") {
        assert_eq!(message["linked_libs"], Value::Array(Vec::new()), "{}", message["package_id"]);
        scripts.insert(message["package_id"].as_str().unwrap());
    }
    assert!(!scripts.is_empty(), "cargo tells about build scripts in another way now");
}

#[test]
fn nothing_is_there_that_dom0_has_no_use_for() {
    let manifests = manifests();
    let names: BTreeSet<&str> = compiled().keys().map(|id| manifests[id]["name"].as_str().unwrap()).collect();
    for must in ["halite", "blake3", "ruzstd", "minisign-verify", "rustix"] {
        assert!(names.contains(must), "`{must}` is not among {names:?}");
    }
    for (name, what) in NEVER {
        assert!(!names.contains(name), "`{name}` is in halite-dom0: {what}");
    }
}

#[test]
fn no_feature_of_the_other_program_is_on() {
    let id = compiled().into_iter().find(|(id, _)| id.contains("#halite@") || id.contains("/halite#"));
    let id = id.or_else(|| compiled().into_iter().find(|(_, package)| package.kinds.contains("bin")));
    let (id, package) = id.unwrap();
    assert_eq!(package.features, BTreeSet::from(["dom0".to_owned()]), "{id}");
    let blake3 = compiled().into_iter().find(|(id, _)| id.contains("blake3@")).unwrap().1;
    assert!(blake3.features.contains("pure"), "{:?}", blake3.features);
}
