//! What qubesd would refuse in the middle of a switch is found before it: all of it at once, and nothing is changed.

use insta::assert_snapshot;
use serde_json::json;

use crate::dom0::Dom0;
use crate::support::RECIPE;

/// What planning and switching say of a recipe; neither changes anything, and both say the same.
#[track_caller]
fn refusal(dom0: &Dom0, arguments: &str) -> String {
    let before = dom0.sandbox().snapshot();
    let planned = dom0.shown(&format!("plan {arguments}"));
    assert!(before == dom0.sandbox().snapshot(), "planning changes nothing");
    let state = dom0.sandbox().text("dom0/qubesd.json");
    assert_eq!(dom0.shown(&format!("switch {arguments}")), planned);
    assert_eq!(dom0.sandbox().text("dom0/qubesd.json"), state, "nothing is begun");
    planned
}

/// The sample, where the loud workstation says this, too.
fn loud(more: &str) -> String {
    RECIPE.replace("[workstation.loud]\n", &format!("[workstation.loud]\n{more}\n"))
}

#[test]
fn everything_at_once() {
    let dom0 = Dom0::new("r4.3");
    let recipe = loud("private = 900000\nprefs = { kernel = \"9.9.9\" }").replace("template = \"debian\"", "template = \"loud\"");
    let recipe = recipe.replace("mode = 4\nupstream = \"sys-firewall\"", "mode = 4\nupstream = \"vault\"");
    dom0.import(&(recipe + "\n[template.loud]\nbase = \"personal\"\npackages = [\"gimp\"]\n"));
    assert_snapshot!(refusal(&dom0, "sample@1"), @r"
    ! error: `h-loud-96455aa7` needs `personal` as its base, and that is of the class AppVM, not TemplateVM
    ! `loud` is to reach the network through `vault`, which provides none
    ! `loud` is to start with the kernel `9.9.9`, and dom0 has `6.12.59-1.fc41`
    ! `loud` is to have a private volume of 900000 MiB, 900000 MiB more than it has, and the pool varlibqubes has 196608 MiB free
    ! hint: name another one in the recipe
    ! hint: name another netvm in the recipe, or say `qvm-prefs NETVM provides_network True` if it is meant to be one
    ! hint: name one of these in the recipe, or install it with `qubes-dom0-update kernel-qubes-vm`
    ! hint: ask for less in the recipe, or make room in the pool
    exit code 1
    ");
}

#[test]
fn a_kernel_that_is_there_is_none() {
    let dom0 = Dom0::new("r4.3");
    dom0.import(&loud("prefs = { kernel = \"6.12.59-1.fc41\" }"));
    dom0.run("plan sample@1").exits(3);
    dom0.run("switch sample@1").succeeds();
    // It stays as it is, whatever becomes of the kernel: nothing is set.
    dom0.edit(|state| state["kernels"] = json!(["7.0"]));
    dom0.edit(|state| state["globals"]["default_kernel"] = json!("7.0"));
    dom0.run("plan sample@1").exits(0);
}

#[test]
fn a_label_that_was_removed_since() {
    let dom0 = Dom0::with_sample("r4.3");
    dom0.edit(|state| state["labels_made"] = json!([{ "index": 9, "name": "pink", "color": "0xff00ff" }]));
    dom0.edit_qube("personal", |qube| qube["properties"]["label"] = json!("pink"));
    dom0.import(&RECIPE.replace("[workstation.loud]", "[workstation.personal]").replace("serial = 1", "serial = 2"));
    dom0.run("switch sample@2 --adopt personal").exits(0);
    dom0.edit(|state| state["labels_made"] = json!([]));
    let before = dom0.sandbox().text("dom0/qubesd.json");
    assert_snapshot!(dom0.shown("rollback 0 --accept-dangers"), @r"
    ! error: `personal` is to have the label `pink`, and dom0 has `black`, `blue`, `gray`, `green`, `orange`, `purple`, `red`, `yellow`
    ! hint: give the qube one of these, or make the label in dom0 again
    exit code 1
    ");
    assert_eq!(dom0.sandbox().text("dom0/qubesd.json"), before);
}

#[test]
fn what_others_still_hang_on() {
    let dom0 = Dom0::new("r4.3");
    dom0.import(&RECIPE.replace("[workstation.loud]", "[disposable.personal]"));
    dom0.run("switch sample@1 --adopt personal").exits(0);
    dom0.edit(|state| {
        state["qubes"]["mine"] = json!({ "class": "DispVM", "qid": 900, "dispid": 17,
            "properties": { "label": "red", "template": "personal" } });
    });
    let before = dom0.sandbox().text("dom0/qubesd.json");
    assert_snapshot!(dom0.shown("rollback 0 --accept-dangers"), @r"
    ! error: `personal` is to be no disposable template any more, and these are made from it: `mine`
    ! hint: give those something else first, with `qvm-prefs`
    exit code 1
    ");
    assert_eq!(dom0.sandbox().text("dom0/qubesd.json"), before);
}

#[test]
fn r4_2_takes_no_dots() {
    let dom0 = Dom0::new("r4.2");
    dom0.import(&RECIPE.replace("[workstation.loud]", "[workstation.loud.er]").replace("loud.er", "\"loud.er\""));
    assert_snapshot!(refusal(&dom0, "sample@1"), @r"
    ! error: `loud.er` has a dot in its name, and r4.2 takes none
    ! hint: choose a name without a dot in the recipe
    exit code 1
    ");
}
