//! Functions, keys and values that Salt's `qvm` does not know, or a recipe has no word for.

use insta::assert_snapshot;

use crate::{imported, recipe, remarks};

const GOOD: &str = "mode-4:\n  qvm.present:\n    - template: debian-13-xfce\n  qvm.prefs:\n    - netvm: sys-firewall\n";

#[test]
fn everything_that_a_recipe_says_is_taken() {
    let text = "mode-4:\n  qvm.vm:\n    - actions: [present, prefs, {tags: pass}, features, service, firewall]\n    - present:\n      - template: debian-13-xfce\n      - label: purple\n      - mem: 400\n      - vcpus: 2\n      - class: AppVM\n      - flags:\n        - quiet\n\
        \x20   - prefs:\n      - netvm: sys-firewall\n      - maxmem: 2000\n      - include-in-backups: no\n      - virt_mode: pvh\n      - audiovm: none\n      - guivm: '*default*'\n      - management-dispvm: default-mgmt-dvm\n      - devices_denied: 'u03****'\n      - kernelopts: 'a=\"b\"'\n      - memory: 400\n\
        \x20   - tags:\n      - add:\n        - work\n        - halite-isolated\n\
        \x20   - features:\n      - enable: [ipv6]\n      - disable: service.cups\n      - set:\n        - menu-items: a.desktop b.desktop\n        - none:\n        - service.x: value\n\
        \x20   - service:\n      - enable:\n        - crond\n\
        \x20   - firewall:\n      - set:\n        - action=accept dsthost=192.0.2.1\n        - action=drop\n\
        \x20   - require:\n      - sls: x\n";
    assert_snapshot!(remarks(text), @"");
    assert_snapshot!(recipe(&imported(&[("x.sls", text)])), @r#"
    [identity.mode-4]
    mode = 4
    upstream = "sys-firewall"

    [workstation.mode-4]
    identity = "mode-4"
    template = "debian"
    label = "purple"
    memory = 400
    maxmem = 2000
    firewall = ["action=accept dst4=192.0.2.1/32", "action=drop"]
    prefs = { audiovm = "none", guivm = "default", include_in_backups = false, kernelopts = "a=\"b\"", management_dispvm = "default-mgmt-dvm", vcpus = 2, virt_mode = "pvh" }
    "r4.3" = { prefs = { devices_denied = "u03****" } }
    tags = ["work"]
    features = { ipv6 = "1", menu-items = "a.desktop b.desktop", none = "", "service.x" = "value" }
    services = { crond = true, cups = false }
    "#);
}

#[test]
fn words_that_qvm_does_not_know_are_told() {
    let text = format!(
        "{GOOD}x:\n  qvm.prfes:\n    - name: mode-4\ny:\n  qvm.frobnicate: []\nz:\n  qvm.vm:\n    - name: mode-4\n    - tgas:\n      - add: [a]\n    - frobnicate: []\n    - running\nlisted:\n  qvm.vm:\n    - name: mode-4\n    - actions: [present]\n    - tags: []\n"
    );
    assert_snapshot!(remarks(&text), @r"
    warning[H0905]: there is no `qvm.prfes`; taken as `qvm.prefs`
     --> states/x.sls:7:3
      |
    7 |   qvm.prfes:
      |   ^^^^^^^^^
      |
      = help: write `qvm.prefs`

    warning[H0905]: there is no `qvm.frobnicate`: left out
      --> states/x.sls:10:3
       |
    10 |   qvm.frobnicate: []
       |   ^^^^^^^^^^^^^^
       |
       = help: remove it, or write what was meant

    warning[H0905]: `qvm.vm` knows no `tgas`, and does nothing at all for it; taken as `tags`
      --> states/x.sls:14:7
       |
    14 |     - tgas:
       |       ^^^^
       |
       = help: write `tags`

    warning[H0905]: `qvm.vm` knows no `frobnicate`, and does nothing at all for it: left out
      --> states/x.sls:16:7
       |
    16 |     - frobnicate: []
       |       ^^^^^^^^^^
       |
       = help: remove it, or write what was meant

    warning[H0905]: `running` stands alone, and is no action of `qvm.vm` like this: left out
      --> states/x.sls:17:7
       |
    17 |     - running
       |       ^^^^^^^
       |
       = help: write `- running: []`, if that is what was meant

    warning[H0905]: `tags` is not among the `actions`, and `qvm.vm` does nothing at all for it; taken as if it were
      --> states/x.sls:22:7
       |
    22 |     - tags: []
       |       ^^^^
       |
       = help: name it among the `actions`, or leave them out
    ");
}

#[test]
fn mappings_in_place_of_lists_are_told() {
    let text = "mode-4:\n  qvm.vm:\n    name: mode-4\n    present:\n      - template: debian-13-xfce\n    prefs:\n      netvm: sys-firewall\n      set: {vcpus: 2}\n    features: x\n";
    assert_snapshot!(remarks(text), @r"
    warning[H0905]: `qvm.vm` is given a mapping, and Salt refuses it; taken as a list
     --> states/x.sls:3:5
      |
    3 |     name: mode-4
      |     ^^^^^^^^^^^^
      |
      = help: write `- ` before each key

    warning[H0905]: `prefs` is given a mapping, of which Salt's `qvm.vm` takes the keys alone and sets nothing; taken as a list
     --> states/x.sls:7:7
      |
    7 |       netvm: sys-firewall
      |       ^^^^^^^^^^^^^^^^^^^
      |
      = help: write `- ` before each key

    warning[H0905]: `set` is given a mapping, and Salt refuses it; taken as a list
     --> states/x.sls:8:12
      |
    8 |       set: {vcpus: 2}
      |            ^^^^^^^^^^
      |
      = help: write `- ` before each key

    warning[H0903]: here is a text, which cannot be taken: left out
     --> states/x.sls:9:15
      |
    9 |     features: x
      |               ^
      |
      = help: write it out as `- KEY: VALUE`
    ");
}

#[test]
fn what_qvm_present_does_not_take_is_told() {
    let text = "mode-4:\n  qvm.present:\n    - template: debian-13-xfce\n    - netvm: sys-firewall\n    - lable: red\n    - root-copy-from: /tmp/x\n    - proxy\n    - flags:\n      - turbo\n";
    assert_snapshot!(remarks(text), @r"
    warning[H0905]: `qvm.present` has no `netvm`, and Salt stops at it; taken as if it stood under `qvm.prefs`
     --> states/x.sls:4:7
      |
    4 |     - netvm: sys-firewall
      |       ^^^^^
      |
      = help: move it to `qvm.prefs`

    warning[H0904]: `lable` is nothing that `qvm.present` sets: left out
     --> states/x.sls:5:7
      |
    5 |     - lable: red
      |       ^^^^^
      |
      = help: did you mean `label`?

    warning[H0904]: `root-copy-from` is nothing that `qvm.present` sets: left out
     --> states/x.sls:6:7
      |
    6 |     - root-copy-from: /tmp/x
      |       ^^^^^^^^^^^^^^
      |
      = help: remove it, or say in the recipe what was meant

    warning[H0904]: `proxy` is nothing that `qvm.present` sets: left out
     --> states/x.sls:7:7
      |
    7 |     - proxy
      |       ^^^^^
      |
      = help: remove it, or say in the recipe what was meant

    warning[H0904]: `turbo` is no flag of `qvm.present`: left out
     --> states/x.sls:9:9
      |
    9 |       - turbo
      |         ^^^^^
      |
      = help: remove it
    ");
}

#[test]
fn classes_that_recipes_do_not_have_are_left_out() {
    let other = "a:\n  qvm.present:\n    - class: StandaloneVM\nb:\n  qvm.present:\n    - flags: [hvm]\n";
    let text = format!("{GOOD}{other}");
    assert_snapshot!(remarks(&text), @r"
    warning[H0904]: recipes have no qubes that are `StandaloneVM`: `a` is left out
     --> states/x.sls:8:14
      |
    8 |     - class: StandaloneVM
      |              ^^^^^^^^^^^^
      |
      = help: make it an AppVM on a template, or go on setting it up by other means

    warning[H0904]: recipes have no qubes that are `hvm`: `b` is left out
      --> states/x.sls:11:15
       |
    11 |     - flags: [hvm]
       |               ^^^
       |
       = help: make it an AppVM on a template, or go on setting it up by other means
    ");
}

#[test]
fn properties_that_are_none_are_told() {
    let text = format!(
        "{GOOD}    - memroy: 400\n    - pcidevs: ['04:00.0']\n    - memory: 4G\n    - maxmem: 99999999\n    - vcpus: many\n    - debug: perhaps\n    - label: pink\n    - default-dispvm: none\n    - audiovm: None\n    - netvm: a b\n    - kernelopts: \"a\\x01\"\n    - autostart\n    - get: [label]\n    - flags: [force-root]\n    - kernel:\n      - 6\n"
    );
    assert_snapshot!(remarks(&text), @r#"
    warning[H0904]: `memroy` is no property that a recipe sets: left out
     --> states/x.sls:6:7
      |
    6 |     - memroy: 400
      |       ^^^^^^
      |
      = help: did you mean `memory`?

    warning[H0904]: `pcidevs` is no property that a recipe sets: left out
     --> states/x.sls:7:7
      |
    7 |     - pcidevs: ['04:00.0']
      |       ^^^^^^^
      |
      = help: remove it, or set it in dom0

    warning[H0904]: `4G` is no number between 1 and 1048576: left out
     --> states/x.sls:8:15
      |
    8 |     - memory: 4G
      |               ^^
      |
      = help: write a whole number without a unit

    warning[H0904]: `99999999` is no number between 0 and 1048576: left out
     --> states/x.sls:9:15
      |
    9 |     - maxmem: 99999999
      |               ^^^^^^^^
      |
      = help: write a whole number without a unit

    warning[H0904]: `many` is no number between 0 and 4294967295: left out
      --> states/x.sls:10:14
       |
    10 |     - vcpus: many
       |              ^^^^
       |
       = help: write a whole number without a unit

    warning[H0904]: `perhaps` is neither yes nor no: left out
      --> states/x.sls:11:14
       |
    11 |     - debug: perhaps
       |              ^^^^^^^
       |
       = help: write `true` or `false`

    warning[H0904]: `pink` cannot be taken: expected a label: red, orange, yellow, green, gray, blue, purple or black
      --> states/x.sls:12:14
       |
    12 |     - label: pink
       |              ^^^^
       |
       = help: write one that Qubes takes, or leave it out

    warning[H0905]: Salt looks for a qube called `none` where `default-dispvm` is spelled like this; taken as no qube
      --> states/x.sls:13:23
       |
    13 |     - default-dispvm: none
       |                       ^^^^
       |
       = help: write `- default_dispvm: none`

    warning[H0905]: Salt looks for a qube called `None` where `audiovm` is spelled like this; taken as no qube
      --> states/x.sls:14:16
       |
    14 |     - audiovm: None
       |                ^^^^
       |
       = help: write `- audiovm: none`

    warning[H0904]: `a b` cannot be taken: a qube's name has only letters, digits, `-`, `_` and `.`
      --> states/x.sls:15:14
       |
    15 |     - netvm: a b
       |              ^^^
       |
       = help: write one that Qubes takes, or leave it out

    warning[H0904]: the value of `kernelopts` has characters that cannot be seen: left out
      --> states/x.sls:16:19
       |
    16 |     - kernelopts: "a\x01"
       |                   ^^^^^^^
       |
       = help: write it in visible characters

    warning[H0904]: `autostart` without a value is only looked at, and set to nothing: left out
      --> states/x.sls:17:7
       |
    17 |     - autostart
       |       ^^^^^^^^^
       |
       = help: write it as `- PROPERTY: VALUE`

    warning[H0904]: `get` only looks at properties: left out
      --> states/x.sls:18:7
       |
    18 |     - get: [label]
       |       ^^^
       |
       = help: remove it

    warning[H0903]: `kernel` is a list here: left out
      --> states/x.sls:21:9
       |
    21 |       - 6
       |         ^
       |
       = help: write it out as `- kernel: VALUE`
    "#);
}

#[test]
fn tags_features_services_and_rules_that_cannot_be_taken_are_told() {
    let text = format!(
        "{GOOD}  qvm.tags:\n    - add: ['a b', c]\n    - del: [d]\n    - list\n  qvm.features:\n    - ipv6: ''\n    - default: [e]\n    - set: [word]\n    - enable: ['a b']\n    - set:\n      - x: \"\\x02\"\n  qvm.service:\n    - disable: ['b c']\n    - list: []\n  qvm.firewall:\n    - set: [action=perhaps]\n    - list\n  qvm.clone:\n    - path: /x\n"
    );
    assert_snapshot!(remarks(&text), @r#"
    warning[H0904]: `a b` cannot be taken: a tag has only letters, digits, `-` and `_`
     --> states/x.sls:7:13
      |
    7 |     - add: ['a b', c]
      |             ^^^^^
      |
      = help: write one that Qubes takes, or leave it out

    warning[H0904]: halite takes no tag away that it has not given: left out
     --> states/x.sls:8:7
      |
    8 |     - del: [d]
      |       ^^^
      |
      = help: remove it with `qvm-tags`

    warning[H0904]: `list` is nothing that `qvm.tags` sets: left out
     --> states/x.sls:9:7
      |
    9 |     - list
      |       ^^^^
      |
      = help: remove it, or say in the recipe what was meant

    warning[H0904]: `ipv6` is nothing that `qvm.features` sets: left out
      --> states/x.sls:11:7
       |
    11 |     - ipv6: ''
       |       ^^^^
       |
       = help: remove it, or say in the recipe what was meant

    warning[H0904]: halite leaves a feature that no recipe names as it is: left out
      --> states/x.sls:12:7
       |
    12 |     - default: [e]
       |       ^^^^^^^
       |
       = help: remove it with `qvm-features --unset`

    warning[H0904]: `word` is no feature with a value: left out
      --> states/x.sls:13:13
       |
    13 |     - set: [word]
       |             ^^^^
       |
       = help: remove it, or say in the recipe what was meant

    warning[H0904]: `a b` cannot be taken: a feature's name has only letters, digits, `-`, `_` and `.`
      --> states/x.sls:14:16
       |
    14 |     - enable: ['a b']
       |                ^^^^^
       |
       = help: write one that Qubes takes, or leave it out

    warning[H0904]: the value of `x` has characters that cannot be seen: left out
      --> states/x.sls:16:12
       |
    16 |       - x: "\x02"
       |            ^^^^^^
       |
       = help: write it in visible characters

    warning[H0904]: `b c` cannot be taken: a service's name has only letters, digits, `-`, `_` and `.`
      --> states/x.sls:18:17
       |
    18 |     - disable: ['b c']
       |                 ^^^^^
       |
       = help: write one that Qubes takes, or leave it out

    warning[H0904]: `list` is nothing that `qvm.service` sets: left out
      --> states/x.sls:19:7
       |
    19 |     - list: []
       |       ^^^^
       |
       = help: remove it, or say in the recipe what was meant

    warning[H0904]: `action=perhaps` cannot be taken: `action` cannot be `perhaps`
      --> states/x.sls:21:13
       |
    21 |     - set: [action=perhaps]
       |             ^^^^^^^^^^^^^^
       |
       = help: write one that Qubes takes, or leave it out

    warning[H0904]: `list` is nothing that `qvm.firewall` sets: left out
      --> states/x.sls:22:7
       |
    22 |     - list
       |       ^^^^
       |
       = help: remove it, or say in the recipe what was meant

    warning[H0904]: `path` is nothing that `qvm.clone` sets: left out
      --> states/x.sls:24:7
       |
    24 |     - path: /x
       |       ^^^^
       |
       = help: remove it, or say in the recipe what was meant
    "#);
}

#[test]
fn deeds_and_other_states_are_left_out() {
    let text = format!(
        "{GOOD}  qvm.start: []\n  qvm.absent: []\n  qvm.devices:\n    - attach: []\n  qvm.shutdown:\n    - unless: 'true'\n/etc/motd:\n  file.managed: []\n\
         policy:\n  file.managed:\n    - name: /etc/qubes/policy.d/30-mine.policy\nsys-net:\n  qvm.prefs:\n    - memory: 300\n'a b':\n  qvm.prefs: []\nlist:\n  qvm.prefs:\n    - name: [a]\n"
    );
    assert_snapshot!(remarks(&text), @r"
    warning[H0904]: `start` is something that is done once, and no setting of a qube: left out
     --> states/x.sls:6:3
      |
    6 |   qvm.start: []
      |   ^^^^^^^^^
      |
      = help: do it by hand

    warning[H0904]: halite removes no qube: `mode-4` stays where it is
     --> states/x.sls:7:3
      |
    7 |   qvm.absent: []
      |   ^^^^^^^^^^
      |
      = help: remove it with `qvm-remove` if nobody needs it

    warning[H0904]: which devices are attached to a qube no recipe says: left out
     --> states/x.sls:8:3
      |
    8 |   qvm.devices:
      |   ^^^^^^^^^^^
      |
      = help: attach them in dom0

    warning[H0904]: `shutdown` is something that is done once, and no setting of a qube: left out
      --> states/x.sls:10:3
       |
    10 |   qvm.shutdown:
       |   ^^^^^^^^^^^^
       |
       = help: do it by hand

    warning[H0903]: whether `unless` holds only dom0 can tell; taken as if it did
      --> states/x.sls:11:7
       |
    11 |     - unless: 'true'
       |       ^^^^^^
       |
       = help: leave out what is not meant to be always there

    warning[H0904]: `file.managed` is nothing that a recipe says: left out
      --> states/x.sls:13:3
       |
    13 |   file.managed: []
       |   ^^^^^^^^^^^^
       |
       = help: files are put into qubes and templates by `files`, packages into templates by `packages`

    warning[H0904]: `policy` is a file of policy, and halite writes its own: left out
      --> states/x.sls:14:1
       |
    14 | policy:
       | ^^^^^^
       |
       = help: say in a `[flow.HANDLE]` what is to be let through besides

    warning[H0904]: `sys-net` is one that Qubes itself makes, and halite leaves it as it is: left out
      --> states/x.sls:17:1
       |
    17 | sys-net:
       | ^^^^^^^
       |
       = help: go on setting it up by other means

    warning[H0904]: `a b` cannot be taken: a qube's name has only letters, digits, `-`, `_` and `.`
      --> states/x.sls:20:1
       |
    20 | 'a b':
       | ^^^^^
       |
       = help: write one that Qubes takes, or leave it out

    warning[H0903]: the name of this qube is a list: the state is left out
      --> states/x.sls:24:13
       |
    24 |     - name: [a]
       |             ^^^
       |
       = help: write the name out
    ");
}
