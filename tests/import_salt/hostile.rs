//! States that mean harm: bounded time and memory, one error, no panic, nothing read that lies elsewhere.

use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::Duration;

use insta::assert_snapshot;

use crate::support::Sandbox;
use crate::{refused, states};

const GOOD: &str = "mode-4:\n  qvm.present:\n    - template: debian-13-xfce\n  qvm.prefs:\n    - netvm: sys-firewall\n";
const QUICK: Duration = Duration::from_secs(20);

/// One that cannot end otherwise than with an exit code of its own.
#[track_caller]
fn survives(text: &[u8]) {
    let sandbox = Sandbox::new();
    sandbox.write("states/x.sls", text);
    sandbox.write("states/good.sls", GOOD);
    let ended = sandbox.halite("import-salt states").at_most(QUICK).end();
    assert!(matches!(ended.code, 0 | 1), "{}", ended.transcript());
    assert!(ended.stderr.len() < 2 << 20 && ended.stdout.len() < 2 << 20);
}

#[test]
fn deep_nesting() {
    for text in ["[".repeat(200_000), "{a: ".repeat(50_000), "- ".repeat(100_000), "a: [".repeat(50_000)] {
        survives(text.as_bytes());
    }
    let deep: String = (0..400).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    survives(deep.as_bytes());
    assert_snapshot!(refused(&[("x.sls", &"[".repeat(40))]), @r"
    error[H0901]: this is not YAML: recursion limit exceeded
     --> states/x.sls:1:33
      |
    1 | [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
      |                                 ^
      |
      = help: mend it, or move the file out of the folder

    error: `states`: the states cannot be read, for 1 error
    hint: put right what is marked as an error; a warning stops nothing
    ");
}

#[test]
fn alias_bombs() {
    let bomb: String =
        (1..30).map(|level| format!("a{level}: &a{level} [{}]\n", format!("*a{},", level - 1).repeat(9))).collect();
    survives(format!("a0: &a0 x\n{bomb}").as_bytes());
    survives(b"a: &a\n  b: *a\n");
}

#[test]
fn many_states() {
    let many: String = (0..5_000).map(|n| format!("q{n}:\n  qvm.present:\n    - label: red\n")).collect();
    survives(many.as_bytes());
    assert_snapshot!(refused(&[("x.sls", &many)]), @r"
    error: `states`: more than 500 qubes are in it
    hint: name a folder with the states of the qubes that are to be in the recipe, and no others
    ");
    let doubtful: String = (0..5_000).map(|n| format!("q{n}:\n  a.b: []\n")).collect();
    survives(doubtful.as_bytes());
    assert_snapshot!(refused(&[("x.sls", &doubtful)]), @r"
    error: `states`: more than 1000 lines of it are doubtful
    hint: name a folder with the states of the qubes that are to be in the recipe, and no others
    ");
}

#[test]
fn bytes_that_are_no_text() {
    survives(b"\xff\xfe\0\x01");
    survives(&(0..=255).collect::<Vec<u8>>().repeat(100));
    survives("\u{202e}\u{feff}\u{0}: \u{1b}[2J\n".as_bytes());
    survives(b"\xef\xbb\xbfa:\n  qvm.vm: []\r\n");
    let sandbox = states(&[]);
    sandbox.write("states/x.sls", b"a: \xff\n");
    assert_snapshot!(sandbox.halite("import-salt states").transcript(), @r"
    ! error[H0901]: states are UTF-8 text, and here are other bytes
    !  --> states/x.sls:1:4
    !   |
    ! 1 | a: �
    !   |    ^
    !   |
    !   = help: put it right, or move the file out of the folder
    !
    ! error: `states`: the states cannot be read, for 1 error
    ! hint: put right what is marked as an error; a warning stops nothing
    exit code 1
    ");
}

#[test]
fn cut_off_anywhere_and_changed_anywhere() {
    let text = format!(
        "Heading\n{{% set a = 1 %}}\nmode-1\n  qvm.vm:\n    - preset:\n      - template: whonix-ws\n\t- x: {{{{ a }}}}\n{GOOD}"
    );
    let good = format!("{GOOD}é: 'x' # y\n");
    for text in [text.as_bytes(), good.as_bytes()] {
        let sandbox = Sandbox::new();
        for at in 0..text.len() {
            sandbox.write(&format!("cut/{at}/x.sls"), &text[..at]);
            let mut changed = text.to_vec();
            changed[at] = b"\t:-[{%#'\"*&!|>? \n"[at % 16];
            sandbox.write(&format!("changed/{at}/x.sls"), changed);
        }
        let script = format!(
            "for folder in cut/* changed/*; do {} import-salt $folder >out 2>err && continue; code=$?; test $code = 1 || {{ echo $folder: $code; cat err; }}; done",
            env!("CARGO_BIN_EXE_halite")
        );
        assert_eq!(sandbox.bash(&script).at_most(Duration::from_secs(60)).succeeds().stdout, "");
    }
}

#[test]
fn files_that_are_too_large_or_too_many() {
    let sandbox = states(&[("x.sls", &"# x\n".repeat(70_000))]);
    assert_snapshot!(sandbox.halite("import-salt states").transcript(), @r"
    ! error: cannot read `states/x.sls`: it is larger than the 262144 bytes allowed
    ! hint: name a folder with states, such as /srv/salt
    exit code 1
    ");
    let sandbox = Sandbox::new();
    for number in 0..6 {
        sandbox.write(&format!("states/{number}.sls"), "# x\n".repeat(60_000));
    }
    assert_snapshot!(sandbox.halite("import-salt states").transcript(), @r"
    ! error: `states`: the files with states have more than 1048576 bytes together
    ! hint: name a folder with the states of the qubes that are to be in the recipe, and no others
    exit code 1
    ");
    let sandbox = Sandbox::new();
    for number in 0..501 {
        sandbox.write(&format!("states/{number}.sls"), "");
    }
    assert_snapshot!(sandbox.halite("import-salt states").transcript(), @r"
    ! error: `states`: more than 500 files in it hold states
    ! hint: name a folder with the states of the qubes that are to be in the recipe, and no others
    exit code 1
    ");
    for number in 501..10_001 {
        sandbox.write(&format!("states/{number}"), "");
    }
    assert_snapshot!(sandbox.halite("import-salt states").transcript(), @r"
    ! error: cannot read `states`: more than 10000 files and directories lie in it
    ! hint: name a folder with states, such as /srv/salt
    exit code 1
    ");
    let deep = "a/".repeat(17);
    let sandbox = states(&[(&format!("{deep}x.sls"), GOOD)]);
    assert_snapshot!(sandbox.halite("import-salt states").transcript(), @r"
    ! error: cannot read `states/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a`: it lies more than 16 directories deep
    ! hint: name a folder with states, such as /srv/salt
    exit code 1
    ");
}

#[test]
fn links_pipes_and_names_that_deceive() {
    let sandbox = states(&[("good.sls", GOOD), ("a b.sls", GOOD)]);
    sandbox.write("secret.sls", "secret:\n  qvm.present:\n    - template: debian-13-xfce\n");
    symlink(sandbox.path("secret.sls"), sandbox.path("states/link.sls")).unwrap();
    symlink(sandbox.path(""), sandbox.path("states/folder")).unwrap();
    assert!(Command::new("mkfifo").arg(sandbox.path("states/pipe.sls")).status().unwrap().success());
    let ended = sandbox.halite("import-salt states").at_most(QUICK).exits(1);
    assert_snapshot!(ended.transcript(), @r#"
    ! error[H0901]: the name of this file has other characters than letters, digits, `.`, `_`, `+` and `-`, or is too long
    !  --> states/a b.sls:1:1
    !   |
    ! 1 |
    !   | ^
    !   |
    !   = help: put it right, or move the file out of the folder
    !
    ! warning[H0910]: no state gives any qube a tag, by which policy could tell it from others; halite gives each its own
    !  --> states/good.sls:1:1
    !   |
    ! 1 | mode-4:
    !   | ^^^^^^
    !   |
    !   = help: see docs/recipes.md, "What follows"
    !
    ! warning[H0910]: no state says what disposables are made from, and Qubes takes what is in clear; here, no qube opens any
    !  --> states/good.sls:1:1
    !   |
    ! 1 | mode-4:
    !   | ^^^^^^
    !   |
    !   = help: declare a `[disposable.QUBE]` for an identity that needs them
    !
    ! warning[H0910]: no state holds policy, and Qubes' own lets identities ask each other; halite writes one that keeps them apart
    !  --> states/good.sls:1:1
    !   |
    ! 1 | mode-4:
    !   | ^^^^^^
    !   |
    !   = help: see docs/recipes.md, "What follows"
    !
    ! error[H0901]: this file is a link, and no links are followed here
    !  --> states/link.sls:1:1
    !   |
    ! 1 |
    !   | ^
    !   |
    !   = help: put it right, or move the file out of the folder
    !
    ! error[H0901]: this is no regular file
    !  --> states/pipe.sls:1:1
    !   |
    ! 1 |
    !   | ^
    !   |
    !   = help: put it right, or move the file out of the folder
    !
    ! error: `states`: the states cannot be read, for 3 errors
    ! hint: put right what is marked as an error; a warning stops nothing
    exit code 1
    "#);
}

#[test]
fn text_of_states_drives_no_terminal() {
    let sandbox = states(&[("x.sls", &format!("{GOOD}    - \"\\e[2J\\u202e\": x\n\"\\e]0;x\\a\":\n  qvm.vm: []\n"))]);
    let ended = sandbox.halite("import-salt states").succeeds();
    for text in [&ended.stdout, &ended.stderr] {
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'), "{text:?}");
    }
}
