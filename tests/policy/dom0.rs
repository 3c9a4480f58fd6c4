//! The same verbs in `halite-dom0`: this dom0's directories and qubesd, unless options say otherwise.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread;

use insta::assert_snapshot;
use serde_json::json;

use super::support::Sandbox;
use super::{PLACE, small, stock};

/// A dom0 of R4.3 below `root`, with one rule; its qubesd is not there yet.
fn dom0() -> Sandbox {
    let sandbox = small("");
    sandbox.write("root/etc/qubes-release", "Qubes release 4.3 (R4.3)\n");
    sandbox.write("root/etc/qubes/policy.d/50-own.policy", "qubes.Filecopy * m1 vault ask\n");
    sandbox
}

/// A qubesd that answers one call with `reply`, and tells what it was asked.
fn qubesd(socket: &Path, reply: Vec<u8>) -> thread::JoinHandle<Vec<u8>> {
    let listener = UnixListener::bind(socket).unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = Vec::new();
        stream.read_to_end(&mut asked).unwrap();
        stream.write_all(&reply).unwrap();
        asked
    })
}

const HERE: &str = "--root root --qubesd qubesd.sock";

#[test]
fn qubesd_tells_of_the_system() {
    let sandbox = dom0();
    let reply = [b"0\0", sandbox.text("system.json").as_bytes()].concat();
    let server = qubesd(&sandbox.path("qubesd.internal.sock"), reply);
    assert_snapshot!(sandbox.halite_dom0(&format!("policy reach {HERE} --from m1 --to vault")).transcript(), @r"
    | data, allowed:
    |   nothing
    | data, asked:
    |   m1 → vault (qubes.Filecopy, ask, 50-own.policy:1)
    | control, allowed:
    |   nothing
    | control, asked:
    |   nothing
    exit code 0
    ");
    assert_eq!(server.join().unwrap(), b"internal.GetSystemInfo+ dom0 name dom0\0");
}

/// Where Qubes' own client gives each qube a second name, rules can use it.
#[test]
fn rules_may_name_a_uuid() {
    let sandbox = dom0();
    let uuid = "11111111-2222-4333-8444-555555555555";
    sandbox.write("root/etc/qubes/policy.d/50-own.policy", format!("qubes.Filecopy * m1 uuid:{uuid} allow\n"));
    let mut system: serde_json::Value = serde_json::from_str(&sandbox.text("system.json")).unwrap();
    system["domains"]["vault"]["uuid"] = json!(uuid);
    let server = qubesd(&sandbox.path("qubesd.internal.sock"), [b"0\0", system.to_string().as_bytes()].concat());
    assert_snapshot!(sandbox.halite_dom0(&format!("policy graph {HERE}")).transcript(), @r##"
    | digraph g {
    |   "vault" [color = "#cc0000", penwidth = 3];
    |   "m1" [color = "#cc0000", penwidth = 3];
    |   "m1" -> "vault" [label="qubes.Filecopy" color=red];
    | }
    exit code 0
    "##);
    server.join().unwrap();
}

#[test]
fn qubesd_does_not_answer() {
    let sandbox = dom0();
    assert_snapshot!(sandbox.halite_dom0(&format!("policy graph {HERE}")).transcript(), @r"
    ! error: qubesd does not answer: `qubesd.internal.sock`: No such file or directory (os error 2)
    ! hint: qubesd's sockets are for root and the group `qubes`; or name a file, with `--system-info`
    exit code 1
    ");
    for reply in ["", "0\0[]", "2\0QubesException\0\0no\0"] {
        let _ = std::fs::remove_file(sandbox.path("qubesd.internal.sock"));
        let server = qubesd(&sandbox.path("qubesd.internal.sock"), reply.into());
        let ended = sandbox.halite_dom0(&format!("policy graph {HERE}")).exits(1);
        server.join().unwrap();
        assert_eq!(ended.stderr.lines().count(), 2, "{}", ended.stderr);
        assert!(ended.stderr.starts_with("error: qubesd"), "{}", ended.stderr);
    }
    // Nobody is asked about what is named.
    assert_snapshot!(sandbox.halite_dom0(&format!("policy graph {HERE} --system-info system.json --include-ask --count")).transcript(), @r"
    | 1
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0(&format!("policy graph {PLACE} --count")).transcript(), @r"
    | 0
    exit code 0
    ");
}

#[test]
fn only_r4_3_reads_run() {
    let sandbox = dom0();
    sandbox.write("root/run/qubes/policy.d/50-own.policy", "qubes.Filecopy * m1 vault deny\n");
    let edges = || {
        let options = format!("policy graph {HERE} --system-info system.json --include-ask --count");
        sandbox.halite_dom0(&options).succeeds().stdout
    };
    assert_eq!(edges(), "0\n");
    assert_snapshot!(sandbox.halite_dom0(&format!("policy lint {HERE} --system-info system.json")).transcript(), @r"
    | 50-own.policy: warning: a file of the same name in an earlier directory masks it
    ! 0 errors, 1 warning
    exit code 0
    ");
    sandbox.write("root/etc/qubes-release", "Qubes release 4.2 (R4.2)\n");
    assert_eq!(edges(), "1\n");
}

/// Paths in a policy are dom0's own, wherever its root is.
#[test]
fn paths_are_below_the_root() {
    let sandbox = dom0();
    sandbox.write("root/etc/qubes/policy.d/50-own.policy", "!include-service qubes.Filecopy * /etc/own\n!compat-4.0\n");
    sandbox.write("root/etc/own", "m1 vault allow\n");
    sandbox.write("root/etc/qubes-rpc/policy/qubes.OpenURL", "$anyvm m3 allow\n");
    let options = format!("policy eval {HERE} --system-info system.json");
    let calls = "{\"source\": \"m1\", \"service\": \"qubes.Filecopy\", \"target\": \"vault\"}\n\
                 {\"source\": \"m1\", \"service\": \"qubes.OpenURL\", \"target\": \"m3\"}\n";
    assert_snapshot!(sandbox.halite_dom0(&options).stdin(calls).transcript(), @r#"
    | {"source":"m1","service":"qubes.Filecopy","argument":"+","target":"vault","decision":"allow","notify":false,"rule":"/etc/own:1","result_target":"vault","user":null,"autostart":true}
    | {"source":"m1","service":"qubes.OpenURL","argument":"+","target":"m3","decision":"allow","notify":false,"rule":"/etc/qubes-rpc/policy/qubes.OpenURL:1","result_target":"m3","user":null,"autostart":true}
    exit code 0
    "#);
    std::fs::remove_dir_all(sandbox.path("root/etc/qubes-rpc")).unwrap();
    assert_snapshot!(sandbox.halite_dom0(&options).stdin(calls).transcript(), @r#"
    | {"source":"m1","service":"qubes.Filecopy","argument":"+","target":"vault","decision":"deny","notify":true}
    | {"source":"m1","service":"qubes.OpenURL","argument":"+","target":"m3","decision":"deny","notify":true}
    ! error: 50-own.policy:2:1: `/etc/qubes-rpc/policy` cannot be included: cannot read the directory `[DIR]/root/etc/qubes-rpc/policy`: No such file or directory (os error 2)
    ! error: with this, Qubes denies every call of every qube
    exit code 1
    "#);
}

#[test]
fn a_dom0_without_policies() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.halite_dom0("policy lint --root .").transcript(), @r"
    ! error: cannot read `./etc/qubes-release`: No such file or directory (os error 2)
    ! hint: halite-dom0 runs in dom0; elsewhere, `--simulate DIR` gives it a simulated one
    exit code 1
    ");
    sandbox.write("etc/qubes-release", "Qubes release 4.3 (R4.3)\n");
    assert_snapshot!(sandbox.halite_dom0("policy lint --root .").transcript(), @r"
    ! error: cannot find `./etc/qubes/policy.d`: No such file or directory (os error 2)
    ! hint: name a directory with policy files, such as `--policy-dir policy.d`
    exit code 1
    ");
}

/// A simulated dom0 has the stock policy, and its qubesd tells of its qubes.
#[test]
fn a_simulated_dom0() {
    for release in ["r4.2", "r4.3"] {
        let sandbox = Sandbox::new();
        let here = format!("--simulate dom0 --simulate-release {release}");
        let count = |options: &str| {
            let ended = sandbox.halite_dom0(&format!("policy graph {here} --include-ask --count {options}")).succeeds();
            ended.stdout.trim_end().parse::<u64>().unwrap()
        };
        assert!(count("") > 500, "{release}");
        assert_eq!(count("--source vault --target dom0 --service qubes.Filecopy"), 0, "{release}");
        assert_eq!(count("--source vault --target personal --service qubes.Filecopy"), 1, "{release}");
        let system = match release {
            "r4.2" => include_str!("../data/system-info-4.2.json"),
            _ => include_str!("../data/system-info-4.3.json"),
        };
        sandbox.write("system.json", system);
        let lint = |options: &str| sandbox.halite_dom0(&format!("policy lint {here} {options}")).succeeds().transcript();
        // Whose tags and names are those that were recorded.
        assert_eq!(lint(""), lint("--system-info system.json"), "{release}");
    }
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.halite_dom0("policy lint --simulate dom0").transcript(), @r"
    | 85-admin-backup-restore.policy:1: warning: no qube carries the tag `backup-restore-mgmt` (and in 16 more places)
    | 85-admin-backup-restore.policy:8: warning: no qube carries the tag `backup-restore-in-progress` (and in 8 more places)
    | 85-admin-backup-restore.policy:17: warning: no qube carries the tag `backup-restore-storage`
    | 90-default-video-companion.policy:6: warning: no qube is called `sys-usb`
    | 90-default.policy:22: warning: it never decides anything: 50-config-updates.policy:2 decides all its calls before it
    | 90-legacy-equivalents.policy:1: warning: it never decides anything: 90-default-gui-daemon.policy:3 decides all its calls before it
    ! 0 errors, 30 warnings
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("policy reach --simulate dom0 --from anon-whonix --to vault").transcript(), @r"
    | data, allowed:
    |   nothing
    | data, asked:
    |   anon-whonix → vault (qubes.ClipboardPaste, ask, 90-default-gui-daemon.policy:2)
    | control, allowed:
    |   nothing
    | control, asked:
    |   nothing
    exit code 0
    ");
}

/// What no option names is no reason to look for a dom0.
#[test]
fn both_programs_say_the_same() {
    let sandbox = stock();
    for arguments in ["graph --include-ask", "lint", "reach --from app-0006"] {
        let arguments = format!("policy {arguments} {PLACE}");
        let (here, anywhere) = (sandbox.halite_dom0(&arguments).end(), sandbox.halite(&arguments).end());
        assert_eq!((here.stdout, here.stderr, here.code), (anywhere.stdout, anywhere.stderr, anywhere.code), "{arguments}");
    }
}
