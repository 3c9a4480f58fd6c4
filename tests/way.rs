//! The whole way with both programs, as users take it, and what may go wrong on it: older serials, two bundles with one serial, revoked
//! keys, changes by hand, what a killed process leaves behind.

#![allow(clippy::disallowed_methods, reason = "a test looks at the files")]

mod support;

use std::fs;

use support::{RECIPE, Run, Sandbox};

/// A sandbox with a simulated dom0 that trusts `author.pub`, and has imported serial 1.
fn begun() -> Sandbox {
    let sandbox = Sandbox::with_bundle();
    dom0(&sandbox, "trust add author.pub --role author").succeeds();
    dom0(&sandbox, "import bundle.halite").succeeds();
    sandbox
}

fn dom0<'a>(sandbox: &'a Sandbox, arguments: &str) -> Run<'a> {
    sandbox.halite_dom0(&format!("--simulate dom0 {arguments}"))
}

/// Builds the sample recipe with `edit` as this serial, signed by `key`; returns the bundle's file.
fn build(sandbox: &Sandbox, serial: u32, key: &str, edit: impl Fn(String) -> String) -> String {
    sandbox.write("next/halite.toml", edit(RECIPE.replacen("serial = 1", &format!("serial = {serial}"), 1)));
    let id = sandbox.halite(&format!("build next --sign {key}.key")).succeeds().stdout;
    format!("store/{}.halite", id.trim_end())
}

fn name() -> String {
    let line = RECIPE.lines().find(|line| line.starts_with("name = ")).unwrap();
    line.split('"').nth(1).unwrap().to_owned()
}

#[test]
fn there_and_back() {
    let sandbox = begun();
    let name = name();
    dom0(&sandbox, &format!("plan {name}@1")).exits(3);
    dom0(&sandbox, &format!("switch {name}@1")).succeeds();
    let first = dom0(&sandbox, "status --json").succeeds().json();
    assert_eq!((first["generation"].as_u64(), first["drift"].as_array().map(Vec::len)), (Some(1), Some(0)));
    let again = dom0(&sandbox, &format!("switch {name}@1")).succeeds();
    assert!(again.stdout.starts_with("generation 1 is in place already"), "{}", again.stdout);

    let second =
        build(&sandbox, 2, "author", |text| text.replacen("template = \"debian\"", "template = \"debian\"\nmaxmem = 5000", 1));
    dom0(&sandbox, &format!("import {second}")).succeeds();
    dom0(&sandbox, &format!("switch {name}@2")).succeeds();
    assert_ne!(dom0(&sandbox, "status --json").succeeds().json()["state"], first["state"]);
    let older = dom0(&sandbox, &format!("switch {name}@1")).exits(4);
    assert!(older.stderr.contains("serial 1 is older than 2, which was already activated"), "{}", older.stderr);

    dom0(&sandbox, "rollback").succeeds();
    assert_eq!(dom0(&sandbox, "status --json").succeeds().json()["state"], first["state"]);
    let older = dom0(&sandbox, &format!("switch {name}@1 --allow-older")).succeeds();
    assert!(older.stdout.starts_with("generation 1 is in place already"), "{}", older.stdout);
}

#[test]
fn a_change_by_hand_is_drift() {
    let sandbox = begun();
    dom0(&sandbox, &format!("switch {}@1", name())).succeeds();
    let policy = "dom0/root/etc/qubes/policy.d/32-halite.policy";
    let text = sandbox.text(policy);
    sandbox.write(policy, format!("{text}qubes.Filecopy * @anyvm @anyvm allow\n"));
    let status = dom0(&sandbox, "status").exits(3);
    assert!(status.stdout.contains("dom0 was changed since; `status --fix` puts it back:"), "{}", status.stdout);
    let refused = dom0(&sandbox, &format!("switch {}@1", name())).exits(1);
    assert!(refused.stderr.contains("the policy file 32-halite.policy was changed by hand"), "{}", refused.stderr);
    dom0(&sandbox, &format!("switch {}@1 --take-bundle", name())).succeeds();
    assert_eq!(sandbox.text(policy), text);
}

#[test]
fn one_serial_stands_for_one_bundle() {
    let sandbox = begun();
    let other = build(&sandbox, 1, "author", |text| text.replacen("summary = \"", "summary = \"Not ", 1));
    let refused = dom0(&sandbox, &format!("import {other}")).exits(4);
    assert!(refused.stderr.contains("two different bundles with one serial"), "{}", refused.stderr);
}

#[test]
fn a_revoked_key_vouches_for_nothing_any_more() {
    let sandbox = begun();
    let name = name();
    dom0(&sandbox, &format!("switch {name}@1")).succeeds();
    let keys = dom0(&sandbox, "trust list --json").succeeds().json();
    let author = keys["keys"][0]["id"].as_str().unwrap().to_owned();
    dom0(&sandbox, "trust add other.pub --role author").succeeds();
    // Whatever else is wrong in dom0, a key can be revoked.
    sandbox.write("dom0/root/var/lib/halite/journal", "torn");
    dom0(&sandbox, &format!("trust remove {author}")).succeeds();
    let stuck = dom0(&sandbox, &format!("switch {name}@1")).exits(1);
    assert!(stuck.stderr.contains("journal` is damaged"), "{}", stuck.stderr);
    fs::remove_file(sandbox.path("dom0/root/var/lib/halite/journal")).unwrap();

    for command in [format!("switch {name}@1"), "rollback 1".to_owned(), format!("show {name}@1"), format!("plan {name}@1")] {
        let refused = dom0(&sandbox, &command).exits(4);
        assert!(refused.stderr.contains("0 of the 1 signatures needed"), "{command}: {}", refused.stderr);
    }
    // Nor does the bundle that it vouched for keep its serial from one that is trusted.
    let other = build(&sandbox, 1, "other", |text| text.replacen("summary = \"", "summary = \"Not ", 1));
    dom0(&sandbox, &format!("import {other}")).succeeds();
}

#[test]
fn signatures_are_united_and_leftovers_go() {
    let sandbox = begun();
    dom0(&sandbox, "trust add other.pub --role author").succeeds();
    sandbox.write("dom0/root/var/lib/halite/store/.import.halite.4242.new", "what a killed import leaves");
    sandbox.halite("sign ./bundle.halite --key other.key").succeeds();
    let united = dom0(&sandbox, "import bundle.halite").succeeds();
    assert!(united.stderr.starts_with("already imported; new signatures added"), "{}", united.stderr);
    let names: Vec<_> = fs::read_dir(sandbox.path("dom0/root/var/lib/halite/store")).unwrap().collect();
    assert_eq!(names.len(), 1);
    dom0(&sandbox, "trust threshold author 2").succeeds();
    dom0(&sandbox, &format!("switch {}@1", name())).succeeds();
}

#[test]
fn on_both_releases() {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", RECIPE.replacen("[\"r4.3\"]", "[\"r4.2\", \"r4.3\"]", 1));
    sandbox.halite("keygen --no-passphrase author").succeeds();
    let id = sandbox.halite("build recipe --release r4.2 --sign author.key").succeeds();
    assert!(id.stderr.contains("warning: support for Qubes r4.2 ended on 2026-06-21"), "{}", id.stderr);
    let here = |arguments: &str| sandbox.halite_dom0(&format!("--simulate old --simulate-release r4.2 {arguments}"));
    here("trust add author.pub --role author").succeeds();
    here(&format!("import store/{}.halite", id.stdout.trim_end())).succeeds();
    let plan = here(&format!("plan {}@1", name())).exits(3);
    assert!(plan.stderr.starts_with("note: nothing on this release keeps a new qube"), "{}", plan.stderr);
    here(&format!("switch {}@1", name())).succeeds();
    here("status").succeeds();
    let new = dom0(&sandbox, &format!("verify store/{}.halite", id.stdout.trim_end())).exits(4);
    assert!(new.stderr.contains("no key is trusted yet"), "{}", new.stderr);
    dom0(&sandbox, "trust add author.pub --role author").succeeds();
    let other = dom0(&sandbox, &format!("import store/{}.halite", id.stdout.trim_end())).exits(1);
    assert!(other.stderr.contains("it is for r4.2, and this dom0 is r4.3"), "{}", other.stderr);
}
