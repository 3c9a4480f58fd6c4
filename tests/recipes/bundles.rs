//! What recipes of several files become: what a bundle packs, and what it is named by.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::*;

/// A recipe of everything: an included file, two recipes that it extends, one of which extends the other, files for qubes and bridges.
fn everything(sandbox: &Sandbox, root: &str) {
    let text = edited(&[
        ("serial = 1", "serial = 1\ninclude = [\"more/third.toml\"]\nextends = [\"../common\", \"../base\"]"),
        ("[gateway.quiet-gateway]", "[gateway.quiet-gateway]\nbridges = [\"192.0.2.2:443\", \"obfs4 192.0.2.1:443 cert=a\"]"),
        (
            "[workstation.loud]",
            "[workstation.loud]\nfiles = { \"/rw/config/rc.local\" = { source = \"files/a\", executable = true } }",
        ),
    ]);
    let files = [
        ("recipe/halite.toml", text.as_str()),
        (
            "recipe/more/third.toml",
            "[workstation.third]\nidentity = \"third\"\ntemplate = \"common\"\nfiles = { \"/rw/a\" = \"files/a\" }\n",
        ),
        ("recipe/files/a", "#!/bin/sh\n"),
        (
            "common/halite.toml",
            "[bundle]\nname = \"common\"\nserial = 7\nsummary = \"common\"\nextends = [\"../base\"]\n[template.common]\nbase = \"debian\"\npackages = [\"hexchat\"]\nfiles = { \"/etc/a\" = \"files/a\" }\n",
        ),
        ("common/files/a", "common\n"),
        ("base/halite.toml", "[identity.third]\nmode = 4\nupstream = \"sys-net\"\n"),
        ("base/not-named", "no part of it"),
    ];
    for (path, text) in files {
        sandbox.write(&format!("{root}/{path}"), text);
    }
}

/// The id of the recipe in `folder`, and what its bundle shows as JSON.
#[track_caller]
fn built(sandbox: &Sandbox, folder: &str) -> (String, Value) {
    let id = sandbox.halite("build").argument(folder).succeeds().stdout.trim().to_owned();
    let shown = sandbox.halite("show --json").argument(&id).succeeds().json();
    (id, shown["manifest"].clone())
}

#[test]
fn what_is_packed_where() {
    let sandbox = Sandbox::new();
    everything(&sandbox, ".");
    let (id, manifest) = built(&sandbox, "recipe");
    let digest = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
    let written =
        |qube: &str, path: &str| manifest["desired"]["qubes"][qube]["files"][path]["blake3"].as_str().unwrap().to_owned();
    let names = BTreeMap::from([
        (digest("#!/bin/sh\n"), "[rc.local]"),
        (digest("common\n"), "[common]"),
        (digest(&show(&sandbox, &id, "policy/32-halite.policy")), "[policy]"),
        (written("quiet-gateway", "/usr/local/etc/torrc.d/50_user.conf"), "[bridges]"),
        (written("quiet", "/usr/local/etc/sdwdate-gui.d/50_user.conf"), "[sdwdate-gui]"),
    ]);
    let files: Vec<String> = manifest["files"].as_object().unwrap().keys().cloned().collect();
    let mut files = files.join("\n");
    for (digest, name) in &names {
        files = files.replace(digest.as_str(), name);
    }
    for name in manifest["desired"]["templates"].as_object().unwrap().keys() {
        files = files.replace(name.as_str(), &format!("{}XXXXXXXX", &name[..name.len() - 8]));
    }
    // Digests stand in an order of their own, which changes with what they are of.
    let mut files: Vec<&str> = files.lines().collect();
    files.sort_unstable();
    assert_snapshot!(files.join("\n"), @r"
    extended/1/files/a
    extended/1/halite.toml
    extended/2/halite.toml
    packages/h-common-XXXXXXXX.list
    packages/h-quiet-XXXXXXXX.list
    policy/32-halite.policy
    recipe/files/a
    recipe/halite.toml
    recipe/more/third.toml
    salt/halite.top
    salt/halite/files/[bridges]
    salt/halite/files/[common]
    salt/halite/files/[policy]
    salt/halite/files/[rc.local]
    salt/halite/files/[sdwdate-gui]
    salt/halite/in/h-common-XXXXXXXX.sls
    salt/halite/in/h-quiet-XXXXXXXX.sls
    salt/halite/in/loud.sls
    salt/halite/in/quiet-dvm.sls
    salt/halite/in/quiet-gateway.sls
    salt/halite/in/quiet.sls
    salt/halite/in/third.sls
    salt/halite/network.sls
    salt/halite/qubes.sls
    ");
    for (path, source) in [
        ("recipe/more/third.toml", "recipe/more/third.toml"),
        ("recipe/files/a", "recipe/files/a"),
        ("extended/1/files/a", "common/files/a"),
        ("extended/2/halite.toml", "base/halite.toml"),
        (&format!("salt/halite/files/{}", digest("common\n")), "common/files/a"),
    ] {
        assert_eq!(show(&sandbox, &id, path), sandbox.text(source), "{path}");
    }
}

#[track_caller]
fn show(sandbox: &Sandbox, id: &str, path: &str) -> String {
    sandbox.halite("show").argument(id).argument("--file").argument(path).succeeds().stdout
}

#[test]
fn what_is_wanted() {
    let sandbox = Sandbox::new();
    everything(&sandbox, ".");
    let (id, manifest) = built(&sandbox, "recipe");
    let desired = &manifest["desired"];
    let qubes = &desired["qubes"];
    assert_eq!(qubes["third"]["identity"], "third", "of a recipe that is extended");
    assert!(qubes["third"]["template"].as_str().unwrap().starts_with("h-common-"), "{}", qubes["third"]);
    let digest = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
    let staged = |text: &str, mode: &str| serde_json::json!({ "blake3": digest(text), "mode": mode });
    assert_eq!(qubes["loud"]["files"]["/rw/config/rc.local"], staged("#!/bin/sh\n", "0755"));
    assert_eq!(qubes["third"]["files"]["/rw/a"], staged("#!/bin/sh\n", "0644"));
    assert_eq!(desired["templates"][qubes["third"]["template"].as_str().unwrap()]["files"]["/etc/a"], staged("common\n", "0644"));
    // Bridges come in their order, with the program that speaks each transport before them.
    let torrc = &qubes["quiet-gateway"]["files"]["/usr/local/etc/torrc.d/50_user.conf"]["blake3"];
    let path = format!("salt/halite/files/{}", torrc.as_str().unwrap());
    assert_snapshot!(show(&sandbox, &id, &path), @r"
    # Written by halite. Change the recipe, not this file.
    UseBridges 1
    ClientTransportPlugin obfs4 exec /usr/bin/obfs4proxy
    Bridge 192.0.2.2:443
    Bridge obfs4 192.0.2.1:443 cert=a
    ");
}

/// Neither what the folders are called nor where they are is part of a bundle.
#[test]
fn the_folders_names_do_not_matter() {
    let sandbox = Sandbox::new();
    everything(&sandbox, ".");
    let (id, _) = built(&sandbox, "recipe");
    everything(&sandbox, "else/where");
    fs::rename(sandbox.path("else/where/recipe"), sandbox.path("else/where/mine")).unwrap();
    assert_eq!(built(&sandbox, "else/where/mine").0, id);
    let here = sandbox.halite("build .").within("recipe").succeeds().stdout;
    assert_eq!(here.trim(), id);
    // The way to a recipe that is extended stands in the text.
    let text = sandbox.text("else/where/mine/halite.toml").replace("../base", "../ground");
    sandbox.write("else/where/mine/halite.toml", text);
    fs::rename(sandbox.path("else/where/base"), sandbox.path("else/where/ground")).unwrap();
    let text = sandbox.text("else/where/common/halite.toml").replace("../base", "../ground");
    sandbox.write("else/where/common/halite.toml", text);
    assert_ne!(built(&sandbox, "else/where/mine").0, id);
}

/// Whatever a recipe consists of is what its bundle is named by.
#[test]
fn each_part_counts() {
    let sandbox = Sandbox::new();
    everything(&sandbox, ".");
    let (id, first) = built(&sandbox, "recipe");
    for (path, is_text) in [
        ("recipe/halite.toml", true),
        ("recipe/more/third.toml", true),
        ("recipe/files/a", false),
        ("common/halite.toml", true),
        ("common/files/a", false),
        ("base/halite.toml", true),
    ] {
        let text = sandbox.text(path);
        sandbox.write(path, format!("{text}# \n"));
        let (other, manifest) = built(&sandbox, "recipe");
        assert_ne!(other, id, "{path}");
        assert_eq!(manifest["desired"] == first["desired"], is_text, "{path}");
        sandbox.write(path, text);
        assert_eq!(built(&sandbox, "recipe").0, id, "{path}");
    }
    // What it does not name is no part of it, and neither are permissions.
    sandbox.write("recipe/other.toml", "x");
    sandbox.write("base/not-named", "x");
    sandbox.bash("chmod 755 recipe/files/a; chmod 600 common/halite.toml").succeeds();
    assert_eq!(built(&sandbox, "recipe").0, id);
}

/// A recipe is the same whether it is written in one file or in several; only the texts differ.
#[test]
fn one_file_or_several() {
    let sandbox = Sandbox::with_recipe();
    let (_, whole) = built(&sandbox, "recipe");
    let (head, tail) = RECIPE.split_at(RECIPE.find("[workstation.quiet]").unwrap());
    sandbox.write("split/halite.toml", head.replace("serial = 1", "serial = 1\ninclude = [\"rest.toml\"]"));
    sandbox.write("split/rest.toml", tail);
    assert_eq!(built(&sandbox, "split").1["desired"], whole["desired"]);
    sandbox.write("extending/halite.toml", head.replace("serial = 1", "serial = 1\nextends = [\"../rest\"]"));
    sandbox.write("rest/halite.toml", tail);
    assert_eq!(built(&sandbox, "extending").1["desired"], whole["desired"]);
}

/// What stands in the place of what, over two levels.
#[test]
fn what_replaces_what() {
    let third = |label: &str, more: &str| {
        format!("[workstation.third]\nidentity = \"loud\"\ntemplate = \"debian\"\nlabel = \"{label}\"\n{more}")
    };
    let sandbox = folders("extends = [\"../middle\"]", &[("base/halite.toml", &third("blue", "memory = 500\n"))]);
    let middle = "[bundle]\nname = \"middle\"\nserial = 1\nsummary = \"middle\"\nextends = [\"../base\"]\n";
    let label = || {
        let (_, manifest) = built(&sandbox, "recipe");
        let qube = &manifest["desired"]["qubes"]["third"];
        (qube["label"].as_str().unwrap().to_owned(), qube["prefs"].get("memory").is_some())
    };
    sandbox.write("middle/halite.toml", middle);
    assert_eq!(label(), ("blue".to_owned(), true), "the base alone");
    sandbox.write("middle/halite.toml", middle.to_owned() + &third("green", "replaces = true\n"));
    assert_eq!(label(), ("green".to_owned(), false), "as a whole");
    let text = sandbox.text("recipe/halite.toml");
    sandbox.write("recipe/halite.toml", format!("{text}\n{}", third("purple", "replaces = true\n")));
    assert_eq!(label(), ("purple".to_owned(), false), "over both");
    sandbox.write("middle/halite.toml", middle);
    assert_eq!(label(), ("purple".to_owned(), false), "over the lower one");
    sandbox.write("recipe/halite.toml", format!("{text}\n{}", third("purple", "")));
    assert_snapshot!(drawn(&sandbox, "recipe"), @r"
    error[H0006]: an extended recipe declares [workstation.third], too
      --> recipe/halite.toml:40:14
       |
    40 | [workstation.third]
       |              ^^^^^
       |
      ::: recipe/../base/halite.toml:1:14
       |
     1 | [workstation.third]
       |              ----- declared here
       |
       = help: to put this one in its place, say `replaces = true` in it; else choose another name
    ");
}

/// A gateway's bridges are in its bundle alone; without them, there is no such file.
#[test]
fn bridges_are_written_where_there_are_some() {
    let sandbox = Sandbox::with_recipe();
    let (_, manifest) = built(&sandbox, "recipe");
    assert_eq!(manifest["desired"]["qubes"]["quiet-gateway"].get("files"), None);
}
