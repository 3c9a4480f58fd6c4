//! The verb: what it writes where, and what it refuses.

use insta::assert_snapshot;

use crate::states;

const GOOD: &str = "mode-4:\n  qvm.present:\n    - template: debian-13-xfce\n  qvm.prefs:\n    - netvm: sys-firewall\n";

#[test]
fn a_new_folder_is_made_and_none_is_overwritten() {
    let sandbox = states(&[("x.sls", GOOD)]);
    assert_snapshot!(sandbox.halite("import-salt states --output a/new-modes").transcript(), @r#"
    | a/new-modes/halite.toml
    ! warning[H0910]: no state gives any qube a tag, by which policy could tell it from others; halite gives each its own
    !  --> states/x.sls:1:1
    !   |
    ! 1 | mode-4:
    !   | ^^^^^^
    !   |
    !   = help: see docs/recipes.md, "What follows"
    !
    ! warning[H0910]: no state says what disposables are made from, and Qubes takes what is in clear; here, no qube opens any
    !  --> states/x.sls:1:1
    !   |
    ! 1 | mode-4:
    !   | ^^^^^^
    !   |
    !   = help: declare a `[disposable.QUBE]` for an identity that needs them
    !
    ! warning[H0910]: no state holds policy, and Qubes' own lets identities ask each other; halite writes one that keeps them apart
    !  --> states/x.sls:1:1
    !   |
    ! 1 | mode-4:
    !   | ^^^^^^
    !   |
    !   = help: see docs/recipes.md, "What follows"
    !
    ! 3 remarks about the states
    ! read the recipe and each comment in it, change what is wrong, and then:
    !   halite check a/new-modes
    exit code 0
    "#);
    let text = sandbox.text("a/new-modes/halite.toml");
    assert!(text.contains("name = \"new-modes\""));
    assert!(sandbox.text("a/new-modes/.gitignore").contains("labels.toml"));
    assert_snapshot!(sandbox.halite("import-salt states --output a/new-modes").transcript(), @r"
    ! error: `a/new-modes/halite.toml` exists already
    ! hint: a recipe is never overwritten; name another folder, or change that one
    exit code 1
    ");
    assert_eq!(sandbox.text("a/new-modes/halite.toml"), text);
    // To stdout comes the same, but for its name.
    let printed = sandbox.halite("import-salt states --name new-modes").succeeds();
    assert_eq!(printed.stdout, text);
    assert!(sandbox.halite("import-salt states").succeeds().stdout.contains("name = \"states\""));
}

#[test]
fn a_recipe_with_faults_of_its_own_is_written_and_told() {
    let sandbox = states(&[("x.sls", &format!("{GOOD}    - memory: 500\n    - maxmem: 300\n"))]);
    let ended = sandbox.halite("import-salt states --output new").exits(1);
    assert_snapshot!(ended.stderr.split("about the states\n").nth(1).unwrap(), @r"
    the recipe itself has faults:

    error[H0108]: qube `mode-4`: memory is 500 MiB and maxmem, the most that it gets, 300 MiB
      --> halite.toml:21:10
       |
    21 | memory = 500
       |          ^^^

    read the recipe and each comment in it, change what is wrong, and then:
      halite check new
    ");
    sandbox.halite("check new").exits(1);
}

#[test]
fn the_recipe_says_nothing_of_where_the_states_lay() {
    let sandbox = states(&[("x.sls", &format!("heading\n{GOOD}"))]);
    let ended = sandbox.halite("import-salt").argument(sandbox.path("states")).succeeds();
    assert!(ended.stdout.contains("# x.sls:1:1: ") && !ended.stdout.contains("[DIR]"), "{}", ended.stdout);
    assert!(ended.stderr.contains("[DIR]/states/x.sls:1:1"));
}

#[test]
fn what_is_no_folder_of_states_is_refused() {
    let sandbox = states(&[("README.md", "x"), (".git/x.sls", GOOD)]);
    assert_snapshot!(sandbox.halite("import-salt none").transcript(), @r"
    ! error: cannot open the folder `none`: No such file or directory (os error 2)
    ! hint: name a folder with states, such as /srv/salt
    exit code 1
    ");
    assert_snapshot!(sandbox.halite("import-salt states").transcript(), @r"
    ! error: `states`: no file in it is named `*.sls`
    ! hint: name a folder with the states of the qubes that are to be in the recipe, and no others
    exit code 1
    ");
    assert_snapshot!(sandbox.halite("import-salt states/README.md").transcript(), @r"
    ! error: cannot open the folder `states/README.md`: Not a directory (os error 20)
    ! hint: name a folder with states, such as /srv/salt
    exit code 1
    ");
    assert_snapshot!(sandbox.halite("import-salt").transcript(), @r"
    ! error: the following required arguments were not provided:
    !   <DIR>
    !
    ! Usage: halite import-salt <DIR>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
}
