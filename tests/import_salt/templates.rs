//! Templates: those of long ago, clones, and packages.

use insta::assert_snapshot;

use crate::{drawn, imported, recipe, remarks};

#[test]
fn stock_templates_of_long_ago_become_those_of_today() {
    let state = |name: &str, template: &str, netvm: &str| {
        format!("{name}:\n  qvm.vm:\n    - present:\n      - template: {template}\n    - prefs:\n      - netvm: {netvm}\n")
    };
    let text = [
        state("mode-1", "whonix-ws-15", "gate"),
        state("mode-4", "debian-10", "sys-firewall"),
        state("mode-4b", "fedora-42-xfce", "sys-firewall"),
        state("gate", "whonix-gw-15", "sys-firewall"),
    ];
    let ended = imported(&[("x.sls", &text.concat())]);
    assert_snapshot!(drawn(&ended), @r"
    warning[H0907]: `whonix-ws-15` is no stock template of today; taken as `whonix-workstation`, which is `whonix-workstation-17` or `whonix-workstation-18`
     --> states/x.sls:4:19
      |
    4 |       - template: whonix-ws-15
      |                   ^^^^^^^^^^^^
      |
      = help: if dom0 has it and it is the one meant, name it as the `base` of a `[template.NAME]`

    warning[H0907]: `debian-10` is no stock template of today; taken as `debian`, which is `debian-13-xfce`
      --> states/x.sls:10:19
       |
    10 |       - template: debian-10
       |                   ^^^^^^^^^
       |
       = help: if dom0 has it and it is the one meant, name it as the `base` of a `[template.NAME]`

    warning[H0907]: `whonix-gw-15` is no stock template of today; taken as `whonix-gateway`, which is `whonix-gateway-17` or `whonix-gateway-18`
      --> states/x.sls:22:19
       |
    22 |       - template: whonix-gw-15
       |                   ^^^^^^^^^^^^
       |
       = help: if dom0 has it and it is the one meant, name it as the `base` of a `[template.NAME]`
    ");
    assert_snapshot!(recipe(&ended), @r#"
    [identity.mode-1]
    mode = 1
    gateway = "gate"

    [gateway.gate]
    upstream = "sys-firewall"

    [workstation.mode-1]
    identity = "mode-1"
    template = "whonix-workstation"

    [identity.mode-4]
    mode = 4
    upstream = "sys-firewall"

    [workstation.mode-4]
    identity = "mode-4"
    template = "debian"

    [identity.mode-4b]
    mode = 4
    upstream = "sys-firewall"

    [workstation.mode-4b]
    identity = "mode-4b"
    template = "fedora"
    "#);
}

#[test]
fn clones_are_declared() {
    let text = "base:\n  qvm.template_installed:\n    - name: debian-12-minimal\n\
        made:\n  qvm.clone:\n    - name: template-writing\n    - source: debian-12-minimal\n    - class: TemplateVM\n\
        more:\n  qvm.clone:\n    - name: tpl-writing\n    - source: template-writing\n  qvm.prefs:\n    - name: tpl-writing\n    - memory: 300\n\
        mode-4-a:\n  qvm.present:\n    - template: template-writing\n  qvm.prefs:\n    - netvm: sys-firewall\n\
        mode-4-b:\n  qvm.present:\n    - template: tpl-writing\n  qvm.prefs:\n    - netvm: sys-firewall\n\
        mode-4-c:\n  qvm.present:\n    - template: kali-core\n  qvm.prefs:\n    - netvm: sys-firewall\n";
    let ended = imported(&[("x.sls", text)]);
    assert_snapshot!(drawn(&ended), @r"
    warning[H0904]: halite installs no template, and expects the stock ones: left out
     --> states/x.sls:2:3
      |
    2 |   qvm.template_installed:
      |   ^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: install it with `qvm-template install` if dom0 has not got it

    warning[H0907]: `debian-12-minimal` is no stock template of today; taken as `debian`, which is `debian-13-xfce`
     --> states/x.sls:7:15
      |
    7 |     - source: debian-12-minimal
      |               ^^^^^^^^^^^^^^^^^
      |
      = help: if dom0 has it and it is the one meant, name it as the `base` of a `[template.NAME]`

    warning[H0904]: `tpl-writing` is a template, of which a recipe says base, packages and files alone: the rest is left out
      --> states/x.sls:11:13
       |
    11 |     - name: tpl-writing
       |             ^^^^^^^^^^^
       |
       = help: set it on the qubes, or in dom0

    warning[H0907]: `kali-core` is no stock template, and no state clones it; taken as one that dom0 has
      --> states/x.sls:28:17
       |
    28 |     - template: kali-core
       |                 ^^^^^^^^^
       |
       = help: make sure that dom0 has it; halite clones it and leaves it as it is
    ");
    assert_snapshot!(recipe(&ended), @r#"
    [identity.mode-4-a]
    mode = 4
    upstream = "sys-firewall"

    [workstation.mode-4-a]
    identity = "mode-4-a"
    template = "writing"

    [identity.mode-4-b]
    mode = 4
    upstream = "sys-firewall"

    [workstation.mode-4-b]
    identity = "mode-4-b"
    template = "writing2"

    [identity.mode-4-c]
    mode = 4
    upstream = "sys-firewall"

    [workstation.mode-4-c]
    identity = "mode-4-c"
    template = "kali-core"

    [template.writing]
    base = "debian"

    [template.writing2]
    base = "debian"

    [template.kali-core]
    base = "kali-core"
    "#);
}

#[test]
fn a_qube_without_template_is_told() {
    assert_snapshot!(remarks("mode-4:\n  qvm.vm:\n    - present: []\n    - prefs:\n      - netvm: sys-firewall\nother:\n  qvm.prefs:\n    - netvm: sys-net\n"), @r"
    warning[H0907]: no state says which template `mode-4` is on; taken as `debian`
     --> states/x.sls:1:1
      |
    1 | mode-4:
      | ^^^^^^
      |
      = help: say the `template` that is meant

    warning[H0904]: no state makes `other` or says which template it is on: left out
     --> states/x.sls:6:1
      |
    6 | other:
      | ^^^^^
      |
      = help: declare it in the recipe if it is to be there
    ");
}

#[test]
fn packages_belong_to_the_templates_that_a_top_file_names() {
    let qube = "clone:\n  qvm.clone:\n    - name: template-chat\n    - source: debian-13-xfce\n\
        mode-4:\n  qvm.present:\n    - template: template-chat\n  qvm.prefs:\n    - netvm: sys-firewall\n";
    let install = "chat:\n  pkg.installed:\n    - refresh: true\n    - pkgs:\n      - hexchat\n      - thunderbird: 115.0\n      - 'no package'\n      - [x]\n\
        vim: pkg.installed\none:\n  pkg.installed:\n    - name: git\nhere:\n  cmd.run:\n    - name: 'true'\n";
    let top =
        "base:\n  dom0:\n    - qube\n  template-chat:\n    - match: list\n    - chat.install\n  'deb*':\n    - chat.install\n";
    let ended = imported(&[("qube.sls", qube), ("chat/install.sls", install), ("x.top", top)]);
    assert_snapshot!(drawn(&ended), @r"
    warning[H0904]: a recipe pins no version of a package: taken without it
     --> states/chat/install.sls:6:9
      |
    6 |       - thunderbird: 115.0
      |         ^^^^^^^^^^^
      |
      = help: name the package alone

    warning[H0904]: `no package` cannot be taken: a package's name has only letters, digits, `+`, `-`, `.` and `_`
     --> states/chat/install.sls:7:9
      |
    7 |       - 'no package'
      |         ^^^^^^^^^^^^
      |
      = help: write one that Qubes takes, or leave it out

    warning[H0903]: the name of this package is a list: left out
     --> states/chat/install.sls:8:9
      |
    8 |       - [x]
      |         ^^^
      |
      = help: write the name out

    warning[H0904]: `cmd.run` is nothing that a recipe says: left out
      --> states/chat/install.sls:14:3
       |
    14 |   cmd.run:
       |   ^^^^^^^
       |
       = help: files are put into qubes and templates by `files`, packages into templates by `packages`

    warning[H0904]: `deb*` is a pattern, and no name of a template: its packages are left out
     --> states/x.top:7:3
      |
    7 |   'deb*':
      |   ^^^^^^
      |
      = help: name each template
    ");
    assert_snapshot!(recipe(&ended), @r#"
    [identity.mode-4]
    mode = 4
    upstream = "sys-firewall"

    [workstation.mode-4]
    identity = "mode-4"
    template = "chat"

    [template.chat]
    base = "debian"
    packages = ["git", "hexchat", "thunderbird", "vim"]
    "#);
    // In a folder inside of Salt's own, names begin with that folder's.
    let inside = top.replace("- chat.", "- mine.chat.").replace("- qube", "- mine.qube");
    let again = imported(&[("qube.sls", qube), ("chat/install.sls", install), ("x.top", &inside)]);
    assert_eq!(recipe(&again), recipe(&ended));
    // Without a top file, nobody knows.
    assert_snapshot!(drawn(&imported(&[("qube.sls", qube), ("chat/install.sls", "vim: pkg.installed\n")])), @r"
    warning[H0904]: which template these packages are for no top file says: left out
     --> states/chat/install.sls:1:6
      |
    1 | vim: pkg.installed
      |      ^^^^^^^^^^^^^
      |
      = help: name them as the `packages` of a `[template.NAME]`
    ");
    assert_snapshot!(drawn(&imported(&[("qube.sls", qube), ("top.sls", "base:\n  - a\nuser:\n  ? [1]\n  : [qube]\n  dom0: x\n  b:\n    - [y]\n")])), @r"
    warning[H0904]: a top file maps targets to lists of states, and here is a list: left out
     --> states/top.sls:2:3
      |
    2 |   - a
      |   ^^^
      |
      = help: name each target's states in a list

    warning[H0904]: a top file maps targets to lists of states, and here is a list: left out
     --> states/top.sls:4:5
      |
    4 |   ? [1]
      |     ^^^
      |
      = help: name each target's states in a list

    warning[H0904]: a top file maps targets to lists of states, and here is a text: left out
     --> states/top.sls:6:9
      |
    6 |   dom0: x
      |         ^
      |
      = help: name each target's states in a list

    warning[H0904]: a top file maps targets to lists of states, and here is a list: left out
     --> states/top.sls:8:7
      |
    8 |     - [y]
      |       ^^^
      |
      = help: name each target's states in a list
    ");
}

#[test]
fn states_for_different_templates_may_have_one_id() {
    let qube = "mode-4:\n  qvm.present:\n    - template: debian-13-xfce\n  qvm.prefs:\n    - netvm: sys-firewall\n\
        mode-4-b:\n  qvm.present:\n    - template: fedora-42-xfce\n  qvm.prefs:\n    - netvm: sys-firewall\n";
    let top = "base:\n  debian-13-xfce:\n    - one\n  fedora-42-xfce:\n    - two\n";
    let files =
        |top| [("qube.sls", qube), ("one.sls", "vim: pkg.installed\n"), ("two.sls", "vim: pkg.installed\n"), ("x.top", top)];
    assert_snapshot!(drawn(&imported(&files(top))), @"");
    assert_snapshot!(drawn(&imported(&files(&top.replace("- two", "- two\n    - one")))), @r"
    warning[H0906]: the id `vim` stands for another state already, and Salt refuses both; taken as one of its own
     --> states/two.sls:1:1
      |
    1 | vim: pkg.installed
      | ^^^
      |
     ::: states/one.sls:1:1
      |
    1 | vim: pkg.installed
      | --- the other one
      |
      = help: give each state an id of its own
    ");
}

#[test]
fn packages_for_a_stock_template_make_a_clone_of_it() {
    let qube = "mode-4:\n  qvm.present:\n    - template: debian-13-xfce\n  qvm.prefs:\n    - netvm: sys-firewall\n";
    let top = "base:\n  debian-13-xfce:\n    - tools\n  work:\n    - tools\n";
    let ended = imported(&[("qube.sls", qube), ("tools.sls", "vim: pkg.installed\n"), ("x.top", top)]);
    assert_snapshot!(drawn(&ended), @r"
    warning[H0904]: no qube here is on a template `work`: the packages for it are left out
     --> states/x.top:4:3
      |
    4 |   work:
      |   ^^^^
      |
      = help: name them as the `packages` of the `[template.NAME]` that they are for
    ");
    assert_snapshot!(recipe(&ended), @r#"
    [identity.mode-4]
    mode = 4
    upstream = "sys-firewall"

    [workstation.mode-4]
    identity = "mode-4"
    template = "debian-13"

    [template.debian-13]
    base = "debian"
    packages = ["vim"]
    "#);
}
