//! `lint`: what breaks a policy, and what deceives its reader.

use insta::assert_snapshot;

use super::{PLACE, small};

#[test]
fn a_policy_that_qubes_cannot_read_denies_everything() {
    let sandbox =
        small("qubes.Filecopy * m1 vault ask\nqubes.Filecopy * m1 @anyone allow # yes\n!include nothing\n* + m1 vault deny\n");
    sandbox.write("policy.d/60-Bad.policy", "");
    let call = "{\"source\": \"m1\", \"service\": \"qubes.Filecopy\", \"target\": \"vault\"}\n";
    assert_snapshot!(sandbox.halite(&format!("policy eval {PLACE}")).stdin(call).transcript(), @r#"
    | {"source":"m1","service":"qubes.Filecopy","argument":"+","target":"vault","decision":"deny","notify":true}
    ! error: 60-Bad.policy: the file's name has a character that is no digit, lower-case letter, `_`, `.` or `-`
    ! error: 50-own.policy:2:21: `@anyone` cannot be a target
    ! error: 50-own.policy:3:10: `nothing` cannot be included: cannot read `[DIR]/policy.d/nothing`: No such file or directory (os error 2)
    ! error: 50-own.policy:4:3: the service `*` takes only the argument `*`
    ! error: with this, Qubes denies every call of every qube
    exit code 1
    "#);
    assert_snapshot!(sandbox.halite(&format!("policy graph {PLACE}")).transcript(), @r"
    ! error: 60-Bad.policy: the file's name has a character that is no digit, lower-case letter, `_`, `.` or `-`
    ! error: 50-own.policy:2:21: `@anyone` cannot be a target
    ! error: 50-own.policy:3:10: `nothing` cannot be included: cannot read `[DIR]/policy.d/nothing`: No such file or directory (os error 2)
    ! error: 50-own.policy:4:3: the service `*` takes only the argument `*`
    ! error: with this, Qubes denies every call of every qube
    exit code 1
    ");
    assert_snapshot!(sandbox.halite("policy lint --policy-dir policy.d").transcript(), @r"
    | 60-Bad.policy: error: the file's name has a character that is no digit, lower-case letter, `_`, `.` or `-`
    | 50-own.policy:2:21: error: `@anyone` cannot be a target
    | 50-own.policy:3:10: error: `nothing` cannot be included: cannot read `[DIR]/policy.d/nothing`: No such file or directory (os error 2)
    | 50-own.policy:4:3: error: the service `*` takes only the argument `*`
    ! 4 errors, 0 warnings; Qubes denies every call of every qube
    exit code 1
    ");
}

#[test]
fn what_deceives_is_found() {
    let policy = "qubes.Filecopy * $anyvm @default deny\n\
                  qubes.Filecopy * @tag:b m1 allow\n\
                  qubes.Filecopy * nobody @type:Appvm deny\n\
                  qubes.Filecopy * @dispvm:m1 Anyvm deny\n\
                  qubes.Filecopy * @anyvm @anyvm deny\n\
                  qubes.Filecopy +x @tag:a m3 allow\n";
    let sandbox = small(policy);
    std::os::unix::fs::symlink("nowhere", sandbox.path("policy.d/40-lost.policy")).unwrap();
    assert_snapshot!(sandbox.halite(&format!("policy lint {PLACE}")).transcript(), @r"
    | 40-lost.policy: warning: it is a link to nothing; Qubes passes it by without a word
    | 50-own.policy:1: warning: `$anyvm` is read as the name of a qube; words begin with `@`
    | 50-own.policy:2: warning: no qube carries the tag `b`
    | 50-own.policy:3: warning: no qube is called `nobody`
    | 50-own.policy:3: warning: there is no class `Appvm`
    | 50-own.policy:4: warning: `m1` is no disposable template
    | 50-own.policy:4: warning: `Anyvm` is read as the name of a qube; the word is written `@anyvm`
    | 50-own.policy:4: warning: no qube is called `Anyvm`
    | 50-own.policy:4: warning: no caller is ever `@dispvm:m1`; a running disposable is matched by its name, tags or class
    | 50-own.policy:6: warning: it never decides anything: 50-own.policy:5 decides all its calls before it
    ! 0 errors, 10 warnings
    exit code 0
    ");
    assert_snapshot!(sandbox.halite(&format!("policy lint {PLACE} --json")).transcript(), @r#"
    | {
    |   "format": 1,
    |   "void": false,
    |   "findings": [
    |     {
    |       "level": "warning",
    |       "file": "40-lost.policy",
    |       "message": "it is a link to nothing; Qubes passes it by without a word"
    |     },
    |     {
    |       "level": "warning",
    |       "file": "50-own.policy",
    |       "line": 1,
    |       "message": "`$anyvm` is read as the name of a qube; words begin with `@`"
    |     },
    |     {
    |       "level": "warning",
    |       "file": "50-own.policy",
    |       "line": 2,
    |       "message": "no qube carries the tag `b`"
    |     },
    |     {
    |       "level": "warning",
    |       "file": "50-own.policy",
    |       "line": 3,
    |       "message": "no qube is called `nobody`"
    |     },
    |     {
    |       "level": "warning",
    |       "file": "50-own.policy",
    |       "line": 3,
    |       "message": "there is no class `Appvm`"
    |     },
    |     {
    |       "level": "warning",
    |       "file": "50-own.policy",
    |       "line": 4,
    |       "message": "`m1` is no disposable template"
    |     },
    |     {
    |       "level": "warning",
    |       "file": "50-own.policy",
    |       "line": 4,
    |       "message": "`Anyvm` is read as the name of a qube; the word is written `@anyvm`"
    |     },
    |     {
    |       "level": "warning",
    |       "file": "50-own.policy",
    |       "line": 4,
    |       "message": "no qube is called `Anyvm`"
    |     },
    |     {
    |       "level": "warning",
    |       "file": "50-own.policy",
    |       "line": 4,
    |       "message": "no caller is ever `@dispvm:m1`; a running disposable is matched by its name, tags or class"
    |     },
    |     {
    |       "level": "warning",
    |       "file": "50-own.policy",
    |       "line": 6,
    |       "message": "it never decides anything: 50-own.policy:5 decides all its calls before it"
    |     }
    |   ]
    | }
    exit code 0
    "#);
    assert_snapshot!(small("qubes.Filecopy * m1 vault ask\n").halite(&format!("policy lint {PLACE}")).transcript(), @r"
    ! 0 errors, 0 warnings
    exit code 0
    ");
}

#[test]
fn the_same_in_several_places_is_said_once() {
    let sandbox = small("qubes.Filecopy * @tag:b m1 deny\nqubes.OpenURL * @tag:b m1 deny\nqubes.VMShell * @tag:b m1 deny\n");
    sandbox.write("run/50-own.policy", "");
    assert_snapshot!(sandbox.halite("policy lint --policy-dir run --policy-dir policy.d").transcript(), @r"
    | 50-own.policy: warning: a file of the same name in an earlier directory masks it
    ! 0 errors, 1 warning
    exit code 0
    ");
    assert_snapshot!(sandbox.halite(&format!("policy lint {PLACE}")).transcript(), @r"
    | 50-own.policy:1: warning: no qube carries the tag `b` (and in 2 more places)
    ! 0 errors, 3 warnings
    exit code 0
    ");
    // Without a system, it cannot know.
    assert_snapshot!(sandbox.halite("policy lint --policy-dir policy.d").transcript(), @r"
    ! 0 errors, 0 warnings
    exit code 0
    ");
}

#[test]
fn files_that_cannot_be_read() {
    let sandbox = small("!include-service qubes.Filecopy * include/own\n!include-dir more\n");
    sandbox.write("policy.d/include/own", b"\xff");
    sandbox.write("policy.d/60-bytes.policy", b"a * b c \xff");
    std::fs::create_dir(sandbox.path("policy.d/70-folder.policy")).unwrap();
    assert_snapshot!(sandbox.halite(&format!("policy lint {PLACE}")).transcript(), @r"
    | include/own:1:1: error: the line is not UTF-8 text
    | 50-own.policy:2:14: error: `more` cannot be included: it is not a directory
    | 60-bytes.policy:1:9: error: the line is not UTF-8 text
    ! 3 errors, 0 warnings; Qubes denies every call of every qube
    exit code 1
    ");
    std::fs::remove_file(sandbox.path("policy.d/60-bytes.policy")).unwrap();
    sandbox.write("policy.d/50-own.policy", "a * b c\n");
    assert_snapshot!(sandbox.halite(&format!("policy lint {PLACE}")).transcript(), @r"
    | 50-own.policy:1:8: error: too few fields; a rule is `SERVICE ARGUMENT SOURCE TARGET ACTION`, and in a service's own file `SOURCE TARGET ACTION`
    ! 1 error, 0 warnings; Qubes denies every call of every qube
    exit code 1
    ");
}
