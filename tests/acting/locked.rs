//! Two processes at once: the second says who the first one is.

use insta::assert_snapshot;

use crate::dom0::Dom0;

#[test]
fn the_second_one_says_who_is_there() {
    let dom0 = Dom0::switched();
    let mut going = dom0.start("switch sample@2 --accept-dangers --confirm-within 10m");
    going.waits();
    let said = |arguments: &str| {
        let said = dom0.run(arguments).transcript();
        let (before, since) = said.split_once("`, since ").unwrap();
        let (since, after) = since.split_once('\n').unwrap();
        let (since, until) = since.split_once("; it waits for `halite-dom0 confirm` until ").unwrap();
        for when in [since, until] {
            assert!(when.starts_with("20") && when.ends_with('Z') && when.len() == 20, "{when}");
        }
        assert!(since < until);
        let program = crate::support::dom0::built().program.display().to_string();
        format!("{before}`, since [TIME]; until [TIME]\n{after}")
            .replace(&going.number().to_string(), "[PROCESS]")
            .replace(&program, "halite-dom0")
    };
    assert_snapshot!(said("rollback"), @r"
    ! error: cannot lock `dom0/root/var/lib/halite/lock`: another process of halite is using it: process [PROCESS], `halite-dom0 --simulate dom0 switch sample@2 --accept-dangers --confirm-within 10m`, since [TIME]; until [TIME]
    ! hint: wait until it has finished; what waits to be confirmed ends with `halite-dom0 confirm`
    exit code 1
    ");
    assert_eq!(said("gc"), said("recover"));
    dom0.run("status").exits(3);
    dom0.run("generations").succeeds();
    dom0.run("confirm").succeeds();
    assert_eq!(going.end().0, Some(0));
    dom0.run("gc").succeeds();
}

/// What an earlier one said of itself says nothing of the next.
#[test]
fn an_earlier_one_is_not_named() {
    let dom0 = Dom0::switched();
    dom0.run("pin 1").succeeds();
    let mut going = dom0.start("rollback 0 --accept-dangers --confirm-within 10m");
    going.waits();
    let refused = dom0.run("unpin 1").exits(1).stderr;
    assert!(refused.contains("rollback 0") && !refused.contains("pin 1`"), "{refused}");
    dom0.run("confirm").succeeds();
    assert_eq!(going.end().0, Some(0));
}
