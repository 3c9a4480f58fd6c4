//! What recovers when the machine starts: the unit files, as systemd itself reads them.

use std::fs;

use crate::support::{Sandbox, dom0::built};

/// Beside the files that are shipped, what they are ordered with: the units of qubes-core-admin, as far as it matters here.
fn units(sandbox: &Sandbox) {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/src/dom0/systemd");
    sandbox.run("cp", "-r").argument(shipped).argument("units").succeeds();
    sandbox.write("units/qubesd.service", "[Service]\nType=notify\nExecStart=/bin/true\n");
    sandbox.write(
        "units/qubes-vm@.service",
        "[Unit]\nAfter=qubesd.service\n[Service]\nType=oneshot\nExecStart=/bin/true %i\nRemainAfterExit=yes\n[Install]\nWantedBy=multi-user.target\n",
    );
    sandbox.write(
        "units/qubes-preload-dispvm.service",
        "[Unit]\nAfter=qubesd.service\n[Service]\nType=oneshot\nExecStart=/bin/true\n",
    );
    // The program is where it will be installed.
    let unit = sandbox.text("units/halite-recover.service");
    assert!(unit.contains("\nExecStart=/usr/bin/halite-dom0 "));
    let unit = unit.replace("/usr/bin/halite-dom0", &built().program.display().to_string());
    sandbox.write("units/halite-recover.service", unit);
}

/// What systemd says of a unit, and of those that it is ordered with.
fn verified(sandbox: &Sandbox, unit: &str) -> String {
    let path = format!("{}:", sandbox.path("units").display());
    let run = sandbox.run("systemd-analyze", "verify --recursive-errors=yes --man=no").argument(unit);
    let ended = run.env("SYSTEMD_UNIT_PATH", path).end();
    let said = ended.stdout + &ended.stderr;
    let ours = |line: &&str| line.contains("halite") || line.contains("qubes");
    said.lines().filter(ours).map(|line| format!("{line}\n")).collect()
}

#[test]
fn systemd_finds_no_fault_in_the_units() {
    let sandbox = Sandbox::new();
    units(&sandbox);
    for unit in ["halite-recover.service", "qubes-vm@sys-net.service"] {
        assert_eq!(verified(&sandbox, unit), "", "{unit}");
    }
    // It would find one.
    let unit = sandbox.text("units/halite-recover.service");
    sandbox.write("units/halite-recover.service", unit.replace("Type=oneshot", "Type=onshot").replace("After=", "Aftr="));
    let said = verified(&sandbox, "halite-recover.service");
    assert!(said.contains("onshot") && said.contains("Aftr"), "{said}");
}

/// What the unit calls is what there is, and ends in time when qubesd does not answer.
#[test]
fn the_unit_calls_what_there_is() {
    let unit = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/dom0/systemd/halite-recover.service")).unwrap();
    let call = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/bin/halite-dom0 ")).unwrap();
    let sandbox = Sandbox::new();
    let ended = sandbox.halite_dom0(&format!("--simulate dom0 {}", call)).succeeds();
    assert_eq!(ended.stdout, "nothing was interrupted\n");
    let seconds = |key: &str| -> u64 {
        unit.lines().find_map(|line| line.strip_prefix(key)?.strip_suffix("min")).unwrap().parse::<u64>().unwrap() * 60
    };
    assert!(call.starts_with("--timeout 1m ") && seconds("TimeoutStartSec=") <= 300, "{unit}");
}
