//! Texts that are not TOML.

use crate::*;

#[test]
fn not_toml() {
    assert_snapshot!(fault("serial = 1", "serial = "), @r"
    error[H0001]: a value is missing here
     --> recipe/halite.toml:5:10
      |
    5 | serial =
      |          ^
    ");
    assert_snapshot!(fault("serial = 1", "serial = 1 2"), @r"
    error[H0001]: this is no value; a string stands in quotes
     --> recipe/halite.toml:5:10
      |
    5 | serial = 1 2
      |          ^^^
    ");
    assert_snapshot!(fault("serial = 1", "serial = 01"), @r"
    error[H0001]: unexpected leading zero
     --> recipe/halite.toml:5:10
      |
    5 | serial = 01
      |          ^
    ");
    assert_snapshot!(fault("serial = 1", "serial"), @r"
    error[H0001]: key with no value, expected `=`
     --> recipe/halite.toml:5:7
      |
    5 | serial
      |       ^
    ");
    assert_snapshot!(fault("[bundle]", "[bundle"), @r"
    error[H0001]: unclosed table, expected `]`
     --> recipe/halite.toml:3:8
      |
    3 | [bundle
      |        ^
    ");
    assert_snapshot!(fault("name = \"sample\"", "name = \"sample"), @r#"
    error[H0001]: this string has no end; expected `"`
     --> recipe/halite.toml:4:15
      |
    4 | name = "sample
      |               ^
    "#);
    assert_snapshot!(fault("name = \"sample\"", "name = 'sample"), @r"
    error[H0001]: this string has no end; expected `'`
     --> recipe/halite.toml:4:15
      |
    4 | name = 'sample
      |               ^
    ");
    assert_snapshot!(fault("name = \"sample\"", "name = \"\"\"sample"), @r#"
    error[H0001]: this string has no end; expected `"""`
     --> recipe/halite.toml:4:8
      |
    4 | name = """sample
      |        ^
    "#);
    assert_snapshot!(fault("name = \"sample\"", "name = \"s\\ample\""), @r#"
    error[H0001]: in this string, `\` begins an escape; expected `b`, `e`, `f`, `n`, `r`, `\`, `"`, `x`, `u`, `U`
     --> recipe/halite.toml:4:11
      |
    4 | name = "s\ample"
      |           ^
    "#);
    assert_snapshot!(fault("[bundle]", "<<<<<<< HEAD\n[bundle]"), @r"
    error[H0001]: invalid unquoted key, expected letters, numbers, `-`, `_`
     --> recipe/halite.toml:3:1
      |
    3 | <<<<<<< HEAD
      | ^^^^^^^

    error[H0001]: key with no value, expected `=`
     --> recipe/halite.toml:3:9
      |
    3 | <<<<<<< HEAD
      |         ^
    ");
}

/// What follows would be read as part of a list or a table that has no end; of that, nothing is said.
#[test]
fn lists_and_tables_without_an_end() {
    assert_snapshot!(fault("[\"r4.3\"]", "[\"r4.3\""), @r#"
    error[H0001]: this list has no end; expected `]`
     --> recipe/halite.toml:7:12
      |
    7 | releases = ["r4.3"
      |            ^
    "#);
    assert_snapshot!(fault("[\"r4.3\"]", "[\n\"r4.3\" # the only one\n"), @r"
    error[H0001]: this list has no end; expected `]`
     --> recipe/halite.toml:7:12
      |
    7 | releases = [
      |            ^
    ");
    assert_snapshot!(fault("[\"r4.3\"]", "[\"r4.2\" \"r4.3\"]"), @r#"
    error[H0001]: `,` or `]` is missing here
     --> recipe/halite.toml:7:19
      |
    7 | releases = ["r4.2" "r4.3"]
      |                   ^
    "#);
    assert_snapshot!(fault("[\"onionshare\"]", "["), @r"
    error[H0001]: this list has no end; expected `]`
      --> recipe/halite.toml:29:12
       |
    29 | packages = [
       |            ^
    ");
    assert_snapshot!(fault("\"whonix-workstation\"", "{ \"r4.3\" = \"whonix-workstation-18\""), @r#"
    error[H0001]: this table has no end; expected `}`
      --> recipe/halite.toml:28:8
       |
    28 | base = { "r4.3" = "whonix-workstation-18"
       |        ^
    "#);
    assert_snapshot!(fault("template = \"debian\"", "template = \"debian\"\nfiles = {"), @r"
    error[H0001]: this table has no end; expected `}`
      --> recipe/halite.toml:38:9
       |
    38 | files = {
       |         ^
    ");
    assert_snapshot!(fault("summary = \"One", "summary = \"\"\"One"), @r#"
    error[H0001]: this string has no end; expected `"""`
     --> recipe/halite.toml:6:11
      |
    6 | summary = """One identity behind Tor, one in clear"
      |           ^
    "#);
    // What comes before is said.
    assert_snapshot!(refused(edited(&[("serial = 1", "serial ="), ("[\"r4.3\"]", "[\"r4.3\" # ]")])), @r#"
    error[H0001]: a value is missing here
     --> recipe/halite.toml:5:9
      |
    5 | serial =
      |         ^

    error[H0001]: this list has no end; expected `]`
     --> recipe/halite.toml:7:12
      |
    7 | releases = ["r4.3" # ]
      |            ^
    "#);
    assert_snapshot!(fault("template = \"debian\"", "template = \"debian\"\nfiles = { \"/rw/a\" = \"a\" \"/rw/b\" = \"b\" }"), @r#"
    error[H0001]: `,` or `}` is missing here
      --> recipe/halite.toml:38:24
       |
    38 | files = { "/rw/a" = "a" "/rw/b" = "b" }
       |                        ^
    "#);
}

#[test]
fn the_same_key_twice() {
    assert_snapshot!(fault("serial = 1", "serial = 1\nserial = 2"), @r"
    error[H0001]: there is already a `serial` at this place
     --> recipe/halite.toml:6:1
      |
    6 | serial = 2
      | ^^^^^^
    ");
    assert_snapshot!(fault("[identity.loud]", "[identity.quiet]"), @r"
    error[H0001]: there is already a `quiet` at this place
      --> recipe/halite.toml:31:11
       |
    31 | [identity.quiet]
       |           ^^^^^

    error[H0001]: there is already a `mode` at this place
      --> recipe/halite.toml:32:1
       |
    32 | mode = 4
       | ^^^^
    ");
    assert_snapshot!(refused("identity = 3\n[identity.quiet]\nmode = 1\n[identity.loud]\nmode = 4\n"), @r"
    error[H0001]: `identity` has a value already, and so cannot be a table, too
     --> recipe/halite.toml:2:2
      |
    2 | [identity.quiet]
      |  ^^^^^^^^

    error[H0001]: `identity` has a value already, and so cannot be a table, too
     --> recipe/halite.toml:4:2
      |
    4 | [identity.loud]
      |  ^^^^^^^^
    ");
}

#[test]
fn nested_too_deeply() {
    let two_lines = |drawn: String| drawn.lines().take(2).collect::<Vec<_>>().join("\n");
    let lists = |depth| format!("x = {}{}", "[".repeat(depth), "]".repeat(depth));
    assert_snapshot!(two_lines(refused(lists(81))), @r"
    error[H0001]: this is nested too deeply; nothing in a recipe has more than a few levels
     --> recipe/halite.toml:1:85
    ");
    let tables = |depth| format!("x = {}1{}", "{a=".repeat(depth), "}".repeat(depth));
    assert_snapshot!(two_lines(refused(tables(81))), @r"
    error[H0001]: this is nested too deeply; nothing in a recipe has more than a few levels
     --> recipe/halite.toml:1:245
    ");
    let key = vec!["a"; 81].join(".");
    assert_snapshot!(two_lines(refused(format!("# The parser names no place.\n{key} = 1\n"))), @r"
    error[H0001]: this is nested too deeply; nothing in a recipe has more than a few levels
     --> recipe/halite.toml:2:1
    ");
    assert_snapshot!(two_lines(refused(format!("[bundle]\n\n[{key}]\n"))), @r"
    error[H0001]: this is nested too deeply; nothing in a recipe has more than a few levels
     --> recipe/halite.toml:3:1
    ");
}

#[test]
fn nothing_at_all() {
    assert_snapshot!(refused(""), @r"
    error[H0003]: the recipe lacks the table `[bundle]`
     --> recipe/halite.toml:1:1
      |
    1 |
      | ^
    ");
    assert_snapshot!(refused("# only a comment"), @r"
    error[H0003]: the recipe lacks the table `[bundle]`
     --> recipe/halite.toml:1:1
      |
    1 | # only a comment
      | ^
    ");
    assert_snapshot!(refused("[bundle]"), @r"
    error[H0003]: [bundle] lacks the key `name`
     --> recipe/halite.toml:1:1
      |
    1 | [bundle]
      | ^^^^^^^^

    error[H0003]: [bundle] lacks the key `serial`
     --> recipe/halite.toml:1:1
      |
    1 | [bundle]
      | ^^^^^^^^

    error[H0003]: [bundle] lacks the key `summary`
     --> recipe/halite.toml:1:1
      |
    1 | [bundle]
      | ^^^^^^^^
    ");
}
