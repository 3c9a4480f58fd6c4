//! What the user changes by hand between two commands: whose value holds is theirs to say.

use serde_json::{Value, json};

use crate::dom0::Dom0;

impl Dom0 {
    /// Changes the state by hand, while nothing changes it.
    pub fn change(&self, qube: &str, change: impl FnOnce(&mut Value)) {
        let mut state: Value = serde_json::from_slice(&self.sandbox.read("dom0/qubesd.json")).unwrap();
        change(&mut state["qubes"][qube]);
        self.sandbox.write("dom0/qubesd.json", serde_json::to_vec_pretty(&state).unwrap());
    }

    fn property(&self, qube: &str, name: &str) -> Value {
        self.system()["qubes"][qube]["properties"][name].clone()
    }
}

/// A dom0 with the first bundle in place, in which the memory of `quiet` was changed by hand.
fn changed() -> Dom0 {
    let dom0 = Dom0::switched();
    dom0.change("quiet", |qube| qube["properties"]["label"] = json!("black"));
    dom0
}

const TOLD: &str = "label of `quiet` was set to red, is black by hand, and is to be red";

#[test]
fn nothing_is_overwritten_in_silence() {
    let dom0 = changed();
    let before = dom0.system();
    for command in ["status --fix", "switch sample@1", "switch sample@2", "rollback 1"] {
        let refused = dom0.run(command).exits(1);
        assert!(refused.stderr.contains(TOLD), "{command}: {}", refused.transcript());
        assert!(refused.stderr.contains("--keep-mine") && refused.stderr.contains("--take-bundle"), "{}", refused.transcript());
        assert_eq!(dom0.system(), before, "{command}");
    }
    assert!(dom0.run("plan sample@2").exits(3).stdout.contains(&format!("BY HAND  {TOLD}\n")));
    assert!(dom0.run("status").exits(3).stdout.contains(TOLD));
    let plan = dom0.run("plan sample@2 --json").exits(3).json();
    let conflict = json!([{ "qube": "quiet", "thing": "property", "name": "label", "set": { "set": "red" }, "is": { "set": "black" }, "to": { "set": "red" } }]);
    assert_eq!(plan["conflicts"], conflict);
}

#[test]
fn the_bundles_value_is_set_if_that_is_what_is_said() {
    let dom0 = changed();
    dom0.run("status --fix --take-bundle").succeeds();
    assert_eq!(dom0.property("quiet", "label"), "red");
    dom0.run("status").succeeds();
}

#[test]
fn the_users_value_is_kept_and_shown_until_it_is_given_up() {
    let dom0 = changed();
    let kept = "kept as it was set by hand: label of quiet is black, where the bundle says red\n";
    dom0.run("status --fix --keep-mine").succeeds();
    assert!(dom0.run("status").succeeds().stdout.contains(kept));
    // It holds in later generations.
    dom0.run("switch sample@2").succeeds();
    assert!(dom0.run("status").succeeds().stdout.contains(kept));
    let mine = dom0.run("status --json").succeeds().json()["mine"].clone();
    assert_eq!(mine, json!([{ "qube": "quiet", "property": "label", "is": { "set": "black" }, "bundle": { "set": "red" } }]));
    assert_eq!(dom0.property("quiet", "label"), "black");
    // Another change is another question.
    dom0.change("quiet", |qube| qube["properties"]["label"] = json!("green"));
    assert!(dom0.run("status --fix").exits(1).stderr.contains("is green by hand"));
    dom0.run("status --fix --take-bundle").succeeds();
    assert_eq!(dom0.property("quiet", "label"), "red");
    assert!(!dom0.run("status").succeeds().stdout.contains("kept"));
}

#[test]
fn what_keeps_identities_apart_cannot_be_kept() {
    let dom0 = Dom0::switched();
    dom0.change("quiet", |qube| qube["properties"]["netvm"] = json!("sys-firewall"));
    let refused = dom0.run("status --fix --keep-mine").exits(1);
    assert!(refused.stderr.contains("netvm of `quiet`") && refused.stderr.contains("cannot be kept"), "{}", refused.transcript());
    dom0.run("status --fix --take-bundle").succeeds();
    assert_eq!(dom0.property("quiet", "netvm"), "quiet-gateway");
}

#[test]
fn what_is_lost_comes_back_without_a_question() {
    let dom0 = Dom0::switched();
    dom0.change("quiet", |qube| {
        qube["tags"].as_array_mut().unwrap().retain(|tag| tag != "halite-isolated");
    });
    let rehearsed = dom0.run("status --fix --dry-run").exits(3);
    assert!(rehearsed.stdout.contains("tags halite-isolated"), "{}", rehearsed.transcript());
    dom0.run("status").exits(3);
    dom0.run("status --fix").succeeds();
    dom0.run("status").succeeds();
    assert!(dom0.run("status --fix").succeeds().stdout.contains("(0 steps)"));
    let history = dom0.run("history").succeeds().stdout;
    assert_eq!(history.matches("repair of generation 1").count(), 1, "{history}");
}

#[test]
fn a_running_qube_can_be_left_for_later() {
    let dom0 = Dom0::new();
    dom0.run("switch sample@1").succeeds();
    let changed =
        crate::support::RECIPE.replace("serial = 1", "serial = 3").replace("template = \"debian\"", "template = \"fedora\"");
    dom0.sandbox.write("recipe/halite.toml", changed);
    let id = dom0.sandbox.halite("build recipe --sign author.key").succeeds().stdout;
    dom0.run("import").argument(format!("store/{}.halite", id.trim_end())).succeeds();
    let template = dom0.property("loud", "template");
    dom0.change("loud", |qube| qube["power"] = json!("Running"));
    assert!(dom0.run("switch sample@3").exits(1).stderr.contains("qvm-shutdown"));
    let left = "left to do, once these are shut down: loud; `halite-dom0 switch --resume` does it\n";
    assert!(dom0.run("switch sample@3 --defer").exits(3).stdout.ends_with(left));
    assert_eq!(dom0.property("loud", "template"), template);
    let status = dom0.run("status").exits(3).stdout;
    assert!(status.contains("serial 3") && status.contains(left) && status.contains("dom0 is as it says"), "{status}");
    // As long as it runs, nothing is done.
    assert!(dom0.run("switch --resume").exits(1).stderr.contains("qvm-shutdown"));
    dom0.change("loud", |qube| drop(qube.as_object_mut().unwrap().remove("power")));
    dom0.run("switch --resume").succeeds();
    assert_ne!(dom0.property("loud", "template"), template);
    dom0.run("status").succeeds();
    assert!(dom0.run("switch --resume").succeeds().stdout.contains("nothing is left to do"));
    assert!(dom0.run("history").succeeds().stdout.contains("what was left to do of generation 2"));
}
