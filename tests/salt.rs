//! The Salt in bundles, in the hands of the real Salt, which `scripts/install-tools` puts into `target/venv`.

#![allow(clippy::disallowed_methods, reason = "a test runs programs")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use halite::base::{Digest, FileMode, FilePath};
use halite::model::{Desired, Release, Setting, StagedFile, Template};
use halite::{compile, recipe, salt};
use serde_json::{Value, json};
use support::Sandbox;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn venv(program: &str) -> PathBuf {
    Path::new(ROOT).join("target/venv/bin").join(program)
}

/// What Salt makes of jobs: FOLDER, TARGET, FUNCTION, ARGUMENT…. It must have nothing to complain about.
#[track_caller]
fn render(sandbox: &Sandbox, jobs: &[Value]) -> Vec<Value> {
    let script = format!("{ROOT}/tests/salt/render.py");
    let lines: String = jobs.iter().map(|job| format!("{job}\n")).collect();
    let ended = sandbox.run(venv("python"), &script).stdin(lines).succeeds();
    let answers: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), jobs.len(), "{}", ended.transcript());
    for (job, answer) in jobs.iter().zip(&answers) {
        assert_eq!(answer["log"], json!([]), "{job}: {answer}");
        assert!(answer["return"].is_object(), "{job}: {answer}");
    }
    answers.into_iter().map(|mut answer| answer["return"].take()).collect()
}

/// The one state of `kind` under an id, with its function as `fun` and what it was given.
#[track_caller]
fn state(rendered: &Value, id: &str, kind: &str) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let entries = rendered[id][kind].as_array().unwrap_or_else(|| panic!("no {kind} `{id}` in {rendered:#}"));
    for entry in entries {
        match entry {
            Value::String(function) => drop(found.insert("fun".to_owned(), json!(function))),
            Value::Object(given) => found.extend(given.clone()),
            other => panic!("{other}"),
        }
    }
    found.remove("order");
    found
}

/// When Salt works off the state under an id: the lower, the earlier.
#[track_caller]
fn order(rendered: &Value, id: &str, kind: &str) -> u64 {
    let entries = rendered[id][kind].as_array().unwrap_or_else(|| panic!("no {kind} `{id}` in {rendered:#}"));
    entries.iter().find_map(|entry| entry["order"].as_u64()).unwrap_or_else(|| panic!("{entries:?}"))
}

/// Whether a file says where packages come from, or whose signatures count.
fn is_about_packages(path: &str) -> bool {
    ["/etc/apt/", "/usr/share/keyrings/"].iter().any(|directory| path.starts_with(directory))
}

/// A list of maps of one entry each, as Salt's `qvm` takes its options, as one map.
#[track_caller]
fn options(list: &Value) -> BTreeMap<String, Value> {
    list.as_array().unwrap().iter().flat_map(|entry| entry.as_object().unwrap().clone()).collect()
}

/// What a setting of a manifest is for Salt's `qvm`.
#[track_caller]
fn setting(setting: &Value) -> Value {
    match setting {
        Value::String(word) if word == "default" => json!("*default*"),
        Value::String(word) if word == "none" => json!("none"),
        Value::Object(one) => one.values().next().unwrap().clone(),
        other => panic!("{other}"),
    }
}

/// Each shipped recipe, one with every table of the language, and one with strange names, for each of its releases: the folder of the recipe.
fn recipes(sandbox: &Sandbox) -> Vec<(PathBuf, Release)> {
    sandbox.write("full/halite.toml", support::FULL);
    let mut folders = vec![everything(sandbox), sandbox.path("full")];
    folders.extend(support::shipped());
    let all = folders.into_iter().flat_map(|folder| {
        let releases = recipe::load(&folder).unwrap().recipe.releases;
        releases.into_iter().map(move |release| (folder.clone(), release))
    });
    all.collect()
}

/// A recipe with all that ends up in Salt, qubes with strange names among them.
fn everything(sandbox: &Sandbox) -> PathBuf {
    sandbox.write(
        "everything/halite.toml",
        "[bundle]\nname = 'everything'\nserial = 1\nsummary = 'x'\n\
         [identity.a]\nmode = 1\ngateway = 'gw.a_1'\n\
         [gateway.'gw.a_1']\nupstream = 'sys-firewall'\n\
         bridges = ['obfs4 192.0.2.1:443 2B280B23E1107BB62ABFC40DDCC8824814F80A72 cert=a/b+c iat-mode=0']\n\
         [workstation.'a.b_c.']\nidentity = 'a'\ntemplate = 'a'\n\
         [workstation.'a.b_c.'.files]\n'/rw/config/rc.local' = { source = 'files/rc.local', executable = true }\n\
         '/home/user/.profile' = 'files/profile'\n\
         [template.a]\nbase = 'whonix-workstation'\npackages = ['g++', 'libstdc++6']\n\
         [template.a.files]\n'/etc/a@b.conf' = 'files/jinja'\n'/usr/share/keyrings/a.asc' = 'files/profile'\n",
    );
    sandbox.write("everything/files/rc.local", "#!/bin/sh\n");
    sandbox.write("everything/files/profile", "x: 'y'\n");
    sandbox.write("everything/files/jinja", "{{ 1 + 1 }}\n");
    sandbox.path("everything")
}

#[test]
fn each_recipe_and_release_means_to_salt_what_its_manifest_says() {
    let sandbox = Sandbox::new();
    let mut qubes = 0;
    for (number, (folder, release)) in recipes(&sandbox).into_iter().enumerate() {
        let build = sandbox.halite("build").argument(&folder).argument("--release").argument(release.as_str()).succeeds();
        let id = build.stdout.trim_end();
        let bundle = format!("store/{id}.halite");
        let out = format!("salt-{number}");
        sandbox.halite("export").argument(&bundle).argument("--salt").argument(&out).succeeds();
        let manifest = sandbox.halite("show --json").argument(&bundle).succeeds().json()["manifest"].take();
        qubes += means(&sandbox, &sandbox.path(&out), &manifest["desired"]);
    }
    assert!(qubes >= 40, "{qubes} qubes");
}

/// The state of what is done inside a template or qube.
fn state_of(target: &str) -> String {
    format!("halite.in.{}", target.replace('.', "+"))
}

#[test]
fn each_target_gets_its_own_states_and_nobody_else_any() {
    let sandbox = Sandbox::new();
    sandbox.halite("build").argument(everything(&sandbox)).succeeds();
    sandbox.halite("export everything@1 --salt out").succeeds();
    let manifest = sandbox.halite("show --json everything@1").succeeds().json()["manifest"]["desired"].take();
    let own = |kind: &str| manifest[kind].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let targets = [own("templates"), own("qubes")].concat();
    let folder = sandbox.path("out");
    let job = |target: &str, function: &str| json!([folder.to_str().unwrap(), target, function]);
    let mut jobs = vec![job("dom0", "state.show_top"), job("sys-firewall", "state.show_top")];
    for target in &targets {
        jobs.extend([job(target, "state.show_top"), job(target, "state.show_highstate")]);
    }
    let mut answers = render(&sandbox, &jobs).into_iter();
    assert_eq!(answers.next().unwrap(), json!({"base": ["halite.qubes"]}));
    assert_eq!(answers.next().unwrap(), json!({}), "a qube of somebody else's has no states");
    for target in &targets {
        let (top, rendered) = (answers.next().unwrap(), answers.next().unwrap());
        assert_eq!(top, json!({"base": [state_of(target)]}));
        assert!(!rendered.as_object().unwrap().is_empty(), "{target}");
    }
}

/// Compares what Salt reads in `folder` with a desired state. Returns how many qubes were compared.
#[track_caller]
fn means(sandbox: &Sandbox, folder: &Path, desired: &Value) -> usize {
    let (templates, qubes) = (desired["templates"].as_object().unwrap(), desired["qubes"].as_object().unwrap());
    let empty = json!({});
    let files = |work: &Value| work.get("files").unwrap_or(&empty).as_object().unwrap().clone();
    let folder_text = folder.to_str().unwrap();
    let mut jobs = vec![
        json!([folder_text, "dom0", "state.show_highstate"]),
        json!([folder_text, "dom0", "state.show_sls", "halite.network"]),
        // Both at once: no name stands for two states.
        json!([folder_text, "dom0", "state.show_sls", "halite.qubes,halite.network"]),
        json!([folder_text, "dom0", "slsutil.renderer", "salt://halite.top"]),
    ];
    let targets: Vec<(&String, &Value)> = templates.iter().chain(qubes).collect();
    let has_work = |work: &Value| work.get("packages").is_some_and(|list| *list != json!([])) || !files(work).is_empty();
    let worked: Vec<(&String, &Value)> = targets.iter().filter(|(_, work)| has_work(work)).copied().collect();
    // All by one minion, since a new one takes longer than all that it is asked.
    jobs.extend(worked.iter().map(|(name, _)| json!([folder_text, "dom0", "state.show_sls", state_of(name)])));
    let mut answers = render(sandbox, &jobs).into_iter();
    let (in_dom0, network, both) = (answers.next().unwrap(), answers.next().unwrap(), answers.next().unwrap());
    let mut top = serde_json::Map::from_iter([("dom0".to_owned(), json!(["halite.qubes"]))]);
    top.extend(worked.iter().map(|(name, _)| ((*name).clone(), json!([state_of(name)]))));
    assert_eq!(answers.next().unwrap(), json!({"base": top}), "who has states has its own");
    assert_eq!(both.as_object().unwrap().len(), in_dom0.as_object().unwrap().len() + network.as_object().unwrap().len());

    // Inside templates and qubes: the packages and files of the manifest, and nothing else.
    for (name, work) in &worked {
        let rendered = answers.next().unwrap();
        let packages = work.get("packages").cloned().unwrap_or(json!([]));
        let files = files(work);
        let has_packages = !packages.as_array().unwrap().is_empty();
        let ids: BTreeSet<&String> = rendered.as_object().unwrap().keys().collect();
        let packages_id = "packages".to_owned();
        let wanted: BTreeSet<&String> = files.keys().chain(has_packages.then_some(&packages_id)).collect();
        assert_eq!(ids, wanted, "{name}");
        if has_packages {
            let state = state(&rendered, "packages", "pkg");
            assert_eq!((&state["fun"], &state["pkgs"]), (&json!("installed"), &packages));
        }
        for (path, file) in &files {
            let state = state(&rendered, path, "file");
            let digest = file["blake3"].as_str().unwrap();
            let owner = if path.starts_with("/home/user/") { "user" } else { "root" };
            let wanted = json!({"fun": "managed", "source": format!("salt://halite/files/{digest}"), "user": owner, "group": owner,
                "mode": file["mode"], "makedirs": true, "show_changes": false});
            assert_eq!(json!(state), wanted);
            if has_packages {
                let is_first = order(&rendered, path, "file") < order(&rendered, "packages", "pkg");
                assert_eq!(is_first, is_about_packages(path), "{name}: {path}");
            }
            let contents = fs::read(folder.join("halite/files").join(digest)).unwrap();
            assert_eq!(Digest::of(&contents).to_string(), digest);
        }
    }

    // In dom0: the policy, the templates, and the qubes with all but their network; then the network.
    let policy = state(&in_dom0, "/etc/qubes/policy.d/32-halite.policy", "file");
    assert_eq!((&policy["mode"], &policy["group"]), (&json!("0664"), &json!("qubes")));
    let source = policy["source"].as_str().unwrap().strip_prefix("salt://").unwrap();
    assert!(fs::read_to_string(folder.join(source)).unwrap().contains("@tag:halite-isolated"));
    assert_eq!(in_dom0.as_object().unwrap().len(), 1 + targets.len());
    for (name, template) in templates {
        assert_eq!(options(&state(&in_dom0, name, "qvm")["clone"]), [("source".to_owned(), template["base"].clone())].into());
    }
    for (name, qube) in qubes {
        let given = state(&in_dom0, name, "qvm");
        let made = [("template".to_owned(), qube["template"].clone()), ("label".to_owned(), qube["label"].clone())];
        let class = qube.get("class").map(|class| ("class".to_owned(), class.clone()));
        assert_eq!(options(&given["present"]), made.clone().into_iter().chain(class).collect(), "{name}");
        let rules = given.get("firewall").map(|firewall| options(firewall)["set"].clone());
        assert_eq!(rules.as_ref(), qube.get("firewall"), "{name}");
        assert_eq!(options(&given["tags"])["add"], qube["tags"]);
        let prefs = qube["prefs"].as_object().unwrap();
        // The one property that R4.2 knows with a hyphen alone. Of the others, `none` is no qube only with underscores.
        let spelled = |name: &String| if name == "provides_network" { "provides-network".to_owned() } else { name.clone() };
        // Salt's `qvm.prefs` has nothing to set these with.
        let prefs = prefs.iter().filter(|(name, _)| !["keyboard_layout", "bootmode"].contains(&name.as_str()));
        let mut wanted: BTreeMap<String, Value> =
            prefs.map(|(name, value)| (spelled(name), setting(value))).chain(made).collect();
        let mut last: BTreeMap<String, Value> =
            ["netvm", "default_dispvm"].map(|name| (name.to_owned(), wanted.remove(name).unwrap())).into();
        wanted.extend(["netvm", "default_dispvm"].map(|name| (name.to_owned(), json!("none"))));
        assert_eq!(options(&given["prefs"]), wanted, "{name}");
        let features = qube["features"].as_object().unwrap();
        let set = given.get("features").map(|features| options(&options(features)["set"])).unwrap_or_default();
        assert_eq!(set, features.clone().into_iter().collect(), "{name}");
        let mut given = state(&network, &format!("network of {name}"), "qvm");
        given.remove("require");
        last.extend([("name".to_owned(), json!(name)), ("fun".to_owned(), json!("prefs"))]);
        assert_eq!(given, last, "{name}");
    }
    qubes.len()
}

#[test]
fn salt_call_itself_has_nothing_to_complain_about() {
    let sandbox = Sandbox::new();
    let folder = everything(&sandbox);
    sandbox.halite("build").argument(&folder).succeeds();
    sandbox.halite("export everything@1 --salt out").succeeds();
    let minion = minion(&sandbox, &sandbox.path("out"));
    for (target, call) in
        [("dom0", "state.show_top"), ("dom0", "state.show_highstate"), ("a.b_c.", "state.show_sls halite.in.a+b_c+")]
    {
        let ended =
            sandbox.run(venv("salt-call"), &format!("--local --out json -l warning -c {minion} --id {target} {call}")).succeeds();
        assert_eq!(ended.stderr, "", "{target} {call}");
        assert!(ended.json()["local"].is_object(), "{target} {call}: {}", ended.stdout);
    }
}

/// Where a configuration lies with which Salt takes `folder` for /srv/salt and touches nothing outside the sandbox.
fn minion(sandbox: &Sandbox, folder: &Path) -> String {
    let root = sandbox.path("minion");
    let text = format!(
        "root_dir: {root}\nfile_client: local\nfile_roots: {{base: ['{}']}}\nstate_top: halite.top\nlog_file: {root}/log\n\
         enable_fqdns_grains: false\n",
        folder.display(),
        root = root.display()
    );
    sandbox.write("minion/minion", text).parent().unwrap().display().to_string()
}

#[test]
fn values_stay_what_they_are() {
    let strange = [
        "{{ 1 + 1 }}",
        "{% for x in y %}",
        "{# nothing #}",
        "a: b",
        "- a",
        "'single' and \"double\"",
        "tab\there",
        "\\n is no line feed, \n is one",
        "Grüße, ж, 漢字, ﷽",
        "emoji 🛇 and \u{202e} and \u{feff} and \0 and \u{1b}[31m",
        "# no comment",
        " spaces at both ends ",
        "yes",
        "null",
        "0x1F",
        "1e3",
        "2026-01-01",
        "!!python/object/apply:os.system ['true']",
        "&anchor",
        "*alias",
        "%YAML 1.2",
        "@at",
        "`backtick`",
        "|\n  block",
        ">-",
        "? key",
        "<<",
        "=",
        "",
    ];
    let sandbox = Sandbox::new();
    let source = recipe::parse(&support::RECIPE.replace("releases = [\"r4.3\"]", "")).unwrap();
    let mut desired: Desired = compile::desired(&source, Release::R4_3).desired;
    let name = desired.qubes.keys().next().unwrap().clone();
    let qube = desired.qubes.get_mut(&name).unwrap();
    for (number, value) in strange.iter().enumerate() {
        qube.features.insert(format!("x-{number}").parse().unwrap(), (*value).to_owned());
    }
    qube.prefs.insert("kernelopts".parse().unwrap(), Setting::Text(strange.concat()));
    for (path, text) in salt::states(&desired, Digest::of(b"")) {
        assert!(text.starts_with("#!yaml\n"), "{path}");
        sandbox.write(path.as_str(), text);
    }
    let rendered = &render(&sandbox, &[json!([sandbox.path("salt"), "dom0", "state.show_highstate"])])[0];
    let given = state(rendered, name.as_str(), "qvm");
    let features = options(&options(&given["features"])["set"]);
    for (number, value) in strange.iter().enumerate() {
        assert_eq!(features[&format!("x-{number}")], json!(value));
    }
    assert_eq!(options(&given["prefs"])["kernelopts"], json!(strange.concat()));
}

#[test]
fn files_arrive_as_they_are() {
    let sandbox = Sandbox::new();
    let contents: [(&str, &[u8], FileMode); 3] = [
        ("jinja", b"{{ 1 + 1 }} {% raw %}\n", FileMode::Plain),
        ("script", b"#!/bin/sh\nexit 0", FileMode::Executable),
        ("deep/er/bytes", b"\0\xff\r\n\x1a\xef\xbb\xbf", FileMode::Plain),
    ];
    let mut desired = Desired::default();
    let mut template = Template::new("debian-13-xfce".parse().unwrap());
    let target = |file: &str| sandbox.path("target").join(file);
    for (file, bytes, mode) in contents {
        let path: FilePath = target(file).to_str().unwrap().parse().unwrap();
        template.files.insert(path, StagedFile { blake3: Digest::of(bytes), mode, sensitive: false });
        sandbox.write(salt::contents_path(Digest::of(bytes)).as_str(), bytes);
    }
    let name = template.clone_name("x").unwrap();
    desired.templates.insert(name.clone(), template);
    for (path, text) in salt::states(&desired, Digest::of(b"")) {
        sandbox.write(path.as_str(), text);
    }
    let minion = minion(&sandbox, &sandbox.path("salt"));
    let call = format!("--local --out json --retcode-passthrough -l warning -c {minion} --id {name} state.highstate");
    let ended = sandbox.run(venv("salt-call"), &call).succeeds();
    assert_eq!(ended.stderr, "");
    for (file, bytes, mode) in contents {
        assert_eq!(fs::read(target(file)).unwrap(), bytes, "{file}");
        assert_eq!(fs::metadata(target(file)).unwrap().permissions().mode() & 0o7777, mode.bits(), "{file}");
    }
    // What is in a file stays out of the log: it may be a bridge.
    assert!(!ended.stdout.contains("1 + 1"), "{}", ended.stdout);
    // Once more: there is nothing left to do.
    let again = sandbox.run(venv("salt-call"), &call).succeeds().json();
    for (id, outcome) in again["local"].as_object().unwrap() {
        assert_eq!(outcome["changes"], json!({}), "{id}");
    }
}

/// What `halite import-salt` says that Salt refuses: files of states, and the remark's words.
const REFUSED: [(&str, &[&str], &str); 7] = [
    ("a heading", &["Heading\n\na:\n  test.nop: []\n"], "neither a state nor a comment, and Salt refuses the file"),
    ("a heading with a colon", &["Heading: all\na:\n  test.nop: []\n"], "is no state, and Salt refuses the file"),
    ("an id without a colon", &["a\n  test.nop:\n    - name: x\n"], "lacks the `:` behind it, and Salt refuses the file"),
    ("tabs", &["a:\n\ttest.nop: []\n"], "indented by tabs, and Salt refuses the file"),
    ("a mapping", &["a:\n  test.nop:\n    name: x\n"], "is given a mapping, and Salt refuses it"),
    ("a function twice", &["a:\n  test.nop: []\n  test.nop: []\n"], "twice, and Salt refuses the file"),
    ("an id twice", &["a:\n  test.nop: []\n", "a:\n  test.nop: []\n"], "stands for another state already, and Salt refuses both"),
];

#[test]
fn salt_refuses_what_import_salt_says_it_refuses() {
    let sandbox = Sandbox::new();
    let mut jobs = Vec::new();
    let good = "good:\n  qvm.present:\n    - template: debian-13-xfce\n";
    for (number, (what, texts, words)) in REFUSED.iter().enumerate() {
        let names: Vec<String> = (0..texts.len()).map(|file| format!("f{file}")).collect();
        for (name, text) in names.iter().zip(*texts) {
            sandbox.write(&format!("{number}/{name}.sls"), text);
        }
        jobs.push(json!([sandbox.path(&number.to_string()), "dom0", "state.show_sls", names.join(",")]));
        // Without a qube, there would be no recipe.
        sandbox.write(&format!("{number}-import/good.sls"), good);
        for (name, text) in names.iter().zip(*texts) {
            sandbox.write(&format!("{number}-import/{name}.sls"), text);
        }
        let said = sandbox.halite(&format!("import-salt {number}-import")).succeeds().stderr;
        assert!(said.contains(words), "{what}: {said}");
    }
    // One that it takes, so that refusing is not all that it does.
    sandbox.write("taken/f0.sls", "# Heading\na:\n  test.nop:\n    - name: x\n");
    jobs.push(json!([sandbox.path("taken"), "dom0", "state.show_sls", "f0"]));
    let lines: String = jobs.iter().map(|job| format!("{job}\n")).collect();
    let ended = sandbox.run(venv("python"), &format!("{ROOT}/tests/salt/render.py")).stdin(lines).succeeds();
    let answers: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), jobs.len(), "{}", ended.transcript());
    let (taken, refused) = answers.split_last().unwrap();
    assert!(taken["return"].is_object(), "{taken}");
    for ((what, ..), answer) in REFUSED.iter().zip(refused) {
        assert!(answer["return"].is_array(), "Salt takes {what}: {answer}");
    }
}
