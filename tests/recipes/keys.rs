//! Keys that are missing, and keys that there are not.

use crate::*;

#[test]
fn unknown_keys() {
    assert_snapshot!(fault("disposables = \"quiet-dvm\"", "disposable = \"quiet-dvm\""), @r#"
    error[H0002]: [workstation.quiet] has no key `disposable`
      --> recipe/halite.toml:21:1
       |
    21 | disposable = "quiet-dvm"
       | ^^^^^^^^^^
       |
       = help: did you mean `disposables`?
    "#);
    assert_snapshot!(fault("serial = 1", "serial = 1\ncolour = \"red\""), @r#"
    error[H0002]: [bundle] has no key `colour`
     --> recipe/halite.toml:6:1
      |
    6 | colour = "red"
      | ^^^^^^
      |
      = help: expected one of `extends`, `include`, `memory`, `name`, `releases`, `serial`, `summary`, `updates`
    "#);
    assert_snapshot!(fault("[bundle]", "[proxy.x]\nprovider = \"y\"\n[bundle]"), @r"
    error[H0002]: the recipe has no key `proxy`
     --> recipe/halite.toml:3:2
      |
    3 | [proxy.x]
      |  ^^^^^
      |
      = help: expected one of `bundle`, `disposable`, `exception`, `existing`, `flow`, `gateway`, `identity`, `named-disposable`, `template`, `vault`, `vpn`, `workstation`
    ");
    assert_snapshot!(fault("releases = ", "RELEASES = "), @r#"
    error[H0002]: [bundle] has no key `RELEASES`
     --> recipe/halite.toml:7:1
      |
    7 | RELEASES = ["r4.3"]
      | ^^^^^^^^
      |
      = help: did you mean `releases`? upper and lower case differ
    "#);
    assert_snapshot!(fault("[identity.loud]", "[identity.loud.x]\n[identity.loud]"), @r"
    error[H0002]: [identity.loud] has no key `x`
      --> recipe/halite.toml:31:16
       |
    31 | [identity.loud.x]
       |                ^
       |
       = help: expected one of `accounts`, `applications`, `audio`, `destinations`, `gateway`, `keyboard`, `mode`, `replaces`, `upstream`, `vpn`
    ");
}

/// Each table says which keys it has, so that a key more is seen here.
#[test]
fn the_keys_of_each_table() {
    const SETTINGS: &str = "`features`, `firewall`, `maxmem`, `memory`, `prefs`, `r4.2`, `r4.3`, `services`, `tags`";
    const QUBE: &str = "`files`, `label`, `private`, `replaces`, `template`";
    for (table, keys) in [
        ("[bundle]", "`extends`, `include`, `memory`, `name`, `releases`, `serial`, `summary`, `updates`".to_owned()),
        (
            "[identity.press]",
            "`accounts`, `applications`, `audio`, `destinations`, `gateway`, `keyboard`, `mode`, `replaces`, `upstream`, `vpn`"
                .to_owned(),
        ),
        ("[gateway.press-gateway]", format!("{SETTINGS}, {QUBE}, `bridges`, `existing`, `external`, `sensitive`, `upstream`")),
        ("[gateway.remote-net]", format!("{SETTINGS}, {QUBE}, `existing`, `external`")),
        ("[gateway.work-gateway]", "`existing`, `external`, `replaces`".to_owned()),
        ("[vpn.press-vpn]", format!("{SETTINGS}, {QUBE}, `configuration`, `upstream`")),
        ("[workstation.work]", format!("{SETTINGS}, {QUBE}, `disposables`, `identity`")),
        ("[disposable.press-dvm]", format!("{SETTINGS}, {QUBE}, `identity`")),
        ("[named-disposable.press-once]", format!("{SETTINGS}, `label`, `replaces`, `template`")),
        ("[vault.work-vault]", format!("{SETTINGS}, {QUBE}, `identity`")),
        ("[existing.sys-usb]", "`replaces`".to_owned()),
        ("[template.press]", "`base`, `files`, `packages`, `r4.2`, `r4.3`, `replaces`".to_owned()),
        ("[flow.scans]", "`action`, `from`, `reason`, `replaces`, `services`, `to`".to_owned()),
        ("[exception.office]", "`code`, `identity`, `qube`, `reason`, `replaces`, `template`".to_owned()),
    ] {
        let mut keys: Vec<&str> = keys.split(", ").collect();
        keys.sort_unstable();
        assert!(FULL.contains(table), "{table}");
        let drawn = refused(FULL.replacen(table, &format!("{table}\nxxxxxxxx = 1"), 1));
        assert!(drawn.starts_with(&format!("error[H0002]: {table} has no key `xxxxxxxx`\n")), "{drawn}");
        assert!(drawn.ends_with(&format!(" = help: expected one of {}", keys.join(", "))), "{drawn}");
    }
}

#[test]
fn missing_keys() {
    assert_snapshot!(fault("summary = \"One identity behind Tor, one in clear\"\n", ""), @r"
    error[H0003]: [bundle] lacks the key `summary`
     --> recipe/halite.toml:3:1
      |
    3 | [bundle]
      | ^^^^^^^^
    ");
    assert_snapshot!(fault("mode = 1\n", ""), @r"
    error[H0003]: [identity.quiet] lacks the key `mode`
     --> recipe/halite.toml:9:11
      |
    9 | [identity.quiet]
      |           ^^^^^
    ");
    assert_snapshot!(fault("identity = \"loud\"\n", ""), @r"
    error[H0003]: [workstation.loud] lacks the key `identity`
      --> recipe/halite.toml:35:14
       |
    35 | [workstation.loud]
       |              ^^^^
    ");
    assert_snapshot!(fault("template = \"debian\"", ""), @r"
    error[H0003]: [workstation.loud] lacks the key `template`
      --> recipe/halite.toml:35:14
       |
    35 | [workstation.loud]
       |              ^^^^
    ");
    assert_snapshot!(fault("base = \"whonix-workstation\"\n", ""), @r"
    error[H0003]: [template.quiet] lacks the key `base`
      --> recipe/halite.toml:27:11
       |
    27 | [template.quiet]
       |           ^^^^^
    ");
    assert_snapshot!(fault("upstream = \"sys-firewall\"\n\n[workstation.quiet]", "\n[workstation.quiet]"), @r"
    error[H0003]: [gateway.quiet-gateway] lacks the key `upstream`
      --> recipe/halite.toml:15:10
       |
    15 | [gateway.quiet-gateway]
       |          ^^^^^^^^^^^^^
    ");
    assert_snapshot!(fault("gateway = \"quiet-gateway\"\n", ""), @r"
    error[H0003]: [identity.quiet] lacks the key `gateway`, which mode 1 needs
     --> recipe/halite.toml:9:11
      |
    9 | [identity.quiet]
      |           ^^^^^
    ");
    assert_snapshot!(fault("mode = 4\nupstream = \"sys-firewall\"", "mode = 4"), @r"
    error[H0003]: [identity.loud] lacks the key `upstream`, which mode 4 needs
      --> recipe/halite.toml:31:11
       |
    31 | [identity.loud]
       |           ^^^^
    ");
    assert_snapshot!(fault("template = \"debian\"", "template = \"debian\"\nfiles = { \"/rw/a\" = { executable = true } }"), @r#"
    error[H0003]: `/rw/a` lacks the key `source`
      --> recipe/halite.toml:38:21
       |
    38 | files = { "/rw/a" = { executable = true } }
       |                     ^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn a_base_for_each_release() {
    let base = "base = \"whonix-workstation\"";
    assert_snapshot!(fault(base, "base = { \"r4.2\" = \"whonix-workstation-17\" }"), @r#"
    error[H0003]: `base` lacks the key `r4.3`
      --> recipe/halite.toml:28:8
       |
    28 | base = { "r4.2" = "whonix-workstation-17" }
       |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(fault(base, "base = { \"r4.3\" = \"whonix-workstation-18\", \"r4.4\" = \"debian-14-xfce\" }"), @r#"
    error[H0002]: `base` has no key `r4.4`
      --> recipe/halite.toml:28:44
       |
    28 | base = { "r4.3" = "whonix-workstation-18", "r4.4" = "debian-14-xfce" }
       |                                            ^^^^^^
       |
       = help: did you mean `r4.2`?
    "#);
    assert_snapshot!(fault(base, "base = { \"r4.3\" = \"-x\" }"), @r#"
    error[H0004]: a qube's name begins with a letter
      --> recipe/halite.toml:28:19
       |
    28 | base = { "r4.3" = "-x" }
       |                   ^^^^
    "#);
    assert_snapshot!(fault(base, "base = { \"r4.3\" = 18 }"), @r#"
    error[H0004]: `r4.3` is a string, not a whole number
      --> recipe/halite.toml:28:19
       |
    28 | base = { "r4.3" = 18 }
       |                   ^^
    "#);
    // A release that the recipe is not for may be known all the same.
    let both = edited(&[(base, "base = { \"r4.2\" = \"whonix-workstation-17\", \"r4.3\" = \"whonix-workstation-18\" }")]);
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", both);
    sandbox.halite("check recipe").succeeds();
}
