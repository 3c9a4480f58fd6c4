//! Files that a recipe names in its folder: those that it includes, and those that it puts into qubes.

use crate::*;

const LOUD: &str = "[workstation.loud]\nidentity = \"loud\"\ntemplate = \"debian\"\n";

#[test]
fn what_may_be_included() {
    assert_snapshot!(drawn(&folders("include = [\"gone.toml\"]", &[]), "recipe"), @r#"
    error[H0007]: cannot read `recipe/gone.toml`: No such file or directory (os error 2)
     --> recipe/halite.toml:6:12
      |
    6 | include = ["gone.toml"]
      |            ^^^^^^^^^^^
    "#);
    assert_snapshot!(drawn(&folders("include = [\"more\"]", &[("recipe/more/a.toml", "")]), "recipe"), @r#"
    error[H0007]: cannot read `recipe/more`: it is not a regular file
     --> recipe/halite.toml:6:12
      |
    6 | include = ["more"]
      |            ^^^^^^
    "#);
    assert_snapshot!(drawn(&folders("include = [\"halite.toml\"]", &[]), "recipe"), @r#"
    error[H0006]: the recipe's `halite.toml` is read already
     --> recipe/halite.toml:6:12
      |
    6 | include = ["halite.toml"]
      |            ^^^^^^^^^^^^^
      |
      = help: name only further files in `include`
    "#);
    assert_snapshot!(drawn(&folders("include = [\"more.toml\", \"more.toml\"]", &[("recipe/more.toml", "")]), "recipe"), @r#"
    error[H0006]: this stands in `include` twice
     --> recipe/halite.toml:6:25
      |
    6 | include = ["more.toml", "more.toml"]
      |            -----------  ^^^^^^^^^^^
      |            |
      |            first here
    "#);
    let bundle = "[bundle]\nname = \"more\"\nserial = 1\nsummary = \"more\"\n";
    assert_snapshot!(drawn(&folders("include = [\"more.toml\"]", &[("recipe/more.toml", bundle)]), "recipe"), @r"
    error[H0006]: only a `halite.toml` has a `[bundle]`, not a file that it includes
     --> recipe/more.toml:1:1
      |
    1 | [bundle]
      | ^^^^^^^^
      |
      = help: to build on another recipe, name its folder in `extends`
    ");
    assert_snapshot!(drawn(&folders("include = [\"more.toml\"]", &[("recipe/more.toml", LOUD)]), "recipe"), @r"
    error[H0006]: [workstation.loud] is declared twice
      --> recipe/more.toml:1:14
       |
     1 | [workstation.loud]
       |              ^^^^
       |
      ::: recipe/halite.toml:36:14
       |
    36 | [workstation.loud]
       |              ---- first declared here
    ");
}

/// An included file's faults are shown in it.
#[test]
fn faults_in_an_included_file() {
    let sandbox =
        folders("include = [\"more.toml\"]", &[("recipe/more.toml", "# ä\n[identity.third]\nmode = 4\nupstrem = \"x\"\n")]);
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0003]: [identity.third] lacks the key `upstream`, which mode 4 needs
     --> recipe/more.toml:2:11
      |
    2 | [identity.third]
      |           ^^^^^

    error[H0002]: [identity.third] has no key `upstrem`
     --> recipe/more.toml:4:1
      |
    4 | upstrem = "x"
      | ^^^^^^^
      |
      = help: did you mean `upstream`?
    "#);
    sandbox.write("recipe/more.toml", "# \n[identity.third\n");
    assert_snapshot!(drawn(&sandbox, "recipe"), @r"
    error[H0001]: unclosed table, expected `]`
     --> recipe/more.toml:2:16
      |
    2 | [identity.third
      |                ^
    ");
    sandbox.write("recipe/more.toml", b"# A byte of Latin-1: \xe4\n");
    assert_snapshot!(drawn(&sandbox, "recipe"), @r"
    error[H0001]: a recipe is UTF-8 text, and here are other bytes
     --> recipe/more.toml:1:22
      |
    1 | # A byte of Latin-1: �
      |                      ^
    ");
    sandbox.write("recipe/more.toml", "# \u{202e}\n");
    assert_snapshot!(drawn(&sandbox, "recipe"), @r"
    error[H0001]: U+202E shows the text around it in another order than it has; remove it
     --> recipe/more.toml:1:3
      |
    1 | # �
      |   ^
    ");
    // It has places of its own for what it names.
    sandbox.write("recipe/more.toml", "[template.third]\nbase = \"debian\"\nfiles = { \"/etc/a\" = \"gone\" }\n");
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0007]: cannot read `recipe/gone`: No such file or directory (os error 2)
     --> recipe/more.toml:3:22
      |
    3 | files = { "/etc/a" = "gone" }
      |                      ^^^^^^
    "#);
}

/// What is in a file that cannot be read may be just what another one refers to: of that, nothing is said.
#[test]
fn half_a_recipe_is_not_accused_of_what_may_be_in_the_other() {
    let in_both = |bundle: &str, include: &str| {
        let text = edited(&[("serial = 1", bundle), (LOUD, "[workstation.loud]\nidentity = \"loud\"\ntemplate = \"more\"\n")]);
        let sandbox = Sandbox::new();
        sandbox.write("recipe/halite.toml", text);
        sandbox.write("recipe/more.toml", include);
        sandbox
    };
    let more = "[template.more]\nbase = \"debian\"\n";
    in_both("serial = 1\ninclude = [\"more.toml\"]", more).halite("check recipe").succeeds();
    assert_snapshot!(drawn(&in_both("serial = 1\ninclude = [\"mroe.toml\"]", more), "recipe"), @r#"
    error[H0007]: cannot read `recipe/mroe.toml`: No such file or directory (os error 2)
     --> recipe/halite.toml:6:12
      |
    6 | include = ["mroe.toml"]
      |            ^^^^^^^^^^^
    "#);
    assert_snapshot!(drawn(&in_both("serial = 1\ninclude = [\"./more.toml\"]", more), "recipe"), @r#"
    error[H0004]: a file of a recipe is named by its path in the recipe's folder, such as `files/a`: it has no `.` or `..`
     --> recipe/halite.toml:6:12
      |
    6 | include = ["./more.toml"]
      |            ^^^^^^^^^^^^^
    "#);
    assert_snapshot!(drawn(&in_both("serial = 1\ninclude = [\"more.toml\"]", "[template.more"), "recipe"), @r"
    error[H0001]: unclosed table, expected `]`
     --> recipe/more.toml:1:15
      |
    1 | [template.more
      |               ^
    ");
    // What is wrong with the rest of `[bundle]` is no reason not to read on.
    assert_snapshot!(drawn(&in_both("serial = 0\ninclude = [\"more.toml\"]", more), "recipe"), @r"
    error[H0004]: `serial` lies between 1 and 4294967295
     --> recipe/halite.toml:5:10
      |
    5 | serial = 0
      |          ^
    ");
    assert_snapshot!(drawn(&in_both("serial = 0\ninclude = [\"more.toml\"]", &more.replace("debian", "")), "recipe"), @r#"
    error[H0004]: `serial` lies between 1 and 4294967295
     --> recipe/halite.toml:5:10
      |
    5 | serial = 0
      |          ^

    error[H0004]: `base` is the name of a template, and a qube's name must not be empty
     --> recipe/more.toml:2:8
      |
    2 | base = ""
      |        ^^
    "#);
}

#[test]
fn what_may_be_put_into_qubes() {
    let case = |files: &str, more: &[(&str, &str)]| {
        let sandbox = Sandbox::new();
        sandbox.write("recipe/halite.toml", format!("{RECIPE}files = {files}\n"));
        for (path, text) in more {
            sandbox.write(path, text);
        }
        drawn(&sandbox, "recipe")
    };
    assert_snapshot!(case("{ \"/rw/a\" = \"gone\" }", &[]), @r#"
    error[H0007]: cannot read `recipe/gone`: No such file or directory (os error 2)
      --> recipe/halite.toml:38:21
       |
    38 | files = { "/rw/a" = "gone" }
       |                     ^^^^^^
    "#);
    assert_snapshot!(case("{ \"/rw/a\" = \"a\" }", &[("recipe/a/b", "")]), @r#"
    error[H0007]: cannot read `recipe/a`: it is not a regular file
      --> recipe/halite.toml:38:21
       |
    38 | files = { "/rw/a" = "a" }
       |                     ^^^
    "#);
    assert_snapshot!(case("{ \"/rw/a\" = \"a/b\" }", &[("recipe/a", "")]), @r#"
    error[H0007]: cannot read `recipe/a/b`: Not a directory (os error 20)
      --> recipe/halite.toml:38:21
       |
    38 | files = { "/rw/a" = "a/b" }
       |                     ^^^^^
    "#);
    assert_snapshot!(case("{ \"/rw/a\" = { source = \"gone\", executable = true } }", &[]), @r#"
    error[H0007]: cannot read `recipe/gone`: No such file or directory (os error 2)
      --> recipe/halite.toml:38:32
       |
    38 | files = { "/rw/a" = { source = "gone", executable = true } }
       |                                ^^^^^^
    "#);
    assert_snapshot!(case("{ \"/rw/a\" = { source = \"a\", executable = \"yes\" } }", &[("recipe/a", "")]), @r#"
    error[H0004]: `executable` is `true` or `false`, not a string
      --> recipe/halite.toml:38:50
       |
    38 | files = { "/rw/a" = { source = "a", executable = "yes" } }
       |                                                  ^^^^^
    "#);
    // The same file at two places is read once, and missing twice.
    assert_snapshot!(case("{ \"/rw/a\" = \"gone\", \"/rw/b\" = \"gone\" }", &[]), @r#"
    error[H0007]: cannot read `recipe/gone`: No such file or directory (os error 2)
      --> recipe/halite.toml:38:21
       |
    38 | files = { "/rw/a" = "gone", "/rw/b" = "gone" }
       |                     ^^^^^^

    error[H0007]: cannot read `recipe/gone`: No such file or directory (os error 2)
      --> recipe/halite.toml:38:39
       |
    38 | files = { "/rw/a" = "gone", "/rw/b" = "gone" }
       |                                       ^^^^^^
    "#);
}

/// A recipe that is one text, as programs that use the library may have it.
#[test]
fn a_text_has_no_files_beside_it() {
    let faults = |text: &str| match halite::recipe::parse(text) {
        Err(halite::recipe::LoadError::Faults(faults)) => faults.draw(false),
        other => panic!("{other:?}"),
    };
    assert_snapshot!(faults(&edited(&[("serial = 1", "serial = 1\ninclude = [\"more.toml\"]\nextends = [\"../base\"]")])), @r#"
    error[H0007]: there are no files beside this text
     --> halite.toml:6:12
      |
    6 | include = ["more.toml"]
      |            ^^^^^^^^^^^

    error[H0007]: there are no files beside this text
     --> halite.toml:7:12
      |
    7 | extends = ["../base"]
      |            ^^^^^^^^^
    "#);
}
