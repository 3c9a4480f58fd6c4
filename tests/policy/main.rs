//! `halite policy` and `halite-dom0 policy`: the graph as Qubes' own tool prints it, calls decided by the line, what lint finds, and ways;
//! each with everything that can be wrong with what it is given.

#![allow(clippy::disallowed_methods, reason = "a test writes the policies")]

#[path = "../support/mod.rs"]
mod support;

mod dom0;
mod eval;
mod graph;
mod help;
mod lint;
mod place;
mod reach;

use std::collections::BTreeMap;

use serde_json::json;
use support::Sandbox;

/// A system of 18 qubes.
const SYSTEM: &str = include_str!("../data/policy-graph-system.json");
/// The rules that Qubes R4.3 and Whonix install.
const STOCK: &str = include_str!("../../src/qrexec/stock/r4.3.tsv");

/// With that system, and the stock policy in `policy.d`.
fn stock() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("system.json", SYSTEM);
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for (file, rule) in STOCK.lines().skip(1).filter_map(|row| row.split_once('\t')) {
        *files.entry(file).or_default() += &format!("{rule}\n");
    }
    for (file, text) in files {
        sandbox.write(&format!("policy.d/{file}"), text);
    }
    sandbox
}

/// With a policy of one file, and three qubes.
fn small(policy: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let qube = |number: u32, class: &str, tags: &[&str]| {
        json!({"type": class, "tags": tags, "template_for_dispvms": false, "default_dispvm": null, "power_state": "Running",
            "label": "0xcc0000", "internal": null, "uuid": format!("00000000-0000-0000-0000-{number:012}"), "icon": "",
            "guivm": null, "relayvm": null, "transport_rpc": null})
    };
    let domains = json!({"dom0": qube(0, "AdminVM", &[]), "m1": qube(1, "AppVM", &["a"]), "m3": qube(3, "AppVM", &[]), "vault": qube(4, "AppVM", &[])});
    sandbox.write("system.json", json!({ "domains": domains }).to_string());
    sandbox.write("policy.d/50-own.policy", policy);
    sandbox
}

const PLACE: &str = "--policy-dir policy.d --system-info system.json";
