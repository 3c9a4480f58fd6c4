//! A dom0 that has grown, shown to others without its names, and as a recipe to begin with.

#![allow(clippy::disallowed_methods, reason = "a test looks at the files")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use support::{RECIPE, Sandbox, shipped};

/// What nobody else is to read.
const SECRET: &str = "zanzibar";

/// The capture of a fresh simulated dom0.
fn stock(sandbox: &Sandbox, release: &str) -> Value {
    let capture = sandbox.halite_dom0(&format!("--simulate dom0-{release} --simulate-release {release} capture"));
    capture.succeeds().json()
}

/// What halite, in a dom0 whose state is this, makes of it.
fn qube(class: &str, properties: &[(&str, &str)]) -> Value {
    let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), json!({ "value": value })));
    let properties: serde_json::Map<String, Value> = properties.collect();
    json!({ "class": class, "is_halted": true, "properties": properties, "tags": [], "features": {},
        "firewall": "action=accept\n", "private_volume": 2_147_483_648_u64 })
}

/// A simulated dom0 with all that can hold the secret, in `dom0/`, as its own programs and files have it.
fn sown(sandbox: &Sandbox) {
    let state = |sandbox: &Sandbox| -> Value { serde_json::from_slice(&sandbox.read("dom0/qubesd.json")).unwrap() };
    sandbox.halite_dom0("--simulate dom0 status").end();
    sandbox.halite_dom0("--simulate dom0 capture").succeeds();
    if !sandbox.path("dom0/qubesd.json").exists() {
        panic!("the simulation keeps its state elsewhere");
    }
    let mut said = state(sandbox);
    let qubes = said["qubes"].as_object_mut().unwrap();
    let mut own = qubes["personal"].clone();
    own["qid"] = json!(77);
    own["properties"]["label"] = json!("red");
    own["properties"]["default_user"] = json!(SECRET);
    own["properties"]["kernelopts"] = json!(format!("x={SECRET}"));
    own["tags"] = json!([SECRET, format!("created-by-{SECRET}"), format!("halite-identity-{SECRET}"), format!("guivm-{SECRET}")]);
    own["features"] = json!({ SECRET: "1", "os": SECRET, "menu-items": SECRET, format!("service.{SECRET}"): "1",
        format!("supported-service.{SECRET}"): "1", format!("supported-rpc.{SECRET}"): "1", format!("x-halite-{SECRET}"): SECRET,
        "whonix-default-gw": SECRET });
    qubes.insert(SECRET.to_owned(), own);
    qubes["untrusted"]["properties"]["netvm"] = json!("sys-whonix");
    qubes["untrusted"]["properties"]["default_dispvm"] = json!("default-dvm");
    sandbox.write("dom0/qubesd.json", said.to_string());
    let s = SECRET;
    let policy = format!(
        "# {s}\n{s}.Do +{s} {s} @tag:{s} ask user={s} default_target={s}\nqubes.Filecopy * @tag:created-by-{s} @dispvm:{s} allow target=@dispvm:{s}\n\
         admin.vm.{s} * @type:{s} @adminvm allow target=dom0\n!include include/{s}\n!include-service {s}.X +{s} {s}/../include/{s}-of-call\n\
         qubes.OpenURL * uuid:{s} ${s} deny\nqubes.OpenURL * personal work ask\n",
    );
    sandbox.write(&format!("dom0/root/etc/qubes/policy.d/31-{s}.policy"), policy);
    sandbox.write(&format!("dom0/root/etc/qubes/policy.d/include/{s}"), format!("qubes.VMShell * {s} @dispvm:@tag:{s} ask\n"));
    sandbox.write(&format!("dom0/root/etc/qubes/policy.d/include/{s}-of-call"), format!("{s},@anyvm,allow,user={s}\n"));
    sandbox.write(&format!("dom0/root/etc/qubes/policy.d/{s}/x"), "");
    sandbox.write(&format!("dom0/root/etc/qubes/policy.d/README.{s}"), s);
}

#[test]
fn no_name_and_no_text_is_left_of_what_is_somebodys() {
    let sandbox = Sandbox::new();
    sown(&sandbox);
    let whole = sandbox.halite_dom0("--simulate dom0 capture").succeeds().stdout;
    assert!(whole.matches(SECRET).count() > 30, "it is sown: {}", whole.matches(SECRET).count());
    let redacted = sandbox.halite_dom0("--simulate dom0 capture --redact").succeeds().stdout;
    assert_eq!(redacted.matches(SECRET).count(), 0, "{redacted}");
    for kept in ["sys-whonix", "anon-vm", "debian-13-xfce", "90-default.policy", "qubes.Filecopy", "created-by-dom0"] {
        assert!(redacted.contains(kept), "every system has {kept}");
    }
    let capture: Value = serde_json::from_str(&redacted).unwrap();
    assert_eq!(
        capture["books"],
        json!({ "generation": 0, "ledger": { "managed": { "qubes": {} }, "found": {} } }),
        "nothing of halite's own"
    );
    sandbox.write("real.json", &whole);
    sandbox.write("redacted.json", &redacted);
    let edges = |file: &str| {
        let graph = sandbox.halite(&format!("policy graph --include-ask --capture {file}")).succeeds().stdout;
        graph.lines().filter(|line| line.contains("->")).count()
    };
    assert_eq!(edges("real.json"), edges("redacted.json"));
    assert!(edges("real.json") > 20);
    sandbox.halite("policy reach --from anon-whonix --what data --capture redacted.json").succeeds();
    let remarks = |file: &str| sandbox.halite(&format!("policy lint --capture {file}")).end();
    let (real, redacted) = (remarks("real.json"), remarks("redacted.json"));
    assert_eq!((real.code, real.stdout.lines().count()), (redacted.code, redacted.stdout.lines().count()), "{}", redacted.stdout);
    sandbox.write("recipe/halite.toml", RECIPE);
    let findings = |file: &str| {
        let check = sandbox.halite(&format!("check recipe --against {file}")).exits(1);
        check.stderr.matches("[H0501]").count()
    };
    // One of the sown rules is about every qube.
    assert_eq!(findings("real.json"), findings("redacted.json"));
    assert!(findings("real.json") > 0);
}

#[test]
fn the_secret_is_nowhere_that_json_can_hold_text() {
    let sandbox = Sandbox::new();
    let mut capture = stock(&sandbox, "r4.3");
    let s = SECRET;
    let mut own = qube(
        "AppVM",
        &[
            ("netvm", s),
            ("template", s),
            ("label", s),
            ("mac", s),
            ("klass", s),
            ("name", s),
            ("uuid", s),
            (s, s),
            ("memory", s),
            ("autostart", s),
            ("qid", s),
            ("keyboard_layout", s),
            ("relayvm", s),
        ],
    );
    own["class"] = json!(s);
    own["firewall"] = json!(format!("action=accept dsthost={s}.example comment={s} {s}\naction=accept {s}=1\naction={s}\n{s}\n"));
    own["tags"] = json!([s, "anon-vm"]);
    own["features"] = json!({ s: s, "qrexec": s, "gui-events-max-delay": s });
    capture["qubes"][s] = own;
    let mut said = capture["system"]["domains"]["anon-whonix"].clone();
    for (key, value) in said.as_object_mut().unwrap() {
        match key.as_str() {
            "tags" => *value = json!([s]),
            "template_for_dispvms" => {}
            _ => *value = json!(s),
        }
    }
    said[s] = json!({ s: [s] });
    capture["system"]["domains"][s] = said.clone();
    said["internal"] = json!([s]);
    capture["system"]["domains"][format!("uuid:{s}")] = said;
    capture["system"][s] = json!(s);
    let directory = "/etc/qubes/policy.d";
    capture["policy"]["files"][format!("{directory}/40-{s} bad.policy")] = json!(s);
    capture["policy"]["files"][format!("{directory}/41-{s}.policy")] = json!(s.as_bytes());
    capture["policy"]["files"][format!("{directory}/42-a.policy")] =
        json!(format!("{s}\n!{s}\n!include {s} {s}\n!include \u{0}{s}\n"));
    capture["policy"]["links"] = json!({ format!("{directory}/43-{s}.policy"): format!("../{s}/{s}") });
    capture["policy"]["directories"].as_array_mut().unwrap().push(json!(format!("/{s}")));
    let redacted = String::from_utf8(redacted(&capture)).unwrap();
    assert_eq!(redacted.matches(s).count(), 0, "{redacted}");
    sandbox.write("redacted.json", &redacted);
    let graph = sandbox.halite("policy graph --capture redacted.json").end();
    assert_eq!(graph.code, 1, "the policy was void, and still is: {}", graph.transcript());
}

fn read(capture: &Value) -> halite::observe::Capture {
    halite::observe::Capture::from_json(capture.to_string().as_bytes()).unwrap()
}

fn redacted(capture: &Value) -> Vec<u8> {
    halite::observe::redact(&read(capture), &mut halite::observe::Aliases::default()).to_json()
}

/// The drafted recipe in `name/`, which `halite check` finds no error in.
#[track_caller]
fn drafted(sandbox: &Sandbox, name: &str, capture: &Value) -> String {
    let recipe = halite::observe::draft(&read(capture));
    sandbox.write(&format!("{name}/halite.toml"), &recipe);
    let check = sandbox.halite(&format!("check {name}")).end();
    assert_eq!(check.code, 0, "{name}: {}\n{recipe}", check.transcript());
    recipe
}

/// Which qubes a recipe has, by identity.
fn members(recipe: &str) -> BTreeMap<String, BTreeSet<String>> {
    let table: toml::Table = recipe.parse().unwrap();
    let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let disposables = table.get("disposable").and_then(|all| all.as_table()).cloned().unwrap_or_default();
    for kind in ["workstation", "disposable", "vault", "named-disposable"] {
        for (name, said) in table.get(kind).and_then(|all| all.as_table()).into_iter().flatten() {
            let whose = match said.get("identity") {
                Some(identity) => identity,
                None => &disposables[said["template"].as_str().unwrap()]["identity"],
            };
            members.entry(whose.as_str().unwrap().to_owned()).or_default().insert(name.clone());
        }
    }
    members
}

#[test]
fn a_stock_system_is_a_recipe() {
    for release in ["r4.2", "r4.3"] {
        let sandbox = Sandbox::new();
        let recipe =
            sandbox.halite_dom0(&format!("--simulate dom0 --simulate-release {release} capture --recipe")).succeeds().stdout;
        assert_eq!(recipe, drafted(&sandbox, "recipe", &stock(&sandbox, release)));
        sandbox.write("dom0.json", stock(&sandbox, release).to_string());
        sandbox.halite("check recipe --against dom0.json").succeeds();
        let members = members(&recipe);
        assert_eq!(members["anon-whonix"], ["anon-whonix"].map(str::to_owned).into());
        assert_eq!(members["clear-sys-firewall"], ["personal", "untrusted"].map(str::to_owned).into());
        assert!(recipe.contains("- `vault`: no network"), "{recipe}");
    }
}

#[test]
fn what_shipped_recipes_made_becomes_the_same_identities_again() {
    for folder in shipped() {
        for release in ["r4.2", "r4.3"] {
            let sandbox = Sandbox::new();
            let name = folder.file_name().unwrap().to_str().unwrap();
            sandbox.halite("keygen --no-passphrase author").succeeds();
            let build = sandbox.halite(&format!("build --sign author.key --release {release}")).argument(&folder).succeeds();
            let dom0 =
                |arguments: &str| sandbox.halite_dom0(&format!("--simulate dom0 --simulate-release {release} {arguments}"));
            dom0("trust add author.pub --role author").succeeds();
            dom0(&format!("import store/{}.halite", build.stdout.trim_end())).succeeds();
            let before = dom0("capture").succeeds().json();
            dom0(&format!("switch {name}@1 --accept-dangers")).succeeds();
            let capture = dom0("capture").succeeds().json();
            let recipe = drafted(&sandbox, "recipe", &capture);
            // By halite's own tags, which the recipe is not made from alone.
            let mut tagged: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (qube, said) in capture["qubes"].as_object().unwrap() {
                let tags =
                    said["tags"].as_array().unwrap().iter().filter_map(|tag| tag.as_str()?.strip_prefix("halite-identity-"));
                if before["qubes"].get(qube).is_none() {
                    for identity in tags {
                        tagged.entry(identity.to_owned()).or_default().insert(qube.clone());
                    }
                }
            }
            assert!(!tagged.is_empty(), "{name} has identities");
            let mut drafted = members(&recipe);
            drafted.retain(|identity, _| tagged.contains_key(identity));
            assert_eq!(drafted, tagged, "{name} on {release}\n{recipe}");
        }
    }
}

#[test]
fn odd_systems_are_recipes_too() {
    let sandbox = Sandbox::new();
    let whole = stock(&sandbox, "r4.3");
    let on = |template: &str, netvm: &str| qube("AppVM", &[("template", template), ("netvm", netvm), ("label", "blue")]);

    let mut without = whole.clone();
    without["qubes"].as_object_mut().unwrap().retain(|name, _| !name.contains("whonix"));
    let recipe = drafted(&sandbox, "without", &without);
    assert!(!recipe.contains("[gateway."), "{recipe}");

    let mut loops = whole.clone();
    for (name, netvm) in [("round", "about"), ("about", "round"), ("client", "round"), ("lost", "nowhere")] {
        loops["qubes"][name] = on("debian-13-xfce", netvm);
    }
    let recipe = drafted(&sandbox, "loops", &loops);
    assert!(recipe.contains("- `client`: its netvms lead in a circle."), "{recipe}");
    assert!(recipe.contains("- `lost`: its way leads through a qube that is not there."), "{recipe}");

    let mut clash = whole.clone();
    let mut gateway = on("whonix-gateway-18", "sys-firewall");
    gateway["properties"]["provides_network"] = json!({ "value": "True" });
    for name in ["personal-gateway", "gw-anon-whonix", "Second.gateway"] {
        clash["qubes"][name] = gateway.clone();
    }
    for (name, netvm) in [
        ("Personal", "personal-gateway"),
        ("clear-sys-firewall", "Second.gateway"),
        ("a-very-long-name-of-a-qube-1", "sys-firewall"),
        ("a-very-long-name-of-a-qube-2", "sys-firewall"),
        ("clear", "sys-net"),
        ("bare", "sys-whonix"),
        ("X.y_z", "sys-net"),
    ] {
        clash["qubes"][name] = on("whonix-workstation-18", netvm);
    }
    clash["qubes"]["bare"] = on("my.own-Debian-template", "sys-whonix");
    clash["qubes"]["big"] =
        qube("AppVM", &[("template", "debian"), ("netvm", "sys-firewall"), ("memory", "4000"), ("maxmem", "400")]);
    clash["qubes"]["alone"] = qube("StandaloneVM", &[("netvm", "sys-firewall")]);
    let recipe = drafted(&sandbox, "clash", &clash);
    for line in [
        "[gateway.personal-gateway]\nexisting = true",
        "[gateway.\"Second.gateway\"]\nexisting = true",
        "mode = 3",
        "(H0108)",
        "- `clear`: a Whonix workstation that goes out in clear",
        "[template.my-own-deb]",
        "- `alone`: a standalone",
    ] {
        assert!(recipe.contains(line), "{line}\n{recipe}");
    }
}
