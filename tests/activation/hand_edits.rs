//! What a user changes by hand between two commands is shown, and put right.

use halite::model::Release;
use halite::plan::Danger;
use serde_json::Value;

use crate::bundles::{Bundle, SMALL, bundle, small_changed, small_reassigned};
use crate::dom0::{Dom0, name};
use crate::snapshot::{is_retired, qubes};

/// A dom0 with the small recipe in place.
fn switched(release: Release) -> (Dom0, Bundle) {
    let bundle = bundle(SMALL, 1, release);
    let mut dom0 = Dom0::stock(release);
    dom0.switch(&bundle);
    (dom0, bundle)
}

/// Edits, checks what status and `plan` show, switches again, and checks that all is right.
#[track_caller]
fn case(edit: impl Fn(&mut Dom0), shown: &[&str]) {
    for release in Release::ALL {
        let (mut dom0, bundle) = switched(release);
        let right = qubes(&dom0.system);
        edit(&mut dom0);
        let drift = dom0.drift();
        assert_eq!(drift.to_text(), dom0.plan(&bundle).to_text());
        let text = drift.to_text();
        for words in shown {
            assert!(text.contains(words), "`{words}` is not in\n{text}");
        }
        dom0.switch(&bundle);
        assert!(dom0.drift().is_empty());
        for (name, qube) in qubes(&dom0.system) {
            let without_number = |qube: &Value| {
                let mut qube = qube.clone();
                ["qid", "dispid"].iter().for_each(|number| drop(qube.as_object_mut().unwrap().remove(*number)));
                qube
            };
            assert_eq!(without_number(&qube), without_number(&right[&name]), "{name}");
        }
    }
}

#[test]
fn a_changed_pref_is_put_back() {
    case(|dom0| dom0.hand("admin.vm.property.Set", "memory", "a", "700"), &["~ a ", "memory: 700 → 1000"]);
    case(|dom0| dom0.hand("admin.vm.property.Set", "label", "b", "red"), &["~ b ", "label: red → orange"]);
    case(|dom0| dom0.hand("admin.vm.property.Reset", "memory", "b", ""), &["memory: (default) → 500"]);
}

#[test]
fn a_changed_network_is_put_back() {
    case(|dom0| dom0.hand("admin.vm.property.Set", "netvm", "a", "sys-firewall"), &["netvm: sys-firewall → a-gw"]);
}

#[test]
fn a_lost_tag_comes_back() {
    case(|dom0| dom0.hand("admin.vm.tag.Remove", "halite-isolated", "a-gw", ""), &["~ a-gw", "tags halite-isolated"]);
    case(|dom0| dom0.hand("admin.vm.tag.Remove", "anon-vm", "a", ""), &["~ a ", "tags anon-vm"]);
}

#[test]
fn a_lost_book_keeping_feature_comes_back() {
    case(|dom0| dom0.hand("admin.vm.feature.Remove", "x-halite-made", "a", ""), &[]);
}

#[test]
fn an_edited_policy_is_put_back() {
    case(|dom0| dom0.set_policy("# nothing\n"), &["+ 32-halite.policy"]);
    case(|dom0| std::fs::remove_file(dom0.layout.policy()).unwrap(), &["+ 32-halite.policy"]);
}

#[test]
fn a_deleted_workstation_is_made_again() {
    case(|dom0| dom0.delete("a"), &["+ a ", "new qube, red", "netvm: a-gw"]);
}

/// qubesd removes a disposable that cannot be started.
#[test]
fn a_deleted_disposable_is_made_again() {
    let again = &["+ a-web", "new disposable, purple, made from a-dvm", "netvm: a-gw"];
    case(|dom0| dom0.delete("a-web"), again);
    case(
        |dom0| match dom0.release {
            // There the feature means nothing.
            Release::R4_2 => dom0.delete("a-web"),
            Release::R4_3 => {
                dom0.hand("admin.vm.feature.Set", "prohibit-start", "a-web", "by hand");
                dom0.by_hand("admin.vm.Start", "", "a-web", "");
                assert!(!qubes(&dom0.system).contains_key("a-web"));
            }
        },
        again,
    );
}

/// Qubes never changes a qube's class.
#[test]
fn a_qube_does_not_become_a_disposable_nor_a_disposable_a_qube() {
    let other = SMALL.replace(
        "[workstation.a]\nidentity = \"a\"\ntemplate = \"a\"",
        "[workstation.a-web]\nidentity = \"a\"\ntemplate = \"a\"",
    );
    let other = other.replace("[named-disposable.a-web]", "[named-disposable.a]");
    for release in Release::ALL {
        let (dom0, _) = switched(release);
        let second = bundle(&other, 2, release);
        let problems = dom0.prospect(&mut dom0.system.clone(), second.wanted).err().unwrap();
        assert_eq!(
            problems.to_string(),
            "`a` is to be of the class DispVM, and there is one of the class AppVM\n\
             `a-web` is to be of the class AppVM, and there is one of the class DispVM"
        );
    }
}

#[test]
fn a_running_disposable_keeps_its_template_where_it_is() {
    for release in Release::ALL {
        let (mut dom0, _) = switched(release);
        dom0.hand("admin.vm.Start", "", "a-web", "");
        let second = bundle(&small_changed(), 2, release);
        let running = dom0.plan(&second).running;
        assert!(running.iter().any(|qube| *qube == name("a-web")), "{running:?}");
    }
}

#[test]
fn a_deleted_gateway_is_made_again_and_that_is_a_danger() {
    let danger = "DANGER  a-gw was deleted and is made anew: it will choose NEW TOR ENTRY GUARDS";
    case(|dom0| dom0.delete("a-gw"), &[danger, "+ a-gw", "netvm: none → a-gw"]);
}

#[test]
fn a_deleted_template_is_cloned_again() {
    case(
        |dom0| {
            let template = dom0.managed_template();
            dom0.delete("a-dvm");
            dom0.delete(&template);
        },
        &["clone of whonix-workstation-", "install onionshare"],
    );
}

#[test]
fn a_retired_gateway_that_was_deleted_is_made_again_and_that_is_a_danger() {
    for release in Release::ALL {
        let (mut dom0, first) = switched(release);
        dom0.rollback(0);
        dom0.delete("a-gw");
        assert!(dom0.drift().is_empty(), "what is put away need not be there");
        let plan = dom0.plan(&first);
        assert_eq!(plan.dangers, [Danger::NewGuards(name("a-gw"))]);
        dom0.switch(&first);
        assert!(dom0.drift().is_empty());
    }
}

#[test]
fn a_qube_that_becomes_another_identitys_is_a_danger() {
    let second = bundle(&small_reassigned(), 2, Release::R4_3);
    for retired_between in [false, true] {
        let (mut dom0, _) = switched(Release::R4_3);
        if retired_between {
            dom0.rollback(0);
        }
        let dangers: Vec<String> = dom0.plan(&second).dangers.iter().map(ToString::to_string).collect();
        let danger = |qube| {
            format!(
                "{qube} holds what halite-identity-a left in it, and becomes halite-identity-z: WHOEVER LOOKS INTO IT LINKS THE TWO"
            )
        };
        assert_eq!(dangers, ["a", "a-dvm"].map(danger));
    }
}

#[test]
fn a_retired_qube_that_was_opened_by_hand_is_closed_again() {
    for release in Release::ALL {
        let (mut dom0, _) = switched(release);
        let second = bundle(&small_changed(), 2, release);
        dom0.switch(&second);
        assert!(is_retired(&qubes(&dom0.system)["b"]));
        dom0.hand("admin.vm.property.Set", "netvm", "b", "sys-firewall");
        assert!(dom0.drift().to_text().contains("netvm: sys-firewall → none"));
        dom0.switch(&second);
        assert!(dom0.drift().is_empty());
    }
}

#[test]
fn settings_that_no_bundle_names_are_left_alone() {
    for release in Release::ALL {
        let (mut dom0, _) = switched(release);
        let mine = |dom0: &mut Dom0| {
            dom0.hand("admin.vm.property.Set", "vcpus", "a", "4");
            dom0.hand("admin.vm.tag.Set", "mine", "a", "");
            dom0.hand("admin.vm.feature.Set", "x-mine", "a", "yes");
        };
        mine(&mut dom0);
        assert!(dom0.drift().is_empty());
        let second = bundle(&small_changed(), 2, release);
        dom0.switch(&second);
        dom0.rollback(0);
        let a = &qubes(&dom0.system)["a"];
        assert_eq!(a["properties"]["vcpus"], 4);
        assert_eq!(a["features"]["x-mine"], "yes");
        assert!(a["tags"].as_array().unwrap().contains(&"mine".into()));
    }
}

#[test]
fn a_running_qube_is_not_changed_under_its_users_hands() {
    let (mut dom0, _) = switched(Release::R4_3);
    dom0.hand("admin.vm.tag.Remove", "anon-vm", "a", "");
    dom0.hand("admin.vm.Start", "", "b", "");
    dom0.hand("admin.vm.property.Set", "memory", "b", "600");
    assert!(dom0.drift().running.is_empty(), "memory may change at any time");
    dom0.hand("admin.vm.Start", "", "a", "");
    assert!(dom0.drift().running.iter().eq([&name("a")]), "tags say whose it is");
}
