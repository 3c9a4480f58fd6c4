//! Paths that are not of their grammar: each rule of each kind broken once.

use crate::*;

/// Paths of files in qubes, one fault each.
#[test]
fn paths_in_qubes() {
    let paths = ["rw/a", "/", "/rw/../a", "/rw/a b", &format!("/rw/{}", "a".repeat(200))];
    let files: Vec<String> = paths.iter().map(|path| format!("'{path}' = 'a'\n")).collect();
    assert_snapshot!(refused(format!("{RECIPE}\n[workstation.loud.files]\n{}", files.concat())), @r"
    error[H0004]: a file in a qube is named by its whole path, from `/` on
      --> recipe/halite.toml:40:1
       |
    40 | 'rw/a' = 'a'
       | ^^^^^^

    error[H0004]: the path of a file in a qube has no empty component
      --> recipe/halite.toml:41:1
       |
    41 | '/' = 'a'
       | ^^^

    error[H0004]: the path of a file in a qube has no `.` or `..`
      --> recipe/halite.toml:42:1
       |
    42 | '/rw/../a' = 'a'
       | ^^^^^^^^^^

    error[H0004]: the path of a file in a qube has only letters, digits, `.`, `_`, `+`, `@`, `-` and `/`
      --> recipe/halite.toml:43:1
       |
    43 | '/rw/a b' = 'a'
       | ^^^^^^^^^

    error[H0004]: the path of a file in a qube has at most 200 bytes
      --> recipe/halite.toml:44:1
       |
    44 | '/rw/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' = 'a'
       | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
}

/// Paths of the recipe's own files, one fault each. Nothing leaves the folder.
#[test]
fn paths_in_recipes() {
    let long = "a".repeat(89);
    let paths = ["/etc/passwd", "../a", "a//b", "-a", "~/a", "a\\b", "a\nb", &long];
    let files: Vec<String> = paths.iter().enumerate().map(|(n, path)| format!("'/rw/{n}' = {path:?}\n")).collect();
    assert_snapshot!(refused(format!("{RECIPE}\n[workstation.loud.files]\n{}", files.concat())), @r#"
    error[H0004]: a file of a recipe is named by its path in the recipe's folder, such as `files/a`: it does not begin with `/`
      --> recipe/halite.toml:40:11
       |
    40 | '/rw/0' = "/etc/passwd"
       |           ^^^^^^^^^^^^^

    error[H0004]: a file of a recipe is named by its path in the recipe's folder, such as `files/a`: it has no `.` or `..`
      --> recipe/halite.toml:41:11
       |
    41 | '/rw/1' = "../a"
       |           ^^^^^^

    error[H0004]: a file of a recipe is named by its path in the recipe's folder, such as `files/a`: no part of it is empty
      --> recipe/halite.toml:42:11
       |
    42 | '/rw/2' = "a//b"
       |           ^^^^^^

    error[H0004]: a file of a recipe is named by its path in the recipe's folder, such as `files/a`: no part of it begins with `-`
      --> recipe/halite.toml:43:11
       |
    43 | '/rw/3' = "-a"
       |           ^^^^

    error[H0004]: a file of a recipe is named by its path in the recipe's folder, such as `files/a`: it has only letters, digits, `.`, `_`, `+`, `-` and `/`
      --> recipe/halite.toml:44:11
       |
    44 | '/rw/4' = "~/a"
       |           ^^^^^

    error[H0004]: a file of a recipe is named by its path in the recipe's folder, such as `files/a`: it has only letters, digits, `.`, `_`, `+`, `-` and `/`
      --> recipe/halite.toml:45:11
       |
    45 | '/rw/5' = "a\\b"
       |           ^^^^^^

    error[H0004]: a file of a recipe is named by its path in the recipe's folder, such as `files/a`: it has only letters, digits, `.`, `_`, `+`, `-` and `/`
      --> recipe/halite.toml:46:11
       |
    46 | '/rw/6' = "a\nb"
       |           ^^^^^^

    error[H0004]: a file of a recipe is named by its path in the recipe's folder, such as `files/a`: it has at most 88 characters
      --> recipe/halite.toml:47:11
       |
    47 | '/rw/7' = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
       |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(fault("serial = 1", "serial = 1\ninclude = [\"../more.toml\"]"), @r#"
    error[H0004]: a file of a recipe is named by its path in the recipe's folder, such as `files/a`: it has no `.` or `..`
     --> recipe/halite.toml:6:12
      |
    6 | include = ["../more.toml"]
      |            ^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(fault("template = \"debian\"", "template = \"debian\"\nfiles.'/rw/a'.source = \"../a\""), @r#"
    error[H0004]: a file of a recipe is named by its path in the recipe's folder, such as `files/a`: it has no `.` or `..`
      --> recipe/halite.toml:38:24
       |
    38 | files.'/rw/a'.source = "../a"
       |                        ^^^^^^
    "#);
}

/// Ways to the folders of other recipes, one fault each.
#[test]
fn ways_to_recipes() {
    let far = "../".repeat(9);
    let ways = ["/etc", "..", "../", "../a/../b", "./a", "-a", "~/a", "a\\b", &far, &"a".repeat(101)];
    let ways: Vec<String> = ways.iter().map(|way| format!("{way:?},\n")).collect();
    assert_snapshot!(fault("serial = 1", &format!("serial = 1\nextends = [\n{}]", ways.concat())), @r#"
    error[H0004]: an extended recipe is named by the way to its folder, such as `../common`: it does not begin with `/`
     --> recipe/halite.toml:7:1
      |
    7 | "/etc",
      | ^^^^^^

    error[H0004]: an extended recipe is named by the way to its folder, such as `../common`: it has `../` only at its beginning, then names of folders
     --> recipe/halite.toml:8:1
      |
    8 | "..",
      | ^^^^

    error[H0004]: an extended recipe is named by the way to its folder, such as `../common`: no part of it is empty
     --> recipe/halite.toml:9:1
      |
    9 | "../",
      | ^^^^^

    error[H0004]: an extended recipe is named by the way to its folder, such as `../common`: it has `../` only at its beginning, then names of folders
      --> recipe/halite.toml:10:1
       |
    10 | "../a/../b",
       | ^^^^^^^^^^^

    error[H0004]: an extended recipe is named by the way to its folder, such as `../common`: it has `../` only at its beginning, then names of folders
      --> recipe/halite.toml:11:1
       |
    11 | "./a",
       | ^^^^^

    error[H0004]: an extended recipe is named by the way to its folder, such as `../common`: no part of it begins with `-`
      --> recipe/halite.toml:12:1
       |
    12 | "-a",
       | ^^^^

    error[H0004]: an extended recipe is named by the way to its folder, such as `../common`: it has only letters, digits, `.`, `_`, `+`, `-` and `/`
      --> recipe/halite.toml:13:1
       |
    13 | "~/a",
       | ^^^^^

    error[H0004]: an extended recipe is named by the way to its folder, such as `../common`: it has only letters, digits, `.`, `_`, `+`, `-` and `/`
      --> recipe/halite.toml:14:1
       |
    14 | "a\\b",
       | ^^^^^^

    error[H0004]: an extended recipe lies at most 8 folders up
      --> recipe/halite.toml:15:1
       |
    15 | "../../../../../../../../../",
       | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    error[H0004]: an extended recipe is named by the way to its folder, such as `../common`: it has at most 100 characters
      --> recipe/halite.toml:16:1
       |
    16 | "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
       | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}
