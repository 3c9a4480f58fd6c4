//! Qubes and a policy that were there before halite: they come back as they were.

use halite::model::Release;
use halite::plan::Danger;
use serde_json::Value;

use crate::bundles::{SMALL, bundle, small_changed};
use crate::dom0::{Dom0, name};
use crate::snapshot::qubes;

/// A dom0 in which the user has a qube `b` already, with a look of its own.
fn with_b(release: Release) -> Dom0 {
    let mut dom0 = Dom0::stock(release);
    dom0.hand("admin.vm.Create.AppVM", "fedora-42-xfce", "dom0", "name=b label=yellow");
    for (property, value) in [("memory", "900"), ("netvm", "sys-whonix"), ("default_dispvm", "default-dvm"), ("vcpus", "3")] {
        dom0.hand("admin.vm.property.Set", property, "b", value);
    }
    dom0.hand("admin.vm.tag.Set", "work", "b", "");
    dom0.hand("admin.vm.feature.Set", "service.cups", "b", "1");
    dom0
}

/// A qube but for the sizes of its volumes, which only grow.
fn shape(dom0: &Dom0, name: &str) -> Value {
    let mut qube = qubes(&dom0.system)[name].clone();
    qube.as_object_mut().unwrap().remove("sizes");
    qube
}

#[test]
fn a_qube_of_somebody_else_is_not_taken() {
    let bundle = bundle(SMALL, 1, Release::R4_3);
    let mut dom0 = with_b(Release::R4_3);
    let before = dom0.snapshot();
    let error = dom0.go(&crate::dom0::Goal::Switch(&bundle)).unwrap_err().to_string();
    assert_eq!(error, "there is already a qube `b`, which halite did not make");
    assert!(dom0.snapshot() == before);
}

#[test]
fn an_adopted_qube_goes_back_to_what_it_was() {
    for release in Release::ALL {
        for policy in [None, Some("# the user's own\n")] {
            let (first, second) = (bundle(SMALL, 1, release), bundle(&small_changed(), 2, release));
            let mut dom0 = with_b(release);
            policy.into_iter().for_each(|text| dom0.set_policy(text));
            dom0.adopted.insert(name("b"));
            let before = shape(&dom0, "b");
            dom0.switch(&first);
            let adopted = shape(&dom0, "b");
            assert_ne!(adopted, before);
            assert_eq!(adopted["properties"]["vcpus"], 3, "what no bundle names stays");
            dom0.switch(&second);
            assert_eq!(shape(&dom0, "b"), before, "a bundle without it gives it back");
            dom0.rollback(1);
            assert_eq!(shape(&dom0, "b"), adopted);
            dom0.rollback(0);
            assert_eq!(shape(&dom0, "b"), before);
            assert_eq!(dom0.policy().as_deref(), policy);
            assert!(dom0.drift().is_empty());
        }
    }
}

#[test]
fn a_pref_that_a_bundle_drops_goes_back_to_what_it_was() {
    let dropped = SMALL.replace("label = \"orange\"\nmemory = 500\n", "label = \"orange\"\n");
    let (first, second) = (bundle(SMALL, 1, Release::R4_3), bundle(&dropped, 2, Release::R4_3));
    let mut dom0 = with_b(Release::R4_3);
    dom0.adopted.insert(name("b"));
    let before = shape(&dom0, "b");
    dom0.switch(&first);
    assert_eq!(shape(&dom0, "b")["properties"]["memory"], 500);
    dom0.switch(&second);
    assert_eq!(shape(&dom0, "b")["properties"]["memory"], 900);
    dom0.hand("admin.vm.property.Set", "memory", "b", "950");
    dom0.rollback(1);
    dom0.rollback(0);
    assert_eq!(shape(&dom0, "b")["properties"]["memory"], 950, "the user's later word counts");
    dom0.hand("admin.vm.property.Set", "memory", "b", "900");
    assert_eq!(shape(&dom0, "b"), before);
}

#[test]
fn a_policy_of_the_users_own_is_not_managed_before_and_after() {
    let bundle = bundle(SMALL, 1, Release::R4_3);
    let mut dom0 = Dom0::stock(Release::R4_3);
    dom0.set_policy("# mine\n");
    assert!(dom0.drift().is_empty(), "nothing is managed");
    assert_eq!(dom0.rollback(0), 0);
    dom0.switch(&bundle);
    dom0.rollback(0);
    assert!(dom0.drift().is_empty());
    dom0.set_policy("# mine, later\n");
    assert_eq!(dom0.rollback(0), 0);
    assert_eq!(dom0.policy().as_deref(), Some("# mine, later\n"));
    dom0.rollback(1);
    dom0.rollback(0);
    assert_eq!(dom0.policy().as_deref(), Some("# mine, later\n"));
}

#[test]
fn an_adopted_gateway_that_was_deleted_and_is_made_anew_is_a_danger() {
    let bundle = bundle(SMALL, 1, Release::R4_3);
    let mut dom0 = Dom0::stock(Release::R4_3);
    dom0.hand("admin.vm.Create.AppVM", "whonix-gateway-18", "dom0", "name=a-gw label=black");
    dom0.adopted.insert(name("a-gw"));
    dom0.switch(&bundle);
    dom0.delete("a-gw");
    assert_eq!(dom0.drift().dangers, [Danger::NewGuards(name("a-gw"))]);
}
