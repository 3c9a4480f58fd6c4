//! Folders made to lead halite astray: out of themselves, into what never ends, or to more than anybody needs.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use crate::*;

#[test]
fn folders_that_are_no_recipes() {
    let sandbox = Sandbox::with_recipe();
    sandbox.bash("mkdir empty pipe directory; mkfifo pipe/halite.toml; mkdir directory/halite.toml").succeeds();
    fs::create_dir(sandbox.path("linked")).unwrap();
    symlink("../recipe/halite.toml", sandbox.path("linked/halite.toml")).unwrap();
    symlink("recipe", sandbox.path("link-to-folder")).unwrap();
    fs::create_dir(sandbox.path("device")).unwrap();
    symlink("/dev/zero", sandbox.path("device/halite.toml")).unwrap();
    let case = |folder: &str| {
        let call = |verb: &str| sandbox.halite(verb).argument(folder).at_most(QUICK).exits(1).transcript();
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
    // `check` takes a file for a bundle.
    assert_snapshot!(sandbox.halite("build recipe/halite.toml").transcript(), @r"
    ! error: cannot open the folder `recipe/halite.toml`: Not a directory (os error 20)
    exit code 1
    ");
    assert_snapshot!(sandbox.halite("check recipe/halite.toml").transcript(), @r"
    ! error: `recipe/halite.toml`: it is not a bundle: at byte 0 there is no header of `statement`
    ! hint: a bundle is what `halite build` writes, and ends in `.halite`
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

/// The recipe in `recipe`, which includes `name` and puts it into a qube.
fn naming(sandbox: &Sandbox, name: &str) {
    let include = format!("serial = 1\ninclude = [\"{name}\"]");
    let files = format!("template = \"debian\"\nfiles = {{ \"/rw/a\" = \"{name}\" }}");
    sandbox.write("recipe/halite.toml", edited(&[("serial = 1", &include), ("template = \"debian\"", &files)]));
}

/// Not a byte of what lies elsewhere, or of what is no file, gets into a recipe.
#[test]
fn links_and_what_is_no_file() {
    let sandbox = Sandbox::new();
    sandbox.write("secret/file", "[identity.secret]\nmode = 4\nupstream = \"secret\"\n");
    sandbox.write("recipe/plain", "");
    symlink("../secret/file", sandbox.path("recipe/link")).unwrap();
    symlink("plain", sandbox.path("recipe/link-inside")).unwrap();
    symlink("../secret", sandbox.path("recipe/folder")).unwrap();
    symlink("/dev/zero", sandbox.path("recipe/zero")).unwrap();
    symlink("loop", sandbox.path("recipe/loop")).unwrap();
    sandbox.bash("mkfifo recipe/pipe").succeeds();
    let _socket = UnixListener::bind(sandbox.path("recipe/socket")).unwrap();
    let case = |name: &str| {
        naming(&sandbox, name);
        let call = |verb: &str| sandbox.halite(verb).argument("recipe").at_most(QUICK).exits(1).stderr;
        assert_eq!(call("check"), call("build"));
        call("check")
    };
    assert_snapshot!(case("link"), @r#"
    error[H0007]: cannot read `recipe/link`: it is a link, or lies behind one, and no links are followed here
     --> recipe/halite.toml:6:12
      |
    6 | include = ["link"]
      |            ^^^^^^

    error[H0007]: cannot read `recipe/link`: it is a link, or lies behind one, and no links are followed here
      --> recipe/halite.toml:39:21
       |
    39 | files = { "/rw/a" = "link" }
       |                     ^^^^^^

    error: the recipe has 2 faults; nothing was built
    "#);
    let why = |name: &str| case(name).lines().next().unwrap().to_owned();
    assert_snapshot!(why("link-inside"), @"error[H0007]: cannot read `recipe/link-inside`: it is a link, or lies behind one, and no links are followed here");
    assert_snapshot!(why("folder/file"), @"error[H0007]: cannot read `recipe/folder/file`: it is a link, or lies behind one, and no links are followed here");
    assert_snapshot!(why("zero"), @"error[H0007]: cannot read `recipe/zero`: it is a link, or lies behind one, and no links are followed here");
    assert_snapshot!(why("loop"), @"error[H0007]: cannot read `recipe/loop`: it is a link, or lies behind one, and no links are followed here");
    assert_snapshot!(why("pipe"), @"error[H0007]: cannot read `recipe/pipe`: it is not a regular file");
    assert_snapshot!(why("socket"), @"error[H0007]: cannot read `recipe/socket`: it is not a regular file");
    assert_snapshot!(why("plain/file"), @"error[H0007]: cannot read `recipe/plain/file`: Not a directory (os error 20)");
}

#[test]
fn files_that_nobody_may_read() {
    let sandbox = Sandbox::new();
    naming(&sandbox, "secret");
    sandbox.write("recipe/secret", "");
    sandbox.copy_halite();
    fs::set_permissions(sandbox.path("recipe/secret"), fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything.
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let call = || {
        let call = sandbox.run("./halite", "check recipe");
        if is_root { call.user(65_534).transcript() } else { call.transcript() }
    };
    assert_snapshot!(call(), @r#"
    ! error[H0007]: cannot read `recipe/secret`: Permission denied (os error 13)
    !  --> recipe/halite.toml:6:12
    !   |
    ! 6 | include = ["secret"]
    !   |            ^^^^^^^^
    !
    ! error[H0007]: cannot read `recipe/secret`: Permission denied (os error 13)
    !   --> recipe/halite.toml:39:21
    !    |
    ! 39 | files = { "/rw/a" = "secret" }
    !    |                     ^^^^^^^^
    !
    ! error: the recipe has 2 faults; nothing was built
    exit code 1
    "#);
    fs::set_permissions(sandbox.path("recipe"), fs::Permissions::from_mode(0o000)).unwrap();
    assert_snapshot!(call(), @r"
    ! error: cannot open the folder `recipe`: Permission denied (os error 13)
    exit code 1
    ");
    fs::set_permissions(sandbox.path("recipe"), fs::Permissions::from_mode(0o755)).unwrap();
}

/// The sample with these files, `{n}` by number, in a qube.
fn staging(sandbox: &Sandbox, count: usize, source: impl Fn(usize) -> String) {
    let files: String = (0..count).map(|n| format!("\"/rw/{n}\" = \"{}\"\n", source(n))).collect();
    sandbox.write("recipe/halite.toml", format!("{RECIPE}[workstation.loud.files]\n{files}"));
}

#[test]
fn files_that_are_too_large() {
    let sandbox = Sandbox::new();
    staging(&sandbox, 1, |_| "a".to_owned());
    sandbox.write("recipe/a", vec![0; 4 << 20]);
    sandbox.halite("check recipe").succeeds();
    sandbox.write("recipe/a", vec![0; (4 << 20) + 1]);
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0007]: cannot read `recipe/a`: it is larger than the 4194304 bytes allowed
      --> recipe/halite.toml:39:11
       |
    39 | "/rw/0" = "a"
       |           ^^^
    "#);
    // A hole of a terabyte costs nothing to make, and nothing to refuse.
    sandbox.bash("truncate -s 1T recipe/a").succeeds();
    let said = || sandbox.halite("check recipe").at_most(QUICK).exits(1).stderr;
    assert!(said().starts_with("error[H0007]: cannot read `recipe/a`: it is larger than the 4194304 bytes allowed\n"));
    // Nor is it read again and again.
    staging(&sandbox, 20_000, |_| "a".to_owned());
    assert!(said().ends_with("… and 19900 more\n\nerror: the recipe has 20000 faults; nothing was built\n"));
}

#[test]
fn files_that_are_too_much_together() {
    let sandbox = Sandbox::new();
    for n in 0..17 {
        sandbox.bash(&format!("truncate -s 4M recipe-{n}; mkdir -p recipe; mv recipe-{n} recipe/f{n}")).succeeds();
    }
    staging(&sandbox, 16, |n| format!("f{n}"));
    sandbox.halite("check recipe").at_most(QUICK).succeeds();
    staging(&sandbox, 17, |n| format!("f{n}"));
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0007]: the files that a recipe puts into qubes have at most 67108864 bytes together
      --> recipe/halite.toml:48:11
       |
    48 | "/rw/9" = "f9"
       |           ^^^^
    "#);
    // The same contents at many places count once.
    staging(&sandbox, 2000, |n| format!("f{}", n % 16));
    sandbox.halite("check recipe").at_most(QUICK).succeeds();
}

#[test]
fn a_thousand_files_and_no_more() {
    let sandbox = Sandbox::new();
    sandbox.bash("mkdir -p recipe; for n in $(seq 0 1000); do echo > recipe/f$n; done").succeeds();
    // With `halite.toml`.
    staging(&sandbox, 999, |n| format!("f{n}"));
    sandbox.halite("check recipe").succeeds();
    staging(&sandbox, 1000, |n| format!("f{n}"));
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0007]: a recipe has at most 1000 files, with those that it extends
        --> recipe/halite.toml:1038:13
         |
    1038 | "/rw/999" = "f999"
         |             ^^^^^^
    "#);
    let include: String = (0..1000).map(|n| format!("\"f{n}\", ")).collect();
    sandbox.write("recipe/halite.toml", edited(&[("serial = 1", &format!("serial = 1\ninclude = [{include}]"))]));
    assert!(drawn(&sandbox, "recipe").starts_with("error[H0007]: a recipe has at most 1000 files"));
}

/// What is read as TOML needs much more memory than it is long.
#[test]
fn texts_that_are_too_large() {
    let sandbox = Sandbox::new();
    let padded = |size: usize| format!("{RECIPE}{}", "#".repeat(size - RECIPE.len()));
    sandbox.write("recipe/halite.toml", padded(1 << 20));
    sandbox.halite("check recipe").succeeds();
    sandbox.write("recipe/halite.toml", padded((1 << 20) + 1));
    assert_snapshot!(sandbox.halite("check recipe").transcript(), @r"
    ! error: cannot read `recipe/halite.toml`: it is larger than the 1048576 bytes allowed
    exit code 1
    ");
    sandbox.write("recipe/halite.toml", edited(&[("serial = 1", "serial = 1\ninclude = [\"a\", \"b\", \"c\", \"d\"]")]));
    for name in ["a", "b", "c", "d"] {
        sandbox.write(&format!("recipe/{name}"), "#".repeat(1 << 20));
    }
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0007]: the files that a recipe is read from have at most 4194304 bytes together
     --> recipe/halite.toml:6:27
      |
    6 | include = ["a", "b", "c", "d"]
      |                           ^^^
    "#);
    sandbox.write("recipe/d", "");
    sandbox.halite("check recipe").succeeds();
    sandbox.write("recipe/d", "#".repeat((1 << 20) + 1));
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0007]: cannot read `recipe/d`: it is larger than the 1048576 bytes allowed
     --> recipe/halite.toml:6:27
      |
    6 | include = ["a", "b", "c", "d"]
      |                           ^^^
    "#);
}
