//! What the programs ask of the kernel, as `strace` sees it: no network, no other program, and files that survive a power loss.

#![allow(clippy::disallowed_methods, reason = "a test runs programs")]

mod support;

use support::Sandbox;

/// The calls of these kinds that `halite ARGUMENTS` makes, one a line, after it has started.
fn traced(sandbox: &Sandbox, kinds: &str, arguments: &str) -> Vec<String> {
    let strace = format!("-f -qq -s 200 -o trace -e trace={kinds} {} {arguments}", env!("CARGO_BIN_EXE_halite"));
    sandbox.run("strace", &strace).succeeds();
    let lines = sandbox.text("trace");
    // The number of the process, and the call.
    lines.lines().map(|line| line.split_once(' ').unwrap().1.trim_start().to_owned()).collect()
}

#[test]
fn no_network_and_no_other_program() {
    let sandbox = Sandbox::with_bundle();
    for arguments in [
        "build recipe --sign author.key",
        "check recipe",
        "show ./bundle.halite",
        "report ./bundle.halite --html --since recipe",
        "sign ./bundle.halite --key other.key",
        "verify ./bundle.halite --contents --key author.pub",
        "keygen -W third",
    ] {
        let calls = traced(&sandbox, "network,process", arguments);
        let started = calls.iter().filter(|call| call.starts_with("execve")).count();
        assert_eq!(started, 1, "{arguments}: {calls:#?}");
        for bad in ["socket", "connect", "bind", "fork", "vfork"] {
            assert!(!calls.iter().any(|call| call.starts_with(bad)), "{arguments}: {calls:#?}");
        }
    }
}

/// The file is written under another name, synced, renamed, and the directory synced.
#[test]
fn a_bundle_survives_a_power_loss() {
    let sandbox = Sandbox::with_recipe();
    sandbox.halite("keygen -W author").succeeds();
    std::fs::create_dir(sandbox.path("store")).unwrap();
    for arguments in ["build recipe", "sign sample@1 --key author.key"] {
        let calls = traced(&sandbox, "fsync,fdatasync,rename,renameat,renameat2,sync,syncfs", arguments);
        let kinds: Vec<&str> = calls.iter().map(|call| call.split('(').next().unwrap()).collect();
        assert_eq!(kinds, ["fsync", "rename", "fsync"], "{arguments}: {calls:#?}");
        assert!(calls[1].contains("store/.") && calls[1].contains(".halite\""), "{arguments}: {calls:#?}");
    }
}

/// Nothing outside its own directory is written, and no file of the user's is read but those that it was told to.
#[test]
fn only_the_files_that_were_named_are_touched() {
    let sandbox = Sandbox::with_recipe();
    let calls = traced(&sandbox, "open,openat,openat2,creat", "build recipe");
    let home = sandbox.path("home").display().to_string();
    for call in calls.iter().filter(|call| !call.contains("ENOENT")) {
        let path = call.split('"').nth(1).unwrap();
        let system = ["/lib", "/usr/lib", "/etc/ld.so", "/proc/", "/sys/"].iter().any(|start| path.starts_with(start));
        assert!(!call.contains("O_WRONLY") || !path.starts_with('/'), "{call}");
        assert!(system || !path.starts_with('/'), "{call}");
        assert!(!path.starts_with(&home), "{call}");
    }
}
