//! What plans say, word for word.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::dom0::{Dom0, POLICY};
use crate::support::RECIPE;

/// A second form of the sample: the loud one has more memory, and may get files from the quiet one.
fn changed() -> String {
    RECIPE
        .replace("serial = 1", "serial = 2")
        .replace("[workstation.loud]\nidentity = \"loud\"", "[workstation.loud]\nidentity = \"loud\"\nmemory = 600")
        + "\n[flow.hand-over]\nfrom = \"quiet\"\nto = \"loud\"\nservices = [\"qubes.Filecopy\"]\naction = \"ask\"\nreason = \"files\"\n"
}

/// Of the steps of a plan, what is said of the first that `is` one.
#[track_caller]
fn step(plan: &Value, is: impl Fn(&Value) -> bool) -> Value {
    let steps = plan["steps"].as_array().unwrap();
    // The last one: a network is taken away before it is given.
    steps.iter().rev().find(|step| is(step)).unwrap_or_else(|| panic!("{plan:#}")).clone()
}

fn is_property<'a>(qube: &'a str, property: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |step| step["property"]["qube"] == qube && step["property"]["property"] == property
}

#[test]
fn a_first_plan_in_words() {
    assert_snapshot!(Dom0::with_sample("r4.3").shown("plan sample@1"), @r"
    | sample r4.3, serial 1 ([ID])
    |
    | + h-quiet-187997a4      clone of whonix-workstation-18; install onionshare; tags halite-over-tor
    | + loud                  new qube, red, on debian-13-xfce; default_dispvm: none; netvm: sys-firewall;
    |                         tags halite-identity-loud halite-isolated; way: sys-firewall, sys-net
    | + quiet                 new qube, red, on h-quiet-187997a4; audiovm: none; keyboard_layout: us++;
    |                         put /usr/local/etc/sdwdate-gui.d/50_user.conf; default_dispvm: quiet-dvm;
    |                         netvm: quiet-gateway;
    |                         tags anon-vm halite-identity-quiet halite-isolated sdwdate-gui-client;
    |                         way: whonix gateway quiet-gateway, Tor
    | + quiet-dvm             new qube, red, on h-quiet-187997a4; template_for_dispvms: yes; audiovm: none;
    |                         keyboard_layout: us++; feature appmenus-dispvm: 1;
    |                         put /usr/local/etc/sdwdate-gui.d/50_user.conf; default_dispvm: quiet-dvm;
    |                         netvm: quiet-gateway;
    |                         tags anon-vm halite-identity-quiet halite-isolated sdwdate-gui-client;
    |                         way: whonix gateway quiet-gateway, Tor
    | + quiet-gateway         new qube, black, on whonix-gateway-18; default_dispvm: none;
    |                         provides_network: yes; feature servicevm: 1; netvm: sys-firewall;
    |                         tags anon-gateway halite-isolated sdwdate-gui-server;
    |                         way: sys-firewall, sys-net
    | + 32-halite.policy      70 rules
    | = pool varlibqubes      takes up to 40.0 GiB more, if all is ever filled, with 1 earlier state of each volume;
    |                         192.0 GiB are free
    |
    | 73 steps: 4 new qubes, 1 new template
    exit code 3
    ");
    assert_snapshot!(Dom0::with_sample("r4.2").shown("plan sample@1"), @r"
    | sample r4.2, serial 1 ([ID])
    |
    | + h-quiet-a36e9655      clone of whonix-workstation-17; install onionshare; tags halite-over-tor
    | + loud                  new qube, red, on debian-13-xfce; default_dispvm: none; netvm: sys-firewall;
    |                         tags halite-identity-loud halite-isolated; way: sys-firewall, sys-net
    | + quiet                 new qube, red, on h-quiet-a36e9655; audiovm: none; keyboard_layout: us++;
    |                         put /usr/local/etc/sdwdate-gui.d/50_user.conf; default_dispvm: quiet-dvm;
    |                         netvm: quiet-gateway; tags anon-vm halite-identity-quiet halite-isolated;
    |                         way: whonix gateway quiet-gateway, Tor
    | + quiet-dvm             new qube, red, on h-quiet-a36e9655; template_for_dispvms: yes; audiovm: none;
    |                         keyboard_layout: us++; feature appmenus-dispvm: 1;
    |                         put /usr/local/etc/sdwdate-gui.d/50_user.conf; default_dispvm: quiet-dvm;
    |                         netvm: quiet-gateway; tags anon-vm halite-identity-quiet halite-isolated;
    |                         way: whonix gateway quiet-gateway, Tor
    | + quiet-gateway         new qube, black, on whonix-gateway-17; default_dispvm: none;
    |                         provides_network: yes; feature servicevm: 1; netvm: sys-firewall;
    |                         tags anon-gateway halite-isolated; way: sys-firewall, sys-net
    | + 32-halite.policy      58 rules
    | = pool varlibqubes      takes up to 40.0 GiB more, if all is ever filled, with 1 earlier state of each volume;
    |                         192.0 GiB are free
    |
    | 58 steps: 4 new qubes, 1 new template
    ! note: nothing on this release keeps a new qube from being started before it is finished; start none of them until then
    exit code 3
    ");
}

#[test]
fn a_second_plan_says_which_flows_open_and_what_must_be_halted() {
    let dom0 = Dom0::with_sample("r4.3");
    dom0.run("switch sample@1").succeeds();
    dom0.import(&changed());
    for qube in ["sys-net", "sys-firewall", "quiet-gateway", "quiet", "loud"] {
        dom0.edit_qube(qube, |qube| qube["power"] = json!("Running"));
    }
    // A tag that is lost, and a netvm that was taken by hand.
    dom0.edit_qube("quiet", |qube| qube["tags"].as_array_mut().unwrap().retain(|tag| tag != "halite-isolated"));
    dom0.edit_qube("quiet-gateway", |qube| qube["tags"].as_array_mut().unwrap().retain(|tag| tag != "halite-isolated"));
    dom0.edit_qube("quiet-dvm", |qube| qube["properties"]["netvm"] = json!("sys-firewall"));
    assert_snapshot!(dom0.shown("plan sample@2"), @r"
    | sample r4.3, serial 2 ([ID])
    |
    | BY HAND  netvm of `quiet-dvm` was set to quiet-gateway, is sys-firewall by hand, and is to be quiet-gateway
    |
    | ~ loud                  memory: (default) → 600
    | ~ quiet                 tags halite-isolated
    | ~ quiet-dvm             netvm: sys-firewall → quiet-gateway;
    |                         way: sys-firewall, sys-net → whonix gateway quiet-gateway, Tor
    | ~ quiet-gateway         tags halite-isolated
    | + 32-halite.policy      71 rules
    | > others → quiet        closes: qubes.ClipboardPaste, qubes.Filecopy, qubes.GetImageRGBA, qubes.Gpg and 6 more
    | > quiet → dom0          closes: qvc.ScreenShare, qvc.Webcam
    | > quiet → loud          opens if the user says yes: qubes.Filecopy
    | > quiet → others        closes: qubes.ClipboardPaste, qubes.Filecopy, qubes.GetImageRGBA, qubes.Gpg and 6 more
    | ! shut down first, in this order:
    | ! workstations          qvm-shutdown --wait quiet
    | ! gateways              qvm-shutdown --wait quiet-gateway
    |
    | 5 steps: 0 new qubes, 0 new templates
    exit code 3
    ");
    assert_snapshot!(dom0.shown("switch sample@2"), @r"
    ! error: qubes must be shut down first, in this order:
    !   qvm-shutdown --wait quiet
    !   qvm-shutdown --wait quiet-gateway
    ! hint: run these commands in dom0, and try again
    exit code 1
    ");
    let plan = dom0.run("plan sample@2 --json").exits(3).json();
    assert_eq!(plan["running"], json!(["quiet", "quiet-gateway"]));
    assert_eq!(
        plan["shutdown"],
        json!([
            { "kind": "workstations", "qubes": ["quiet"] }, { "kind": "gateways", "qubes": ["quiet-gateway"] }
        ])
    );
}

#[test]
fn the_json_of_a_plan_says_of_each_step_what_it_does_and_what_undoes_it() {
    let dom0 = Dom0::with_sample("r4.3");
    let plan = dom0.run("plan sample@1 --json").exits(3).json();
    let netvm = step(&plan, is_property("quiet", "netvm"));
    assert_eq!(netvm["reason"], "leads to no clear net that was closed before");
    assert_eq!(netvm["halted"], true);
    assert_eq!((&netvm["inverse"], &netvm["why"]), (&Value::Null, &json!("it goes with what the plan makes")));
    let before = "no network";
    assert_eq!(netvm["way"], json!({ "before": before, "after": "whonix gateway quiet-gateway, Tor" }));
    assert_eq!(plan["ways"]["quiet-gateway"], json!({ "before": null, "after": "sys-firewall, sys-net" }));
    // A template of 10 and 2 GiB, and 2 for each of four qubes; as it is, and as it was before.
    assert_eq!(
        plan["room"],
        json!([{ "free": 192_u64 << 30, "most": 40_u64 << 30, "pool": "varlibqubes",
        "revisions": 1 }])
    );

    dom0.run("switch sample@1").succeeds();
    dom0.edit_qube("quiet", |qube| qube["properties"]["netvm"] = json!("sys-firewall"));
    dom0.edit_qube("quiet", |qube| qube["power"] = json!("Running"));
    dom0.sandbox().write(&format!("{POLICY}/32-halite.policy"), "# nothing\n");
    let plan = dom0.run("plan sample@1 --json").exits(3).json();
    let netvm = step(&plan, is_property("quiet", "netvm"));
    let way = json!({ "before": "sys-firewall, sys-net", "after": "whonix gateway quiet-gateway, Tor" });
    assert_eq!(netvm["way"], way);
    assert_eq!(plan["ways"], json!({ "quiet": way }));
    assert_eq!(netvm["inverse"]["property"]["to"], json!({ "set": "sys-firewall" }));
    assert_eq!(netvm.get("why"), None);
    assert_eq!(plan["running"], json!(["quiet"]));
    let policy = step(&plan, |step| step.get("policy").is_some());
    assert_eq!(policy["inverse"]["policy"]["to"], "# nothing\n");
    assert_eq!(policy["halted"], false);

    // What the rules kept apart, and do again.
    let flows = plan["flows"].as_array().unwrap();
    let closed = json!({ "from": "quiet", "to": "loud", "identities": ["quiet", "loud"], "service": "qubes.Filecopy", "before": "ask",
        "after": null });
    assert!(flows.contains(&closed), "{flows:#?}");
    assert!(flows.iter().all(|flow| flow["after"].is_null()), "it opens nothing");
    let to_dom0 = |flow: &&Value| flow["to"] == "dom0" && flow["from"] != "quiet" && flow["from"] != "loud";
    assert_eq!(flows.iter().filter(to_dom0).filter(|flow| flow["identities"][0].is_null()).count(), 0, "others are left alone");
}

/// Of every call that the JSON names, what dom0's own evaluation says before and after the switch is what the plan said.
#[test]
fn flows_are_those_that_the_policy_decides() {
    let dom0 = Dom0::with_sample("r4.3");
    dom0.run("switch sample@1").succeeds();
    dom0.import(&changed());
    let plan = dom0.run("plan sample@2 --json").exits(3).json();
    let flows = plan["flows"].as_array().unwrap().clone();
    assert!(!flows.is_empty());
    let decided = |flow: &Value| {
        let call = json!({ "source": flow["from"], "target": flow["to"], "service": flow["service"], "argument": "+" });
        let ended = dom0.run("policy eval").stdin(format!("{call}\n")).end();
        let decision: Value = serde_json::from_str(ended.stdout.trim()).unwrap_or_else(|_| panic!("{}", ended.transcript()));
        match decision["decision"].as_str() {
            Some("deny") => Value::Null,
            _ => decision["decision"].clone(),
        }
    };
    let real: Vec<&Value> =
        flows.iter().filter(|flow| !flow["from"].as_str().unwrap().contains(' ') && flow["service"] != "*").collect();
    assert!(!real.is_empty(), "{flows:#?}");
    for flow in real.iter().filter(|flow| !flow["to"].as_str().unwrap().contains(' ')) {
        assert_eq!(decided(flow), flow["before"], "before: {flow}");
    }
    dom0.run("switch sample@2").succeeds();
    for flow in real.iter().filter(|flow| !flow["to"].as_str().unwrap().contains(' ')) {
        assert_eq!(decided(flow), flow["after"], "after: {flow}");
    }
}
