//! A dom0 that was captured is judged and planned for elsewhere as it is in place; and the policy guard, which looks at the rules of
//! others around the bundle's.

#![allow(clippy::disallowed_methods, reason = "a test looks at the files")]

mod support;

use std::fs;

use insta::assert_snapshot;
use support::{RECIPE, Run, Sandbox};

/// A sandbox with a simulated dom0 of this release in `dom0/`, which has the sample's bundle in its store.
fn begun(release: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", RECIPE.replacen("[\"r4.3\"]", "[\"r4.2\", \"r4.3\"]", 1));
    sandbox.halite("keygen --no-passphrase author").succeeds();
    let id = sandbox.halite(&format!("build recipe --sign author.key --release {release}")).succeeds().stdout;
    sandbox.write("id", &id[..12]);
    fs::rename(sandbox.path(&format!("store/{}.halite", id.trim_end())), sandbox.path("bundle.halite")).unwrap();
    sandbox.halite_dom0(&format!("--simulate dom0 --simulate-release {release} trust add author.pub --role author")).succeeds();
    dom0(&sandbox, "import bundle.halite").succeeds();
    sandbox
}

fn dom0<'a>(sandbox: &'a Sandbox, arguments: &str) -> Run<'a> {
    sandbox.halite_dom0(&format!("--simulate dom0 {arguments}"))
}

/// What came of it, without the bundle's id.
fn shown(sandbox: &Sandbox, arguments: &str) -> String {
    dom0(sandbox, arguments).transcript().replace(&sandbox.text("id"), "[ID]")
}

/// Captures the simulated dom0, and sees that this changes nothing.
fn capture(sandbox: &Sandbox) {
    drop(fs::remove_file(sandbox.path("dom0.json")));
    let before = sandbox.snapshot();
    dom0(sandbox, "capture --output dom0.json").succeeds();
    let mut after = sandbox.snapshot();
    let (mode, _) = after.remove("dom0.json").unwrap();
    assert_eq!(mode & 0o777, 0o600, "it holds every name that is in dom0");
    assert!(before == after, "capturing changes nothing");
}

const POLICY: &str = "dom0/root/etc/qubes/policy.d";

#[test]
fn a_plan_made_elsewhere_is_the_plan_that_dom0_makes() {
    for release in ["r4.2", "r4.3"] {
        let sandbox = begun(release);
        capture(&sandbox);
        let there = dom0(&sandbox, "plan sample@1").exits(3);
        let here = sandbox.halite("plan bundle.halite --against dom0.json").exits(3);
        assert_eq!(here.stdout, there.stdout);
        let recipe = sandbox.halite("plan recipe --against dom0.json").exits(3);
        let steps = |text: &str| text.split_once('\n').unwrap().1.to_owned();
        assert_eq!(steps(&recipe.stdout), steps(&there.stdout), "all but the title, which has no id");

        dom0(&sandbox, "switch sample@1").succeeds();
        capture(&sandbox);
        let there = dom0(&sandbox, "plan sample@1 --json").succeeds();
        let here = sandbox.halite("plan bundle.halite --against dom0.json --json").succeeds();
        assert_eq!(here.json(), there.json(), "what halite made is known by the captured books");
        assert_eq!(here.json()["steps"], serde_json::json!([]));
    }
}

#[test]
fn a_captured_policy_is_studied_as_in_dom0() {
    let sandbox = begun("r4.3");
    capture(&sandbox);
    for verb in ["graph --include-ask", "reach --from anon-whonix --what data --json"] {
        let there = dom0(&sandbox, &format!("policy {verb}")).succeeds();
        let here = sandbox.halite(&format!("policy {verb} --capture dom0.json")).succeeds();
        assert_eq!(here.stdout, there.stdout);
        assert!(here.stdout.lines().count() > 5, "{}", here.stdout);
    }
    assert_snapshot!(sandbox.halite("policy graph --capture dom0.json --policy-dir .").transcript(), @r"
    ! error: the argument '--capture <FILE>' cannot be used with '--policy-dir <DIR>'
    !
    ! Usage: halite policy graph --capture <FILE>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
}

#[test]
fn what_others_rules_open_is_found_before_anything_happens() {
    let sandbox = begun("r4.3");
    sandbox.write(&format!("{POLICY}/10-mine.policy"), "qubes.Filecopy * quiet loud allow\n");
    capture(&sandbox);
    assert_snapshot!(sandbox.halite("check recipe --against dom0.json").transcript(), @r"
    ! error[H0501]: qube `quiet`: `quiet` may call `loud` (qubes.Filecopy, allow, 10-mine.policy:1), and there is another such call
    !   --> recipe/halite.toml:18:14
    !    |
    ! 18 | [workstation.quiet]
    !    |              ^^^^^
    !    |
    !    = help: that rule is not the bundle's: take it out of `10-mine.policy`, or declare the flow in the recipe
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    assert_snapshot!(sandbox.halite("check bundle.halite --against dom0.json").transcript(), @r"
    ! error: `bundle.halite`: it breaks rules in that dom0:
    ! H0501 qube `quiet`: `quiet` may call `loud` (qubes.Filecopy, allow, 10-mine.policy:1), and there is another such call
    ! hint: `halite check BUNDLE` tells whether it keeps them on a stock system
    exit code 1
    ");
    let plan = dom0(&sandbox, "plan sample@1").exits(3);
    assert_snapshot!(plan.stdout.lines().filter(|line| line.starts_with("DANGER")).collect::<String>(), @"DANGER  H0501 qube `quiet`: `quiet` may call `loud` (qubes.Filecopy, allow, 10-mine.policy:1), and there is another such call; that rule is not the bundle's: take it out of `10-mine.policy`, or declare the flow in the recipe");
    let before = sandbox.snapshot();
    assert_snapshot!(shown(&sandbox, "switch sample@1"), @r"
    ! error: the plan is dangerous:
    ! H0501 qube `quiet`: `quiet` may call `loud` (qubes.Filecopy, allow, 10-mine.policy:1), and there is another such call; that rule is not the bundle's: take it out of `10-mine.policy`, or declare the flow in the recipe
    ! hint: if you know that this is right, add `--accept-dangers`
    exit code 1
    ");
    assert!(before == sandbox.snapshot(), "nothing happens");
    dom0(&sandbox, "switch sample@1 --accept-dangers").succeeds();
}

#[test]
fn a_file_after_the_bundles_opens_nothing() {
    let sandbox = begun("r4.3");
    sandbox.write(&format!("{POLICY}/40-mine.policy"), "qubes.Filecopy * quiet loud allow\n");
    capture(&sandbox);
    sandbox.halite("check recipe --against dom0.json").succeeds();
    dom0(&sandbox, "switch sample@1").succeeds();
}

#[test]
fn a_policy_that_nobody_can_read_is_found_before_anything_happens() {
    let sandbox = begun("r4.3");
    sandbox.write(&format!("{POLICY}/50-mine.policy"), "# mine\nqubes.Filecopy * work allow\n");
    capture(&sandbox);
    assert_snapshot!(sandbox.halite("check recipe --against dom0.json").transcript(), @r"
    ! error[H0701]: the bundle: dom0 cannot read 50-mine.policy:2:28: too few fields; a rule is `SERVICE ARGUMENT SOURCE TARGET ACTION`, and in a service's own file `SOURCE TARGET ACTION`
    !  --> recipe/halite.toml:1:1
    !   |
    ! 1 | # A sample: one identity behind Tor, one in clear.
    !   | ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
    let before = sandbox.snapshot();
    assert_snapshot!(shown(&sandbox, "switch sample@1"), @r"
    ! error: bundle [ID] cannot be switched to: the bundle's rules would not count in this dom0:
    ! H0701 dom0 cannot read 50-mine.policy:2:28: too few fields; a rule is `SERVICE ARGUMENT SOURCE TARGET ACTION`, and in a service's own file `SOURCE TARGET ACTION`
    ! hint: `halite-dom0 policy lint` lists all that is wrong with the policy; put that right first
    exit code 1
    ");
    assert_snapshot!(shown(&sandbox, "plan sample@1"), @r"
    ! error: bundle [ID] cannot be switched to: the bundle's rules would not count in this dom0:
    ! H0701 dom0 cannot read 50-mine.policy:2:28: too few fields; a rule is `SERVICE ARGUMENT SOURCE TARGET ACTION`, and in a service's own file `SOURCE TARGET ACTION`
    ! hint: `halite-dom0 policy lint` lists all that is wrong with the policy; put that right first
    exit code 1
    ");
    assert!(before == sandbox.snapshot(), "nothing happens");
    fs::remove_file(sandbox.path(&format!("{POLICY}/50-mine.policy"))).unwrap();
    dom0(&sandbox, "switch sample@1").succeeds();
}

#[test]
fn a_masking_file_is_found_where_the_release_reads_it() {
    for (release, code) in [("r4.2", 0), ("r4.3", 1)] {
        let sandbox = begun(release);
        sandbox.write("dom0/root/run/qubes/policy.d/32-halite.policy", "");
        capture(&sandbox);
        let check = sandbox.halite(&format!("check recipe --against dom0.json --release {release}")).exits(code);
        let switch = dom0(&sandbox, "switch sample@1").exits(code);
        if code == 1 {
            assert_snapshot!(check.transcript(), @r"
            ! error[H0702]: the bundle: `/run/qubes/policy.d/32-halite.policy` is read instead of the bundle's
            !  --> recipe/halite.toml:1:1
            !   |
            ! 1 | # A sample: one identity behind Tor, one in clear.
            !   | ^
            !
            ! error: the recipe has a fault; nothing was built
            exit code 1
            ");
            assert_snapshot!(switch.transcript().replace(&sandbox.text("id"), "[ID]"), @r"
            ! error: bundle [ID] cannot be switched to: the bundle's rules would not count in this dom0:
            ! H0702 `/run/qubes/policy.d/32-halite.policy` is read instead of the bundle's
            ! hint: `halite-dom0 policy lint` lists all that is wrong with the policy; put that right first
            exit code 1
            ");
        }
    }
}

#[test]
fn going_back_is_guarded_too() {
    let sandbox = begun("r4.3");
    dom0(&sandbox, "switch sample@1").succeeds();
    dom0(&sandbox, "rollback 0 --accept-dangers").succeeds();
    sandbox.write(&format!("{POLICY}/10-mine.policy"), "qubes.Filecopy * quiet loud allow\n");
    assert_snapshot!(dom0(&sandbox, "rollback 1").transcript(), @r"
    ! error: the plan is dangerous:
    ! H0501 qube `quiet`: `quiet` may call `loud` (qubes.Filecopy, allow, 10-mine.policy:1), and there is another such call; that rule is not the bundle's: take it out of `10-mine.policy`, or declare the flow in the recipe
    ! hint: if you know that this is right, add `--accept-dangers`
    exit code 1
    ");
    dom0(&sandbox, "rollback 1 --accept-dangers").succeeds();
    sandbox.write(&format!("{POLICY}/50-mine.policy"), "!include nowhere\n");
    dom0(&sandbox, "rollback 0 --accept-dangers").succeeds();
}

#[test]
fn what_is_no_capture_is_refused() {
    let sandbox = begun("r4.3");
    capture(&sandbox);
    let whole = sandbox.text("dom0.json");
    let mut transcripts = String::new();
    for (name, text) in [
        ("empty", String::new()),
        ("future", whole.replacen("\"format\": 1", "\"format\": 2", 1)),
        ("cut", whole[..whole.len() / 2].to_owned()),
        ("extra", whole.replacen("\"format\": 1", "\"format\": 1, \"colour\": \"red\"", 1)),
        ("name", whole.replacen("\"anon-whonix\": {", "\"../etc\": {", 1)),
        ("system", whole.replacen("\"domains\"", "\"domain\"", 1)),
    ] {
        sandbox.write("bad.json", text);
        for verb in ["check recipe --against", "plan recipe --against", "policy graph --capture"] {
            let ended = sandbox.halite(&format!("{verb} bad.json")).exits(1);
            assert!(ended.stdout.is_empty() && ended.stderr.starts_with("error: `bad.json`: "), "{name}: {}", ended.transcript());
            if verb.starts_with("check") {
                transcripts.push_str(&format!("{name}\n{}", ended.stderr));
            }
        }
    }
    assert_snapshot!(transcripts, @r"
    empty
    error: `bad.json`: it is no capture: EOF while parsing a value at line 1 column 0
    hint: make one in dom0, with `halite-dom0 capture --output FILE`
    future
    error: `bad.json`: it is a capture of format 2, and this halite reads 1
    hint: make one in dom0, with `halite-dom0 capture --output FILE`
    cut
    error: `bad.json`: it is no capture: EOF while parsing a value at line 1820 column 19
    hint: make one in dom0, with `halite-dom0 capture --output FILE`
    extra
    error: `bad.json`: it is no capture: unknown field `colour`, expected one of `format`, `release`, `qubes`, `system`, `policy`, `supplies`, `books` at line 2 column 23
    hint: make one in dom0, with `halite-dom0 capture --output FILE`
    name
    error: `bad.json`: it is no capture: a qube's name begins with a letter at line 5 column 12
    hint: make one in dom0, with `halite-dom0 capture --output FILE`
    system
    error: `bad.json`: it is no system information: missing field `domains` at line 1 column 5000
    hint: make one in dom0, with `halite-dom0 capture --output FILE`
    ");
    assert_snapshot!(sandbox.halite("check recipe --against dom0.json --release r4.2").transcript(), @r"
    ! error: it is for r4.2, and the captured dom0 is r4.3
    exit code 1
    ");
    assert_snapshot!(sandbox.halite("plan recipe --against nowhere.json").transcript(), @r"
    ! error: cannot read `nowhere.json`: No such file or directory (os error 2)
    exit code 1
    ");
    assert_snapshot!(dom0(&sandbox, "capture --output dom0.json").transcript(), @r"
    ! error: cannot write `dom0.json`: File exists (os error 17)
    exit code 1
    ");
}
