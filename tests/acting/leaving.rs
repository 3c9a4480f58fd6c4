//! `uninstall` and `prune`: what somebody must say, what goes, and what is left.

use std::fs;

use insta::assert_snapshot;

use crate::dom0::Dom0;

#[test]
fn leaving_whole_and_removing_what_is_left() {
    let dom0 = Dom0::new();
    let fresh = dom0.system();
    dom0.run("switch sample@1").succeeds();
    dom0.run("confirm").succeeds();
    assert_snapshot!(dom0.run("uninstall").transcript(), @r"
    ! error: `uninstall` must be typed at a terminal, and stdin is none
    ! hint: to say it without a terminal, add `--yes`
    exit code 2
    ");
    assert_snapshot!(dom0.run("uninstall --yes").transcript(), @r"
    ! error: the plan is dangerous:
    ! the policy that keeps identities apart is taken away
    ! hint: if you know that this is right, add `--accept-dangers`
    exit code 1
    ");
    // Without any bundle.
    fs::remove_dir_all(dom0.sandbox.path("dom0/root/var/lib/halite/store")).unwrap();
    let typed = dom0.at_terminal("uninstall --accept-dangers", "no\n").exits(1).stdout;
    assert!(typed.contains("something else than `uninstall` was typed"), "{typed}");
    assert_eq!(dom0.status(), (1, false));
    let typed = dom0.at_terminal("uninstall --accept-dangers", "uninstall\n").succeeds().stdout;
    assert!(typed.contains("Type `uninstall` to go on: "), "{typed}");
    assert_eq!((dom0.status(), dom0.confirmed()), ((0, false), Some(0)));
    let again = dom0.run("uninstall --yes").succeeds();
    assert_snapshot!(again.transcript(), @r"
    | dom0 is as it was before halite (0 steps)
    | put away and not deleted, since there may be data in them:
    |   h-quiet-187997a4
    |   loud
    |   quiet
    |   quiet-dvm
    |   quiet-gateway
    | each is removed for ever by `halite-dom0 gc --keep 0` and then `halite-dom0 prune NAME`, qubes before templates
    | left besides: `dom0/root/var/lib/halite` (generations, bundles, history) and `dom0/root/etc/halite` (whom dom0 trusts)
    | when nothing is to be removed or gone back to any more: rm -r dom0/root/var/lib/halite dom0/root/etc/halite
    exit code 0
    ");
    let left = dom0.run("uninstall --yes --json").succeeds().json();
    let made: Vec<String> = left["put_away"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    assert_eq!(made.len(), 5, "{made:?}");

    // All that was there is as it was; and what was made is gone when it is pruned, qubes before what they are made from.
    assert_snapshot!(dom0.run("prune loud --type-name loud").transcript(), @r"
    ! error: `loud` is not removed: generation 1 needs it, and is kept
    ! hint: `halite-dom0 gc` removes generations that nothing keeps; `halite-dom0 generations` shows what keeps them
    exit code 1
    ");
    dom0.run("gc --keep 0").succeeds();
    let (templates, qubes): (Vec<&String>, Vec<&String>) = made.iter().partition(|name| name.starts_with("h-"));
    let in_use = dom0.run(&format!("prune {0} --type-name {0}", templates[0])).exits(1).stderr;
    assert!(in_use.contains("Domain is in use") && in_use.contains("everything was put back as it was"), "{in_use}");
    for name in qubes.into_iter().chain(templates) {
        let done = dom0.run(&format!("prune {name} --type-name {name}")).succeeds();
        assert_eq!(done.stdout, format!("{name} is removed\n"));
    }
    assert_eq!(dom0.system(), fresh);
    assert!(!dom0.sandbox.path("dom0/root/etc/qubes/policy.d/32-halite.policy").exists());
}

#[test]
fn where_nothing_was_ever_done_there_is_nothing_to_leave() {
    let dom0 = Dom0::new();
    let before = dom0.system();
    assert_snapshot!(dom0.run("uninstall").transcript(), @r"
    | dom0 is as it was before halite (0 steps)
    | left besides: `dom0/root/var/lib/halite` (generations, bundles, history) and `dom0/root/etc/halite` (whom dom0 trusts)
    | when nothing is to be removed or gone back to any more: rm -r dom0/root/var/lib/halite dom0/root/etc/halite
    exit code 0
    ");
    assert_eq!(dom0.system(), before);
}

#[test]
fn a_name_must_be_typed_before_anything_is_removed() {
    let dom0 = Dom0::switched();
    dom0.run("switch sample@2 --accept-dangers").succeeds();
    dom0.run("gc --keep 0").succeeds();
    let before = dom0.system();
    assert_snapshot!(dom0.run("prune loud").transcript(), @r"
    ! error: `loud` must be typed at a terminal, and stdin is none
    ! hint: to say it without a terminal, add `--type-name loud`
    exit code 2
    ");
    assert_snapshot!(dom0.run("prune loud --type-name quiet").transcript(), @r"
    ! error: `quiet` is not `loud`
    ! hint: nothing was removed
    exit code 2
    ");
    assert_snapshot!(dom0.run("prune quiet --type-name quiet").transcript(), @r"
    ! error: `quiet` is not removed: it belongs to generation 2, which is in place
    ! hint: switch to a bundle that does not name it, or `halite-dom0 uninstall`, first
    exit code 1
    ");
    assert_snapshot!(dom0.run("prune sys-firewall --type-name sys-firewall").transcript(), @r"
    ! error: `sys-firewall` is not removed: halite did not make it
    ! hint: `qvm-remove` removes whatever is your own
    exit code 1
    ");
    let typed = dom0.at_terminal("prune loud", "yes\n").exits(1).stdout;
    assert!(typed.contains("something else than `loud` was typed"), "{typed}");
    assert_eq!(dom0.system(), before);
    let typed = dom0.at_terminal("prune loud", "loud\n").succeeds().stdout;
    assert!(typed.contains("`loud` is removed for ever, with all data in it") && typed.contains("loud is removed"), "{typed}");
    dom0.run("status").succeeds();
}
