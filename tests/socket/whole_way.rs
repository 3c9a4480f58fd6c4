//! The whole way through the sockets, and that it is the same way as without them.

use insta::assert_snapshot;

use crate::dom0::{Dom0, state};

#[test]
fn there_and_back_through_the_sockets() {
    let dom0 = Dom0::new();
    let before = state(dom0.sandbox());
    let served = dom0.serve("");
    let plan = dom0.run("plan small@1").exits(3);
    assert!(plan.stdout.contains("\n+ loud "), "{}", plan.transcript());
    assert_snapshot!(dom0.run("switch small@1").transcript(), @r"
    | generation 1 is in place: small r4.3, serial 1 (12 steps)
    exit code 0
    ");
    assert!(dom0.run("status").succeeds().stdout.contains("\ndom0 is as it says; "));
    assert!(dom0.run("plan small@1").succeeds().stdout.ends_with("\nnothing to do\n"));
    assert_snapshot!(dom0.run("rollback --accept-dangers").transcript(), @r"
    | generation 0 is in place (4 steps)
    exit code 0
    ");
    let stopped = served.stop();
    assert_eq!(stopped.code, 0, "{}", stopped.said);
    // What was made is put away, and nothing else has changed.
    let mut after = state(dom0.sandbox());
    let made = after["qubes"].as_object_mut().unwrap().remove("loud").unwrap();
    assert_eq!(made["properties"]["netvm"], serde_json::Value::Null);
    assert_eq!(after, before);
}

#[test]
fn the_simulation_in_the_process_gives_the_same_state() {
    let dom0 = Dom0::new();
    let sandbox = dom0.sandbox();
    let id = sandbox.halite("build recipe").succeeds().stdout;
    let within = |arguments: &str| sandbox.halite_dom0(&format!("--simulate within {arguments}"));
    within("trust add author.pub --role author").succeeds();
    within("import").argument(format!("store/{}.halite", id.trim_end())).succeeds();
    within("switch small@1").succeeds();

    let served = dom0.serve("");
    dom0.run("switch small@1").succeeds();
    assert_eq!(served.stop().code, 0);
    let within: serde_json::Value = serde_json::from_slice(&sandbox.read("within/qubesd.json")).unwrap();
    assert_eq!(state(sandbox), within);
    let policy = "root/etc/qubes/policy.d/32-halite.policy";
    assert_eq!(sandbox.read(&policy.replace("root", "dom0")), sandbox.read(&format!("within/{policy}")));
}

#[test]
fn each_change_is_kept_when_the_server_is_killed() {
    let dom0 = Dom0::new();
    let served = dom0.serve("");
    dom0.run("switch small@1").succeeds();
    served.kill();
    // What the killed one left of its sockets is no obstacle.
    let served = dom0.serve("");
    dom0.run("status").succeeds();
    assert_eq!(served.stop().code, 0);
}

#[test]
fn the_internal_socket_may_be_elsewhere() {
    let dom0 = Dom0::new();
    let served = dom0.serve("");
    dom0.run("switch small@1").succeeds();
    std::fs::rename(dom0.sandbox().path("qubesd.internal.sock"), dom0.sandbox().path("other.sock")).unwrap();
    let lacking = dom0.run("policy graph").end();
    assert!(lacking.stderr.contains("`qubesd.internal.sock`: No such file or directory"), "{}", lacking.transcript());
    dom0.run("policy graph --qubesd-internal other.sock").succeeds();
    assert_eq!(served.stop().code, 0);
}
