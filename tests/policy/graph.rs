//! `graph`: the same edges and nodes as Qubes' own tool, whole and in parts.

use std::collections::BTreeSet;

use insta::assert_snapshot;

use super::{PLACE, small, stock};

#[test]
fn the_graph_is_that_of_qubes_own_tool() {
    let sandbox = stock();
    for (options, recorded) in [
        ("", include_str!("../data/policy-graph-allowed.txt")),
        ("--include-ask", include_str!("../data/policy-graph-ask.txt")),
        ("--include-ask --full-output", include_str!("../data/policy-graph-full.txt")),
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
    let json = sandbox.halite(&format!("policy graph {PLACE} --include-ask --json")).succeeds().json();
    let lines = json["edges"].as_array().unwrap().iter().map(|edge| {
        let text = |key: &str| edge[key].as_str().unwrap();
        let colour = if text("decision") == "ask" { "orange" } else { "red" };
        format!("  \"{}\" -> \"{}\" [label=\"{}\" color={colour}];", text("source"), text("target"), text("label"))
    });
    assert_eq!(lines.collect::<BTreeSet<_>>(), edges(&whole));
    sandbox.halite(&format!("policy graph {PLACE} --include-ask --output graph.dot")).succeeds();
    assert_eq!(sandbox.text("graph.dot"), whole);
    assert_snapshot!(sandbox.halite(&format!("policy graph {PLACE} --source nobody")).transcript(), @r"
    ! error: there is no qube `nobody` in the system
    ! hint: `--source` takes names of qubes
    exit code 1
    ");
}

#[test]
fn what_is_asked_is_not_drawn_by_itself() {
    let sandbox = small("qubes.Filecopy * m1 vault ask\nqubes.OpenURL * m1 m3 allow user=root\n");
    assert_snapshot!(sandbox.halite(&format!("policy graph {PLACE}")).transcript(), @r##"
    | digraph g {
    |   "m3" [color = "#cc0000", penwidth = 3];
    |   "m1" [color = "#cc0000", penwidth = 3];
    |   "m1" -> "m3" [label="qubes.OpenURL" color=red];
    | }
    exit code 0
    "##);
    assert_snapshot!(sandbox.halite(&format!("policy graph {PLACE} --full-output")).transcript(), @r##"
    | digraph g {
    |   "vault" [color = "#cc0000", penwidth = 3];
    |   "m1" [color = "#cc0000", penwidth = 3];
    |   "m1" -> "vault" [label="qubes.Filecopy ask" color=orange];
    |   "m3" [color = "#cc0000", penwidth = 3];
    |   "m1" -> "m3" [label="qubes.OpenURL allow user=root" color=red];
    | }
    exit code 0
    "##);
    assert_snapshot!(sandbox.halite(&format!("policy graph {PLACE} --include-ask --skip-labels")).transcript(), @r##"
    | digraph g {
    |   "m3" [color = "#cc0000", penwidth = 3];
    |   "m1" [color = "#cc0000", penwidth = 3];
    |   "m1" -> "m3" [label="" color=red];
    |   "vault" [color = "#cc0000", penwidth = 3];
    |   "m1" -> "vault" [label="" color=orange];
    | }
    exit code 0
    "##);
    assert_snapshot!(sandbox.halite(&format!("policy graph {PLACE} --include-ask --json")).transcript(), @r#"
    | {"format": 1, "edges": [
    | {"source":"m1","target":"vault","decision":"ask","label":"qubes.Filecopy"},
    | {"source":"m1","target":"m3","decision":"allow","label":"qubes.OpenURL"}
    | ]}
    exit code 0
    "#);
    assert_snapshot!(sandbox.halite(&format!("policy graph {PLACE} --source vault --json")).transcript(), @r#"
    | {"format": 1, "edges": [
    | ]}
    exit code 0
    "#);
    assert_snapshot!(sandbox.halite(&format!("policy graph {PLACE} --source vault --count")).transcript(), @r"
    | 0
    exit code 0
    ");
}

/// Options with several values, given at once or one by one.
#[test]
fn several_of_a_kind() {
    let sandbox = stock();
    let count =
        |options: &str| sandbox.halite(&format!("policy graph {PLACE} --include-ask --count {options}")).succeeds().stdout;
    for (at_once, one_by_one) in [
        ("--source anon-0001 app-0006", "--source anon-0001 --source app-0006"),
        ("--target app-0007 vault", "--target app-0007 --target vault"),
        ("--service qubes.Filecopy qubes.OpenURL", "--service qubes.Filecopy --service qubes.OpenURL"),
    ] {
        assert_eq!(count(at_once), count(one_by_one), "{at_once}");
        assert_ne!(count(at_once), "0\n", "{at_once}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_fault() {
    let sandbox = stock();
    let head = sandbox.bash("\"$1\" policy graph --policy-dir policy.d --system-info system.json --include-ask | head -n 1; echo \"${PIPESTATUS[@]}\"");
    let ended = head.argument("bash").argument(env!("CARGO_BIN_EXE_halite"));
    assert_snapshot!(ended.transcript(), @r"
    | digraph g {
    | 0 0
    exit code 0
    ");
}

#[test]
fn files_that_cannot_be_written() {
    let sandbox = small("");
    std::fs::create_dir(sandbox.path("folder")).unwrap();
    std::os::unix::fs::symlink("real.dot", sandbox.path("link.dot")).unwrap();
    sandbox.write("real.dot", "before");
    let output = |path: &str| sandbox.halite(&format!("policy graph {PLACE} --output {path}")).transcript();
    assert_snapshot!(output("folder"), @r"
    ! error: cannot write `folder`: it is not a regular file
    ! hint: `--output` takes the name of a file; without it, the graph goes to stdout
    exit code 1
    ");
    assert_snapshot!(output("nowhere/graph.dot"), @r"
    ! error: cannot write `nowhere/graph.dot`: No such file or directory (os error 2)
    exit code 1
    ");
    // Replaced by a regular file, nothing on this machine would work any more.
    assert_snapshot!(output("/dev/null"), @r"
    ! error: cannot write `/dev/null`: it is not a regular file
    ! hint: `--output` takes the name of a file; without it, the graph goes to stdout
    exit code 1
    ");
    assert_snapshot!(output("link.dot"), @"exit code 0");
    assert_eq!(sandbox.text("real.dot"), "digraph g {\n}\n");
    assert!(sandbox.path("link.dot").is_symlink());
}

#[test]
fn qubes_without_labels() {
    let sandbox = small("qubes.Filecopy * m1 vault allow\n");
    let system = sandbox.text("system.json").replace("\"label\":\"0xcc0000\",", "");
    sandbox.write("system.json", system);
    assert_snapshot!(sandbox.halite(&format!("policy graph {PLACE}")).transcript(), @r#"
    | digraph g {
    |   "vault" [penwidth = 3];
    |   "m1" [penwidth = 3];
    |   "m1" -> "vault" [label="qubes.Filecopy" color=red];
    | }
    exit code 0
    "#);
}
