//! Jinja and other renderers: nothing is run, and what only a run would tell is left out.

use insta::assert_snapshot;

use crate::{drawn, imported, recipe, refused, remarks};

const GOOD: &str = "mode-4:\n  qvm.present:\n    - template: debian-13-xfce\n  qvm.prefs:\n    - netvm: sys-firewall\n";

#[test]
fn computed_values_are_left_out() {
    let text = format!(
        "{{%- set memory = 400 -%}}\n{{# a comment of Jinja #}}\n{GOOD}    - memory: {{{{ memory }}}}\n    - {{{{ key }}}}: x\n    - label: \"{{{{ label }}}}\"\n\
         {{{{ id }}}}:\n  qvm.vm: []\nb:\n  qvm.prefs:\n    - name: '{{{{ name }}}}'\nc:\n  qvm.{{{{ x }}}}: []\n"
    );
    assert_snapshot!(remarks(&text), @r#"
    warning[H0903]: this is a statement of Jinja, and nothing is run here: left out, with every value that needs it
     --> states/x.sls:1:1
      |
    1 | {%- set memory = 400 -%}
      | ^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write it out as plain YAML; `qubesctl slsutil.renderer` with the file's path shows what it comes to in dom0

    warning[H0903]: `memory` is a value that Jinja computes here: left out
     --> states/x.sls:8:15
      |
    8 |     - memory: {{ memory }}
      |               ^^^^^^^^^^^^
      |
      = help: write it out as `- memory: VALUE`

    warning[H0903]: here is a value that Jinja computes, which cannot be taken: left out
     --> states/x.sls:9:7
      |
    9 |     - {{ key }}: x
      |       ^^^^^^^^^
      |
      = help: write it out as `- KEY: VALUE`

    warning[H0903]: `label` is a value that Jinja computes here: left out
      --> states/x.sls:10:14
       |
    10 |     - label: "{{ label }}"
       |              ^^^^^^^^^^^^^
       |
       = help: write it out as `- label: VALUE`

    warning[H0903]: the id of this state is a value that Jinja computes: the state is left out
      --> states/x.sls:11:1
       |
    11 | {{ id }}:
       | ^^^^^^^^
       |
       = help: write the id out

    warning[H0903]: the name of this qube is a value that Jinja computes: the state is left out
      --> states/x.sls:15:13
       |
    15 |     - name: '{{ name }}'
       |             ^^^^^^^^^^^^
       |
       = help: write the name out

    warning[H0903]: a function's name is a value that Jinja computes: left out
      --> states/x.sls:17:3
       |
    17 |   qvm.{{ x }}: []
       |   ^^^^^^^^^^^
       |
       = help: write the name out
    "#);
    assert_snapshot!(recipe(&imported(&[("x.sls", &text)])), @r#"
    [identity.mode-4]
    mode = 4
    upstream = "sys-firewall"

    [workstation.mode-4]
    identity = "mode-4"
    template = "debian"
    "#);
}

#[test]
fn files_that_are_programs_are_left_out() {
    let program = "{% if grains['id'] == 'dom0' %}\nevil:\n  qvm.present:\n    - template: debian-13-xfce\n{% endif %}\n";
    let python = "#!py\ndef run():\n  return {}\n";
    let ended = imported(&[("good.sls", GOOD), ("program.sls", program), ("python.sls", python)]);
    assert_snapshot!(drawn(&ended), @r"
    warning[H0903]: what this file says depends on a program in Jinja, and nothing is run here: left out
     --> states/program.sls:1:1
      |
    1 | {% if grains['id'] == 'dom0' %}
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write it out as plain YAML; `qubesctl slsutil.renderer` with the file's path shows what it comes to in dom0

    warning[H0903]: this file is for the renderer `py`, and only YAML is read: left out
     --> states/python.sls:1:1
      |
    1 | #!py
      | ^^^^
      |
      = help: write it out as plain YAML; `qubesctl slsutil.renderer` with the file's path shows what it comes to in dom0
    ");
    assert!(!ended.stdout.contains("evil"));
    // Where nothing else is left, there is no recipe.
    assert_snapshot!(refused(&[("program.sls", program)]), @r"
    warning[H0903]: what this file says depends on a program in Jinja, and nothing is run here: left out
     --> states/program.sls:1:1
      |
    1 | {% if grains['id'] == 'dom0' %}
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write it out as plain YAML; `qubesctl slsutil.renderer` with the file's path shows what it comes to in dom0

    error: `states`: no state in it makes a qube that a recipe can have
    hint: a recipe is made of qubes that `qvm.vm`, `qvm.present` or `qvm.prefs` speak of
    ");
}

#[test]
fn plain_yaml_has_no_code() {
    let text = format!("#!yaml\n{GOOD}  qvm.features:\n    - set:\n      - menu-items: '{{{{ a }}}} {{% b %}}'\n");
    assert_snapshot!(remarks(&text), @"");
    assert!(imported(&[("x.sls", &text)]).stdout.contains("menu-items = \"{{ a }} {% b %}\""));
    assert_snapshot!(remarks(&format!("#!jinja|yaml\n{GOOD}")), @"");
}

#[test]
fn aliases_and_tags_are_not_followed() {
    let text = format!("{GOOD}    - vcpus: &two 2\n    - qrexec-timeout: *two\n    - kernel: !!str 1\n    - <<: *two\n");
    assert_snapshot!(remarks(&text), @r"
    warning[H0903]: `qrexec-timeout` is an alias of something that stands elsewhere here: left out
     --> states/x.sls:7:23
      |
    7 |     - qrexec-timeout: *two
      |                       ^^^^
      |
      = help: write it out as `- qrexec-timeout: VALUE`

    warning[H0903]: `kernel` is a value with a tag here: left out
     --> states/x.sls:8:21
      |
    8 |     - kernel: !!str 1
      |                     ^
      |
      = help: write it out as `- kernel: VALUE`

    warning[H0904]: `<<` is no property that a recipe sets: left out
     --> states/x.sls:9:7
      |
    9 |     - <<: *two
      |       ^^
      |
      = help: remove it, or set it in dom0
    ");
}
