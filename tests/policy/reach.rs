//! `reach`: ways over other qubes.

use insta::assert_snapshot;

use super::{PLACE, small};

#[test]
fn ways_over_other_qubes_are_shown() {
    let sandbox = small("qubes.Filecopy * m1 vault ask\nqubes.Filecopy * vault m3 allow\nqubes.VMShell * m3 m1 allow\n");
    let reach = |options: &str| sandbox.halite(&format!("policy reach {PLACE} {options}")).transcript();
    assert_snapshot!(reach("--from m1 --to m3"), @r"
    | data, allowed:
    |   nothing
    | data, asked:
    |   m1 → vault (qubes.Filecopy, ask, 50-own.policy:1) → m3 (qubes.Filecopy, allow, 50-own.policy:2)
    | control, allowed:
    |   nothing
    | control, asked:
    |   nothing
    exit code 0
    ");
    assert_snapshot!(reach("--from m1 --to m3 --without-ask"), @r"
    | data, allowed:
    |   nothing
    | control, allowed:
    |   nothing
    exit code 0
    ");
    assert_snapshot!(reach("--from m3 --what control"), @r"
    | control, allowed:
    |   m3 → m1 (qubes.VMShell, allow, 50-own.policy:3)
    | control, asked:
    |   nothing
    exit code 0
    ");
    assert_snapshot!(reach("--from m1 --to m3 --json"), @r#"
    | {
    |   "format": 1,
    |   "from": "m1",
    |   "data": {
    |     "allowed": [],
    |     "asked": [
    |       [
    |         {
    |           "from": "m1",
    |           "to": "vault",
    |           "service": "qubes.Filecopy",
    |           "decision": "ask",
    |           "rule": "50-own.policy:1"
    |         },
    |         {
    |           "from": "vault",
    |           "to": "m3",
    |           "service": "qubes.Filecopy",
    |           "decision": "allow",
    |           "rule": "50-own.policy:2"
    |         }
    |       ]
    |     ]
    |   },
    |   "control": {
    |     "allowed": [],
    |     "asked": []
    |   }
    | }
    exit code 0
    "#);
    assert_snapshot!(reach("--from m1 --to nobody"), @r"
    ! error: there is no qube `nobody` in the system
    ! hint: a new disposable is called `@dispvm:TEMPLATE`, by its disposable template
    exit code 1
    ");
}

#[test]
fn each_kind_of_flow_by_itself() {
    let policy = "qubes.Filecopy * m1 m3 ask\n\
                  qubes.Filecopy * m1 vault allow\n\
                  qubes.Filecopy * vault m3 allow\n\
                  qubes.VMShell * m3 m1 allow\n";
    let sandbox = small(policy);
    let reach = |options: &str| sandbox.halite(&format!("policy reach {PLACE} {options}")).transcript();
    // Asked about, it is a shorter way than the one that is allowed.
    assert_snapshot!(reach("--from m1 --to m3"), @r"
    | data, allowed:
    |   m1 → vault (qubes.Filecopy, allow, 50-own.policy:2) → m3 (qubes.Filecopy, allow, 50-own.policy:3)
    | data, asked:
    |   m1 → m3 (qubes.Filecopy, ask, 50-own.policy:1)
    | control, allowed:
    |   nothing
    | control, asked:
    |   nothing
    exit code 0
    ");
    assert_snapshot!(reach("--from m1 --what data"), @r"
    | data, allowed:
    |   m1 → vault (qubes.Filecopy, allow, 50-own.policy:2) → m3 (qubes.Filecopy, allow, 50-own.policy:3)
    |   m1 → vault (qubes.Filecopy, allow, 50-own.policy:2)
    | data, asked:
    |   m1 → m3 (qubes.Filecopy, ask, 50-own.policy:1)
    exit code 0
    ");
    assert_snapshot!(reach("--from m1 --to vault --json"), @r#"
    | {
    |   "format": 1,
    |   "from": "m1",
    |   "data": {
    |     "allowed": [
    |       [
    |         {
    |           "from": "m1",
    |           "to": "vault",
    |           "service": "qubes.Filecopy",
    |           "decision": "allow",
    |           "rule": "50-own.policy:2"
    |         }
    |       ]
    |     ],
    |     "asked": []
    |   },
    |   "control": {
    |     "allowed": [],
    |     "asked": []
    |   }
    | }
    exit code 0
    "#);
    assert_snapshot!(reach("--from m1 --to @dispvm:m3"), @r"
    ! error: there is no qube `@dispvm:m3` in the system
    ! hint: a new disposable is called `@dispvm:TEMPLATE`, by its disposable template
    exit code 1
    ");
}
