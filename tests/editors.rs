//! What an editor that knows the schema says of recipes, as a validator of the standard says it (`scripts/python-tools`): nothing of
//! right ones, something of those that the parser refuses for their structure.

#![allow(clippy::disallowed_methods, reason = "a test reads the recipes")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::{FULL, RECIPE, Sandbox};

/// What the validator says of each document.
fn judged(documents: &BTreeMap<String, String>) -> BTreeMap<String, Vec<String>> {
    let sandbox = Sandbox::new();
    let as_json = |text: &String| serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap();
    let documents: BTreeMap<&String, Value> = documents.iter().map(|(name, text)| (name, as_json(text))).collect();
    let schema = sandbox.halite("schema").succeeds().json();
    let given = json!({ "schema": schema, "documents": documents }).to_string();
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv/bin/python");
    assert!(python.exists(), "`{}` is missing; run scripts/python-tools", python.display());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/validate.py");
    let ended = sandbox.run(python, "-I").argument(script).stdin(given).succeeds();
    serde_json::from_value(ended.json()).unwrap()
}

/// The sample recipe with one edit.
#[track_caller]
fn edited(from: &str, to: &str) -> String {
    assert!(RECIPE.contains(from), "`{from}` is not in the sample");
    RECIPE.replacen(from, to, 1)
}

#[test]
fn right_recipes() {
    let mut recipes = BTreeMap::from([("sample".to_owned(), RECIPE.to_owned()), ("full".to_owned(), FULL.to_owned())]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shipped = fs::read_dir(root.join("recipes")).unwrap().map(|entry| entry.unwrap().path());
    for folder in shipped.chain([root.join("tests/golden/v1/recipe")]) {
        let text = fs::read_to_string(folder.join("halite.toml")).unwrap();
        recipes.insert(folder.display().to_string(), text);
    }
    let sandbox = Sandbox::new();
    for (name, options) in [
        ("each", "--mode 1 --mode 2 --mode 3 --mode 4"),
        ("twice", "--mode 1 --mode 1"),
        ("named", "--mode 3 --identity press --name desk"),
    ] {
        sandbox.halite(&format!("init {name} {options}")).succeeds();
        recipes.insert(name.to_owned(), sandbox.text(&format!("{name}/halite.toml")));
    }
    assert!(recipes.len() >= 6);
    for (name, said) in judged(&recipes) {
        assert_eq!(said, [""; 0], "{name}");
    }
}

/// Values that the parser takes, each at the end of what is allowed.
#[test]
fn right_values() {
    let right = [
        ("serial = 1", "serial = 4294967295"),
        ("releases = [\"r4.3\"]", ""),
        ("releases = [\"r4.3\"]", "releases = [\"r4.3\", \"r4.2\"]"),
        ("name = \"sample\"", "name = \"a234567890123456789012345678901234567890\""),
        ("base = \"whonix-workstation\"", "base = \"My_template.2\""),
        ("base = \"whonix-workstation\"", "base = { \"r4.3\" = \"debian-13-minimal\" }"),
        ("packages = [\"onionshare\"]", "packages = [\"libstdc++6\", \"NetworkManager\"]"),
        ("template = \"debian\"", "template = \"fedora\"\nlabel = \"gray\"\nmemory = 1\nmaxmem = 1048576\nprivate = 16777216"),
        ("template = \"debian\"", "template = \"fedora\"\nmaxmem = 0"),
        ("mode = 4", "mode = 4\naccounts = [\"a\"]\napplications = []"),
        ("[gateway.quiet-gateway]", "[gateway.quiet-gateway]\ntemplate = \"whonix-gateway\""),
    ];
    let recipes: BTreeMap<String, String> = right.map(|(from, to)| (to.to_owned(), edited(from, to))).into();
    for (name, said) in judged(&recipes) {
        assert_eq!(said, [""; 0], "{name}");
        let sandbox = Sandbox::new();
        sandbox.write("recipe/halite.toml", &recipes[&name]);
        sandbox.halite("check recipe").succeeds();
    }
}

/// The same where a recipe has other files.
#[test]
fn right_values_with_files() {
    let right = [
        ("serial = 1", "serial = 1\nextends = [\"../base\"]"),
        ("serial = 1", "serial = 1\ninclude = [\"more/gateways.toml\"]"),
        ("[identity.loud]", "[identity.loud]\nreplaces = false"),
        ("[gateway.quiet-gateway]", "[gateway.quiet-gateway]\nbridges = [\"192.0.2.7:443\"]"),
        ("[workstation.quiet]", "[workstation.quiet]\nfiles = { \"/home/user/notes\" = \"files/notes\" }"),
        ("[template.quiet]", "[template.quiet]\nfiles = { \"/usr/bin/x\" = { source = \"files/notes\", executable = true } }"),
    ];
    let part = "[template.more]\nbase = \"debian\"\n";
    let mut recipes: BTreeMap<String, String> = right.map(|(from, to)| (to.to_owned(), edited(from, to))).into();
    recipes.insert("a file without [bundle]".to_owned(), part.to_owned());
    for (name, said) in judged(&recipes) {
        assert_eq!(said, [""; 0], "{name}");
    }
    let sandbox = Sandbox::new();
    for part_at in ["base/halite.toml", "recipe/more/gateways.toml"] {
        sandbox.write(part_at, part);
    }
    sandbox.write("recipe/files/notes", "notes");
    for (from, to) in right {
        sandbox.write("recipe/halite.toml", edited(from, to));
        sandbox.halite("check recipe").succeeds();
    }
}

/// The same of tables that the sample does not have.
const FULL_EDITS: [(&str, &str); 26] = [
    ("existing = true", "existing = 1"),
    ("existing = true", "existing = true\nlabel = \"red\""),
    ("external = true\ntemplate = \"vpn\"", "external = true"),
    ("external = true", "external = true\nupstream = \"sys-firewall\""),
    ("configuration = \"first\"\n", ""),
    ("configuration = \"first\"", "configuration = \"First\""),
    ("upstream = \"home-vpn\"", "upstream = \"home-vpn\"\nvpn = 1"),
    ("keyboard = \"dom0\"", "keyboard = \"us\""),
    ("audio = true", "audio = \"yes\""),
    ("[named-disposable.press-once]", "[named-disposable.press-once]\nprivate = 4096"),
    ("[named-disposable.press-once]", "[named-disposable.press-once]\nfiles = { \"/rw/a\" = \"a\" }"),
    ("template = \"press-dvm\"\n", ""),
    ("[existing.sys-usb]", "[existing.sys-usb]\nlabel = \"red\""),
    ("services = [\"qubes.Filecopy\"]\n", ""),
    ("services = [\"qubes.Filecopy\"]", "services = [\"qubes Filecopy\"]"),
    ("action = \"ask\"", "action = \"deny\""),
    ("reason = \"Scans", "because = \"Scans"),
    ("code = \"H0114\"", "code = \"114\""),
    ("memory = 16000", "memory = 0"),
    ("updates = \"sys-whonix\"", "updates = 1"),
    ("prefs = { vcpus = 4,", "prefs = { vcpus = [4],"),
    ("services = { cups = false }", "services = { cups = \"0\" }"),
    ("features = { x-note = \"desk\"", "features = { -note = \"desk\""),
    ("tags = [\"x-desk\"]", "tags = [\"x desk\"]"),
    ("firewall = [", "firewall = [5, "),
    ("[workstation.work.\"r4.2\"]", "[workstation.work.\"r4.2\"]\nlabel = \"red\""),
];

/// Recipes that the parser refuses for their structure. The schema may say something else, but never nothing.
#[test]
fn wrong_recipes() {
    let edits = [
        // Keys that there are not.
        ("[bundle]", "colour = \"red\"\n[bundle]"),
        ("[bundle]", "[bundle]\ncolour = \"red\""),
        ("[identity.quiet]", "[identity.quiet]\nnetvm = \"sys-firewall\""),
        ("[gateway.quiet-gateway]", "[gateway.quiet-gateway]\nidentity = \"quiet\""),
        ("[workstation.quiet]", "[workstation.quiet]\nnetvm = \"sys-firewall\""),
        ("[disposable.quiet-dvm]", "[disposable.quiet-dvm]\ndisposables = \"quiet-dvm\""),
        ("[template.quiet]", "[template.quiet]\nlabel = \"red\""),
        ("base = \"whonix-workstation\"", "base = { \"r4.3\" = \"debian-13\", \"r4.4\" = \"debian-14\" }"),
        // Keys that are missing.
        ("name = \"sample\"\n", ""),
        ("serial = 1\n", ""),
        ("mode = 1\n", ""),
        ("identity = \"loud\"\n", ""),
        ("template = \"debian\"\n", ""),
        ("base = \"whonix-workstation\"\n", ""),
        ("gateway = \"quiet-gateway\"\n", ""),
        ("mode = 4\nupstream = \"sys-firewall\"", "mode = 4"),
        ("upstream = \"sys-firewall\"\n\n[workstation.quiet]", "\n[workstation.quiet]"),
        // Keys that exclude each other.
        ("mode = 4", "mode = 4\ngateway = \"quiet-gateway\""),
        ("mode = 1", "mode = 1\nupstream = \"sys-firewall\""),
        ("mode = 1", "mode = 4"),
        ("mode = 4", "mode = 3"),
        // Values of another kind.
        ("name = \"sample\"", "name = 5"),
        ("serial = 1", "serial = \"1\""),
        ("serial = 1", "serial = 1.5"),
        ("serial = 1", "serial = 1979-05-27"),
        ("summary = \"One identity behind Tor, one in clear\"", "summary = [\"One\"]"),
        ("releases = [\"r4.3\"]", "releases = \"r4.3\""),
        ("releases = [\"r4.3\"]", "releases = [4.3]"),
        ("mode = 1", "mode = \"1\""),
        ("mode = 4", "mode = 4\naccounts = \"a\""),
        ("template = \"debian\"", "template = [\"debian\"]"),
        ("template = \"debian\"", "template = \"debian\"\nlabel = 1"),
        ("template = \"debian\"", "template = \"debian\"\nmemory = \"400\""),
        ("base = \"whonix-workstation\"", "base = [\"debian\"]"),
        ("packages = [\"onionshare\"]", "packages = \"onionshare\""),
        ("packages = [\"onionshare\"]", "packages = { onionshare = true }"),
        // Values out of bounds.
        ("serial = 1", "serial = 0"),
        ("serial = 1", "serial = -1"),
        ("serial = 1", "serial = 4294967296"),
        ("name = \"sample\"", "name = \"Sample\""),
        ("name = \"sample\"", "name = \"\""),
        ("name = \"sample\"", "name = \"a2345678901234567890123456789012345678901\""),
        ("summary = \"One identity behind Tor, one in clear\"", "summary = \" \""),
        ("releases = [\"r4.3\"]", "releases = [\"r4.3\", \"r4.3\"]"),
        ("releases = [\"r4.3\"]", "releases = [\"r4.1\"]"),
        ("mode = 1", "mode = 0"),
        ("mode = 1", "mode = 5"),
        ("mode = 4", "mode = 4\naccounts = [\"a\", \"a\"]"),
        ("mode = 4", "mode = 4\naccounts = [\"A\"]"),
        ("[identity.loud]", "[identity.Loud]"),
        ("[workstation.loud]", "[workstation.1loud]"),
        ("[template.quiet]", "[template.debian]"),
        ("[template.quiet]", "[template.quiet-and-long]"),
        ("template = \"debian\"", "template = \"Debian\""),
        ("template = \"debian\"", "template = \"debian\"\nlabel = \"pink\""),
        ("template = \"debian\"", "template = \"debian\"\nmemory = 0"),
        ("template = \"debian\"", "template = \"debian\"\nmemory = 1048577"),
        ("template = \"debian\"", "template = \"debian\"\nmaxmem = 1048577"),
        ("template = \"debian\"", "template = \"debian\"\nprivate = 0"),
        ("template = \"debian\"", "template = \"debian\"\nprivate = 16777217"),
        ("packages = [\"onionshare\"]", "packages = [\"-y\"]"),
        ("packages = [\"onionshare\"]", "packages = [\"onionshare\", \"onionshare\"]"),
        ("upstream = \"sys-firewall\"", "upstream = \"sys firewall\""),
        // Recipes of several files, bridges and files.
        ("serial = 1", "serial = 1\nextends = \"../base\""),
        ("serial = 1", "serial = 1\nextends = [\"/etc\"]"),
        ("serial = 1", "serial = 1\nextends = [\"../../../../../../../../../base\"]"),
        ("serial = 1", "serial = 1\nextends = [\"a/../b\"]"),
        ("serial = 1", "serial = 1\ninclude = [\"../more.toml\"]"),
        ("serial = 1", "serial = 1\ninclude = [5]"),
        ("[identity.loud]", "[identity.loud]\nreplaces = \"yes\""),
        ("[gateway.quiet-gateway]", "[gateway.quiet-gateway]\nbridges = \"192.0.2.7:443\""),
        ("[gateway.quiet-gateway]", "[gateway.quiet-gateway]\nbridges = [\"192.0.2.7:443  \"]"),
        ("[workstation.quiet]", "[workstation.quiet]\nbridges = [\"192.0.2.7:443\"]"),
        ("[workstation.quiet]", "[workstation.quiet]\nfiles = [\"files/notes\"]"),
        ("[workstation.quiet]", "[workstation.quiet]\nfiles = { \"home/user/notes\" = \"files/notes\" }"),
        ("[workstation.quiet]", "[workstation.quiet]\nfiles = { \"/home/../notes\" = \"files/notes\" }"),
        ("[workstation.quiet]", "[workstation.quiet]\nfiles = { \"/home/user/notes/\" = \"files/notes\" }"),
        ("[workstation.quiet]", "[workstation.quiet]\nfiles = { \"/home/user/notes\" = \"/etc/passwd\" }"),
        ("[workstation.quiet]", "[workstation.quiet]\nfiles = { \"/home/user/notes\" = { executable = true } }"),
        ("[workstation.quiet]", "[workstation.quiet]\nfiles = { \"/x\" = { source = \"x\", executable = \"yes\" } }"),
        ("[workstation.quiet]", "[workstation.quiet]\nfiles = { \"/x\" = { source = \"x\", mode = \"0755\" } }"),
    ];
    let mut recipes: BTreeMap<String, String> = edits.map(|(from, to)| (format!("{from:?} to {to:?}"), edited(from, to))).into();
    assert_eq!(recipes.len(), edits.len());
    for (from, to) in FULL_EDITS {
        assert!(FULL.contains(from), "`{from}` is not in the full recipe");
        recipes.insert(format!("{from:?} to {to:?} in the full recipe"), FULL.replacen(from, to, 1));
    }
    for whole in ["bundle = 1", "identity = 1", "[identity]\nloud = 4", "[[gateway]]\nname = \"x\"", "gateway.x.upstream = true"]
    {
        recipes.insert(whole.to_owned(), whole.to_owned());
    }
    for (name, said) in judged(&recipes) {
        assert!(!said.is_empty(), "{name}: an editor would say nothing");
        let sandbox = Sandbox::new();
        sandbox.write("recipe/halite.toml", &recipes[&name]);
        sandbox.halite("check recipe").exits(1);
    }
}
