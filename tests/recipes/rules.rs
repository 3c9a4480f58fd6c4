//! The rules of the desired state that a recipe can break; `src/check/tests.rs` has the others.

use crate::*;

#[test]
fn names() {
    let two = "[workstation.qube-with-a-long-name-a]\nidentity = \"loud\"\ntemplate = \"debian\"\n[workstation.qube-with-a-long-name-b]";
    assert_snapshot!(fault("[workstation.loud]", two), @r"
    error[H0101]: qube `qube-with-a-long-name-b`: `qube-with-a-long-name-b` and `qube-with-a-long-name-a` begin with the same 21 characters
      --> recipe/halite.toml:38:14
       |
    35 | [workstation.qube-with-a-long-name-a]
       |              ----------------------- the other one
    ...
    38 | [workstation.qube-with-a-long-name-b]
       |              ^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: Salt would use one management disposable for both; choose shorter names
    ");
    assert_snapshot!(fault("[workstation.loud]", "[workstation.dom0]"), @r"
    error[H0107]: qube `dom0`: dom0 is not a qube that a bundle can hold
      --> recipe/halite.toml:35:14
       |
    35 | [workstation.dom0]
       |              ^^^^
       |
       = help: choose another name
    ");
}

/// A template of the recipe is nobody's netvm, nobody's base and nobody's name.
#[test]
fn templates_in_places_that_are_not_theirs() {
    let sandbox = Sandbox::with_recipe();
    let id = sandbox.halite("build recipe").succeeds().stdout;
    let shown = sandbox.halite("show --json").argument(id.trim()).succeeds().json();
    let clone = shown["manifest"]["desired"]["templates"].as_object().unwrap().keys().next().unwrap().clone();
    let hidden = |text: String| text.replace(&clone, "h-quiet-XXXXXXXX");
    assert_snapshot!(hidden(fault("upstream = \"sys-firewall\"", &format!("upstream = \"{clone}\""))), @r#"
    error[H0105]: qube `quiet-gateway`: its netvm is `h-quiet-XXXXXXXX`, which is a template
      --> recipe/halite.toml:16:12
       |
    16 | upstream = "h-quiet-XXXXXXXX"
       |            ^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(hidden(fault("[template.quiet]", &format!("[template.second]\nbase = \"{clone}\"\n[template.quiet]"))), @r#"
    error[H0102]: template `h-second-71517c88`: it is cloned from `h-quiet-XXXXXXXX`, which is no template that dom0 already has
      --> recipe/halite.toml:28:8
       |
    28 | base = "h-quiet-XXXXXXXX"
       |        ^^^^^^^^^^^^^^^^^^
       |
       = help: a template is cloned from one that dom0 already has, such as `debian-13-xfce`
    "#);
    assert_snapshot!(hidden(fault("[workstation.loud]", &format!("[workstation.{clone}]"))), @r#"
    error[H0102]: qube `quiet`: its template `h-quiet-XXXXXXXX` is a qube of the bundle, not a template
      --> recipe/halite.toml:20:12
       |
    20 | template = "quiet"
       |            ^^^^^^^

    error[H0102]: qube `quiet-dvm`: its template `h-quiet-XXXXXXXX` is a qube of the bundle, not a template
      --> recipe/halite.toml:25:12
       |
    25 | template = "quiet"
       |            ^^^^^^^

    error[H0107]: qube `h-quiet-XXXXXXXX`: `h-quiet-XXXXXXXX` is both a template and a qube
      --> recipe/halite.toml:35:14
       |
    27 | [template.quiet]
       |           ----- the other one
    ...
    35 | [workstation.h-quiet-XXXXXXXX]
       |              ^^^^^^^^^^^^^^^^
       |
       = help: templates are named after what is in them; choose another name for the qube
    "#);
}

#[test]
fn templates_that_do_not_fit() {
    assert_snapshot!(fault("[gateway.quiet-gateway]", "[gateway.quiet-gateway]\ntemplate = \"debian\""), @r#"
    error[H0208]: qube `quiet-gateway`: it is a gateway on `debian-13-xfce`, which is no Whonix gateway, and would lead everything into the clearnet
      --> recipe/halite.toml:16:12
       |
    16 | template = "debian"
       |            ^^^^^^^^
       |
       = help: a gateway is on `whonix-gateway`, or on a template that is cloned from it
    "#);
    assert_snapshot!(fault("template = \"debian\"", "template = \"whonix-gateway\""), @r#"
    error[H0208]: qube `loud`: it is a workstation on `whonix-gateway-18`, which runs Tor for others
      --> recipe/halite.toml:37:12
       |
    37 | template = "whonix-gateway"
       |            ^^^^^^^^^^^^^^^^
       |
       = help: what is behind a gateway is on another template, such as `whonix-workstation`
    "#);
}

#[test]
fn networks() {
    assert_snapshot!(fault("upstream = \"sys-firewall\"", "upstream = \"sys-whonix\""), @r#"
    error[H0203]: qube `quiet-gateway`: it is a gateway behind the gateway `sys-whonix`: Tor over Tor
      --> recipe/halite.toml:16:12
       |
    16 | upstream = "sys-whonix"
       |            ^^^^^^^^^^^^
       |
       = help: behind a gateway comes a qube in clear, such as `sys-firewall`
    "#);
    assert_snapshot!(fault("mode = 4\nupstream = \"sys-firewall\"", "mode = 4\nupstream = \"dom0\""), @r#"
    error[H0103]: qube `loud`: its netvm is dom0, which has no network
      --> recipe/halite.toml:33:12
       |
    33 | upstream = "dom0"
       |            ^^^^^^
       |
       = help: a netvm is a qube that provides network, such as `sys-firewall`
    "#);
    assert_snapshot!(fault("template = \"debian\"", "template = \"debian\"\ndisposables = \"quiet-dvm\""), @r#"
    error[H0204]: qube `loud`: its disposables are made from `quiet-dvm` of identity `quiet`
      --> recipe/halite.toml:38:15
       |
    38 | disposables = "quiet-dvm"
       |               ^^^^^^^^^^^
       |
       = help: name a disposable template of its own identity, or none
    "#);
}

#[test]
fn memory() {
    assert_snapshot!(fault("template = \"debian\"", "template = \"debian\"\nmemory = 4000\nmaxmem = 2000"), @r"
    error[H0108]: qube `loud`: memory is 4000 MiB and maxmem, the most that it gets, 2000 MiB
      --> recipe/halite.toml:38:10
       |
    38 | memory = 4000
       |          ^^^^
    ");
}

/// What qubesd would refuse in the middle of a switch.
#[test]
fn values() {
    let extras =
        "template = \"debian\"\nprefs = { virt_mode = \"PVH\", kernelopts = \"grün\" }\nfeatures = { x-mine = \"a\\u0007b\" }";
    assert_snapshot!(fault("template = \"debian\"", extras), @r#"
    error[H0105]: qube `loud`: `kernelopts` is `grün`, and must be in visible ASCII
      --> recipe/halite.toml:38:30
       |
    38 | prefs = { virt_mode = "PVH", kernelopts = "grün" }
       |                              ^^^^^^^^^^

    error[H0105]: qube `loud`: `virt_mode` is `PVH`, and must be `pvh`, `hvm` or `pv`
      --> recipe/halite.toml:38:11
       |
    38 | prefs = { virt_mode = "PVH", kernelopts = "grün" }
       |           ^^^^^^^^^

    error[H0105]: qube `loud`: the feature `x-mine` is `a\u{7}b`, and must be in visible ASCII
      --> recipe/halite.toml:39:14
       |
    39 | features = { x-mine = "a\u0007b" }
       |              ^^^^^^
    "#);
}

#[test]
fn accounts() {
    let both = [("mode = 1", "mode = 1\naccounts = [\"mail\"]"), ("mode = 4", "mode = 4\naccounts = [\"news\", \"mail\"]")];
    assert_snapshot!(refused(edited(&both)), @r#"
    error[H0301]: identity `quiet`: the account `mail` is also one of identity `loud`
      --> recipe/halite.toml:11:13
       |
    11 | accounts = ["mail"]
       |             ^^^^^^
    ...
    34 | accounts = ["news", "mail"]
       |                     ------ the other one
       |
       = help: an account used in two identities tells its provider that they are one
    "#);
}

#[test]
fn files() {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/a", "a");
    let case = |table: &str, files: &str| {
        sandbox.write("recipe/halite.toml", format!("{RECIPE}\n[{table}.files]\n{files}"));
        drawn(&sandbox, "recipe")
    };
    assert_snapshot!(case("workstation.loud", "\"/etc/motd\" = \"a\""), @r#"
    error[H0110]: qube `loud`: `/etc/motd` would be gone with the next start
      --> recipe/halite.toml:40:1
       |
    40 | "/etc/motd" = "a"
       | ^^^^^^^^^^^
       |
       = help: a qube keeps what is below /rw, /home and /usr/local; what lies elsewhere belongs into its template
    "#);
    assert_snapshot!(case("template.quiet", "\"/home/user/a\" = \"a\""), @r#"
    error[H0110]: template `h-quiet-61b40f4c`: `/home/user/a` lies in the template's private volume, which no qube on it sees
      --> recipe/halite.toml:40:1
       |
    40 | "/home/user/a" = "a"
       | ^^^^^^^^^^^^^^
       |
       = help: a qube keeps what is below /rw, /home and /usr/local; what lies elsewhere belongs into its template
    "#);
    assert_snapshot!(case("workstation.loud", "\"/rw/a\" = \"a\"\n\"/rw/a/b\" = \"a\""), @r#"
    error[H0110]: qube `loud`: `/rw/a` is a file, and a directory of another one
      --> recipe/halite.toml:40:1
       |
    40 | "/rw/a" = "a"
       | ^^^^^^^
       |
       = help: give one of the two another path
    "#);
}

/// A warning goes with what is built, once for all releases.
#[test]
fn bridges_are_given_away() {
    let gateway = "[gateway.quiet-gateway]";
    let bridges = format!("{gateway}\nbridges = [\"192.0.2.1:443\"]");
    let recipe = edited(&[(gateway, &bridges), ("releases = [\"r4.3\"]", "releases = [\"r4.2\", \"r4.3\"]")]);
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", recipe);
    assert_snapshot!(sandbox.halite("check recipe").transcript(), @r#"
    ! warning[H0401]: qube `quiet-gateway`: its `/usr/local/etc/torrc.d/50_user.conf` is in the bundle as it is, bridges included
    !   --> recipe/halite.toml:16:12
    !    |
    ! 16 | bridges = ["192.0.2.1:443"]
    !    |            ^^^^^^^^^^^^^^^
    !    |
    !    = help: whoever has the bundle, or the recipe, can read it; once you have seen to it that nobody does, say `sensitive = true`
    !
    ! sample: no faults for r4.2, r4.3
    exit code 0
    "#);
    assert_snapshot!(support::without_ids(&sandbox.halite("build recipe").transcript()), @r#"
    | [ID]
    ! warning[H0401]: qube `quiet-gateway`: its `/usr/local/etc/torrc.d/50_user.conf` is in the bundle as it is, bridges included
    !   --> recipe/halite.toml:16:12
    !    |
    ! 16 | bridges = ["192.0.2.1:443"]
    !    |            ^^^^^^^^^^^^^^^
    !    |
    !    = help: whoever has the bundle, or the recipe, can read it; once you have seen to it that nobody does, say `sensitive = true`
    !
    ! built sample r4.3, serial 1: 2 identities, 4 qubes, 1 template
    ! store/[ID].halite
    exit code 0
    "#);
    assert_eq!(sandbox.halite("check recipe --json").succeeds().json()["faults"].as_array().unwrap().len(), 1);
}
