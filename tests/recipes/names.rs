//! Names that are not of their grammar: each rule of each kind broken once.

use crate::*;

#[test]
fn bundles() {
    let name = |name: &str| fault("name = \"sample\"", &format!("name = \"{name}\""));
    assert_snapshot!(name(""), @r#"
    error[H0004]: a bundle's name must not be empty
     --> recipe/halite.toml:4:8
      |
    4 | name = ""
      |        ^^
    "#);
    assert_snapshot!(name("Sample"), @r#"
    error[H0004]: a bundle's name begins with a lower-case letter
     --> recipe/halite.toml:4:8
      |
    4 | name = "Sample"
      |        ^^^^^^^^
      |
      = help: did you mean `sample`?
    "#);
    assert_snapshot!(name("1sample"), @r#"
    error[H0004]: a bundle's name begins with a lower-case letter
     --> recipe/halite.toml:4:8
      |
    4 | name = "1sample"
      |        ^^^^^^^^^
    "#);
    assert_snapshot!(name("my_sample"), @r#"
    error[H0004]: a bundle's name has only lower-case letters, digits and `-`
     --> recipe/halite.toml:4:8
      |
    4 | name = "my_sample"
      |        ^^^^^^^^^^^
    "#);
    assert_snapshot!(name(&"s".repeat(41)), @r#"
    error[H0004]: a bundle's name has at most 40 characters
     --> recipe/halite.toml:4:8
      |
    4 | name = "sssssssssssssssssssssssssssssssssssssssss"
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn handles() {
    let accounts = "accounts = [\n'',\n'Mail',\n'ma_il',\n'mail-mail-mail-mail-mail',\n]";
    assert_snapshot!(fault("mode = 4", &format!("mode = 4\n{accounts}")), @r"
    error[H0004]: a handle must not be empty
      --> recipe/halite.toml:34:1
       |
    34 | '',
       | ^^

    error[H0004]: a handle begins with a lower-case letter
      --> recipe/halite.toml:35:1
       |
    35 | 'Mail',
       | ^^^^^^
       |
       = help: did you mean `mail`?

    error[H0004]: a handle has only lower-case letters, digits and `-`
      --> recipe/halite.toml:36:1
       |
    36 | 'ma_il',
       | ^^^^^^^

    error[H0004]: a handle has at most 20 characters
      --> recipe/halite.toml:37:1
       |
    37 | 'mail-mail-mail-mail-mail',
       | ^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn qubes() {
    let name = |name: &str| fault("[workstation.loud]", &format!("[workstation.'{name}']"));
    assert_snapshot!(name(""), @r"
    error[H0004]: a qube's name must not be empty
      --> recipe/halite.toml:35:14
       |
    35 | [workstation.'']
       |              ^^
    ");
    assert_snapshot!(name("1loud"), @r"
    error[H0004]: a qube's name begins with a letter
      --> recipe/halite.toml:35:14
       |
    35 | [workstation.'1loud']
       |              ^^^^^^^
    ");
    assert_snapshot!(name("lo ud"), @r"
    error[H0004]: a qube's name has only letters, digits, `-`, `_` and `.`
      --> recipe/halite.toml:35:14
       |
    35 | [workstation.'lo ud']
       |              ^^^^^^^
    ");
    assert_snapshot!(name(&"loud".repeat(8)), @r"
    error[H0004]: a qube's name has at most 31 characters
      --> recipe/halite.toml:35:14
       |
    35 | [workstation.'loudloudloudloudloudloudloudloud']
       |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(name("Domain-0"), @r"
    error[H0004]: a qube's name must not be one that Qubes reserves
      --> recipe/halite.toml:35:14
       |
    35 | [workstation.'Domain-0']
       |              ^^^^^^^^^^
    ");
    assert_snapshot!(name("loud-dm"), @r"
    error[H0004]: a qube's name must not end with `-dm`, which Qubes gives to device models
      --> recipe/halite.toml:35:14
       |
    35 | [workstation.'loud-dm']
       |              ^^^^^^^^^
    ");
    assert_snapshot!(fault("upstream = \"sys-firewall\"", "upstream = \"none\""), @r#"
    error[H0004]: a qube's name must not be one that Qubes reserves
      --> recipe/halite.toml:16:12
       |
    16 | upstream = "none"
       |            ^^^^^^
    "#);
}

#[test]
fn packages() {
    let packages = format!("packages = [\n'',\n'../../etc/passwd',\n'onion share',\n'{}',\n]", "p".repeat(101));
    assert_snapshot!(fault("packages = [\"onionshare\"]", &packages), @r"
    error[H0004]: a package's name must not be empty
      --> recipe/halite.toml:30:1
       |
    30 | '',
       | ^^

    error[H0004]: a package's name begins with a letter or a digit
      --> recipe/halite.toml:31:1
       |
    31 | '../../etc/passwd',
       | ^^^^^^^^^^^^^^^^^^

    error[H0004]: a package's name has only letters, digits, `+`, `-`, `.` and `_`
      --> recipe/halite.toml:32:1
       |
    32 | 'onion share',
       | ^^^^^^^^^^^^^

    error[H0004]: a package's name has at most 100 characters
      --> recipe/halite.toml:33:1
       |
    33 | 'ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp',
       | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn templates() {
    let name = |name: &str| fault("[identity.loud]", &format!("[template.'{name}']\nbase = 'debian'\n[identity.loud]"));
    assert_snapshot!(name("quieter-than-quiet"), @r"
    error[H0004]: a template's name is 1 to 10 lower-case letters, digits and `-`
      --> recipe/halite.toml:31:11
       |
    31 | [template.'quieter-than-quiet']
       |           ^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(name("debian"), @r"
    error[H0004]: `debian` stands for a stock template; choose another name
      --> recipe/halite.toml:31:11
       |
    31 | [template.'debian']
       |           ^^^^^^^^
    ");
    assert_snapshot!(name("Quieter"), @r"
    error[H0004]: a template's name is 1 to 10 lower-case letters, digits and `-`
      --> recipe/halite.toml:31:11
       |
    31 | [template.'Quieter']
       |           ^^^^^^^^^
       |
       = help: did you mean `quieter`?
    ");
    assert_snapshot!(fault("base = \"whonix-workstation\"", "base = \"-x\""), @r#"
    error[H0004]: `base` is the name of a template, and a qube's name begins with a letter
      --> recipe/halite.toml:28:8
       |
    28 | base = "-x"
       |        ^^^^
    "#);
}
