//! Text that is nearly YAML, or not at all.

use insta::assert_snapshot;

use crate::{imported, recipe, refused, remarks};

const GOOD: &str = "mode-4:\n  qvm.present:\n    - template: debian-13-xfce\n  qvm.prefs:\n    - netvm: sys-firewall\n";

#[test]
fn faultless_states_have_no_remarks() {
    assert_snapshot!(remarks(GOOD), @"");
    assert_snapshot!(recipe(&imported(&[("x.sls", GOOD)])), @r#"
    [identity.mode-4]
    mode = 4
    upstream = "sys-firewall"

    [workstation.mode-4]
    identity = "mode-4"
    template = "debian"
    "#);
}

#[test]
fn headings_become_comments() {
    assert_snapshot!(remarks(&format!("Mein Ärger: alle Modi\n{}", GOOD.replace("prefs:", "prefs"))), @r"
    warning[H0902]: this line is neither a state nor a comment, and Salt refuses the file for it; taken as a comment
     --> states/x.sls:1:1
      |
    1 | Mein Ärger: alle Modi
      | ^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `#` before it

    warning[H0902]: `qvm.prefs` lacks the `:` behind it, and Salt refuses the file for it; taken as `qvm.prefs:`
     --> states/x.sls:5:3
      |
    5 |   qvm.prefs
      |   ^^^^^^^^^
      |
      = help: write the `:`
    ");
    // Where the rest is YAML, it is a state without a body.
    assert_snapshot!(remarks(&format!("Heading: all of them\n{GOOD}")), @r"
    warning[H0902]: `Heading` is no state, and Salt refuses the file for it; taken as a heading
     --> states/x.sls:1:1
      |
    1 | Heading: all of them
      | ^^^^^^^
      |
      = help: write `#` before it
    ");
}

#[test]
fn missing_colons_are_put_in() {
    let broken =
        GOOD.replace("mode-4:", "mode-4").replace("qvm.present:", "qvm.present").replace("qvm.prefs:", "qvm.prefs # why");
    assert_snapshot!(remarks(&broken), @r"
    warning[H0902]: `mode-4` lacks the `:` behind it, and Salt refuses the file for it; taken as `mode-4:`
     --> states/x.sls:1:1
      |
    1 | mode-4
      | ^^^^^^
      |
      = help: write the `:`

    warning[H0902]: `qvm.present` lacks the `:` behind it, and Salt refuses the file for it; taken as `qvm.present:`
     --> states/x.sls:2:3
      |
    2 |   qvm.present
      |   ^^^^^^^^^^^
      |
      = help: write the `:`

    warning[H0902]: `qvm.prefs` lacks the `:` behind it, and Salt refuses the file for it; taken as `qvm.prefs:`
     --> states/x.sls:4:3
      |
    4 |   qvm.prefs # why
      |   ^^^^^^^^^
      |
      = help: write the `:`
    ");
    assert_eq!(recipe(&imported(&[("x.sls", &broken)])), recipe(&imported(&[("x.sls", GOOD)])));
}

#[test]
fn tabs_become_spaces() {
    let tabs = GOOD.replace("    ", "\t\t").replace("  ", "\t");
    assert_snapshot!(remarks(&tabs), @r"
    warning[H0902]: lines are indented by tabs, and Salt refuses the file for it; each taken as a space
     --> states/x.sls:2:1
      |
    2 |     qvm.present:
      | ^^^^
      |
      = help: indent by spaces
    ");
    assert_eq!(recipe(&imported(&[("x.sls", &tabs)])), recipe(&imported(&[("x.sls", GOOD)])));
}

#[test]
fn what_cannot_be_mended_is_refused_with_its_place() {
    assert_snapshot!(refused(&[("x.sls", "a:\n  qvm.vm:\n\t- prefs: []\n")]), @r"
    error[H0901]: this line is indented by tabs, and others by spaces: how deep it is cannot be told
     --> states/x.sls:3:1
      |
    3 |     - prefs: []
      | ^^^^
      |
      = help: indent by spaces alone

    error: `states`: the states cannot be read, for 1 error
    hint: put right what is marked as an error; a warning stops nothing
    ");
    assert_snapshot!(refused(&[("good.sls", GOOD), ("x.sls", "a:\n  - 'b\n"), ("y.sls", "a: [1, 2\nb: 3\n")]), @r#"
    warning[H0910]: no state gives any qube a tag, by which policy could tell it from others; halite gives each its own
     --> states/good.sls:1:1
      |
    1 | mode-4:
      | ^^^^^^
      |
      = help: see docs/recipes.md, "What follows"

    warning[H0910]: no state says what disposables are made from, and Qubes takes what is in clear; here, no qube opens any
     --> states/good.sls:1:1
      |
    1 | mode-4:
      | ^^^^^^
      |
      = help: declare a `[disposable.QUBE]` for an identity that needs them

    warning[H0910]: no state holds policy, and Qubes' own lets identities ask each other; halite writes one that keeps them apart
     --> states/good.sls:1:1
      |
    1 | mode-4:
      | ^^^^^^
      |
      = help: see docs/recipes.md, "What follows"

    error[H0901]: this is not YAML: unclosed quote
     --> states/x.sls:2:5
      |
    2 |   - 'b
      |     ^
      |
      = help: mend it, or move the file out of the folder

    error[H0901]: this is not YAML: unclosed bracket '['
     --> states/y.sls:1:4
      |
    1 | a: [1, 2
      |    ^
      |
      = help: mend it, or move the file out of the folder

    warning[H0902]: this line is neither a state nor a comment, and Salt refuses the file for it; taken as a comment
     --> states/y.sls:2:1
      |
    2 | b: 3
      | ^^^^
      |
      = help: write `#` before it

    error: `states`: the states cannot be read, for 2 errors
    hint: put right what is marked as an error; a warning stops nothing
    "#);
    assert_snapshot!(refused(&[("x.sls", &format!("{GOOD}---\n{GOOD}"))]), @r"
    error[H0901]: this is not YAML: a second document begins here, and Salt reads one
     --> states/x.sls:6:1
      |
    6 | ---
      | ^^^
      |
      = help: mend it, or move the file out of the folder

    error: `states`: the states cannot be read, for 1 error
    hint: put right what is marked as an error; a warning stops nothing
    ");
}

#[test]
fn what_is_no_state_is_left_out() {
    let text = format!(
        "include:\n  - other\nextend:\n  a: []\nempty:\nlist:\n  - a\nbare:\n  something:\n    - name: x\n\
         ? [1, 2]\n: qvm.vm\nodd:\n  ? [3]\n  : x\n{GOOD}"
    );
    assert_snapshot!(remarks(&text), @r"
    warning[H0904]: `extend` changes states that stand elsewhere: left out
     --> states/x.sls:3:1
      |
    3 | extend:
      | ^^^^^^
      |
      = help: change the states themselves

    warning[H0904]: under the id `empty` stands nothing in place of a function: left out
     --> states/x.sls:5:1
      |
    5 | empty:
      | ^^^^^
      |
      = help: name a function under it, such as `qvm.vm:`

    warning[H0904]: under the id `list` stands a list in place of a function: left out
     --> states/x.sls:6:1
      |
    6 | list:
      | ^^^^
      |
      = help: name a function under it, such as `qvm.vm:`

    warning[H0904]: `something` under the id `bare` is no function: left out
     --> states/x.sls:9:3
      |
    9 |   something:
      |   ^^^^^^^^^
      |
      = help: a function is named as `qvm.vm` is

    warning[H0903]: the id of this state is a list: the state is left out
      --> states/x.sls:11:3
       |
    11 | ? [1, 2]
       |   ^^^^^^
       |
       = help: write the id out

    warning[H0903]: a function's name is a list: left out
      --> states/x.sls:14:5
       |
    14 |   ? [3]
       |     ^^^
       |
       = help: write the name out
    ");
    assert_snapshot!(remarks(&format!("{GOOD}other:\n  qvm:\n    - prefs\n    - name: mode-4\n    - vcpus: 2\nshort: qvm.kill\n")), @r"
    warning[H0904]: no state makes `short` or says which template it is on: left out
      --> states/x.sls:11:1
       |
    11 | short: qvm.kill
       | ^^^^^
       |
       = help: declare it in the recipe if it is to be there

    warning[H0904]: `kill` is something that is done once, and no setting of a qube: left out
      --> states/x.sls:11:8
       |
    11 | short: qvm.kill
       |        ^^^^^^^^
       |
       = help: do it by hand
    ");
    assert_snapshot!(crate::drawn(&imported(&[("x.sls", GOOD), ("list.sls", "- a\n- b\n"), ("none.sls", "# nothing\n")])), @r"
    warning[H0904]: a file of states is a mapping of ids, and here is a list: left out
     --> states/list.sls:1:1
      |
    1 | - a
      | ^^^
      |
      = help: begin each state with its id and a `:`
    ");
}

#[test]
fn ids_and_functions_stand_once() {
    let twice = format!("{GOOD}mode-4:\n  qvm.prefs:\n    - vcpus: 2\n  qvm.prefs:\n    - debug: false\n");
    assert_snapshot!(remarks(&twice), @r"
    warning[H0906]: the id `mode-4` stands for another state already, and Salt refuses both; taken as one of its own
     --> states/x.sls:6:1
      |
    1 | mode-4:
      | ------ the other one
    ...
    6 | mode-4:
      | ^^^^^^
      |
      = help: give each state an id of its own

    warning[H0906]: `qvm.prefs` stands under the id `mode-4` twice, and Salt refuses the file; taken as one after the other
     --> states/x.sls:9:3
      |
    7 |   qvm.prefs:
      |   --------- the other one
    8 |     - vcpus: 2
    9 |   qvm.prefs:
      |   ^^^^^^^^^
      |
      = help: join the two, or give the second one an id of its own
    ");
}

#[test]
fn values_stand_once() {
    let twice = format!("{GOOD}again:\n  qvm.prefs:\n    - name: mode-4\n    - template: fedora-42-xfce\n    - netvm: none\n");
    assert_snapshot!(remarks(&twice), @r"
    warning[H0906]: the template of `mode-4` is `fedora-42-xfce` here and `debian-13-xfce` elsewhere, and which is applied last no state says; taken as `fedora-42-xfce`
     --> states/x.sls:9:17
      |
    3 |     - template: debian-13-xfce
      |                 -------------- the other one
    ...
    9 |     - template: fedora-42-xfce
      |                 ^^^^^^^^^^^^^^
      |
      = help: say it once

    warning[H0906]: the netvm of `mode-4` is `none` here and `sys-firewall` elsewhere, and which is applied last no state says; taken as `sys-firewall`
      --> states/x.sls:10:14
       |
     5 |     - netvm: sys-firewall
       |              ------------ the other one
    ...
    10 |     - netvm: none
       |              ^^^^
       |
       = help: say it once
    ");
    let last =
        format!("{}again:\n  qvm.prefs:\n    - name: mode-4\n    - netvm: sys-net\n", GOOD.replace("sys-firewall", "none"));
    assert_snapshot!(remarks(&last), @r"
    warning[H0906]: the netvm of `mode-4` is `sys-net` here and `none` elsewhere, and which is applied last no state says; taken as `sys-net`
     --> states/x.sls:9:14
      |
    5 |     - netvm: none
      |              ---- the other one
    ...
    9 |     - netvm: sys-net
      |              ^^^^^^^
      |
      = help: say it once
    ");
    assert!(imported(&[("x.sls", &last)]).stdout.contains("upstream = \"sys-net\""));
    let more = "    - debug: true\n  qvm.features:\n    - enable: [a]\n  qvm.firewall:\n    - set: [action=accept]\n";
    let other = more.replace("true", "false").replace("enable", "disable").replace("accept", "drop");
    assert_snapshot!(remarks(&format!("{GOOD}{more}again:\n  qvm.prefs:\n    - name: mode-4\n{}", other.replace(":\n    -", ":\n    - name: mode-4\n    -"))), @r"
    warning[H0906]: the debug of `mode-4` is `no` here and `yes` elsewhere, and which is applied last no state says; taken as `no`
      --> states/x.sls:14:14
       |
     6 |     - debug: true
       |              ---- the other one
    ...
    14 |     - debug: false
       |              ^^^^^
       |
       = help: say it once

    warning[H0906]: the feature a of `mode-4` is `(empty)` here and `1` elsewhere, and which is applied last no state says; taken as `(empty)`
      --> states/x.sls:17:17
       |
     8 |     - enable: [a]
       |                - the other one
    ...
    17 |     - disable: [a]
       |                 ^
       |
       = help: say it once

    warning[H0906]: the firewall of `mode-4` is `action=drop` here and `action=accept` elsewhere, and which is applied last no state says; taken as `action=drop`
      --> states/x.sls:20:7
       |
    10 |     - set: [action=accept]
       |       --- the other one
    ...
    20 |     - set: [action=drop]
       |       ^^^
       |
       = help: say it once
    ");
}
