//! Wrong recipes: one transcript for each kind of fault, and what no recipe may do to the program.

#![allow(clippy::disallowed_methods, reason = "a test writes the recipes")]

mod support;

use std::os::unix::fs::symlink;
use std::time::Duration;

use insta::assert_snapshot;
use support::{RECIPE, Sandbox};

/// The sample recipe with these texts replaced.
#[track_caller]
fn edited(edits: &[(&str, &str)]) -> String {
    let mut text = RECIPE.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "`{from}` is not in the sample");
        text = text.replacen(from, to, 1);
    }
    text
}

/// Checks a recipe that has faults. Building it says the same, and neither writes anything.
#[track_caller]
fn refused(recipe: impl AsRef<[u8]>) -> String {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", recipe);
    let before = sandbox.snapshot();
    let quick = Duration::from_secs(20);
    let check = sandbox.halite("check recipe").at_most(quick).exits(1);
    let build = sandbox.halite("build recipe").at_most(quick).exits(1);
    assert_eq!(build.stderr, check.stderr, "`build` says what `check` says");
    assert_eq!(build.stdout, "");
    assert!(before == sandbox.snapshot(), "something was written");
    check.transcript()
}

/// The sample recipe with one edit, refused.
#[track_caller]
fn fault(from: &str, to: &str) -> String {
    refused(edited(&[(from, to)]))
}

#[test]
fn the_sample_has_no_faults() {
    let sandbox = Sandbox::with_recipe();
    assert_snapshot!(sandbox.halite("check recipe").transcript(), @r"
    ! sample: no faults for r4.3
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("check recipe --json").transcript(), @r#"
    | {
    |   "format": 1,
    |   "faults": [],
    |   "more": 0
    | }
    ! sample: no faults for r4.3
    exit code 0
    "#);
    assert_snapshot!(sandbox.halite("check").within("recipe").transcript(), @r"
    ! sample: no faults for r4.3
    exit code 0
    ");
}

#[test]
fn not_toml() {
    assert_snapshot!(fault("serial = 1", "serial = "), @r"
    ! error[H0001]: string values must be quoted, expected literal string
    !  --> recipe/halite.toml:5:10
    !   |
    ! 5 | serial =
    !   |          ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("[bundle]", "[bundle"), @r"
    ! error[H0001]: unclosed table, expected `]`
    !  --> recipe/halite.toml:3:8
    !   |
    ! 3 | [bundle
    !   |        ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("name = \"sample\"", "name = \"sample"), @r#"
    ! error[H0001]: invalid basic string, expected `"`
    !  --> recipe/halite.toml:4:15
    !   |
    ! 4 | name = "sample
    !   |               ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("serial = 1", "serial = 1\nserial = 2"), @r"
    ! error[H0001]: duplicate key
    !  --> recipe/halite.toml:6:1
    !   |
    ! 6 | serial = 2
    !   | ^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("serial = 1", "serial = 01"), @r"
    ! error[H0001]: unexpected leading zero, expected nothing
    !  --> recipe/halite.toml:5:10
    !   |
    ! 5 | serial = 01
    !   |          ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("serial = 1", "serial = 1 2"), @r"
    ! error[H0001]: string values must be quoted, expected literal string
    !  --> recipe/halite.toml:5:10
    !   |
    ! 5 | serial = 1 2
    !   |          ^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("[identity.loud]", "[identity.quiet]"), @r"
    ! error[H0001]: duplicate key
    !   --> recipe/halite.toml:29:11
    !    |
    ! 29 | [identity.quiet]
    !    |           ^^^^^
    !
    ! error[H0001]: duplicate key
    !   --> recipe/halite.toml:30:1
    !    |
    ! 30 | mode = 4
    !    | ^^^^
    !
    ! error: the recipe has 2 faults; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("[bundle]", "<<<<<<< HEAD\n[bundle]"), @r"
    ! error[H0001]: invalid unquoted key, expected letters, numbers, `-`, `_`
    !  --> recipe/halite.toml:3:1
    !   |
    ! 3 | <<<<<<< HEAD
    !   | ^^^^^^^
    !
    ! error[H0001]: key with no value, expected `=`
    !  --> recipe/halite.toml:3:9
    !   |
    ! 3 | <<<<<<< HEAD
    !   |         ^
    !
    ! error: the recipe has 2 faults; nothing was built
    exit code 1
    ");
}

#[test]
fn nothing_at_all() {
    assert_snapshot!(refused(""), @r"
    ! error[H0003]: the recipe lacks the key `bundle`
    !  --> recipe/halite.toml:1:1
    !   |
    ! 1 |
    !   | ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(refused("# only a comment"), @r"
    ! error[H0003]: the recipe lacks the key `bundle`
    !  --> recipe/halite.toml:1:1
    !   |
    ! 1 | # only a comment
    !   | ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(refused("[bundle]"), @r"
    ! error[H0003]: [bundle] lacks the key `name`
    !  --> recipe/halite.toml:1:1
    !   |
    ! 1 | [bundle]
    !   | ^^^^^^^^
    !
    ! error[H0003]: [bundle] lacks the key `serial`
    !  --> recipe/halite.toml:1:1
    !   |
    ! 1 | [bundle]
    !   | ^^^^^^^^
    !
    ! error[H0003]: [bundle] lacks the key `summary`
    !  --> recipe/halite.toml:1:1
    !   |
    ! 1 | [bundle]
    !   | ^^^^^^^^
    !
    ! error: the recipe has 3 faults; nothing was built
    exit code 1
    ");
}

#[test]
fn keys_unknown_and_missing() {
    assert_snapshot!(fault("disposables = \"quiet-dvm\"", "disposable = \"quiet-dvm\""), @r#"
    ! error[H0002]: [workstation.quiet] has no key `disposable`
    !   --> recipe/halite.toml:19:1
    !    |
    ! 19 | disposable = "quiet-dvm"
    !    | ^^^^^^^^^^
    !    |
    !    = help: did you mean `disposables`?
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("serial = 1", "serial = 1\ncolour = \"red\""), @r#"
    ! error[H0002]: [bundle] has no key `colour`
    !  --> recipe/halite.toml:6:1
    !   |
    ! 6 | colour = "red"
    !   | ^^^^^^
    !   |
    !   = help: expected one of `extends`, `include`, `name`, `releases`, `serial`, `summary`
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("[bundle]", "[vpn.x]\nprovider = \"y\"\n[bundle]"), @r"
    ! error[H0002]: the recipe has no key `vpn`
    !  --> recipe/halite.toml:3:2
    !   |
    ! 3 | [vpn.x]
    !   |  ^^^
    !   |
    !   = help: expected one of `bundle`, `disposable`, `gateway`, `identity`, `template`, `workstation`
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("summary = \"One identity behind Tor, one in clear\"\n", ""), @r"
    ! error[H0003]: [bundle] lacks the key `summary`
    !  --> recipe/halite.toml:3:1
    !   |
    ! 3 | [bundle]
    !   | ^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("mode = 1\n", ""), @r"
    ! error[H0003]: [identity.quiet] lacks the key `mode`
    !  --> recipe/halite.toml:9:11
    !   |
    ! 9 | [identity.quiet]
    !   |           ^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("identity = \"loud\"\n", ""), @r"
    ! error[H0003]: [workstation.loud] lacks the key `identity`
    !   --> recipe/halite.toml:33:14
    !    |
    ! 33 | [workstation.loud]
    !    |              ^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("template = \"debian\"\n", ""), @r"
    ! error[H0003]: [workstation.loud] lacks the key `template`
    !   --> recipe/halite.toml:33:14
    !    |
    ! 33 | [workstation.loud]
    !    |              ^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("base = \"whonix-workstation\"\n", ""), @r"
    ! error[H0003]: [template.quiet] lacks the key `base`
    !   --> recipe/halite.toml:25:11
    !    |
    ! 25 | [template.quiet]
    !    |           ^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("upstream = \"sys-firewall\"\n\n[workstation.quiet]", "\n[workstation.quiet]"), @r"
    ! error[H0003]: [gateway.quiet-gateway] lacks the key `upstream`
    !   --> recipe/halite.toml:13:10
    !    |
    ! 13 | [gateway.quiet-gateway]
    !    |          ^^^^^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("gateway = \"quiet-gateway\"\n", ""), @r"
    ! error[H0003]: [identity.quiet] lacks the key `gateway`, which mode 1 needs
    !  --> recipe/halite.toml:9:11
    !   |
    ! 9 | [identity.quiet]
    !   |           ^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("mode = 4\nupstream = \"sys-firewall\"", "mode = 4"), @r"
    ! error[H0003]: [identity.loud] lacks the key `upstream`, which mode 4 needs
    !   --> recipe/halite.toml:29:11
    !    |
    ! 29 | [identity.loud]
    !    |           ^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
}

#[test]
fn values_of_the_wrong_kind() {
    assert_snapshot!(fault("serial = 1", "serial = \"1\""), @r#"
    ! error[H0004]: `serial` is a whole number, not a string
    !  --> recipe/halite.toml:5:10
    !   |
    ! 5 | serial = "1"
    !   |          ^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("serial = 1", "serial = 1.5"), @r"
    ! error[H0004]: `serial` is a whole number, not a fraction
    !  --> recipe/halite.toml:5:10
    !   |
    ! 5 | serial = 1.5
    !   |          ^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("name = \"sample\"", "name = true"), @r"
    ! error[H0004]: `name` is a string, not a boolean
    !  --> recipe/halite.toml:4:8
    !   |
    ! 4 | name = true
    !   |        ^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("releases = [\"r4.3\"]", "releases = \"r4.3\""), @r#"
    ! error[H0004]: `releases` is a list of strings, not a string
    !  --> recipe/halite.toml:7:12
    !   |
    ! 7 | releases = "r4.3"
    !   |            ^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("releases = [\"r4.3\"]", "releases = [4.3]"), @r"
    ! error[H0004]: `releases` is a string, not a fraction
    !  --> recipe/halite.toml:7:13
    !   |
    ! 7 | releases = [4.3]
    !   |             ^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("base = \"whonix-workstation\"", "base = [\"debian\"]"), @r#"
    ! error[H0004]: `base` is a string, or a table with one for each release, not a list
    !   --> recipe/halite.toml:26:8
    !    |
    ! 26 | base = ["debian"]
    !    |        ^^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("[identity.loud]\nmode = 4\nupstream = \"sys-firewall\"", "[identity]\nloud = 4"), @r#"
    ! error[H0004]: expected a table, `[identity.loud]`
    !   --> recipe/halite.toml:30:8
    !    |
    ! 30 | loud = 4
    !    |        ^
    !
    ! error[H0005]: there is no identity `loud` in this recipe
    !   --> recipe/halite.toml:33:12
    !    |
    ! 33 | identity = "loud"
    !    |            ^^^^^^
    !    |
    !    = help: declare it: `[identity.loud]`
    !
    ! error: the recipe has 2 faults; nothing was built
    exit code 1
    "#);
    assert_snapshot!(refused("bundle = 1"), @r"
    ! error[H0004]: `bundle` is a table, not a whole number
    !  --> recipe/halite.toml:1:10
    !   |
    ! 1 | bundle = 1
    !   |          ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(refused("bundle = [1979-05-27]"), @r"
    ! error[H0004]: `bundle` is a table, not a list
    !  --> recipe/halite.toml:1:10
    !   |
    ! 1 | bundle = [1979-05-27]
    !   |          ^^^^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("[bundle]", "identity = 3\n[bundle]\n#").replace("identity = 3", "…"), @r"
    ! error[H0001]: cannot extend value of type integer with a dotted key
    !   --> recipe/halite.toml:11:2
    !    |
    ! 11 | [identity.quiet]
    !    |  ^^^^^^^^
    !
    ! error[H0001]: cannot extend value of type integer with a dotted key
    !   --> recipe/halite.toml:11:2
    !    |
    ! 11 | [identity.quiet]
    !    |  ^^^^^^^^
    !
    ! error[H0001]: cannot extend value of type integer with a dotted key
    !   --> recipe/halite.toml:31:2
    !    |
    ! 31 | [identity.loud]
    !    |  ^^^^^^^^
    !
    ! error[H0001]: cannot extend value of type integer with a dotted key
    !   --> recipe/halite.toml:31:2
    !    |
    ! 31 | [identity.loud]
    !    |  ^^^^^^^^
    !
    ! error: the recipe has 4 faults; nothing was built
    exit code 1
    ");
}

#[test]
fn values_out_of_bounds() {
    assert_snapshot!(fault("serial = 1", "serial = 0"), @r"
    ! error[H0004]: `serial` lies between 1 and 4294967295
    !  --> recipe/halite.toml:5:10
    !   |
    ! 5 | serial = 0
    !   |          ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("serial = 1", "serial = 4294967296"), @r"
    ! error[H0004]: `serial` lies between 1 and 4294967295
    !  --> recipe/halite.toml:5:10
    !   |
    ! 5 | serial = 4294967296
    !   |          ^^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("serial = 1", "serial = -1"), @r"
    ! error[H0004]: `serial` lies between 1 and 4294967295
    !  --> recipe/halite.toml:5:10
    !   |
    ! 5 | serial = -1
    !   |          ^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("mode = 4", "mode = 5"), @r"
    ! error[H0004]: `mode` lies between 1 and 4
    !   --> recipe/halite.toml:30:8
    !    |
    ! 30 | mode = 5
    !    |        ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("releases = [\"r4.3\"]", "releases = [\"r4.4\"]"), @r#"
    ! error[H0004]: expected `r4.2` or `r4.3`
    !  --> recipe/halite.toml:7:13
    !   |
    ! 7 | releases = ["r4.4"]
    !   |             ^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("name = \"sample\"", "name = \"Sample\""), @r#"
    ! error[H0004]: a bundle's name begins with a lower-case letter
    !  --> recipe/halite.toml:4:8
    !   |
    ! 4 | name = "Sample"
    !   |        ^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("name = \"sample\"", "name = \"\""), @r#"
    ! error[H0004]: a bundle's name must not be empty
    !  --> recipe/halite.toml:4:8
    !   |
    ! 4 | name = ""
    !   |        ^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("summary = \"One", "summary = \"\\u001B[2JOne"), @r#"
    ! error[H0004]: the text has a character that cannot be seen: U+001B
    !  --> recipe/halite.toml:6:11
    !   |
    ! 6 | summary = "\u001B[2JOne identity behind Tor, one in clear"
    !   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("template = \"debian\"", "template = \"debian\"\nlabel = \"pink\""), @r#"
    ! error[H0004]: expected a label: red, orange, yellow, green, gray, blue, purple or black
    !   --> recipe/halite.toml:36:9
    !    |
    ! 36 | label = "pink"
    !    |         ^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("template = \"debian\"", "template = \"debian\"\nmemory = 0"), @r"
    ! error[H0004]: `memory` lies between 1 and 1048576
    !   --> recipe/halite.toml:36:10
    !    |
    ! 36 | memory = 0
    !    |          ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("template = \"debian\"", "template = \"debian\"\nprivate = 999999999"), @r"
    ! error[H0004]: `private` lies between 1 and 16777216
    !   --> recipe/halite.toml:36:11
    !    |
    ! 36 | private = 999999999
    !    |           ^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("\"onionshare\"", "\"onion share\""), @r#"
    ! error[H0004]: a package's name has only letters, digits, `+`, `-`, `.` and `_`
    !   --> recipe/halite.toml:27:13
    !    |
    ! 27 | packages = ["onion share"]
    !    |             ^^^^^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("\"onionshare\"", "\"../../etc/passwd\""), @r#"
    ! error[H0004]: a package's name begins with a letter or a digit
    !   --> recipe/halite.toml:27:13
    !    |
    ! 27 | packages = ["../../etc/passwd"]
    !    |             ^^^^^^^^^^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("base = \"whonix-workstation\"", "base = \"-x\""), @r#"
    ! error[H0004]: `base` is the name of a template
    !   --> recipe/halite.toml:26:8
    !    |
    ! 26 | base = "-x"
    !    |        ^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("upstream = \"sys-firewall\"", "upstream = \"none\""), @r#"
    ! error[H0004]: a qube's name must not be one that Qubes reserves
    !   --> recipe/halite.toml:14:12
    !    |
    ! 14 | upstream = "none"
    !    |            ^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("[workstation.loud]", "[workstation.\"1loud\"]"), @r#"
    ! error[H0004]: a qube's name begins with a letter
    !   --> recipe/halite.toml:33:14
    !    |
    ! 33 | [workstation."1loud"]
    !    |              ^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("[workstation.loud]", "[workstation.loud-loud-loud-loud-loud-loud-loud]"), @r"
    ! error[H0004]: a qube's name has at most 31 characters
    !   --> recipe/halite.toml:33:14
    !    |
    ! 33 | [workstation.loud-loud-loud-loud-loud-loud-loud]
    !    |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("[template.quiet]", "[template.quieter-than-quiet]"), @r#"
    ! error[H0005]: there is no template `quiet` in this recipe
    !   --> recipe/halite.toml:18:12
    !    |
    ! 18 | template = "quiet"
    !    |            ^^^^^^^
    !    |
    !    = help: declare it: `[template.quiet]`
    !
    ! error[H0005]: there is no template `quiet` in this recipe
    !   --> recipe/halite.toml:23:12
    !    |
    ! 23 | template = "quiet"
    !    |            ^^^^^^^
    !    |
    !    = help: declare it: `[template.quiet]`
    !
    ! error[H0004]: a template's name is 1 to 10 lower-case letters, digits and `-`
    !   --> recipe/halite.toml:25:11
    !    |
    ! 25 | [template.quieter-than-quiet]
    !    |           ^^^^^^^^^^^^^^^^^^
    !
    ! error: the recipe has 3 faults; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("[template.quiet]", "[template.debian]"), @r#"
    ! error[H0005]: there is no template `quiet` in this recipe
    !   --> recipe/halite.toml:18:12
    !    |
    ! 18 | template = "quiet"
    !    |            ^^^^^^^
    !    |
    !    = help: declare it: `[template.quiet]`
    !
    ! error[H0005]: there is no template `quiet` in this recipe
    !   --> recipe/halite.toml:23:12
    !    |
    ! 23 | template = "quiet"
    !    |            ^^^^^^^
    !    |
    !    = help: declare it: `[template.quiet]`
    !
    ! error[H0004]: `debian` stands for a stock template; choose another name
    !   --> recipe/halite.toml:25:11
    !    |
    ! 25 | [template.debian]
    !    |           ^^^^^^
    !
    ! error: the recipe has 3 faults; nothing was built
    exit code 1
    "#);
}

#[test]
fn a_base_for_each_release() {
    let base = "base = \"whonix-workstation\"";
    assert_snapshot!(fault(base, "base = { \"r4.2\" = \"debian-12-xfce\" }"), @r#"
    ! error[H0003]: `base` lacks the key `r4.3`
    !   --> recipe/halite.toml:26:8
    !    |
    ! 26 | base = { "r4.2" = "debian-12-xfce" }
    !    |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    !
    ! error[H0002]: `base` has no key `r4.2`
    !   --> recipe/halite.toml:26:10
    !    |
    ! 26 | base = { "r4.2" = "debian-12-xfce" }
    !    |          ^^^^^^
    !    |
    !    = help: did you mean `r4.3`?
    !
    ! error: the recipe has 2 faults; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault(base, "base = { \"r4.3\" = \"debian-13-xfce\", \"r4.4\" = \"debian-14-xfce\" }"), @r#"
    ! error[H0002]: `base` has no key `r4.4`
    !   --> recipe/halite.toml:26:37
    !    |
    ! 26 | base = { "r4.3" = "debian-13-xfce", "r4.4" = "debian-14-xfce" }
    !    |                                     ^^^^^^
    !    |
    !    = help: did you mean `r4.3`?
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
}

#[test]
fn names_that_nothing_has() {
    assert_snapshot!(fault("gateway = \"quiet-gateway\"", "gateway = \"quiet-gatewy\""), @r#"
    ! error[H0005]: there is no gateway `quiet-gatewy` in this recipe
    !   --> recipe/halite.toml:11:11
    !    |
    ! 11 | gateway = "quiet-gatewy"
    !    |           ^^^^^^^^^^^^^^
    !    |
    !    = help: did you mean `quiet-gateway`?
    !
    ! error[H0005]: no identity has the gateway `quiet-gateway`
    !   --> recipe/halite.toml:13:10
    !    |
    ! 13 | [gateway.quiet-gateway]
    !    |          ^^^^^^^^^^^^^
    !
    ! error: the recipe has 2 faults; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("identity = \"loud\"", "identity = \"lout\""), @r#"
    ! error[H0005]: there is no identity `lout` in this recipe
    !   --> recipe/halite.toml:34:12
    !    |
    ! 34 | identity = "lout"
    !    |            ^^^^^^
    !    |
    !    = help: did you mean `loud`?
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("identity = \"loud\"", "identity = \"somebody-else\""), @r#"
    ! error[H0005]: there is no identity `somebody-else` in this recipe
    !   --> recipe/halite.toml:34:12
    !    |
    ! 34 | identity = "somebody-else"
    !    |            ^^^^^^^^^^^^^^^
    !    |
    !    = help: declare it: `[identity.somebody-else]`
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("template = \"quiet\"", "template = \"quite\""), @r#"
    ! error[H0005]: there is no template `quite` in this recipe
    !   --> recipe/halite.toml:18:12
    !    |
    ! 18 | template = "quite"
    !    |            ^^^^^^^
    !    |
    !    = help: did you mean `quiet`?
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("template = \"debian\"", "template = \"debain\""), @r#"
    ! error[H0005]: there is no template `debain` in this recipe
    !   --> recipe/halite.toml:35:12
    !    |
    ! 35 | template = "debain"
    !    |            ^^^^^^^^
    !    |
    !    = help: declare it: `[template.debain]`
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("template = \"debian\"", "template = \"debian-13-xfce\""), @r#"
    ! error[H0005]: there is no template `debian-13-xfce`
    !   --> recipe/halite.toml:35:12
    !    |
    ! 35 | template = "debian-13-xfce"
    !    |            ^^^^^^^^^^^^^^^^
    !    |
    !    = help: declare it, `[template.NAME]`, or say one of debian, fedora, whonix-gateway, whonix-workstation
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("template = \"debian\"", "template = \"Ubuntu\""), @r#"
    ! error[H0005]: there is no template `Ubuntu`
    !   --> recipe/halite.toml:35:12
    !    |
    ! 35 | template = "Ubuntu"
    !    |            ^^^^^^^^
    !    |
    !    = help: declare it, `[template.NAME]`, or say one of debian, fedora, whonix-gateway, whonix-workstation
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("disposables = \"quiet-dvm\"", "disposables = \"quiet-dmv\""), @r#"
    ! error[H0005]: there is no disposable `quiet-dmv` in this recipe
    !   --> recipe/halite.toml:19:15
    !    |
    ! 19 | disposables = "quiet-dmv"
    !    |               ^^^^^^^^^^^
    !    |
    !    = help: did you mean `quiet-dvm`?
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("[identity.loud]", "[gateway.lonely]\nupstream = \"sys-firewall\"\n[identity.loud]"), @r"
    ! error[H0005]: no identity has the gateway `lonely`
    !   --> recipe/halite.toml:29:10
    !    |
    ! 29 | [gateway.lonely]
    !    |          ^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
}

#[test]
fn things_that_exclude_each_other() {
    assert_snapshot!(fault("mode = 4\nupstream = \"sys-firewall\"", "mode = 4\ngateway = \"quiet-gateway\""), @r#"
    ! error[H0006]: mode 4 does not go through Tor; say `upstream` in place of `gateway`
    !   --> recipe/halite.toml:31:11
    !    |
    ! 31 | gateway = "quiet-gateway"
    !    |           ^^^^^^^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("mode = 1\ngateway = \"quiet-gateway\"", "mode = 1\nupstream = \"sys-firewall\""), @r#"
    ! error[H0006]: mode 1 goes through Tor; say `gateway`, and the `upstream` at the gateway
    !   --> recipe/halite.toml:11:12
    !    |
    ! 11 | upstream = "sys-firewall"
    !    |            ^^^^^^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("mode = 4", "mode = 4\ngateway = \"quiet-gateway\""), @r#"
    ! error[H0006]: an identity has a `gateway` or an `upstream`, not both
    !   --> recipe/halite.toml:32:12
    !    |
    ! 32 | upstream = "sys-firewall"
    !    |            ^^^^^^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("mode = 4\nupstream = \"sys-firewall\"", "mode = 2\ngateway = \"quiet-gateway\""), @r#"
    ! error[H0006]: `quiet-gateway` is already the gateway of identity `loud`
    !   --> recipe/halite.toml:11:11
    !    |
    ! 11 | gateway = "quiet-gateway"
    !    |           ^^^^^^^^^^^^^^^
    !    |
    !    = help: two identities behind one gateway could be linked by it; give this one a gateway of its own
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("upstream = \"sys-firewall\"", "upstream = \"loud\""), @r#"
    ! error[H0006]: `loud` is a qube of this recipe, and no way out
    !   --> recipe/halite.toml:14:12
    !    |
    ! 14 | upstream = "loud"
    !    |            ^^^^^^
    !    |
    !    = help: an upstream is a qube that dom0 already has, such as `sys-firewall`
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("upstream = \"sys-firewall\"", "upstream = \"quiet-gateway\""), @r#"
    ! error[H0006]: `quiet-gateway` is a qube of this recipe, and no way out
    !   --> recipe/halite.toml:14:12
    !    |
    ! 14 | upstream = "quiet-gateway"
    !    |            ^^^^^^^^^^^^^^^
    !    |
    !    = help: an upstream is a qube that dom0 already has, such as `sys-firewall`
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("[disposable.quiet-dvm]", "[disposable.loud]\nidentity = \"quiet\"\ntemplate = \"quiet\"\n[disposable.quiet-dvm]"), @r"
    ! error[H0006]: there is already a qube `loud`
    !   --> recipe/halite.toml:21:13
    !    |
    ! 21 | [disposable.loud]
    !    |             ^^^^
    ! ...
    ! 36 | [workstation.loud]
    !    |              ---- here
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("\"onionshare\"", "\"onionshare\", \"onionshare\""), @r#"
    ! error[H0006]: this stands in `packages` twice
    !   --> recipe/halite.toml:27:27
    !    |
    ! 27 | packages = ["onionshare", "onionshare"]
    !    |                           ^^^^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("releases = [\"r4.3\"]", "releases = [\"r4.3\", \"r4.3\"]"), @r#"
    ! error[H0006]: this stands in `releases` twice
    !  --> recipe/halite.toml:7:21
    !   |
    ! 7 | releases = ["r4.3", "r4.3"]
    !   |                     ^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
}

/// The rules of `check` that a recipe can break.
#[test]
fn rules_of_the_desired_state() {
    let other = "[workstation.loud]";
    assert_snapshot!(fault(other, "[workstation.qube-with-a-long-name-a]\nidentity = \"loud\"\ntemplate = \"debian\"\n[workstation.qube-with-a-long-name-b]"), @r"
    ! error[H0101]: qube `qube-with-a-long-name-b`: `qube-with-a-long-name-b` and `qube-with-a-long-name-a` begin with the same 21 characters
    !   --> recipe/halite.toml:36:14
    !    |
    ! 36 | [workstation.qube-with-a-long-name-b]
    !    |              ^^^^^^^^^^^^^^^^^^^^^^^
    !    |
    !    = help: Salt would use one management disposable for both; choose shorter names
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault(other, "[workstation.dom0]"), @r"
    ! error[H0107]: qube `dom0`: dom0 is not a qube that a bundle can hold
    !   --> recipe/halite.toml:33:14
    !    |
    ! 33 | [workstation.dom0]
    !    |              ^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("template = \"debian\"", "template = \"debian\"\nmemory = 4000\nmaxmem = 2000"), @r"
    ! error[H0108]: qube `loud`: memory is 4000 MiB and maxmem 2000 MiB
    !   --> recipe/halite.toml:33:14
    !    |
    ! 33 | [workstation.loud]
    !    |              ^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("upstream = \"sys-firewall\"", "upstream = \"sys-whonix\""), @r"
    ! error[H0203]: qube `quiet-gateway`: it is a gateway behind the gateway `sys-whonix`: Tor over Tor
    !   --> recipe/halite.toml:13:10
    !    |
    ! 13 | [gateway.quiet-gateway]
    !    |          ^^^^^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("template = \"debian\"", "template = \"debian\"\ndisposables = \"quiet-dvm\""), @r"
    ! error[H0204]: qube `loud`: its disposables are made from `quiet-dvm` of identity `quiet`
    !   --> recipe/halite.toml:33:14
    !    |
    ! 33 | [workstation.loud]
    !    |              ^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(refused(edited(&[("mode = 1", "mode = 1\naccounts = [\"mail\"]"), ("mode = 4", "mode = 4\naccounts = [\"mail\"]")])), @r"
    ! error[H0301]: identity `quiet`: the account `mail` is also one of identity `loud`
    !  --> recipe/halite.toml:9:11
    !   |
    ! 9 | [identity.quiet]
    !   |           ^^^^^
    !   |
    !   = help: an account used in two identities tells its provider that they are one
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
}

/// A template of the recipe is nobody's netvm, nobody's base and nobody's name.
#[test]
fn templates_in_places_that_are_not_theirs() {
    let sandbox = Sandbox::with_recipe();
    let id = sandbox.halite("build recipe").succeeds().stdout;
    let shown = sandbox.halite("show --json").argument(id.trim()).succeeds().json();
    let clone = shown["manifest"]["desired"]["templates"].as_object().unwrap().keys().next().unwrap().clone();
    let hidden = |text: String| text.replace(&clone, "h-quiet-XXXXXXXX").replace(&"^".repeat(clone.len()), "^^^^^^^^^^^^^^^^");
    assert_snapshot!(hidden(fault("upstream = \"sys-firewall\"", &format!("upstream = \"{clone}\""))), @r"
    ! error[H0105]: qube `quiet-gateway`: its netvm is `h-quiet-XXXXXXXX`, which is a template
    !   --> recipe/halite.toml:13:10
    !    |
    ! 13 | [gateway.quiet-gateway]
    !    |          ^^^^^^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(hidden(fault("[template.quiet]", &format!("[template.second]\nbase = \"{clone}\"\n[template.quiet]"))), @r"
    ! error[H0102]: template `h-second-71517c88`: it is cloned from `h-quiet-XXXXXXXX`, which is no template that dom0 already has
    !   --> recipe/halite.toml:25:11
    !    |
    ! 25 | [template.second]
    !    |           ^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(hidden(fault("[workstation.loud]", &format!("[workstation.{clone}]"))), @r"
    ! error[H0102]: qube `quiet`: its template `h-quiet-XXXXXXXX` is a qube of the bundle, not a template
    !   --> recipe/halite.toml:16:14
    !    |
    ! 16 | [workstation.quiet]
    !    |              ^^^^^
    !
    ! error[H0102]: qube `quiet-dvm`: its template `h-quiet-XXXXXXXX` is a qube of the bundle, not a template
    !   --> recipe/halite.toml:21:13
    !    |
    ! 21 | [disposable.quiet-dvm]
    !    |             ^^^^^^^^^
    !
    ! error[H0107]: qube `h-quiet-XXXXXXXX`: `h-quiet-XXXXXXXX` is both a template and a qube
    !   --> recipe/halite.toml:33:14
    !    |
    ! 33 | [workstation.h-quiet-XXXXXXXX]
    !    |              ^^^^^^^^^^^^^^^^
    !
    ! error: the recipe has 3 faults; nothing was built
    exit code 1
    ");
}

#[test]
fn all_faults_at_once() {
    let recipe = edited(&[
        ("serial = 1", "serial = \"one\""),
        ("mode = 1", "mode = 7"),
        ("template = \"quiet\"", "templat = \"quiet\""),
        ("identity = \"loud\"", "identity = \"lout\""),
        ("base = \"whonix-workstation\"", "base = \"whonix-workstation\"\nversion = 18"),
    ]);
    assert_snapshot!(refused(&recipe), @r#"
    ! error[H0004]: `serial` is a whole number, not a string
    !  --> recipe/halite.toml:5:10
    !   |
    ! 5 | serial = "one"
    !   |          ^^^^^
    !
    ! error[H0004]: `mode` lies between 1 and 4
    !   --> recipe/halite.toml:10:8
    !    |
    ! 10 | mode = 7
    !    |        ^
    !
    ! error[H0003]: [workstation.quiet] lacks the key `template`
    !   --> recipe/halite.toml:16:14
    !    |
    ! 16 | [workstation.quiet]
    !    |              ^^^^^
    !
    ! error[H0002]: [workstation.quiet] has no key `templat`
    !   --> recipe/halite.toml:18:1
    !    |
    ! 18 | templat = "quiet"
    !    | ^^^^^^^
    !    |
    !    = help: did you mean `template`?
    !
    ! error[H0002]: [template.quiet] has no key `version`
    !   --> recipe/halite.toml:27:1
    !    |
    ! 27 | version = 18
    !    | ^^^^^^^
    !    |
    !    = help: expected one of `base`, `files`, `packages`, `replaces`
    !
    ! error[H0005]: there is no identity `lout` in this recipe
    !   --> recipe/halite.toml:35:12
    !    |
    ! 35 | identity = "lout"
    !    |            ^^^^^^
    !    |
    !    = help: did you mean `loud`?
    !
    ! error: the recipe has 6 faults; nothing was built
    exit code 1
    "#);
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", recipe);
    assert_snapshot!(sandbox.halite("check recipe --json").transcript(), @r#"
    | {
    |   "format": 1,
    |   "faults": [
    |     {
    |       "code": "H0004",
    |       "level": "error",
    |       "message": "`serial` is a whole number, not a string",
    |       "file": "recipe/halite.toml",
    |       "line": 5,
    |       "column": 10,
    |       "end_line": 5,
    |       "end_column": 15
    |     },
    |     {
    |       "code": "H0004",
    |       "level": "error",
    |       "message": "`mode` lies between 1 and 4",
    |       "file": "recipe/halite.toml",
    |       "line": 10,
    |       "column": 8,
    |       "end_line": 10,
    |       "end_column": 9
    |     },
    |     {
    |       "code": "H0003",
    |       "level": "error",
    |       "message": "[workstation.quiet] lacks the key `template`",
    |       "file": "recipe/halite.toml",
    |       "line": 16,
    |       "column": 14,
    |       "end_line": 16,
    |       "end_column": 19
    |     },
    |     {
    |       "code": "H0002",
    |       "level": "error",
    |       "message": "[workstation.quiet] has no key `templat`",
    |       "file": "recipe/halite.toml",
    |       "line": 18,
    |       "column": 1,
    |       "end_line": 18,
    |       "end_column": 8,
    |       "help": "did you mean `template`?"
    |     },
    |     {
    |       "code": "H0002",
    |       "level": "error",
    |       "message": "[template.quiet] has no key `version`",
    |       "file": "recipe/halite.toml",
    |       "line": 27,
    |       "column": 1,
    |       "end_line": 27,
    |       "end_column": 8,
    |       "help": "expected one of `base`, `files`, `packages`, `replaces`"
    |     },
    |     {
    |       "code": "H0005",
    |       "level": "error",
    |       "message": "there is no identity `lout` in this recipe",
    |       "file": "recipe/halite.toml",
    |       "line": 35,
    |       "column": 12,
    |       "end_line": 35,
    |       "end_column": 18,
    |       "help": "did you mean `loud`?"
    |     }
    |   ],
    |   "more": 0
    | }
    ! error: the recipe has 6 faults; nothing was built
    exit code 1
    "#);
    let build = sandbox.halite("build recipe --json").exits(1);
    assert_eq!(build.stdout, sandbox.halite("check recipe --json").exits(1).stdout);
}

#[test]
fn thousands_of_faults_are_counted() {
    let many: String = (0..5000).map(|n| format!("key{n} = {n}\n")).collect();
    let transcript = refused(format!("{many}{RECIPE}"));
    let tail: Vec<&str> = transcript.lines().rev().take(5).collect();
    assert_snapshot!(tail.into_iter().rev().collect::<Vec<_>>().join("\n"), @r"
    !
    ! … and 4900 more
    !
    ! error: the recipe has 5000 faults; nothing was built
    exit code 1
    ");
}

#[test]
fn folders_that_are_no_recipes() {
    let sandbox = Sandbox::with_recipe();
    sandbox.bash("mkdir empty pipe directory; mkfifo pipe/halite.toml; mkdir directory/halite.toml").succeeds();
    std::fs::create_dir(sandbox.path("linked")).unwrap();
    symlink("../recipe/halite.toml", sandbox.path("linked/halite.toml")).unwrap();
    symlink("recipe", sandbox.path("link-to-folder")).unwrap();
    std::fs::create_dir(sandbox.path("device")).unwrap();
    symlink("/dev/zero", sandbox.path("device/halite.toml")).unwrap();
    let case = |folder: &str| {
        let call =
            |verb: &str| sandbox.halite(&format!("{verb} {folder}")).at_most(Duration::from_secs(20)).exits(1).transcript();
        assert_eq!(call("build"), call("check"));
        call("check")
    };
    assert_snapshot!(case("none"), @r"
    ! error: cannot open the folder `none`: No such file or directory (os error 2)
    ! hint: a recipe is a folder with a `halite.toml`, such as `recipes/anonymity-modes`
    exit code 1
    ");
    assert_snapshot!(case("empty"), @r"
    ! error: cannot read `empty/halite.toml`: No such file or directory (os error 2)
    ! hint: a recipe is a folder with a `halite.toml`, such as `recipes/anonymity-modes`
    exit code 1
    ");
    assert_snapshot!(case("recipe/halite.toml"), @r"
    ! error: cannot open the folder `recipe/halite.toml`: Not a directory (os error 20)
    exit code 1
    ");
    assert_snapshot!(case("pipe"), @r"
    ! error: cannot read `pipe/halite.toml`: it is not a regular file
    exit code 1
    ");
    assert_snapshot!(case("directory"), @r"
    ! error: cannot read `directory/halite.toml`: it is not a regular file
    exit code 1
    ");
    assert_snapshot!(case("linked"), @r"
    ! error: cannot read `linked/halite.toml`: it is a link, or lies behind one, and no links are followed here
    exit code 1
    ");
    assert_snapshot!(case("device"), @r"
    ! error: cannot read `device/halite.toml`: it is a link, or lies behind one, and no links are followed here
    exit code 1
    ");
    // The folder itself is the user's to name; a link to it is one of their names for it.
    sandbox.halite("check link-to-folder").succeeds();
    assert_snapshot!(sandbox.halite("check").argument("").transcript(), @r"
    ! error: a value is required for '[RECIPE]' but none was supplied
    !
    ! For more information, try '--help'.
    exit code 2
    ");
}

#[test]
fn bytes_that_are_no_text() {
    let mut bytes = RECIPE.as_bytes().to_vec();
    let at = RECIPE.find("One identity behind").unwrap();
    bytes[at] = 0xff;
    assert_snapshot!(refused(&bytes), @r#"
    ! error[H0001]: a recipe is UTF-8 text, and here are other bytes
    !  --> recipe/halite.toml:6:12
    !   |
    ! 6 | summary = "�ne identity behind Tor, one in clear"
    !   |            ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(refused([0xff, 0xfe, 0x00]), @r"
    ! error[H0001]: a recipe is UTF-8 text, and here are other bytes
    !  --> recipe/halite.toml:1:1
    !   |
    ! 1 | ��␀
    !   | ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(fault("One identity", "One\0identity"), @r#"
    ! error[H0001]: invalid basic string, expected non-double-quote visible characters, `\`
    !  --> recipe/halite.toml:6:15
    !   |
    ! 6 | summary = "One␀identity behind Tor, one in clear"
    !   |               ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("# A sample", "# A\0sample"), @r"
    ! error[H0001]: invalid comment character, expected printable characters
    !  --> recipe/halite.toml:1:4
    !   |
    ! 1 | # A␀sample: one identity behind Tor, one in clear.
    !   |    ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert!(fault("[bundle]", "\u{feff}[bundle]").starts_with("! error[H0001]: invalid unquoted key"));
}

/// Marks that turn the direction of writing could make a recipe read otherwise than it is.
#[test]
fn text_that_shows_otherwise_than_it_is() {
    for hidden in ["\u{202e}", "\u{2066}", "\u{1b}[31m", "\u{7f}", "\r"] {
        let transcript = fault("sys-firewall", &format!("sys-{hidden}firewall"));
        assert!(!transcript.contains(hidden), "{:?} reached the terminal:\n{transcript}", hidden);
    }
    assert_snapshot!(fault("[workstation.loud]", "[workstation.\"lo\u{202e}ud\"]"), @r#"
    ! error[H0001]: U+202E shows the text around it in another order than it has; a recipe has none
    !   --> recipe/halite.toml:33:17
    !    |
    ! 33 | [workstation."lo�ud"]
    !    |                 ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
    assert_snapshot!(fault("summary = \"One", "summary = \"\u{202e}One"), @r#"
    ! error[H0001]: U+202E shows the text around it in another order than it has; a recipe has none
    !  --> recipe/halite.toml:6:12
    !   |
    ! 6 | summary = "�One identity behind Tor, one in clear"
    !   |            ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
}

#[test]
fn folders_with_strange_names() {
    let sandbox = Sandbox::new();
    for name in ["\u{1b}[2J", "a\nb", "\u{202e}x", " ", "-x"] {
        sandbox.write(&format!("./{name}/halite.toml"), "x");
        let ended = sandbox.halite("check").argument(format!("./{name}")).exits(1);
        assert!(ended.stderr.ends_with("error: the recipe has a fault; nothing was built\n"), "{name:?}: {}", ended.stderr);
    }
}

/// What a terminal would obey, swallow or turn around never reaches it, wherever in the recipe it stands.
#[test]
fn text_that_cannot_be_seen() {
    for hidden in
        ["\u{9b}31m", "\u{ad}", "\u{200b}", "\u{2028}", "\u{2066}", "\u{2800}", "\u{3164}", "\u{fe0f}", "\u{feff}", "\u{e0041}"]
    {
        for (from, to) in
            [("\"sys-firewall\"", format!("\"sys-{hidden}firewall\"")), ("mode = 4", format!("mode = 5 # {hidden}"))]
        {
            let transcript = fault(from, &to);
            let reached: Vec<char> = hidden.chars().filter(|c| !c.is_ascii() && transcript.contains(*c)).collect();
            assert!(reached.is_empty(), "{reached:?} reached the terminal:\n{transcript}");
        }
    }
}

/// The folder's name is the user's, or what a script made of somebody else's.
#[test]
fn folders_whose_names_would_drive_the_terminal() {
    let sandbox = Sandbox::new();
    for name in ["\u{1b}[2J", "\u{202e}x", "a\nb"] {
        sandbox.write(&format!("./{name}/halite.toml"), "x");
        let ended = sandbox.halite("check").argument(format!("./{name}")).exits(1);
        assert!(!ended.stderr.contains(name), "{name:?}: {}", ended.stderr);
        let json = sandbox.halite("check --json").argument(format!("./{name}")).exits(1).json();
        assert_eq!(json["faults"][0]["file"], format!("./{name}/halite.toml"), "a program is told what it is");
    }
}

/// Large, deep and hostile: refused or read within a bounded time, and never a crash.
#[test]
fn recipes_that_want_too_much() {
    let quick = Duration::from_secs(20);
    let sandbox = Sandbox::new();
    let deep = 100_000;
    for (attack, text) in [
        ("ten_megabytes", format!("# {}\n{RECIPE}", "x".repeat(10 << 20))),
        ("deep_lists", format!("{RECIPE}\nx = {}{}", "[".repeat(deep), "]".repeat(deep))),
        ("deep_tables", format!("{RECIPE}\nx = {}1{}", "{a=".repeat(deep), "}".repeat(deep))),
        ("deep_keys", format!("{RECIPE}\n[{}]\n", vec!["a"; deep].join("."))),
        ("deep_dotted_key", format!("{RECIPE}\n{} = 1\n", vec!["a"; deep].join("."))),
        ("unclosed_lists", "[".repeat(deep)),
        ("a_line_of_four_megabytes", format!("x = \"{}", "a".repeat(4_000_000))),
        ("many_tables", (0..40_000).map(|n| format!("[identity.h{n}]\n")).collect()),
        (
            "many_equal_names",
            (0..40_000).map(|n| format!("[workstation.w{n}]\nidentity = \"nobody\"\ntemplate = \"nothing\"\n")).collect(),
        ),
        (
            "long_list",
            format!("{}\n", RECIPE.replace("\"onionshare\"", &(0..60_000).map(|n| format!("\"p{n}\",")).collect::<String>())),
        ),
        ("many_errors_of_syntax", "= = =\n".repeat(100_000)),
        ("long_name", RECIPE.replace("[workstation.loud]", &format!("[workstation.{}]", "l".repeat(100_000)))),
        ("long_unknown_key", format!("{} = 1\n{RECIPE}", "k".repeat(100_000))),
    ] {
        sandbox.write("recipe/halite.toml", &text);
        println!("{attack}"); // Shown where it fails.
        let ended = sandbox.halite("check recipe").at_most(quick).end();
        assert!(matches!(ended.code, 0 | 1), "{attack}: {}", &ended.transcript()[..2000.min(ended.transcript().len())]);
        assert!(ended.stderr.len() < 1_000_000, "{attack}: {} bytes of message", ended.stderr.len());
        assert!(!ended.stderr.contains("panicked"), "{attack}: {}", ended.stderr);
    }
    sandbox.write("recipe/halite.toml", vec![b'#'; (4 << 20) + 1]);
    assert_snapshot!(sandbox.halite("check recipe").transcript(), @r"
    ! error: cannot read `recipe/halite.toml`: it is larger than the 4194304 bytes allowed
    exit code 1
    ");
}
