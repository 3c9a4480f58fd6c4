//! What Salt does inside qubes, through a stand-in of `qubesctl` as a program of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::dom0::{Dom0, assert_one_error, state};

/// An identity behind Tor on a template of its own, with files in both.
const RECIPE: &str = r#"
[bundle]
name = "inside"
serial = 1
summary = "One identity behind Tor"
releases = ["r4.3"]

[identity.a]
mode = 1
gateway = "a-gw"
[gateway.a-gw]
upstream = "sys-firewall"
[workstation.a]
identity = "a"
template = "a"
[workstation.a.files]
"/rw/config/rc.local" = { source = "files/rc.local", executable = true }
"/home/user/notes" = "files/notes"
[template.a]
base = "whonix-workstation"
packages = ["onionshare"]
[template.a.files]
"/etc/apt/sources.list.d/x.sources" = "files/notes"
"#;

/// A dom0 that knows the bundle of [`RECIPE`].
fn dom0() -> Dom0 {
    Dom0::of(RECIPE, &[("files/rc.local", "#!/bin/sh\n"), ("files/notes", "one\n")])
}

/// The name of the template that halite makes.
fn template(state: &Value) -> String {
    state["qubes"].as_object().unwrap().keys().find(|name| name.starts_with("h-a-")).expect("the template is there").clone()
}

/// The paths of the files that Salt put into a qube.
fn files(state: &Value, qube: &str) -> Vec<String> {
    state["qubes"][qube]["files"].as_object().map(|files| files.keys().cloned().collect()).unwrap_or_default()
}

/// Puts a program in the place of the stand-in, which it finds as `$0.real`.
fn replace(dom0: &Dom0, script: &str) {
    let path = dom0.sandbox().path("bin/qubesctl");
    fs::rename(&path, dom0.sandbox().path("bin/qubesctl.real")).unwrap();
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
}

/// That nothing is left of what Salt was to do, nor of what it may.
#[track_caller]
fn assert_clean(dom0: &Dom0) {
    assert!(!dom0.sandbox().path("dom0/srv/salt/halite").exists());
    assert!(!dom0.sandbox().path("dom0/etc/qubes/policy.d/30-qubesctl-salt.policy").exists());
    assert!(!dom0.sandbox().path("dom0/var/lib/halite/journal").exists());
}

#[test]
fn packages_and_files_come_to_where_they_belong() {
    let dom0 = dom0();
    let served = dom0.serve("");
    dom0.run("switch inside@1").succeeds();
    assert!(dom0.run("plan inside@1").succeeds().stdout.ends_with("\nnothing to do\n"));
    assert!(dom0.run("status").succeeds().stdout.contains("\ndom0 is as it says; "));
    assert_eq!(served.stop().code, 0);
    let state = state(dom0.sandbox());
    let template = template(&state);
    assert_eq!(state["qubes"][&template]["packages"], serde_json::json!(["onionshare"]));
    assert_eq!(files(&state, &template), ["/etc/apt/sources.list.d/x.sources"]);
    let sdwdate = "/usr/local/etc/sdwdate-gui.d/50_user.conf";
    assert_eq!(files(&state, "a"), ["/home/user/notes", "/rw/config/rc.local", sdwdate]);
    assert_eq!(state["qubes"]["a"]["properties"]["netvm"], "a-gw");
    // It ran, and does not any more.
    assert_eq!(state["qubes"]["a"]["power"], Value::Null);
    assert_clean(&dom0);
}

#[test]
fn a_file_that_is_not_wanted_any_more_goes_and_comes_back_with_a_rollback() {
    let dom0 = dom0();
    let served = dom0.serve("");
    dom0.run("switch inside@1").succeeds();
    let changed = RECIPE.replace("serial = 1", "serial = 2").replace("\"/home/user/notes\" = \"files/notes\"\n", "");
    dom0.import(&changed);
    let plan = dom0.run("plan inside@2").exits(3).stdout;
    assert!(plan.contains("remove /home/user/notes"), "{plan}");
    // The network is taken away and given back, which is no news.
    assert!(!plan.contains("netvm"), "{plan}");
    // What happens while Salt works, no later step can undo.
    let steps = dom0.run("plan inside@2 --json").exits(3).json()["steps"].as_array().unwrap().clone();
    let place = |is: &dyn Fn(&Value) -> bool| steps.iter().position(is).expect("there is such a step");
    let sets = |link: &'static str, to: &'static str| {
        move |step: &Value| step["property"]["property"] == link && step["property"]["to"]["set"] == to
    };
    let works = place(&|step: &Value| step["provision"]["qube"] == "a");
    assert!(place(&sets("netvm", "")) < works && works < place(&sets("netvm", "a-gw")), "{steps:#?}");
    dom0.run("switch inside@2").succeeds();
    let wanted = ["/rw/config/rc.local", "/usr/local/etc/sdwdate-gui.d/50_user.conf"];
    assert_eq!(files(&state(dom0.sandbox()), "a"), wanted);
    dom0.run("rollback").succeeds();
    assert_eq!(files(&state(dom0.sandbox()), "a").first().map(String::as_str), Some("/home/user/notes"));
    assert_eq!(served.stop().code, 0);
    assert_clean(&dom0);
}

/// `gc` removes bundles before the generations that name them, and may be interrupted between the two.
#[test]
fn a_bundle_that_is_gone_stops_nobody_who_does_not_need_it() {
    let dom0 = dom0();
    let served = dom0.serve("");
    dom0.run("switch inside@1").succeeds();
    dom0.import(&RECIPE.replace("serial = 1", "serial = 2").replace("\"/home/user/notes\" = \"files/notes\"\n", ""));
    dom0.run("switch inside@2").succeeds();
    let bundles = dom0.run("list --json").succeeds().json()["bundles"].as_array().unwrap().clone();
    let path = |serial: u64| {
        let bundle = bundles.iter().find(|bundle| bundle["serial"] == serial).unwrap();
        dom0.sandbox().path(&format!("dom0/var/lib/halite/store/{}.halite", bundle["id"].as_str().unwrap()))
    };
    fs::remove_file(path(2)).unwrap();
    dom0.run("rollback 1").succeeds();
    assert_eq!(files(&state(dom0.sandbox()), "a").first().map(String::as_str), Some("/home/user/notes"));
    assert_eq!(served.stop().code, 0);
    assert_clean(&dom0);
}

#[test]
fn wherever_salt_fails_everything_is_put_back() {
    let dom0 = dom0();
    let before = state(dom0.sandbox());
    // The template, then the qube; and each of them before and after it is done.
    for at in 1..=2 {
        for fails in ["exit 1", "\"$0.real\" \"$@\" >/dev/null; exit 1", "\"$0.real\" \"$@\"; exit 20"] {
            let dom0 = dom0.copy();
            let served = dom0.serve("");
            replace(
                &dom0,
                &format!(
                    "echo x >> \"$0.count\"\nif [ $(wc -l < \"$0.count\") = {at} ]; then {fails}; fi\nexec \"$0.real\" \"$@\""
                ),
            );
            let ended = dom0.run("switch inside@1").end();
            assert_one_error(&ended, fails);
            assert!(ended.stderr.contains("everything was put back as it was"), "{}", ended.transcript());
            assert_eq!(served.stop().code, 0);
            let mut after = state(dom0.sandbox());
            // A qube that was started may hold something, and is retired.
            if let Some(left) = after["qubes"].as_object_mut().unwrap().remove("a") {
                assert_eq!((at, &left["properties"]["netvm"]), (2, &Value::Null));
                let template = template(&after);
                after["qubes"].as_object_mut().unwrap().remove(&template);
            }
            after.as_object_mut().unwrap().remove("count");
            assert_eq!(after["qubes"], before["qubes"], "{at} {fails}");
            assert_clean(&dom0);
        }
    }
}

#[test]
fn a_salt_that_hangs_is_killed_and_what_it_left_is_put_away() {
    let dom0 = dom0();
    let served = dom0.serve("");
    let allowed = "printf 'qubes.VMShell * disp-mgmt-%s %s allow user=root\\n' \"${2#--targets=}\" \"${2#--targets=}\" > dom0/etc/qubes/policy.d/30-qubesctl-salt.policy";
    replace(&dom0, &format!("{allowed}\nsleep 600"));
    let ended = dom0.run("--timeout 2s switch inside@1").end();
    assert_one_error(&ended, "a Salt that hangs");
    assert!(ended.stderr.contains("it was not done after 2s, and is killed"), "{}", ended.transcript());
    assert_clean(&dom0);
    assert_eq!(served.stop().code, 0);
}

#[test]
fn killed_while_salt_works_everything_is_put_back_by_the_next_command() {
    let dom0 = dom0();
    let before = state(dom0.sandbox());
    for kills in ["kill -9 $PPID; exit 1", "\"$0.real\" \"$@\" >/dev/null; kill -9 $PPID"] {
        for at in 1..=2 {
            let dom0 = dom0.copy();
            let served = dom0.serve("");
            replace(
                &dom0,
                &format!(
                    "echo x >> \"$0.count\"\nif [ $(wc -l < \"$0.count\") = {at} ]; then {kills}; fi\nexec \"$0.real\" \"$@\""
                ),
            );
            let ended = dom0.run("switch inside@1").end();
            assert!(ended.code != 0 && dom0.sandbox().path("dom0/srv/salt/halite").exists(), "{}", ended.transcript());
            // What a kill between two system calls leaves, too.
            dom0.sandbox().write("dom0/srv/salt/.halite.7.new/files/secret", "a bridge");
            let recovered = dom0.run("recover").succeeds();
            assert!(recovered.stdout.contains("undone"), "{}", recovered.transcript());
            assert_clean(&dom0);
            assert_eq!(fs::read_dir(dom0.sandbox().path("dom0/srv/salt")).unwrap().count(), 0);
            dom0.run("status").succeeds();
            assert_eq!(served.stop().code, 0);
            let after = state(dom0.sandbox());
            for (name, qube) in before["qubes"].as_object().unwrap() {
                assert_eq!(&after["qubes"][name], qube, "{name}");
            }
            if let Some(left) = after["qubes"].get("a") {
                assert_eq!(left["features"]["x-halite-retired"], "1");
            }
        }
    }
}

#[test]
fn states_of_somebody_else_are_not_touched() {
    let dom0 = dom0();
    let served = dom0.serve("");
    dom0.sandbox().write("dom0/srv/salt/halite/qubes.sls", "mine\n");
    let before = state(dom0.sandbox());
    let ended = dom0.run("switch inside@1").end();
    assert_one_error(&ended, "states of somebody else");
    assert!(ended.stderr.contains("dom0/srv/salt/halite` holds something that is not halite-dom0's"), "{}", ended.transcript());
    assert_eq!(dom0.sandbox().text("dom0/srv/salt/halite/qubes.sls"), "mine\n");
    assert_eq!(state(dom0.sandbox()), before);
    assert_eq!(served.stop().code, 0);
}
