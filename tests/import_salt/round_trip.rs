//! What goes out as Salt comes back as a recipe that says the same, as far as states say it.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use serde_json::Value;

use crate::states;
use crate::support::Sandbox;

/// The qubes of a recipe for a release: for each, what states say of it.
fn qubes(sandbox: &Sandbox, folder: &str, release: &str) -> BTreeMap<String, BTreeMap<&'static str, String>> {
    let id = sandbox.halite("build").argument(folder).argument("--release").argument(release).succeeds().stdout;
    let bundle = format!("store/{}.halite", id.trim_end());
    let desired = sandbox.halite("show --json").argument(bundle).succeeds().json()["manifest"]["desired"].take();
    let base = |name: &Value| {
        let template = &desired["templates"][name.as_str().unwrap()];
        (template["base"].as_str().unwrap_or(name.as_str().unwrap()).to_owned(), template["packages"].to_string())
    };
    let qubes = desired["qubes"].as_object().unwrap().iter();
    let said = qubes.map(|(name, qube)| {
        let (template, packages) = base(&qube["template"]);
        let mut said: BTreeMap<&'static str, String> = [
            ("template", template),
            ("packages", packages),
            ("label", qube["label"].to_string()),
            ("role", qube["role"].to_string()),
        ]
        .into();
        let mut prefs = qube["prefs"].as_object().unwrap().clone();
        // The one property of these recipes that Salt does not know.
        prefs.remove("keyboard_layout");
        said.insert("prefs", Value::from(prefs).to_string());
        for key in ["tags", "features", "firewall"] {
            said.insert(key, qube[key].to_string());
        }
        let mode = &desired["identities"][qube["identity"].as_str().unwrap()]["mode"];
        said.insert("mode", mode.to_string());
        (name.clone(), said)
    });
    said.collect()
}

#[test]
fn recipes_come_back_from_their_own_export() {
    for recipe in ["anonymity-modes", "physical-gateway"] {
        comes_back(&format!("{}/recipes/{recipe}", env!("CARGO_MANIFEST_DIR")));
    }
}

#[track_caller]
fn comes_back(recipe: &str) {
    let sandbox = Sandbox::new();
    for release in ["r4.2", "r4.3"] {
        let before = qubes(&sandbox, recipe, release);
        assert!(before.len() >= 3);
        let out = format!("salt-{release}");
        let id = sandbox.halite("build").argument(recipe).argument("--release").argument(release).succeeds().stdout;
        sandbox.halite("export").argument(format!("store/{}.halite", id.trim_end())).argument("--salt").argument(&out).succeeds();
        let again = format!("again-{release}");
        sandbox.halite("import-salt").argument(&out).argument("--output").argument(&again).succeeds();
        sandbox.halite("check").argument(&again).succeeds();
        assert_eq!(qubes(&sandbox, &again, release), before, "{release}");
    }
}

#[test]
fn faultless_states_check_clean_on_both_releases() {
    let text = "#!yaml\nmode-1-gw:\n  qvm.vm:\n    - present:\n      - template: whonix-gateway-18\n      - label: black\n    - prefs:\n      - netvm: sys-firewall\n      - provides-network: true\n    - tags:\n      - add: [anon-gateway]\n\
        mode-1:\n  qvm.vm:\n    - present:\n      - template: whonix-workstation-18\n      - label: red\n    - prefs:\n      - netvm: mode-1-gw\n      - default_dispvm: mode-1-dvm\n    - require:\n      - qvm: mode-1-gw\n\
        mode-1-dvm:\n  qvm.vm:\n    - present:\n      - template: whonix-workstation-18\n      - label: red\n    - prefs:\n      - netvm: mode-1-gw\n      - template_for_dispvms: true\n      - default_dispvm: mode-1-dvm\n\
        mode-4:\n  qvm.vm:\n    - present:\n      - template: debian-13-xfce\n      - label: green\n    - prefs:\n      - netvm: sys-firewall\n      - default_dispvm: none\n      - memory: 500\n      - maxmem: 2000\n\
        /etc/qubes/policy.d/30-mine.policy:\n  file.managed:\n    - source: salt://mine\n";
    let sandbox = states(&[("modes.sls", text), ("modes.top", "#!yaml\nbase:\n  dom0:\n    - modes\n")]);
    assert_snapshot!(sandbox.halite("import-salt states --output new").transcript(), @r"
    | new/halite.toml
    ! warning[H0904]: `/etc/qubes/policy.d/30-mine.policy` is a file of policy, and halite writes its own: left out
    !   --> states/modes.sls:41:1
    !    |
    ! 41 | /etc/qubes/policy.d/30-mine.policy:
    !    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    !    |
    !    = help: say in a `[flow.HANDLE]` what is to be let through besides
    !
    ! 1 remark about the states
    ! read the recipe and each comment in it, change what is wrong, and then:
    !   halite check new
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("check new").transcript(), @r"
    ! warning[H0308]: identity `mode-1`: nobody chose which keyboard layout its qubes see; `mode-1` sees what dom0 has
    !   --> new/halite.toml:14:11
    !    |
    ! 14 | [identity.mode-1]
    !    |           ^^^^^^
    !
    ! warning[H0309]: identity `mode-1`: nobody chose whether its qubes have sound; `mode-1` sees what dom0 has
    !   --> new/halite.toml:14:11
    !    |
    ! 14 | [identity.mode-1]
    !    |           ^^^^^^
    !
    ! new: no faults for r4.2, r4.3
    exit code 0
    ");
    assert_snapshot!(sandbox.text("new/halite.toml"), @r#"
    # A recipe for halite, made from states of Salt by `halite import-salt`. Where those were doubtful, a comment says where that is in
    # which file, and what it was taken to mean. Read each, change what is wrong, and remove the comment. The recipe is data, and all of
    # it, comments included, is packed into the bundle; who an identity really is stands in `labels.toml` beside it, which is never
    # packed. docs/recipes.md describes every key.

    [bundle]
    name = "new"
    serial = 1
    summary = "2 identities, from Salt"
    releases = ["r4.2", "r4.3"]

    # Mode 1: anonymous user, any recipient.

    [identity.mode-1]
    mode = 1
    gateway = "mode-1-gw"

    [gateway.mode-1-gw]
    upstream = "sys-firewall"
    label = "black"

    [workstation.mode-1]
    identity = "mode-1"
    template = "whonix-workstation"
    disposables = "mode-1-dvm"
    label = "red"

    [disposable.mode-1-dvm]
    identity = "mode-1"
    template = "whonix-workstation"
    label = "red"

    # Mode 4: non-anonymous user, any recipient.

    [identity.mode-4]
    mode = 4
    upstream = "sys-firewall"

    [workstation.mode-4]
    identity = "mode-4"
    template = "debian"
    label = "green"
    memory = 500
    maxmem = 2000

    # What is about no line above:
    #
    # modes.sls:41:1: `/etc/qubes/policy.d/30-mine.policy` is a file of policy, and halite writes its own: left out (say in
    # a `[flow.HANDLE]` what is to be let through besides)
    "#);
}
