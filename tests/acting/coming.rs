//! A bundle that comes out of a qube, by stand-ins of `qvm-run`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::dom0::Dom0;
use crate::support::{Ended, RECIPE};

/// A dom0 with one more bundle beside it, at `coming.halite`.
fn dom0() -> Dom0 {
    let dom0 = Dom0::new();
    dom0.sandbox.write("recipe/halite.toml", RECIPE.replace("serial = 1", "serial = 7"));
    let id = dom0.sandbox.halite("build recipe --sign author.key").succeeds().stdout;
    fs::rename(dom0.sandbox.path(&format!("store/{}.halite", id.trim_end())), dom0.sandbox.path("coming.halite")).unwrap();
    dom0
}

/// What comes of an import where `qvm-run` is this script.
fn import(dom0: &Dom0, script: &str) -> Ended {
    let path = dom0.sandbox.path("qvm-run");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    dom0.run("--timeout 2s import --qvm-run ./qvm-run --from-qube work:/home/user/b.halite").end()
}

#[test]
fn what_comes_whole_is_imported() {
    let dom0 = dom0();
    let called = "test \"$*\" = '--pass-io --no-gui --no-autostart work cat -- /home/user/b.halite' && exec cat coming.halite";
    let ended = import(&dom0, called);
    assert_eq!(ended.code, 0, "{}", ended.transcript());
    assert!(ended.stderr.contains("imported sample r4.3, serial 7"), "{}", ended.transcript());
}

#[test]
fn whatever_goes_wrong_in_the_qube_nothing_is_left() {
    let dom0 = dom0();
    let store = dom0.sandbox.path("dom0/root/var/lib/halite/store");
    let before = fs::read_dir(&store).unwrap().count();
    let half = "head -c 500 coming.halite";
    for (script, told) in [
        ("exit 1", "there is no such file in the qube, or the qube is not running"),
        ("exit 2", "there is no such qube"),
        ("exit 255", "the qube may not be asked"),
        ("exec cat coming.halite; exit 7", "imported"),
        ("cat coming.halite; exit 7", "qvm-run ended with exit status: 7"),
        ("kill -9 $$", "qvm-run ended with signal: 9"),
        (half, ""),
        ("sleep 600", "nothing came from the qube for 2s"),
        ("head -c 500 coming.halite; sleep 600", "nothing came from the qube for 2s"),
        ("exec cat /dev/zero", "268435456"),
    ] {
        let ended = import(&dom0, script);
        if told == "imported" {
            assert_eq!(ended.code, 0, "{}", ended.transcript());
            fs::remove_file(store.join(format!("{}.halite", ended.stdout.trim_end()))).unwrap();
        } else {
            assert!(ended.code != 0 && ended.stderr.contains(told), "{script}: {}", ended.transcript());
            assert_eq!(ended.stderr.matches("error: ").count(), 1, "{script}: {}", ended.transcript());
        }
        assert_eq!(fs::read_dir(&store).unwrap().count(), before, "{script}");
    }
}

#[test]
fn a_file_in_a_qube_is_named_whole() {
    let dom0 = Dom0::new();
    for (text, told) in [("work", "QUBE:PATH"), ("work:bundle", "whole one"), ("1work:/x", "1work")] {
        let ended = dom0.run(&format!("import --from-qube {text}")).exits(2);
        assert!(ended.stderr.contains(told), "{}", ended.transcript());
    }
    dom0.run("import x.halite --from-qube work:/x").exits(2);
    dom0.run("import").exits(2);
}
