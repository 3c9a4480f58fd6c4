//! Four modes in four files, with everything wrong that was wrong in the oldest public states of this kind: a heading without `#`, an id
//! without `:`, a misspelt keyword, an id of another mode, templates of long ago, one gateway for all, and no tags, disposables or policy.

use insta::assert_snapshot;

use crate::{drawn, imported, states};

const FILES: [(&str, &str); 5] = [
    (
        "one/init.sls",
        "Nobody knows me, whoever reads it\n\nqube-of-mode-1\n  qvm.vm:\n    - name: mode-1\n    - preset:\n      - template: whonix-ws-14\n      - label: red\n      - mem: 2000\n    - prefs:\n      - netvm: sys-whonix\n",
    ),
    (
        "two/init.sls",
        "# Known to one\n\nqube-of-mode-4:\n  qvm.vm:\n    - name: mode-2\n    - preset:\n      - template: whonix-ws-14\n      - label: orange\n    - prefs:\n      - netvm: sys-whonix\n",
    ),
    (
        "three/init.sls",
        "# Known to all, over Tor\n\nqube-of-mode-3:\n  qvm.vm:\n    - name: mode-3\n    - preset:\n      - template: fedora-28\n      - label: yellow\n    - prefs:\n      - netvm: sys-whonix\n",
    ),
    (
        "four/init.sls",
        "# Known to all\n\nqube-of-mode-4:\n  qvm.vm:\n    - name: mode-4\n    - preset:\n      - template: fedora-28\n      - label: green\n    - prefs:\n      - netvm: sys-firewall\n",
    ),
    ("modes.top", "base:\n  dom0:\n    - one\n    - two\n    - tree\n    - four\n"),
];

#[test]
fn the_recipe_says_what_was_meant_and_what_was_wrong() {
    assert_snapshot!(imported(&FILES).stdout, @r#"
    # A recipe for halite, made from states of Salt by `halite import-salt`. Where those were doubtful, a comment says where that is in
    # which file, and what it was taken to mean. Read each, change what is wrong, and remove the comment. The recipe is data, and all of
    # it, comments included, is packed into the bundle; who an identity really is stands in `labels.toml` beside it, which is never
    # packed. docs/recipes.md describes every key.

    [bundle]
    name = "x"
    serial = 1
    summary = "4 identities, from Salt"
    releases = ["r4.2", "r4.3"]

    # Mode 1: anonymous user, any recipient.

    [identity.mode-1]
    mode = 1
    # one/init.sls:11:16: `sys-whonix` is the gateway of several qubes here; `mode-1` gets its own, `mode-1-gateway` (two
    # identities behind one gateway could be linked by it: let each keep its own)
    gateway = "mode-1-gateway"

    [gateway.mode-1-gateway]
    upstream = "sys-firewall"
    memory = 500

    # one/init.sls:6:7: `qvm.vm` knows no `preset`, and does nothing at all for it; taken as `present` (write `present`)
    [workstation.mode-1]
    identity = "mode-1"
    # one/init.sls:7:19: `whonix-ws-14` is no stock template of today; taken as `whonix-workstation`, which is
    # `whonix-workstation-17` or `whonix-workstation-18` (if dom0 has it and it is the one meant, name it as the `base` of a
    # `[template.NAME]`)
    template = "whonix-workstation"
    label = "red"
    memory = 2000

    # Mode 2: user knows recipient, both use Tor.

    [identity.mode-2]
    # two/init.sls:3:1: the id `qube-of-mode-4` speaks of another mode than `mode-2`; taken as mode 2 (name both alike)
    mode = 2
    # two/init.sls:10:16: `sys-whonix` is the gateway of several qubes here; `mode-2` gets its own, `mode-2-gateway` (two
    # identities behind one gateway could be linked by it: let each keep its own)
    gateway = "mode-2-gateway"

    [gateway.mode-2-gateway]
    upstream = "sys-firewall"
    memory = 500

    # two/init.sls:6:7: `qvm.vm` knows no `preset`, and does nothing at all for it; taken as `present` (write `present`)
    [workstation.mode-2]
    identity = "mode-2"
    # two/init.sls:7:19: `whonix-ws-14` is no stock template of today; taken as `whonix-workstation`, which is
    # `whonix-workstation-17` or `whonix-workstation-18` (if dom0 has it and it is the one meant, name it as the `base` of a
    # `[template.NAME]`)
    template = "whonix-workstation"
    label = "orange"

    # Mode 3: non-anonymous user over Tor, any recipient.

    [identity.mode-3]
    mode = 3
    # three/init.sls:10:16: `sys-whonix` is the gateway of several qubes here; `mode-3` gets its own, `mode-3-gateway` (two
    # identities behind one gateway could be linked by it: let each keep its own)
    gateway = "mode-3-gateway"

    [gateway.mode-3-gateway]
    upstream = "sys-firewall"
    memory = 500

    # three/init.sls:6:7: `qvm.vm` knows no `preset`, and does nothing at all for it; taken as `present` (write `present`)
    [workstation.mode-3]
    identity = "mode-3"
    # three/init.sls:7:19: `fedora-28` is no stock template of today; taken as `fedora`, which is `fedora-42-xfce` (if dom0
    # has it and it is the one meant, name it as the `base` of a `[template.NAME]`)
    # three/init.sls:7:19: `fedora` is updated in clear, and `mode-3` is over Tor; it gets a clone, `mode-3`, that is
    # updated over Tor (let nothing in clear use that clone)
    template = "mode-3"
    label = "yellow"

    # Mode 4: non-anonymous user, any recipient.

    [identity.mode-4]
    mode = 4
    upstream = "sys-firewall"

    # four/init.sls:6:7: `qvm.vm` knows no `preset`, and does nothing at all for it; taken as `present` (write `present`)
    [workstation.mode-4]
    identity = "mode-4"
    # four/init.sls:7:19: `fedora-28` is no stock template of today; taken as `fedora`, which is `fedora-42-xfce` (if dom0
    # has it and it is the one meant, name it as the `base` of a `[template.NAME]`)
    template = "fedora"
    label = "green"

    [template.mode-3]
    base = "fedora"

    # What is about no line above:
    #
    # four/init.sls:5:13: no state gives any qube a tag, by which policy could tell it from others; halite gives each its
    # own (see docs/recipes.md, "What follows")
    # four/init.sls:5:13: no state says what disposables are made from, and Qubes takes what is in clear; here, no qube
    # opens any (declare a `[disposable.QUBE]` for an identity that needs them)
    # four/init.sls:5:13: no state holds policy, and Qubes' own lets identities ask each other; halite writes one that keeps
    # them apart (see docs/recipes.md, "What follows")
    # modes.top:5:7: the state `tree` is in no file here, and Salt stops at it; the states of all files are taken (it would
    # be in `tree.sls` or `tree/init.sls`)
    # one/init.sls:1:1: this line is neither a state nor a comment, and Salt refuses the file for it; taken as a comment
    # (write `#` before it)
    # one/init.sls:3:1: `qube-of-mode-1` lacks the `:` behind it, and Salt refuses the file for it; taken as
    # `qube-of-mode-1:` (write the `:`)
    # two/init.sls:3:1: the id `qube-of-mode-4` stands for another state already, and Salt refuses both; taken as one of its
    # own (give each state an id of its own)
    "#);
}

#[test]
fn each_doubtful_line_is_drawn() {
    assert_snapshot!(drawn(&imported(&FILES)), @r"
    warning[H0905]: `qvm.vm` knows no `preset`, and does nothing at all for it; taken as `present`
     --> states/four/init.sls:6:7
      |
    6 |     - preset:
      |       ^^^^^^
      |
      = help: write `present`

    warning[H0907]: `fedora-28` is no stock template of today; taken as `fedora`, which is `fedora-42-xfce`
     --> states/four/init.sls:7:19
      |
    7 |       - template: fedora-28
      |                   ^^^^^^^^^
      |
      = help: if dom0 has it and it is the one meant, name it as the `base` of a `[template.NAME]`

    warning[H0905]: the state `tree` is in no file here, and Salt stops at it; the states of all files are taken
     --> states/modes.top:5:7
      |
    5 |     - tree
      |       ^^^^
      |
      = help: it would be in `tree.sls` or `tree/init.sls`

    warning[H0902]: this line is neither a state nor a comment, and Salt refuses the file for it; taken as a comment
     --> states/one/init.sls:1:1
      |
    1 | Nobody knows me, whoever reads it
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `#` before it

    warning[H0902]: `qube-of-mode-1` lacks the `:` behind it, and Salt refuses the file for it; taken as `qube-of-mode-1:`
     --> states/one/init.sls:3:1
      |
    3 | qube-of-mode-1
      | ^^^^^^^^^^^^^^
      |
      = help: write the `:`

    warning[H0905]: `qvm.vm` knows no `preset`, and does nothing at all for it; taken as `present`
     --> states/one/init.sls:6:7
      |
    6 |     - preset:
      |       ^^^^^^
      |
      = help: write `present`

    warning[H0907]: `whonix-ws-14` is no stock template of today; taken as `whonix-workstation`, which is `whonix-workstation-17` or `whonix-workstation-18`
     --> states/one/init.sls:7:19
      |
    7 |       - template: whonix-ws-14
      |                   ^^^^^^^^^^^^
      |
      = help: if dom0 has it and it is the one meant, name it as the `base` of a `[template.NAME]`

    warning[H0909]: `sys-whonix` is the gateway of several qubes here; `mode-1` gets its own, `mode-1-gateway`
      --> states/one/init.sls:11:16
       |
    11 |       - netvm: sys-whonix
       |                ^^^^^^^^^^
       |
       = help: two identities behind one gateway could be linked by it: let each keep its own

    warning[H0905]: `qvm.vm` knows no `preset`, and does nothing at all for it; taken as `present`
     --> states/three/init.sls:6:7
      |
    6 |     - preset:
      |       ^^^^^^
      |
      = help: write `present`

    warning[H0907]: `fedora-28` is no stock template of today; taken as `fedora`, which is `fedora-42-xfce`
     --> states/three/init.sls:7:19
      |
    7 |       - template: fedora-28
      |                   ^^^^^^^^^
      |
      = help: if dom0 has it and it is the one meant, name it as the `base` of a `[template.NAME]`

    warning[H0907]: `fedora` is updated in clear, and `mode-3` is over Tor; it gets a clone, `mode-3`, that is updated over Tor
     --> states/three/init.sls:7:19
      |
    7 |       - template: fedora-28
      |                   ^^^^^^^^^
      |
      = help: let nothing in clear use that clone

    warning[H0909]: `sys-whonix` is the gateway of several qubes here; `mode-3` gets its own, `mode-3-gateway`
      --> states/three/init.sls:10:16
       |
    10 |       - netvm: sys-whonix
       |                ^^^^^^^^^^
       |
       = help: two identities behind one gateway could be linked by it: let each keep its own

    warning[H0906]: the id `qube-of-mode-4` stands for another state already, and Salt refuses both; taken as one of its own
     --> states/two/init.sls:3:1
      |
    3 | qube-of-mode-4:
      | ^^^^^^^^^^^^^^
      |
     ::: states/four/init.sls:3:1
      |
    3 | qube-of-mode-4:
      | -------------- the other one
      |
      = help: give each state an id of its own

    warning[H0908]: the id `qube-of-mode-4` speaks of another mode than `mode-2`; taken as mode 2
     --> states/two/init.sls:3:1
      |
    3 | qube-of-mode-4:
      | ^^^^^^^^^^^^^^
    4 |   qvm.vm:
    5 |     - name: mode-2
      |             ------ the name
      |
      = help: name both alike

    warning[H0905]: `qvm.vm` knows no `preset`, and does nothing at all for it; taken as `present`
     --> states/two/init.sls:6:7
      |
    6 |     - preset:
      |       ^^^^^^
      |
      = help: write `present`

    warning[H0907]: `whonix-ws-14` is no stock template of today; taken as `whonix-workstation`, which is `whonix-workstation-17` or `whonix-workstation-18`
     --> states/two/init.sls:7:19
      |
    7 |       - template: whonix-ws-14
      |                   ^^^^^^^^^^^^
      |
      = help: if dom0 has it and it is the one meant, name it as the `base` of a `[template.NAME]`

    warning[H0909]: `sys-whonix` is the gateway of several qubes here; `mode-2` gets its own, `mode-2-gateway`
      --> states/two/init.sls:10:16
       |
    10 |       - netvm: sys-whonix
       |                ^^^^^^^^^^
       |
       = help: two identities behind one gateway could be linked by it: let each keep its own
    ");
}

#[test]
fn what_no_state_says_is_told() {
    let said = imported(&FILES).stderr;
    let unsaid: Vec<&str> = said.split("\n\n").filter(|one| one.starts_with("warning[H0910]: ")).collect();
    assert_snapshot!(unsaid.join("\n\n"), @r#"
    warning[H0910]: no state gives any qube a tag, by which policy could tell it from others; halite gives each its own
     --> states/four/init.sls:5:13
      |
    5 |     - name: mode-4
      |             ^^^^^^
      |
      = help: see docs/recipes.md, "What follows"

    warning[H0910]: no state says what disposables are made from, and Qubes takes what is in clear; here, no qube opens any
     --> states/four/init.sls:5:13
      |
    5 |     - name: mode-4
      |             ^^^^^^
      |
      = help: declare a `[disposable.QUBE]` for an identity that needs them

    warning[H0910]: no state holds policy, and Qubes' own lets identities ask each other; halite writes one that keeps them apart
     --> states/four/init.sls:5:13
      |
    5 |     - name: mode-4
      |             ^^^^^^
      |
      = help: see docs/recipes.md, "What follows"
    "#);
}

#[test]
fn the_recipe_checks_and_builds_for_both_releases() {
    let sandbox = states(&FILES);
    sandbox.halite("import-salt states --output modes").succeeds();
    assert_snapshot!(sandbox.halite("check modes").transcript(), @r#"
    ! warning[H0308]: identity `mode-1`: nobody chose which keyboard layout its qubes see; `mode-1` sees what dom0 has
    !   --> modes/halite.toml:14:11
    !    |
    ! 14 | [identity.mode-1]
    !    |           ^^^^^^
    !
    ! warning[H0309]: identity `mode-1`: nobody chose whether its qubes have sound; `mode-1` sees what dom0 has
    !   --> modes/halite.toml:14:11
    !    |
    ! 14 | [identity.mode-1]
    !    |           ^^^^^^
    !
    ! warning[H0308]: identity `mode-2`: nobody chose which keyboard layout its qubes see; `mode-2` sees what dom0 has
    !   --> modes/halite.toml:36:11
    !    |
    ! 36 | [identity.mode-2]
    !    |           ^^^^^^
    !
    ! warning[H0309]: identity `mode-2`: nobody chose whether its qubes have sound; `mode-2` sees what dom0 has
    !   --> modes/halite.toml:36:11
    !    |
    ! 36 | [identity.mode-2]
    !    |           ^^^^^^
    !
    ! warning[H0308]: identity `mode-3`: nobody chose which keyboard layout its qubes see; `mode-3` sees what dom0 has
    !   --> modes/halite.toml:58:11
    !    |
    ! 58 | [identity.mode-3]
    !    |           ^^^^^^
    !
    ! warning[H0309]: identity `mode-3`: nobody chose whether its qubes have sound; `mode-3` sees what dom0 has
    !   --> modes/halite.toml:58:11
    !    |
    ! 58 | [identity.mode-3]
    !    |           ^^^^^^
    !
    ! warning[H0307]: qube `mode-3`: it is a workstation in mode 3 on `fedora-42-xfce`, which is no Whonix workstation
    !   --> modes/halite.toml:75:12
    !    |
    ! 75 | template = "mode-3"
    !    |            ^^^^^^^^
    !
    ! modes: no faults for r4.2, r4.3
    exit code 0
    "#);
    for release in ["r4.2", "r4.3"] {
        sandbox.halite("build modes --release").argument(release).succeeds();
    }
}
