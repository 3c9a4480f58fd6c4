//! A server that dies says why. What becomes of commands over whose calls it does, is tests/crash's to see.

use crate::dom0::{Dom0, assert_one_error};

#[test]
fn a_server_says_why_it_died() {
    let dom0 = Dom0::new();
    let served = dom0.serve("--die-at 1");
    assert_one_error(&dom0.run("plan small@1").end(), "dead at the first call");
    let stopped = served.end();
    assert_eq!((stopped.code, stopped.said.as_str()), (1, "error: dead at call 1, as was asked for\n"));
}
