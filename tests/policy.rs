//! `halite policy`: the graph as Qubes' own tool prints it, calls decided by the line, what lint finds, and ways.

#![allow(clippy::disallowed_methods, reason = "a test writes the policies")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use insta::assert_snapshot;
use serde_json::{Value, json};
use support::Sandbox;

/// A system of 18 qubes.
const SYSTEM: &str = include_str!("data/policy-graph-system.json");
/// The rules that Qubes R4.3 and Whonix install.
const STOCK: &str = include_str!("../src/qrexec/stock/r4.3.tsv");

/// With that system, and the stock policy in `policy.d`.
fn stock() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("system.json", SYSTEM);
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for (file, rule) in STOCK.lines().skip(1).filter_map(|row| row.split_once('\t')) {
        *files.entry(file).or_default() += &format!("{rule}\n");
    }
    for (file, text) in files {
        sandbox.write(&format!("policy.d/{file}"), text);
    }
    sandbox
}

/// With a policy of one file, and three qubes.
fn small(policy: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let qube = |number: u32, class: &str, tags: &[&str]| {
        json!({"type": class, "tags": tags, "template_for_dispvms": false, "default_dispvm": null, "power_state": "Running",
            "label": "0xcc0000", "internal": null, "uuid": format!("00000000-0000-0000-0000-{number:012}"), "icon": "",
            "guivm": null, "relayvm": null, "transport_rpc": null})
    };
    let domains = json!({"dom0": qube(0, "AdminVM", &[]), "m1": qube(1, "AppVM", &["a"]), "m3": qube(3, "AppVM", &[]),
        "vault": qube(4, "AppVM", &[])});
    sandbox.write("system.json", json!({ "domains": domains }).to_string());
    sandbox.write("policy.d/50-own.policy", policy);
    sandbox
}

const PLACE: &str = "--policy-dir policy.d --system-info system.json";

#[test]
fn the_graph_is_that_of_qubes_own_tool() {
    let sandbox = stock();
    for (options, recorded) in [
        ("", include_str!("data/policy-graph-allowed.txt")),
        ("--include-ask", include_str!("data/policy-graph-ask.txt")),
        ("--include-ask --full-output", include_str!("data/policy-graph-full.txt")),
    ] {
        let graph = sandbox.halite(&format!("policy graph {PLACE} {options}")).succeeds().stdout;
        let lines: Vec<&str> = graph.lines().collect();
        let distinct: BTreeSet<&str> = lines.iter().copied().collect();
        assert_eq!(lines.len(), distinct.len(), "`{options}`: a line twice");
        assert_eq!((lines[0], lines[lines.len() - 1]), ("digraph g {", "}"));
        let recorded: BTreeSet<&str> = recorded.lines().collect();
        let difference: Vec<_> = distinct.symmetric_difference(&recorded).take(5).collect();
        assert!(difference.is_empty(), "`{options}`: {difference:#?}");
    }
}

#[test]
fn parts_of_the_graph() {
    let sandbox = stock();
    let whole = sandbox.halite(&format!("policy graph {PLACE} --include-ask")).succeeds().stdout;
    let edges = |text: &str| text.lines().filter(|line| line.contains("->")).map(str::to_owned).collect::<BTreeSet<_>>();
    let part = |options: &str| edges(&sandbox.halite(&format!("policy graph {PLACE} --include-ask {options}")).succeeds().stdout);
    let of = |test: &dyn Fn(&str) -> bool| edges(&whole).into_iter().filter(|edge| test(edge)).collect::<BTreeSet<_>>();
    assert_eq!(
        part("--source anon-0001 app-0006"),
        of(&|edge| edge.starts_with("  \"anon-0001\"") || edge.starts_with("  \"app-0006\""))
    );
    assert_eq!(part("--target app-0007"), of(&|edge| edge.contains("-> \"app-0007\"")));
    assert_eq!(part("--service qubes.Filecopy"), of(&|edge| edge.contains("label=\"qubes.Filecopy\"")));
    let count = sandbox.halite(&format!("policy graph {PLACE} --include-ask --count")).succeeds().stdout;
    assert_eq!(count.trim(), edges(&whole).len().to_string());
    let lines = sandbox.halite(&format!("policy graph {PLACE} --include-ask --json")).succeeds().stdout;
    assert_eq!(lines.lines().count(), edges(&whole).len());
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert!(first["source"].is_string() && first["target"].is_string() && first["label"].is_string(), "{first}");
    sandbox.halite(&format!("policy graph {PLACE} --include-ask --output graph.dot")).succeeds();
    assert_eq!(sandbox.text("graph.dot"), whole);
    assert_snapshot!(sandbox.halite(&format!("policy graph {PLACE} --source nobody")).transcript(), @r"
    ! error: there is no qube `nobody` in the system
    ! hint: `--source` takes names of qubes
    exit code 1
    ");
}

#[test]
fn calls_are_decided_line_by_line() {
    let sandbox = small("qubes.Filecopy * m1 vault ask\nqubes.Filecopy * vault m3 allow user=root\n");
    let calls = "{\"source\": \"m1\", \"service\": \"qubes.Filecopy\", \"argument\": \"+\", \"target\": \"vault\"}\n\
                 {\"source\": \"vault\", \"service\": \"qubes.Filecopy\", \"target\": \"m3\"}\n\n\
                 {\"source\": \"m1\", \"service\": \"qubes.Filecopy\", \"target\": \"m3\"}\n";
    assert_snapshot!(sandbox.halite(&format!("policy eval {PLACE}")).stdin(calls).transcript(), @r#"
    | {"source":"m1","service":"qubes.Filecopy","argument":"+","target":"vault","decision":"ask","notify":false,"rule":"50-own.policy:1","targets_for_ask":["vault"],"default_target":null,"user":null,"autostart":true}
    | {"source":"vault","service":"qubes.Filecopy","argument":"+","target":"m3","decision":"allow","notify":false,"rule":"50-own.policy:2","result_target":"m3","user":"root","autostart":true}
    | {"source":"m1","service":"qubes.Filecopy","argument":"+","target":"m3","decision":"deny","notify":true}
    exit code 0
    "#);
    assert_snapshot!(sandbox.halite(&format!("policy eval {PLACE}")).stdin("{\"source\": 1}\n").transcript(), @r#"
    ! error: line 1 of the calls: invalid type: integer `1`, expected a string at line 1 column 12
    ! hint: a call is `{"source": …, "service": …, "argument": "+…", "target": …}`
    exit code 1
    "#);
    assert_snapshot!(sandbox.halite(&format!("policy eval {PLACE}")).stdin("{\"source\": \"m1\", \"service\": \"a\", \"argument\": \"b\"}\n").transcript(), @r"
    ! error: line 1 of the calls: the argument `b` does not begin with `+`
    exit code 1
    ");
}

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
    ! 4 errors, 0 warnings; with them, Qubes denies every call of every qube
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
fn ways_over_other_qubes_are_shown() {
    let sandbox = small("qubes.Filecopy * m1 vault ask\nqubes.Filecopy * vault m3 allow\nqubes.VMShell * m3 m1 allow\n");
    let reach = |options: &str| sandbox.halite(&format!("policy reach {PLACE} {options}")).transcript();
    assert_snapshot!(reach("--from m1 --to m3"), @r"
    | m1 → vault (qubes.Filecopy, ask, 50-own.policy:1) → m3 (qubes.Filecopy, allow, 50-own.policy:2)
    exit code 0
    ");
    assert_snapshot!(reach("--from m1 --to m3 --without-ask"), @r"
    ! nothing gets from m1 there
    exit code 0
    ");
    assert_snapshot!(reach("--from m3 --what control"), @r"
    | m3 → m1 (qubes.VMShell, allow, 50-own.policy:3)
    exit code 0
    ");
    assert_snapshot!(reach("--from m1 --to m3 --json"), @r#"
    | {
    |   "format": 1,
    |   "from": "m1",
    |   "ways": [
    |     [
    |       {
    |         "from": "m1",
    |         "to": "vault",
    |         "service": "qubes.Filecopy",
    |         "decision": "ask",
    |         "rule": "50-own.policy:1"
    |       },
    |       {
    |         "from": "vault",
    |         "to": "m3",
    |         "service": "qubes.Filecopy",
    |         "decision": "allow",
    |         "rule": "50-own.policy:2"
    |       }
    |     ]
    |   ]
    | }
    exit code 0
    "#);
    assert_snapshot!(reach("--from m1 --to nobody"), @r"
    ! error: there is no qube `nobody` in the system
    exit code 1
    ");
}

#[test]
fn directories_mask_each_other_by_the_names_of_files() {
    let sandbox = small("qubes.Filecopy * m1 vault allow\n");
    sandbox.write("run/50-own.policy", "qubes.Filecopy * m1 vault deny\n");
    let count =
        |options: &str| sandbox.halite(&format!("policy graph {options} --system-info system.json --count")).succeeds().stdout;
    assert_eq!(count("--policy-dir policy.d"), "1\n");
    assert_eq!(count("--policy-dir run --policy-dir policy.d"), "0\n");
    assert_eq!(count("--policy-dir policy.d --policy-dir run"), "1\n");
}

#[test]
fn wrong_calls() {
    let sandbox = small("");
    let transcript = |arguments: &str| sandbox.halite(arguments).transcript();
    assert_snapshot!(transcript("policy graph --policy-dir none --system-info system.json"), @r"
    ! error: cannot find `none`: No such file or directory (os error 2)
    ! hint: name a directory with policy files, such as `--policy-dir policy.d`
    exit code 1
    ");
    assert_snapshot!(transcript("policy graph --policy-dir policy.d --system-info policy.d/50-own.policy"), @r#"
    ! error: `policy.d/50-own.policy`: it is no system information: EOF while parsing a value at line 1 column 0
    ! hint: it is what `internal.GetSystemInfo` answers: {"domains": {NAME: {…}}}
    exit code 1
    "#);
    assert_snapshot!(transcript("policy graph --policy-dir policy.d"), @r"
    ! error: the following required arguments were not provided:
    !   --system-info <FILE>
    !
    ! Usage: halite policy graph --system-info <FILE> --policy-dir <DIR>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    sandbox.write("bad.json", "{\"domains\": {\"a\": {}}}");
    assert_snapshot!(transcript("policy graph --policy-dir policy.d --system-info bad.json"), @r#"
    ! error: `bad.json`: it is no system information: missing field `type` at line 1 column 20
    ! hint: it is what `internal.GetSystemInfo` answers: {"domains": {NAME: {…}}}
    exit code 1
    "#);
}
