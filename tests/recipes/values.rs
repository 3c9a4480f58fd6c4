//! Values of the wrong kind, and values out of bounds.

use crate::*;

const LOUD: &str = "template = \"debian\"";

/// The sample with one line more at a workstation.
#[track_caller]
fn with(line: &str) -> String {
    fault(LOUD, &format!("{LOUD}\n{line}"))
}

#[test]
fn values_of_the_wrong_kind() {
    assert_snapshot!(fault("serial = 1", "serial = \"1\""), @r#"
    error[H0004]: `serial` is a whole number, not a string
     --> recipe/halite.toml:5:10
      |
    5 | serial = "1"
      |          ^^^
    "#);
    assert_snapshot!(fault("serial = 1", "serial = 1.5"), @r"
    error[H0004]: `serial` is a whole number, not a fraction
     --> recipe/halite.toml:5:10
      |
    5 | serial = 1.5
      |          ^^^
    ");
    assert_snapshot!(fault("name = \"sample\"", "name = true"), @r"
    error[H0004]: `name` is a string, not a boolean
     --> recipe/halite.toml:4:8
      |
    4 | name = true
      |        ^^^^
    ");
    assert_snapshot!(fault("name = \"sample\"", "name = 1979-05-27"), @r"
    error[H0004]: `name` is a string, not a date
     --> recipe/halite.toml:4:8
      |
    4 | name = 1979-05-27
      |        ^^^^^^^^^^
    ");
    assert_snapshot!(fault("name = \"sample\"", "name = { first = \"sample\" }"), @r#"
    error[H0004]: `name` is a string, not a table
     --> recipe/halite.toml:4:8
      |
    4 | name = { first = "sample" }
      |        ^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(fault("releases = [\"r4.3\"]", "releases = \"r4.3\""), @r#"
    error[H0004]: `releases` is a list of strings, not a string
     --> recipe/halite.toml:7:12
      |
    7 | releases = "r4.3"
      |            ^^^^^^
    "#);
    assert_snapshot!(fault("releases = [\"r4.3\"]", "releases = [4.3]"), @r"
    error[H0004]: each of `releases` is a string, not a fraction
     --> recipe/halite.toml:7:13
      |
    7 | releases = [4.3]
      |             ^^^
    ");
    assert_snapshot!(fault("base = \"whonix-workstation\"", "base = [\"debian\"]"), @r#"
    error[H0004]: `base` is a string, or a table with one for each release, not a list
      --> recipe/halite.toml:28:8
       |
    28 | base = ["debian"]
       |        ^^^^^^^^^^
    "#);
    assert_snapshot!(refused("bundle = 1"), @r"
    error[H0004]: `bundle` is a table, not a whole number
     --> recipe/halite.toml:1:10
      |
    1 | bundle = 1
      |          ^
    ");
    assert_snapshot!(refused("[[bundle]]"), @r"
    error[H0004]: `bundle` is a table, not a list
     --> recipe/halite.toml:1:1
      |
    1 | [[bundle]]
      | ^^^^^^^^^^
    ");
    // Nothing is said of what may have been declared there.
    let without = [
        ("[bundle]", "identity = 3\n[bundle]"),
        ("[identity.quiet]\nmode = 1\ngateway = \"quiet-gateway\"\n", ""),
        ("[identity.loud]\nmode = 4\nupstream = \"sys-firewall\"\n", ""),
    ];
    assert_snapshot!(refused(edited(&without)), @r#"
    error[H0004]: `identity` is tables of the form `[identity.NAME]`, not a whole number
     --> recipe/halite.toml:3:12
      |
    3 | identity = 3
      |            ^

    error[H0002]: [bundle] has no key `keyboard`
      --> recipe/halite.toml:10:1
       |
    10 | keyboard = "us++"
       | ^^^^^^^^
       |
       = help: expected one of `extends`, `include`, `memory`, `name`, `releases`, `serial`, `summary`, `updates`

    error[H0002]: [bundle] has no key `audio`
      --> recipe/halite.toml:11:1
       |
    11 | audio = false
       | ^^^^^
       |
       = help: expected one of `extends`, `include`, `memory`, `name`, `releases`, `serial`, `summary`, `updates`
    "#);
    assert_snapshot!(fault("[identity.loud]\nmode = 4\nupstream = \"sys-firewall\"", "[identity]\nloud = 4"), @r"
    error[H0004]: `loud` is a table, `[identity.loud]`, not a whole number
      --> recipe/halite.toml:32:8
       |
    32 | loud = 4
       |        ^
    ");
    assert_snapshot!(with("files = [\"/rw/a\"]"), @r#"
    error[H0004]: `files` is a table, not a list
      --> recipe/halite.toml:38:9
       |
    38 | files = ["/rw/a"]
       |         ^^^^^^^^^
    "#);
    assert_snapshot!(with("files = { \"/rw/a\" = true }"), @r#"
    error[H0004]: `/rw/a` is a string or a table, not a boolean
      --> recipe/halite.toml:38:21
       |
    38 | files = { "/rw/a" = true }
       |                     ^^^^
    "#);
    assert_snapshot!(with("files = { \"/rw/a\" = { source = 1 } }"), @r#"
    error[H0004]: `source` is a string, not a whole number
      --> recipe/halite.toml:38:32
       |
    38 | files = { "/rw/a" = { source = 1 } }
       |                                ^
    "#);
    assert_snapshot!(with("replaces = 1"), @r"
    error[H0004]: `replaces` is `true` or `false`, not a whole number
      --> recipe/halite.toml:38:12
       |
    38 | replaces = 1
       |            ^
    ");
}

#[test]
fn numbers_out_of_bounds() {
    assert_snapshot!(fault("serial = 1", "serial = 0"), @r"
    error[H0004]: `serial` lies between 1 and 4294967295
     --> recipe/halite.toml:5:10
      |
    5 | serial = 0
      |          ^
    ");
    assert_snapshot!(fault("serial = 1", "serial = 4294967296"), @r"
    error[H0004]: `serial` lies between 1 and 4294967295
     --> recipe/halite.toml:5:10
      |
    5 | serial = 4294967296
      |          ^^^^^^^^^^
    ");
    assert_snapshot!(fault("serial = 1", "serial = -1"), @r"
    error[H0004]: `serial` lies between 1 and 4294967295
     --> recipe/halite.toml:5:10
      |
    5 | serial = -1
      |          ^^
    ");
    assert_snapshot!(fault("serial = 1", "serial = 0xffffffffffffffffffffffffffffffffff"), @r"
    error[H0004]: `serial` lies between 1 and 4294967295
     --> recipe/halite.toml:5:10
      |
    5 | serial = 0xffffffffffffffffffffffffffffffffff
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(fault("mode = 4", "mode = 5"), @r"
    error[H0004]: `mode` lies between 1 and 4
      --> recipe/halite.toml:32:8
       |
    32 | mode = 5
       |        ^
    ");
    assert_snapshot!(with("memory = 0"), @r"
    error[H0004]: `memory` lies between 1 and 1048576
      --> recipe/halite.toml:38:10
       |
    38 | memory = 0
       |          ^
    ");
    assert_snapshot!(with("maxmem = 1048577"), @r"
    error[H0004]: `maxmem` lies between 0 and 1048576
      --> recipe/halite.toml:38:10
       |
    38 | maxmem = 1048577
       |          ^^^^^^^
    ");
    assert_snapshot!(with("private = 999999999"), @r"
    error[H0004]: `private` lies between 1 and 16777216
      --> recipe/halite.toml:38:11
       |
    38 | private = 999999999
       |           ^^^^^^^^^
    ");
}

#[test]
fn values_that_halite_does_not_know() {
    assert_snapshot!(fault("releases = [\"r4.3\"]", "releases = [\"r4.4\"]"), @r#"
    error[H0004]: expected `r4.2` or `r4.3`
     --> recipe/halite.toml:7:13
      |
    7 | releases = ["r4.4"]
      |             ^^^^^^
    "#);
    assert_snapshot!(fault("releases = [\"r4.3\"]", "releases = [\"R4.3\"]"), @r#"
    error[H0004]: expected `r4.2` or `r4.3`
     --> recipe/halite.toml:7:13
      |
    7 | releases = ["R4.3"]
      |             ^^^^^^
      |
      = help: did you mean `r4.3`?
    "#);
    assert_snapshot!(with("label = \"pink\""), @r#"
    error[H0004]: expected a label: red, orange, yellow, green, gray, blue, purple or black
      --> recipe/halite.toml:38:9
       |
    38 | label = "pink"
       |         ^^^^^^
    "#);
    assert_snapshot!(with("label = \"Red\""), @r#"
    error[H0004]: expected a label: red, orange, yellow, green, gray, blue, purple or black
      --> recipe/halite.toml:38:9
       |
    38 | label = "Red"
       |         ^^^^^
       |
       = help: did you mean `red`?
    "#);
}

#[test]
fn the_same_value_twice() {
    assert_snapshot!(fault("\"onionshare\"", "\"onionshare\", \"onionshare\""), @r#"
    error[H0006]: this stands in `packages` twice
      --> recipe/halite.toml:29:27
       |
    29 | packages = ["onionshare", "onionshare"]
       |             ------------  ^^^^^^^^^^^^
       |             |
       |             first here
    "#);
    assert_snapshot!(fault("releases = [\"r4.3\"]", "releases = [\"r4.3\", \"r4.3\"]"), @r#"
    error[H0006]: this stands in `releases` twice
     --> recipe/halite.toml:7:21
      |
    7 | releases = ["r4.3", "r4.3"]
      |             ------  ^^^^^^
      |             |
      |             first here
    "#);
}

#[test]
fn summaries() {
    let summary = "summary = \"One identity behind Tor, one in clear\"";
    assert_snapshot!(fault(summary, "summary = \" \""), @r#"
    error[H0004]: the text must not be empty
     --> recipe/halite.toml:6:11
      |
    6 | summary = " "
      |           ^^^
    "#);
    assert_snapshot!(fault(summary, &format!("summary = \"{}\"", "x".repeat(201))), @r#"
    error[H0004]: the text has at most 200 characters
     --> recipe/halite.toml:6:11
      |
    6 | ... = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(fault(summary, "summary = \"\\u001B[2JOne\""), @r#"
    error[H0004]: the text has a character that cannot be seen: U+001B
     --> recipe/halite.toml:6:11
      |
    6 | summary = "\u001B[2JOne"
      |           ^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(fault(summary, "summary = \"\"\"\none\n\"\"\""), @r#"
    error[H0004]: the text has a character that cannot be seen: U+000A
     --> recipe/halite.toml:6:11
      |
    6 |   summary = """
      |  ___________^
    7 | | one
    8 | | """
      | |___^
    "#);
}

#[test]
fn bridges() {
    let upstream = "[gateway.quiet-gateway]\nupstream = \"sys-firewall\"";
    let bridge = |line: &str| fault(upstream, &format!("{upstream}\nbridges = ['{line}']"));
    assert_snapshot!(bridge("Bridge obfs4 192.0.2.1:443"), @r"
    error[H0004]: a bridge is written without the keyword `Bridge`
      --> recipe/halite.toml:17:12
       |
    17 | bridges = ['Bridge obfs4 192.0.2.1:443']
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(bridge("meek_lite 192.0.2.1:443"), @r"
    error[H0004]: `meek_lite` is no transport that halite knows; expected `obfs4`, `snowflake`, or an address
      --> recipe/halite.toml:17:12
       |
    17 | bridges = ['meek_lite 192.0.2.1:443']
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(bridge("obfs4 bridge.example:443"), @r"
    error[H0004]: expected an address and a port, such as `192.0.2.1:443` or `[2001:db8::1]:443`
      --> recipe/halite.toml:17:12
       |
    17 | bridges = ['obfs4 bridge.example:443']
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(bridge("192.0.2.1:443 2B280B23"), @r"
    error[H0004]: `2B280B23` is no fingerprint of 40 hexadecimal digits, and not of the form `key=value`
      --> recipe/halite.toml:17:12
       |
    17 | bridges = ['192.0.2.1:443 2B280B23']
       |            ^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(bridge(&format!("obfs4 192.0.2.1:443 {} iat-mode", "2B".repeat(20))), @r"
    error[H0004]: `iat-mode` is not of the form `key=value`
      --> recipe/halite.toml:17:12
       |
    17 | bridges = ['obfs4 192.0.2.1:443 2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B iat-mode']
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(bridge("obfs4  192.0.2.1:443"), @r#"
    error[H0004]: a bridge has only visible ASCII characters, without `#`, `"` and `\`, one space between its parts
      --> recipe/halite.toml:17:12
       |
    17 | bridges = ['obfs4  192.0.2.1:443']
       |            ^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(bridge(&"1".repeat(1001)), @r"
    error[H0004]: a bridge has at most 1000 characters
      --> recipe/halite.toml:17:12
       |
    17 | ...= ['11111111111111111111111111111111111111111111...11111111111111111111111111111111111111111111']
       |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^...^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
}
