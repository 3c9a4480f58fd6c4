//! Whatever only shows something writes nothing, and asks qubesd nothing but to be told.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::dom0::Dom0;

/// What is only shown, and how it ends.
const SHOWN: [(&str, i32); 16] = [
    ("plan sample@1", 0),
    ("plan sample@2", 3),
    ("plan sample@2 --json", 3),
    ("diff sample@1 sample@2", 3),
    ("diff sample@2", 3),
    ("diff 1 sample@2 --json", 3),
    ("report", 0),
    ("report sample@2 --since 1", 0),
    ("status", 3),
    ("status --json", 3),
    ("generations", 0),
    ("list", 0),
    ("capture", 0),
    ("capture --redact", 0),
    ("policy graph --include-ask", 0),
    ("policy lint", 0),
];

/// Methods of the Admin API that only tell (`read=True` in qubes-core-admin, `qubes/api/admin.py`, and `internal.GetSystemInfo`).
const READING: [&str; 11] = [
    "admin.label.List",
    "admin.pool.Info",
    "admin.pool.volume.List",
    "admin.property.Get",
    "admin.vm.List",
    "admin.vm.feature.Get",
    "admin.vm.feature.List",
    "admin.vm.firewall.Get",
    "admin.vm.property.GetAll",
    "admin.vm.tag.List",
    "internal.GetSystemInfo",
];

/// A dom0 with a generation in place, something that was changed by hand, and another bundle.
fn dom0() -> Dom0 {
    let dom0 = Dom0::with_sample("r4.3");
    dom0.run("switch sample@1").succeeds();
    let second = crate::support::RECIPE.replace("serial = 1", "serial = 2").replace("\"onionshare\"", "\"onionshare\", \"gimp\"");
    dom0.import(
        &second.replace("[workstation.loud]\n", "[workstation.loud]\nprefs = { kernel = \"6.12.59-1.fc41\" }\nprivate = 5000\n"),
    );
    dom0
}

fn change_by_hand(dom0: &Dom0) {
    dom0.edit_qube("quiet", |qube| qube["tags"].as_array_mut().unwrap().retain(|tag| tag != "halite-isolated"));
}

#[test]
fn nothing_is_written_anywhere() {
    let dom0 = dom0();
    let mut is_changed = false;
    for (arguments, code) in SHOWN {
        if arguments == "status" && !is_changed {
            change_by_hand(&dom0);
            is_changed = true;
        }
        let before = dom0.sandbox().snapshot();
        dom0.run(arguments).exits(code);
        assert!(before == dom0.sandbox().snapshot(), "{arguments}");
    }
}

/// As the kernel sees it: no file is opened for writing, made, renamed or removed, and no other program is started.
#[test]
fn the_kernel_is_asked_for_nothing_that_writes() {
    const KINDS: &str = "trace=open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat,\
                         symlink,symlinkat,truncate,ftruncate,fallocate,chmod,fchmod,fchmodat,chown,fchown,fchownat,setxattr,fsetxattr,\
                         utimensat,mknod,mknodat,socket,connect,execve,fork,vfork,mount,ioctl,flock,fcntl";
    let dom0 = dom0();
    let program = crate::support::dom0::built().program.display().to_string();
    for (arguments, _) in SHOWN.into_iter().filter(|(arguments, _)| !arguments.starts_with("status")) {
        let strace = format!("-f -qq -s 300 -o trace -e {KINDS} {program} --simulate dom0 {arguments}");
        dom0.sandbox().run("strace", &strace).end();
        let trace = dom0.sandbox().text("trace");
        let calls: Vec<&str> = trace.lines().filter_map(|line| Some(line.split_once(' ')?.1.trim_start())).collect();
        assert!(calls.iter().any(|call| call.contains("qubesd.json")), "{arguments}: {calls:#?}");
        let mut started = 0;
        for call in calls {
            let name = call.split('(').next().unwrap();
            match name {
                "open" | "openat" | "openat2" => {
                    let writes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND", "O_TMPFILE"];
                    assert!(!writes.iter().any(|flag| call.contains(flag)), "{arguments}: {call}");
                }
                "execve" => started += 1,
                // Questions to the terminal, and a lock that a reader shares.
                "ioctl" => assert!(call.contains("TCGETS") || call.contains("TIOCGWINSZ"), "{arguments}: {call}"),
                "fcntl" | "flock" => {}
                _ if call.starts_with("+++") || call.starts_with("---") => {}
                _ => panic!("{arguments}: {call}"),
            }
        }
        assert_eq!(started, 1, "{arguments}");
    }
}

/// Over the sockets, every call is one that tells; and a plan that changes nothing asks no more than what is managed.
#[test]
fn qubesd_is_only_asked() {
    let dom0 = dom0();
    let served = crate::hostile::Hostile::serve(&dom0, |_, reply| reply.to_vec());
    let mut asked = BTreeSet::new();
    for (arguments, code) in SHOWN {
        let code = if arguments.starts_with("status") { 0 } else { code };
        served.run(arguments).exits(code);
        let calls = served.calls();
        let all = calls.len();
        let each: BTreeSet<String> = calls.into_iter().collect();
        assert_eq!(each.len(), all, "{arguments}: no call is made twice");
        if arguments == "plan sample@1" {
            let beyond = ["admin.label", "admin.pool", "admin.property"];
            assert!(!each.iter().any(|call| beyond.iter().any(|start| call.starts_with(start))), "{each:#?}");
        }
        asked.extend(each.iter().map(|call| call.split('+').next().unwrap().to_owned()));
    }
    let volumes = "admin.vm.volume.Info".to_owned();
    assert!(asked.remove(&volumes));
    let reading: BTreeSet<String> = READING.iter().map(|method| (*method).to_owned()).collect();
    assert_eq!(asked, reading, "no other method, and each of these");
    let after: Value = served.state();
    let before: Value = serde_json::from_str(&dom0.sandbox().text("dom0/qubesd.json")).unwrap();
    assert_eq!(after, before);
}
