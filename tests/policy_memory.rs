//! `halite policy eval` with 64 MiB of memory, for the policies of 1 MiB that cost the most.

#![allow(clippy::disallowed_methods, reason = "a test writes the policies, and runs the program")]

#[path = "qrexec/inputs.rs"]
mod inputs;
mod support;

use std::process::{Command, Stdio};

use support::Sandbox;

/// All that the program may have mapped, itself included, in KiB.
const MEMORY: u32 = 64 << 10;

#[test]
fn the_worst_policies_take_little_memory() {
    for (name, files) in inputs::all() {
        let sandbox = Sandbox::new();
        sandbox.write("system.json", "{\"domains\": {}}");
        sandbox.write("old/s+x", "a a deny\n");
        for (path, text) in files {
            sandbox.write(&format!("policy.d/{path}"), text);
        }
        let program = env!("CARGO_BIN_EXE_halite");
        let options = "--policy-dir policy.d --compat-dir old --system-info system.json";
        let output = Command::new("sh")
            .arg("-c")
            .arg(format!("ulimit -v {MEMORY} && exec '{program}' policy eval {options}"))
            .current_dir(sandbox.path(""))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        let is_told = errors.contains("with this, Qubes denies every call of every qube");
        // Either the policy is read, or it is said why not; a program without memory ends by a signal.
        assert!(
            matches!((output.status.code(), is_told), (Some(0), false) | (Some(1), true)),
            "{name}: {:?} {errors}",
            output.status
        );
    }
}
