//! `--dry-run`: the plan and every refusal, and nothing changed.

use crate::dom0::Dom0;
use insta::assert_snapshot;
use rustix::process::Signal;

#[test]
fn a_rehearsal_shows_the_plan_and_changes_nothing() {
    let dom0 = Dom0::new();
    let before = dom0.sandbox.snapshot();
    let plan = dom0.run("plan sample@1").exits(3);
    let rehearsed = dom0.run("switch sample@1 --dry-run").exits(3);
    assert_eq!((rehearsed.stdout, rehearsed.stderr), (plan.stdout, plan.stderr), "it is the plan");
    assert_eq!(dom0.run("switch sample@1 --dry-run --json").exits(3).json(), dom0.run("plan sample@1 --json").exits(3).json());
    assert!(before == dom0.sandbox.snapshot());

    dom0.run("switch sample@1").succeeds();
    dom0.run("switch sample@2 --accept-dangers").succeeds();
    let before = dom0.sandbox.snapshot();
    dom0.run("switch sample@2 --dry-run").succeeds();
    assert!(dom0.run("rollback --dry-run --accept-dangers").exits(3).stdout.starts_with("back to generation 1\n"));
    // Every refusal at once.
    let older = dom0.run("switch sample@1 --dry-run").exits(4);
    assert!(older.stdout.contains("\n~ ") || older.stdout.contains("\n+ "), "{}", older.transcript());
    assert_snapshot!(dom0.run("uninstall --dry-run").end().stderr, @r"
    error: the plan is dangerous:
    the policy that keeps identities apart is taken away
    hint: if you know that this is right, add `--accept-dangers`
    ");
    assert_snapshot!(dom0.run("switch sample@2 --dry-run --confirm-within 10m").transcript(), @r"
    ! error: the argument '--dry-run' cannot be used with '--confirm-within <DURATION>'
    !
    ! Usage: halite-dom0 switch --dry-run <BUNDLE>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert!(before == dom0.sandbox.snapshot());
}

#[test]
fn nothing_is_recovered_for_a_rehearsal() {
    let dom0 = Dom0::switched();
    let mut going = dom0.start("switch sample@2 --accept-dangers --confirm-within 10m");
    going.waits();
    going.signal(Signal::KILL);
    going.end();
    let before = dom0.sandbox.snapshot();
    let refused = dom0.run("rollback 0 --dry-run").exits(3).stderr;
    assert!(refused.starts_with("error: something is under way, or was interrupted: switch to sample@2 ("), "{refused}");
    for arguments in ["switch sample@1 --dry-run", "uninstall --dry-run"] {
        assert_eq!(dom0.run(arguments).exits(3).stderr, refused);
    }
    assert!(before == dom0.sandbox.snapshot());
}
