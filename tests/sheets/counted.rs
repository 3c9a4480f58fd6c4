//! What stands in a report, beside what stands in the manifest of the bundle: both read as plain JSON, and counted here once more.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::{FULL, RECIPE, Sandbox, shipped};

/// Recipes of all kinds, in folders of a sandbox that has their bundles.
fn recipes(sandbox: &Sandbox) -> Vec<String> {
    sandbox.write("sample/halite.toml", RECIPE);
    sandbox.write("full/halite.toml", FULL);
    let own = ["sample", "full"].map(|folder| sandbox.path(folder).display().to_string());
    own.into_iter().chain(shipped().into_iter().map(|folder| folder.display().to_string())).collect()
}

fn json(sandbox: &Sandbox, arguments: &str) -> Value {
    serde_json::from_str(&sandbox.halite(arguments).succeeds().stdout).unwrap()
}

/// All sections of a document, by id. No two have the same.
fn sections(document: &Value) -> BTreeMap<&str, &Value> {
    fn gather<'a>(section: &'a Value, all: &mut BTreeMap<&'a str, &'a Value>) {
        let id = section["id"].as_str().unwrap();
        assert!(all.insert(id, section).is_none(), "two sections are called {id}");
        section["sections"].as_array().into_iter().flatten().for_each(|part| gather(part, all));
    }
    let mut all = BTreeMap::new();
    document["sections"].as_array().unwrap().iter().for_each(|section| gather(section, &mut all));
    all
}

/// The rows of a section's first table: of each key, the texts of its cells.
fn rows(section: &Value) -> BTreeMap<String, Vec<String>> {
    let table = section["blocks"].as_array().unwrap().iter().find_map(|block| block.get("table")).expect("a table");
    let row = |row: &Value| {
        let cells = row["cells"].as_array().unwrap().iter().map(|cell| cell["text"].as_str().unwrap().to_owned());
        (row["key"].as_str().unwrap().to_owned(), cells.collect())
    };
    table["rows"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn a_report_has_all_that_the_manifest_has() {
    let sandbox = Sandbox::new();
    for recipe in recipes(&sandbox) {
        let id = sandbox.halite(&format!("build {recipe}")).succeeds().stdout.trim().to_owned();
        let shown = json(&sandbox, &format!("show store/{id}.halite --json"));
        let desired = &shown["manifest"]["desired"];
        let report = json(&sandbox, &format!("report store/{id}.halite --json"));
        assert_eq!(report["id"], shown["id"]);
        let sections = sections(&report);
        let (identities, qubes) = (desired["identities"].as_object().unwrap(), desired["qubes"].as_object().unwrap());

        let overview = rows(sections["overview"]);
        assert_eq!(overview["identities"][1], identities.len().to_string(), "{recipe}");
        assert_eq!(overview["qubes"][1], qubes.len().to_string());
        let made = desired["templates"].as_object().map_or(0, serde_json::Map::len);
        assert_eq!(overview["templates"][1], made.to_string());

        let mut applications = 0;
        for (handle, identity) in identities {
            let own: BTreeMap<&String, &Value> = qubes.iter().filter(|(_, qube)| qube["identity"] == handle.as_str()).collect();
            let plan = rows(sections[format!("workstation-plan.{handle}").as_str()]);
            let map = rows(sections[format!("boundary-map.{handle}").as_str()]);
            let split = rows(sections["boundaries.split"]);
            for (name, qube) in own {
                let role = qube["role"].as_str().unwrap();
                if matches!(role, "gateway" | "vpn" | "external-gateway") {
                    continue;
                }
                assert!(plan[name.as_str()][0].contains(&format!("`{name}`")), "{recipe}: {name}");
                let way = way(qubes, name);
                for place in [&map["path"][2], &split[&format!("{handle}.way")][2]] {
                    assert!(place.contains(&way), "{recipe}: `{way}` is not in {place}");
                }
            }
            for account in identity["accounts"].as_array().unwrap() {
                assert!(map["accounts"][0].contains(account.as_str().unwrap()), "{recipe}: {account}");
            }
            applications += identity["applications"].as_array().unwrap().len();
        }
        let review = sections["bypass-review"];
        assert_eq!(rows(review).len(), applications, "{recipe}");
        assert_eq!(rows(sections["flow-matrix"]).len(), identities.len() + 1, "{recipe}: a row for each, and one for the rest");
    }
}

/// The way of a qube, followed here through the manifest's netvms.
fn way(qubes: &serde_json::Map<String, Value>, name: &str) -> String {
    let netvm = |name: &str| qubes.get(name).and_then(|qube| qube["prefs"]["netvm"]["qube"].as_str());
    let mut way = format!("`{name}");
    let mut at = name;
    while let Some(next) = netvm(at) {
        way.push_str(&format!(" → {next}"));
        at = next;
    }
    if at == name { format!("`{name}` has no network") } else { way + "`" }
}

#[test]
fn every_link_leads_to_a_section_and_every_code_has_one() {
    let sandbox = Sandbox::new();
    for recipe in recipes(&sandbox) {
        let report = json(&sandbox, &format!("report {recipe} --json"));
        let sections = sections(&report);
        let mut codes = BTreeSet::new();
        walk(&report, &mut |value| {
            if let Some(link) = value.get("link").and_then(Value::as_str) {
                assert!(sections.contains_key(link), "{recipe}: nothing is called {link}");
            }
            if let Some(standing) = value.get("standing") {
                codes.extend(standing["codes"].as_array().into_iter().flatten().map(|code| code.as_str().unwrap().to_owned()));
            }
        });
        assert!(codes.len() > 10, "{codes:?}");
        for code in codes {
            assert!(
                sections.contains_key(format!("check.{}", code.to_lowercase()).as_str()),
                "{recipe}: {code} is explained nowhere"
            );
        }
    }
}

fn walk(value: &Value, look: &mut impl FnMut(&Value)) {
    look(value);
    match value {
        Value::Array(values) => values.iter().for_each(|value| walk(value, look)),
        Value::Object(values) => values.values().for_each(|value| walk(value, look)),
        _ => {}
    }
}

#[test]
fn what_is_broken_is_never_called_enforced() {
    let sandbox = Sandbox::new();
    // A workstation beside its gateway, and a chain of two flows that nobody declared.
    let flow = |name: &str, from: &str, to: &str| {
        format!(
            "\n[flow.{name}]\nfrom = \"{from}\"\nto = \"{to}\"\nservices = [\"qubes.Filecopy\"]\naction = \"ask\"\nreason = \"a test\"\n"
        )
    };
    let identity = |name: &str| {
        format!(
            "\n[identity.{name}]\nmode = 1\ngateway = \"{name}-gw\"\nkeyboard = \"us++\"\naudio = false\n[gateway.{name}-gw]\nupstream = \"sys-firewall\"\n\
             [workstation.{name}-w]\nidentity = \"{name}\"\ntemplate = \"whonix-workstation\"\nlabel = \"red\"\n"
        )
    };
    let bundle = "[bundle]\nname = \"broken\"\nserial = 1\nsummary = \"Broken\"\nreleases = [\"r4.3\"]\n";
    let recipe =
        [bundle, &identity("a"), &identity("b"), &identity("c"), &flow("one", "a-w", "b-w"), &flow("two", "b-w", "c-w")].concat();
    sandbox.write("broken/halite.toml", recipe);
    let run = sandbox.halite("report broken --json").exits(1);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let mut held = BTreeSet::new();
    walk(&report, &mut |value| {
        if value["key"] == "a.flows" {
            held.insert(value["cells"][1]["standing"]["held"].as_str().unwrap().to_owned());
        }
    });
    assert_eq!(held, BTreeSet::from(["broken".to_owned()]));
    let matrix = rows(sections(&report)["flow-matrix"]);
    let cells: Vec<&str> = matrix["a"].iter().map(String::as_str).collect();
    assert_eq!(cells, ["`a`", "–", "asked, 1 call", "asked, 2 calls", "never"]);
}
