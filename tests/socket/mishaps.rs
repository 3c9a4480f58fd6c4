//! qubesd refuses, hangs or dies at each single call of a switch: one error, and the next command finds its way.

use crate::dom0::{Dom0, assert_one_error};

const SWITCH: &str = "switch small@1";

/// How many calls an undisturbed switch makes.
fn calls() -> usize {
    let dom0 = Dom0::new();
    let served = dom0.serve("");
    dom0.run(SWITCH).succeeds();
    served.stop().calls()
}

/// For each call of a switch: the switch fails over it with one error; a healthy qubesd later, it succeeds, and nothing is amiss.
fn at_each_call(option: &str) {
    let calls = calls();
    assert!(calls > 15, "{calls}");
    let stock = Dom0::new();
    for call in 1..=calls {
        let what = format!("{option} {call}");
        let dom0 = stock.copy();
        let served = dom0.serve(&what);
        let ended = if option == "--hang-at" { dom0.run_hastily(SWITCH) } else { dom0.run(SWITCH) }.end();
        assert_one_error(&ended, &what);
        drop(served);
        let served = dom0.serve("");
        dom0.run(SWITCH).succeeds();
        let status = dom0.run("status").end();
        assert_eq!(status.code, 0, "{what}: {}", status.transcript());
        drop(served);
    }
}

#[test]
fn refused_at_each_call() {
    at_each_call("--refuse-at");
}

#[test]
fn hung_at_each_call() {
    at_each_call("--hang-at");
}

#[test]
fn dead_before_each_call() {
    at_each_call("--die-at");
}

#[test]
fn dead_after_each_call() {
    at_each_call("--die-after");
}

#[test]
fn a_server_says_why_it_died() {
    let dom0 = Dom0::new();
    let served = dom0.serve("--die-at 1");
    assert_one_error(&dom0.run("plan small@1").end(), "dead at the first call");
    let stopped = served.end();
    assert_eq!((stopped.code, stopped.said.as_str()), (1, "error: dead at call 1, as was asked for\n"));
}
