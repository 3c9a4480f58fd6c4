//! `eval`: a decision for each line, and lines that are no calls.

use insta::assert_snapshot;
use serde_json::Value;

use super::support::Sandbox;
use super::{PLACE, small};

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
    ! error: line 1 of the calls: invalid type: integer `1`, expected a string at column 12
    ! hint: a call is `{"source": …, "service": …, "argument": "+…", "target": …}`
    exit code 1
    "#);
    assert_snapshot!(sandbox.halite(&format!("policy eval {PLACE}")).stdin("{\"source\": \"m1\", \"service\": \"a\", \"argument\": \"b\"}\n").transcript(), @r"
    ! error: line 1 of the calls: the argument `b` does not begin with `+`
    ! hint: an empty argument is `+`
    exit code 1
    ");
}

#[test]
fn lines_that_are_no_calls() {
    let sandbox = small("qubes.Filecopy * m1 vault ask\n");
    let good = "{\"source\": \"m1\", \"service\": \"qubes.Filecopy\", \"target\": \"vault\"}\n";
    let eval = |lines: &str| sandbox.halite(&format!("policy eval {PLACE}")).stdin(format!("{good}{lines}")).transcript();
    assert_snapshot!(eval("{\"source\": \"m1\", \"service\"\n"), @r#"
    | {"source":"m1","service":"qubes.Filecopy","argument":"+","target":"vault","decision":"ask","notify":false,"rule":"50-own.policy:1","targets_for_ask":["vault"],"default_target":null,"user":null,"autostart":true}
    ! error: line 2 of the calls: EOF while parsing an object at column 26
    ! hint: a call is `{"source": …, "service": …, "argument": "+…", "target": …}`
    exit code 1
    "#);
    assert_snapshot!(eval("not JSON"), @r#"
    | {"source":"m1","service":"qubes.Filecopy","argument":"+","target":"vault","decision":"ask","notify":false,"rule":"50-own.policy:1","targets_for_ask":["vault"],"default_target":null,"user":null,"autostart":true}
    ! error: line 2 of the calls: expected ident at column 2
    ! hint: a call is `{"source": …, "service": …, "argument": "+…", "target": …}`
    exit code 1
    "#);
    assert_snapshot!(eval("{\"source\": \"m1\"}"), @r#"
    | {"source":"m1","service":"qubes.Filecopy","argument":"+","target":"vault","decision":"ask","notify":false,"rule":"50-own.policy:1","targets_for_ask":["vault"],"default_target":null,"user":null,"autostart":true}
    ! error: line 2 of the calls: missing field `service` at column 16
    ! hint: a call is `{"source": …, "service": …, "argument": "+…", "target": …}`
    exit code 1
    "#);
    assert_snapshot!(eval("{\"source\": \"nobody\", \"service\": \"qubes.Filecopy\"}"), @r#"
    | {"source":"m1","service":"qubes.Filecopy","argument":"+","target":"vault","decision":"ask","notify":false,"rule":"50-own.policy:1","targets_for_ask":["vault"],"default_target":null,"user":null,"autostart":true}
    ! error: line 2 of the calls: there is no qube `nobody` in the system
    ! hint: the source of a call is the name of a qube; dom0 is `dom0`
    exit code 1
    "#);
    assert_snapshot!(eval("{\"source\": \"@adminvm\", \"service\": \"qubes.Filecopy\"}"), @r#"
    | {"source":"m1","service":"qubes.Filecopy","argument":"+","target":"vault","decision":"ask","notify":false,"rule":"50-own.policy:1","targets_for_ask":["vault"],"default_target":null,"user":null,"autostart":true}
    ! error: line 2 of the calls: there is no qube `@adminvm` in the system
    ! hint: the source of a call is the name of a qube; dom0 is `dom0`
    exit code 1
    "#);
    assert_snapshot!(eval(&"x".repeat(2_000_000)), @r#"
    | {"source":"m1","service":"qubes.Filecopy","argument":"+","target":"vault","decision":"ask","notify":false,"rule":"50-own.policy:1","targets_for_ask":["vault"],"default_target":null,"user":null,"autostart":true}
    ! error: line 2 of the calls: it is longer than 1048576 bytes
    exit code 1
    "#);
    let not_text = sandbox.halite(&format!("policy eval {PLACE}")).stdin(b"{\"source\": \"\xff\"}".to_vec());
    assert_snapshot!(not_text.transcript(), @r#"
    ! error: line 1 of the calls: invalid unicode code point at column 13
    ! hint: a call is `{"source": …, "service": …, "argument": "+…", "target": …}`
    exit code 1
    "#);
    assert_snapshot!(sandbox.halite(&format!("policy eval {PLACE}")).transcript(), @"exit code 0");
}

/// Whoever waits for an answer before the next call gets it.
#[test]
fn an_answer_comes_before_the_next_call() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};
    let sandbox = small("qubes.Filecopy * m1 vault ask\n");
    let mut child = Command::new(env!("CARGO_BIN_EXE_halite"))
        .args(["policy", "eval"])
        .args(PLACE.split(' '))
        .current_dir(sandbox.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut calls, mut answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
    for target in ["vault", "m3"] {
        writeln!(calls, "{{\"source\": \"m1\", \"service\": \"qubes.Filecopy\", \"target\": \"{target}\"}}").unwrap();
        let answer = answers.next().unwrap().unwrap();
        assert!(answer.contains(&format!("\"target\":\"{target}\"")), "{answer}");
    }
    drop(calls);
    assert!(answers.next().is_none());
    assert!(child.wait().unwrap().success());
}

/// The recorded calls, through the program: the same keys, with the same values.
#[test]
fn recorded_calls_get_recorded_decisions() {
    let mut calls = 0;
    for case in include_str!("../data/qrexec-policy.jsonl").lines().step_by(16) {
        let case: Value = serde_json::from_str(case).unwrap();
        let Some(recorded) = case["calls"].as_array().filter(|_| case["load"] != "error") else { continue };
        let sandbox = Sandbox::new();
        sandbox.write("system.json", case["system_info"].to_string());
        for (name, text) in case["files"].as_object().unwrap() {
            sandbox.write(&format!("policy.d/{name}"), text.as_str().unwrap());
        }
        let asked = |call: &Value| {
            let keys = ["source", "service", "argument", "target"].map(|key| (key.to_owned(), call[key].clone()));
            Value::Object(keys.into_iter().collect()).to_string() + "\n"
        };
        let input: String = recorded.iter().map(asked).collect();
        let output = sandbox.halite(&format!("policy eval {PLACE}")).stdin(input).succeeds().stdout;
        let decided: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(&decided, recorded, "{}", case["id"]);
        calls += decided.len();
    }
    assert!(calls > 100, "{calls}");
}
