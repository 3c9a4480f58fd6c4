//! `halite-dom0 report`: of what is in place, with the policy that is really installed.

use insta::assert_snapshot;

use crate::support::Sandbox;

/// A dom0 with the sample's bundle in its store.
fn dom0() -> Sandbox {
    let sandbox = Sandbox::with_bundle();
    for command in ["trust add author.pub --role author", "import bundle.halite"] {
        sandbox.halite_dom0(&format!("--simulate dom0 {command}")).succeeds();
    }
    sandbox
}

#[test]
fn it_says_what_halite_says_of_the_bundle() {
    let sandbox = dom0();
    let here = sandbox.halite_dom0("--simulate dom0 report sample@1").succeeds().stdout;
    let anywhere = sandbox.halite("report bundle.halite").succeeds().stdout;
    let different: Vec<_> = here.lines().zip(anywhere.lines()).filter(|(here, anywhere)| here != anywhere).collect();
    assert_eq!(different, [("Held against  the dom0 that it comes into", "Held against  a stock system")]);
    assert_eq!(here.lines().count(), anywhere.lines().count());
}

#[test]
fn what_is_in_place_is_judged_with_what_is_really_installed() {
    let sandbox = dom0();
    assert_snapshot!(sandbox.halite_dom0("--simulate dom0 report").transcript(), @r"
    ! error: no generation is in place
    ! hint: name a bundle; `halite-dom0 list` shows what is there
    exit code 1
    ");
    sandbox.halite_dom0("--simulate dom0 switch sample@1").succeeds();
    let matrix = || sandbox.halite_dom0("--simulate dom0 report --sheet flow-matrix").end();
    assert_eq!(matrix().code, 0, "{}", matrix().transcript());
    // Somebody else's file, which is read before halite's.
    let line = "qubes.Filecopy * quiet loud allow\n";
    sandbox.write("dom0/root/etc/qubes/policy.d/10-mine.policy", line);
    assert_snapshot!(matrix().transcript(), @r"
    | `sample` r4.3, serial 1
    | =======================
    | One identity behind Tor, one in clear
    |
    |
    | 1  Flow matrix
    | --------------
    |
    | What may move from whom to whom, over any number of calls: data, or commands. The policy of the
    | bundle was evaluated together with the one that it comes into, for all pairs of qubes and all
    | services; what is not told here, no call does. dom0 itself, and its own clipboard, stand outside of
    | it.
    |
    | From the identity of the row to that of the column:
    |
    | From                      `loud`                 `quiet`  the rest of dom0's qubes
    | ──────────────────────────────────────────────────────────────────────────────────
    | `loud`                    –                      never    never
    |
    | `quiet`                   allowed, 1 call [1.1]  –        never
    |                           BROKEN H0501
    |
    | the rest of dom0's qubes  never                  never    –
    |
    | 1.1  `quiet` → `loud`
    |
    | Ways from `quiet` → `loud`:
    |
    | Step       Call            Service           Answer   Rule                Declared by
    | ──────────────────────────────────────────────────────────────────────────────────────
    | unasked 1  `quiet → loud`  `qubes.Filecopy`  allowed  `10-mine.policy:1`  no flow
    |                                                                           BROKEN H0501
    exit code 1
    ");
    std::fs::remove_file(sandbox.path("dom0/root/etc/qubes/policy.d/10-mine.policy")).unwrap();
    assert_eq!(matrix().code, 0);
    // And halite's own, edited by hand: the report is of what is there.
    let own = "dom0/root/etc/qubes/policy.d/32-halite.policy";
    let policy = sandbox.text(own);
    sandbox.write(own, format!("{line}{policy}"));
    assert_eq!(matrix().code, 1, "{}", matrix().transcript());
    assert!(matrix().stdout.contains("allowed, 1 call"), "{}", matrix().transcript());
}

/// Where dom0 does not read the bundle's rules, or none at all, nothing is called enforced that rests on them; and the matrix tells what the
/// policy that is read lets through.
#[test]
fn rules_that_are_not_read_hold_nothing() {
    let sandbox = dom0();
    sandbox.halite_dom0("--simulate dom0 switch sample@1").succeeds();
    let report = |sheet: &str| sandbox.halite_dom0(&format!("--simulate dom0 report --sheet {sheet}")).exits(1).stdout;
    let mask = sandbox.write("dom0/root/run/qubes/policy.d/32-halite.policy", "");
    assert!(report("overview").contains("DANGER H0702"), "{}", report("overview"));
    let map = report("boundary-map");
    assert!(map.contains("unknown H0501") && !map.contains("enforced H0501"), "{map}");
    assert!(report("situations").contains("NOT hold"), "{}", report("situations"));
    let matrix = report("flow-matrix");
    assert!(matrix.contains("asked, 1 call") && !matrix.contains("`quiet`  never  "), "{matrix}");
    std::fs::remove_file(mask).unwrap();
    sandbox.write("dom0/root/etc/qubes/policy.d/10-mine.policy", "no rule at all\n");
    assert!(report("overview").contains("DANGER H0701"), "{}", report("overview"));
    let map = report("boundary-map");
    assert!(map.contains("unknown H0501") && !map.contains("enforced H0501"), "{map}");
}

#[test]
fn it_changes_nothing() {
    let sandbox = dom0();
    sandbox.halite_dom0("--simulate dom0 switch sample@1").succeeds();
    let before = sandbox.snapshot();
    sandbox.halite_dom0("--simulate dom0 report").succeeds();
    sandbox.halite_dom0("--simulate dom0 report 1 --since sample@1").succeeds();
    assert_eq!(sandbox.snapshot(), before);
}
