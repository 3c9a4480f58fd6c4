//! `--confirm-within` and `confirm`: two processes, a clock, and every signal.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use insta::assert_snapshot;
use rustix::process::Signal;

use crate::dom0::{Dom0, Going};
use crate::served;
use crate::support::{RECIPE, dom0::built};

#[test]
fn what_is_confirmed_from_elsewhere_counts() {
    let dom0 = Dom0::switched();
    let mut going = dom0.start("switch sample@2 --accept-dangers --confirm-within 10m");
    going.waits();
    assert_eq!(dom0.status(), (1, false), "it does not count yet, and nobody interrupted it");
    let status = dom0.run("status").exits(3).stdout;
    assert!(status.contains("\ndone, and not confirmed yet: switch to sample@2 ("), "{status}");
    assert!(status.contains(&format!("\nby process {}, `", going.number())), "{status}");
    assert!(status.contains("; it waits for `halite-dom0 confirm` until 20"), "{status}");
    assert!(status.contains("\ndom0 is as what waits says; state "), "{status}");
    let waiting = dom0.run("status --json").exits(3).json();
    assert_eq!((&waiting["waiting"]["generation"], &waiting["drift"]), (&2.into(), &serde_json::json!([])));
    // What is changed meanwhile is told of what waits.
    dom0.change("quiet", |qube| qube["properties"]["label"] = "black".into());
    let status = dom0.run("status").exits(3).stdout;
    assert!(status.contains("\ndom0 was changed since:\n") && status.contains("label: black → red"), "{status}");
    dom0.change("quiet", |qube| qube["properties"]["label"] = "red".into());
    assert_snapshot!(dom0.run("confirm").transcript(), @r"
    | generation 2 is confirmed
    exit code 0
    ");
    let (code, said) = going.end();
    assert_eq!(code, Some(0));
    assert_snapshot!(said, @r"
    generation 2 is in place: sample r4.3, serial 2 (3 steps)
    generation 2 is done, and not confirmed yet
    see whether everything works; if it does, say so in another terminal within 10m:
      halite-dom0 confirm
    otherwise everything is put back; Ctrl-C puts it back now
    ");
    assert_eq!((dom0.status(), dom0.confirmed()), ((2, false), Some(2)));
    let mut going = dom0.start("rollback --confirm-within 10m --json --accept-dangers");
    going.waits();
    assert_eq!(dom0.run("confirm --json").succeeds().json()["generation"], 1);
    assert_eq!(going.end().0, Some(0));
    assert_eq!((dom0.status(), dom0.confirmed()), ((1, false), Some(1)));
}

#[test]
fn what_nobody_confirms_in_time_is_put_back() {
    let dom0 = Dom0::switched();
    let before = dom0.run("status --json").succeeds().stdout;
    assert_snapshot!(dom0.run("switch sample@2 --accept-dangers --confirm-within 300ms").transcript(), @r"
    ! generation 2 is done, and not confirmed yet
    ! see whether everything works; if it does, say so in another terminal within 300ms:
    !   halite-dom0 confirm
    ! otherwise everything is put back; Ctrl-C puts it back now
    ! error: all was done, and not confirmed: nobody did within 300ms
    ! everything was put back as it was
    exit code 1
    ");
    assert_eq!(dom0.run("status --json").succeeds().stdout, before);
    assert_eq!(dom0.confirmed(), None);
    assert_snapshot!(dom0.run("switch sample@2 --confirm-within 0s").transcript(), @r"
    ! error: invalid value '0s' for '--confirm-within <DURATION>': it is no time at all
    !
    ! For more information, try '--help'.
    exit code 2
    ");
}

#[test]
fn every_signal_that_would_end_it_puts_everything_back() {
    let dom0 = Dom0::switched();
    let before = dom0.run("status --json").succeeds().stdout;
    for (signal, named) in
        [(Signal::HUP, "SIGHUP"), (Signal::INT, "SIGINT"), (Signal::QUIT, "SIGQUIT"), (Signal::TERM, "SIGTERM")]
    {
        let mut going = dom0.start("switch sample@2 --accept-dangers --confirm-within 10m");
        going.waits();
        going.signal(signal);
        let (code, said) = going.end();
        assert_eq!(code, Some(1), "{named}");
        assert!(said.contains(&format!("({named})\neverything was put back as it was\n")), "{said}");
        assert_eq!(dom0.run("status --json").succeeds().stdout, before, "{named}");
    }
}

/// In the middle of a step nothing ends, and after it no other begins.
#[test]
fn every_signal_between_two_steps_puts_everything_back() {
    let stock = served::Dom0::of(RECIPE, &[]);
    let before = served::state(stock.sandbox())["qubes"].clone();
    for (signal, named) in
        [(Signal::HUP, "SIGHUP"), (Signal::INT, "SIGINT"), (Signal::QUIT, "SIGQUIT"), (Signal::TERM, "SIGTERM")]
    {
        let dom0 = stock.copy();
        let served = dom0.serve("");
        let sandbox = dom0.sandbox();
        // Salt works until it may end.
        std::fs::rename(sandbox.path("bin/qubesctl"), sandbox.path("bin/real")).unwrap();
        let script = "#!/bin/sh\n: > bin/begun\nwhile [ ! -e bin/go ]; do sleep 0.02; done\nbin/real \"$@\" && : > bin/done\n";
        let path = sandbox.write("bin/qubesctl", script);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        let mut command = Command::new(&built().program);
        command.args(["--root", "dom0", "--qubesd", "qubesd.sock", "--qubesctl", "bin/qubesctl"]);
        command.args(["switch", "sample@1", "--confirm-within", "10m"]);
        let mut going = Going::begin(sandbox, command);
        going.until(|_| sandbox.path("bin/begun").exists());
        let status = dom0.run("status").exits(3).stdout;
        assert!(status.contains("\nunder way: switch to sample@1 ("), "{status}");
        going.signal(signal);
        sandbox.write("bin/go", "");
        let (code, said) = going.end();
        assert_eq!(code, Some(1), "{said}");
        assert!(said.starts_with("error: stopped after ") && said.contains(" steps: "), "{said}");
        assert!(said.ends_with(&format!("({named})\neverything was put back as it was\n")), "{said}");
        assert!(sandbox.path("bin/done").exists(), "{named}: what was begun was done");
        dom0.run("status").succeeds();
        assert_eq!(served.stop().code, 0);
        assert_eq!(served::state(sandbox)["qubes"], before, "{named}");
    }
}

/// Ctrl-Z would let the time pass with nobody there to put anything back.
#[test]
fn it_does_not_stop() {
    let dom0 = Dom0::switched();
    let mut going = dom0.start("switch sample@2 --accept-dangers --confirm-within 10m");
    going.waits();
    going.signal(Signal::TSTP);
    dom0.run("confirm").succeeds();
    assert_eq!(going.end().0, Some(0));
}

#[test]
fn who_is_killed_while_waiting_is_undone_by_the_next_command() {
    let dom0 = Dom0::switched();
    let before = dom0.run("status --json").succeeds().stdout;
    for next in ["recover", "confirm", "trust threshold author 1"] {
        let mut going = dom0.start("switch sample@2 --accept-dangers --confirm-within 10m");
        going.waits();
        going.signal(Signal::KILL);
        assert_eq!(going.end().0, None);
        assert_eq!(dom0.status(), (1, true), "before `{next}`");
        match next {
            "recover" => {
                let said = dom0.run("recover").succeeds().stdout;
                assert!(said.starts_with("undone: switch to sample@2 ("), "{said}");
                assert!(said.ends_with("), generation 2; everything is as it was before it\n"), "{said}");
            }
            // What it would have confirmed is not there any more.
            "confirm" => assert_snapshot!(dom0.run("confirm").transcript(), @r"
            ! error: nothing was confirmed: an interrupted command was undone first: everything is as it was before it
            ! now generation 1 is in place
            ! hint: see whether it works, and say so with `halite-dom0 confirm`
            exit code 1
            "),
            _ => {
                dom0.run(next).succeeds();
                assert_eq!(dom0.status(), (1, true), "whom to believe is said whatever else is wrong");
                dom0.run("recover").succeeds();
            }
        }
        assert_eq!(dom0.run("status --json").succeeds().stdout, before, "after `{next}`");
        assert_eq!(dom0.confirmed(), None);
    }
}

/// The kernel's own SIGHUP: the terminal that the switch was begun at is gone.
#[test]
fn a_terminal_that_is_gone_puts_everything_back() {
    let dom0 = Dom0::switched();
    let before = dom0.run("status --json").succeeds().stdout;
    let call = format!("{} --simulate dom0 switch sample@2 --accept-dangers --confirm-within 10m", built().program.display());
    let mut command = Command::new("script");
    command.args(["-q", "-f", "-c", &call, "typescript"]);
    let mut terminal = dom0.spawn(command);
    let typescript = dom0.sandbox.path("typescript");
    terminal.until(|_| std::fs::read_to_string(&typescript).is_ok_and(|said| said.contains("s left")));
    terminal.signal(Signal::KILL);
    terminal.end();
    let begun = std::time::Instant::now();
    while dom0.sandbox.path("dom0/root/var/lib/halite/journal").exists() {
        assert!(begun.elapsed() < std::time::Duration::from_secs(60), "it was not put back");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(dom0.run("status --json").succeeds().stdout, before);
    assert!(dom0.run("history").succeeds().stdout.ends_with(": undone\n"));
}

#[test]
fn where_nothing_waits_the_generation_in_place_is_confirmed() {
    let dom0 = Dom0::switched();
    assert_snapshot!(dom0.run("confirm").transcript(), @r"
| generation 1 is confirmed
exit code 0
");
    dom0.run("switch sample@2 --accept-dangers").succeeds();
    assert_eq!(dom0.confirmed(), Some(1), "a switch that nobody is asked about confirms nothing");
    dom0.run("confirm").succeeds();
    dom0.run("confirm").succeeds();
    assert_eq!(dom0.confirmed(), Some(2));
    let history = dom0.run("history").succeeds().stdout;
    assert_eq!(history.matches("confirm generation 2").count(), 1, "saying it twice is one deed: {history}");
}
