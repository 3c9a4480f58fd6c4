//! The flake in the hands of Nix: what it offers, and that Nix builds the bundles that Cargo's `halite` builds. There is no network, so
//! `tests/nix/nixpkgs` stands for nixpkgs, and what it gives out for compiled programs are those that Cargo has built.

#![allow(clippy::disallowed_methods, reason = "a test runs programs")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use support::{RECIPE, Run, Sandbox, dom0};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const DOCUMENT: &str = include_str!("../docs/nix.md");
const BOTH: [&str; 2] = ["r4.2", "r4.3"];
const SYSTEMS: [&str; 2] = ["aarch64-linux", "x86_64-linux"];

/// Nothing from the machine's configuration, nothing from a network, nobody else's help. The builds cannot be locked in, because they use
/// the machine's own shell, and because not everybody may lock something in.
const SETTINGS: &str = "\
experimental-features = nix-command flakes
system = x86_64-linux
build-users-group =
builders =
sandbox = false
substitute = false
use-registries = false
";

/// A flake that uses the project's, in every way.
const USER: &str = r#"{
  inputs.halite.url = "path:/nowhere";
  outputs =
    { self, halite }:
    let
      inherit (halite.lib) mkBundle;
      # A `halite` that is a script.
      scripted = script: derivation {
        name = "scripted";
        system = "x86_64-linux";
        builder = "/bin/sh";
        PATH = "/usr/bin:/bin";
        inherit script;
        args = [ "-euc" ''mkdir -p "$out/bin"; printf '#!/bin/sh\n%s' "$script" > "$out/bin/halite"; chmod +x "$out/bin/halite"'' ];
      };
    in
    {
      names = builtins.mapAttrs (kind: value:
        if kind == "lib" then builtins.mapAttrs (_: builtins.functionArgs) value
        # The derivation as a whole must be made for its name to count.
        else builtins.mapAttrs (_: builtins.mapAttrs (_: made: builtins.seq made.drvPath made.name)) value
      ) halite.outputs;
      programs = builtins.mapAttrs (_: packages: builtins.mapAttrs (_: made: {
        inherit (made) pname version buildNoDefaultFeatures buildFeatures cargoBuildFlags isStatic;
        inherit (made.meta) mainProgram;
      }) packages) halite.packages;
      bundles = {
        plain = mkBundle { recipe = ./recipe; };
        old = mkBundle { recipe = ./recipe; release = "r4.2"; };
        elsewhere = mkBundle { recipe = "${self}/recipe"; };
        extending = mkBundle { recipe = ./recipes/press; root = ./recipes; };
        rootless = mkBundle { recipe = ./recipes/press; };
        outside = mkBundle { recipe = ./recipe; root = ./recipes; };
        other = mkBundle { recipe = ./recipe; system = "aarch64-linux"; };
        impossible = mkBundle { recipe = ./recipe; release = "r5, or so"; };
        faulty = mkBundle { recipe = ./faulty; };
        empty = mkBundle { recipe = ./empty; };
        random = mkBundle { recipe = ./recipe; halite = scripted "cat /proc/sys/kernel/random/uuid"; };
        telling = mkBundle { recipe = ./recipe; halite = scripted ''echo "$0"''; };
      };
    };
}
"#;

/// A desk with the project's flake in `halite`, a user's in `user`, and a store of its own.
struct Desk {
    sandbox: Sandbox,
}

impl Desk {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        // What git tracks is what a flake consists of. Whose folder it is does not matter here.
        let copy =
            "mkdir halite && cd \"$ROOT\" && git -c safe.directory='*' ls-files -z | xargs -0 cp --parents -t \"$OLDPWD/halite\"";
        sandbox.bash(copy).env("ROOT", ROOT).succeeds();
        sandbox.bash("cp -r halite/tests/nix/nixpkgs .").succeeds();
        for (name, program) in [("halite", Path::new(env!("CARGO_BIN_EXE_halite"))), ("halite-dom0", &dom0::built().program)] {
            // As scripts, because Nix would hash and copy the programs again and again.
            let script =
                sandbox.write(&format!("nixpkgs/bin/{name}"), format!("#!/bin/sh\nexec '{}' \"$@\"\n", program.display()));
            fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
        }
        sandbox.write("user/flake.nix", USER);
        sandbox.write("user/recipe/halite.toml", RECIPE.replace("\"r4.3\"", "\"r4.2\", \"r4.3\""));
        Self { sandbox }
    }

    /// `run` with Nix's whole world in the sandbox.
    fn hermetic<'a>(&'a self, run: Run<'a>) -> Run<'a> {
        // Cargo's `halite` before all others; and Nix may be where only its user's PATH leads to.
        let programs = Path::new(env!("CARGO_BIN_EXE_halite")).parent().unwrap();
        let path = format!("{}:{}", programs.display(), env::var("PATH").unwrap());
        let mut run = run.env("PATH", path).env("NIX_CONFIG", SETTINGS);
        for (variable, directory) in [
            ("NIX_STORE_DIR", "nix/store"),
            ("NIX_STATE_DIR", "nix/state"),
            ("NIX_LOCALSTATE_DIR", "nix/state"),
            ("NIX_LOG_DIR", "nix/log"),
            ("NIX_CONF_DIR", "nix/conf"),
            ("TMPDIR", "."),
        ] {
            run = run.env(variable, self.sandbox.path(directory));
        }
        run
    }

    /// What stands for the flakes' inputs, as options of `nix`.
    fn inputs(&self) -> String {
        let path = |name| format!("path:{}", self.sandbox.path(name).display());
        let (halite, nixpkgs) = (path("halite"), path("nixpkgs"));
        format!(
            "--offline --override-input nixpkgs {nixpkgs} --override-input halite {halite} --override-input halite/nixpkgs {nixpkgs}"
        )
    }

    /// `nix`, in the folder of a flake.
    fn nix(&self, folder: &str, arguments: &str) -> Run<'_> {
        let run = self.hermetic(self.sandbox.run("nix", arguments)).within(folder);
        self.inputs().split_whitespace().fold(run, Run::argument)
    }

    /// What an attribute of a flake is.
    #[track_caller]
    fn value(&self, folder: &str, attribute: &str) -> Value {
        self.nix(folder, "eval --json").argument(format!(".#{attribute}")).succeeds().json()
    }

    /// Builds something, and gives its path in the sandbox.
    #[track_caller]
    fn built(&self, folder: &str, attribute: &str) -> String {
        let built = self.nix(folder, "build --json --no-link").argument(format!(".#{attribute}")).succeeds().json();
        let path = built[0]["outputs"]["out"].as_str().unwrap();
        path.strip_prefix("[DIR]/").unwrap_or_else(|| panic!("{path} is outside")).to_owned()
    }

    /// What Nix says when it does not build one of the user's bundles, or not again.
    #[track_caller]
    fn refused(&self, options: &str, bundle: &str) -> String {
        let ended = self.nix("user", "build --no-link --print-build-logs").argument(format!(".#bundles.{bundle}"));
        let ended = options.split_whitespace().fold(ended, Run::argument).end();
        assert_ne!(ended.code, 0, "{bundle} was built: {}", ended.transcript());
        ended.stderr
    }

    /// The files in a directory of the sandbox.
    fn files(&self, directory: &str) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.sandbox.path(directory)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.map(|name| (name.clone(), self.sandbox.read(&format!("{directory}/{name}")))).collect()
    }

    /// What the bundle of a recipe is to be: the one that Cargo's `halite` makes of it, and its id.
    #[track_caller]
    fn expected(&self, recipe: &str, release: &str) -> BTreeMap<String, Vec<u8>> {
        let arguments = format!("build {recipe} --release {release} --store expected");
        let id = self.sandbox.halite(&arguments).succeeds().stdout;
        let name = format!("{}.halite", id.trim());
        let bundle = self.sandbox.read(&format!("expected/{name}"));
        BTreeMap::from([("id".to_owned(), id.into_bytes()), (name, bundle)])
    }
}

impl Drop for Desk {
    /// Nix takes the permission to write from what is in its store, which also keeps everybody but root from removing it.
    fn drop(&mut self) {
        self.sandbox.bash("chmod -R u+w .").end();
    }
}

/// The shipped recipes, and the releases of each.
fn shipped() -> Vec<(String, Vec<String>)> {
    let mut shipped = Vec::new();
    for entry in fs::read_dir(Path::new(ROOT).join("recipes")).unwrap() {
        let entry = entry.unwrap();
        let Ok(text) = fs::read_to_string(entry.path().join("halite.toml")) else { continue };
        let recipe: toml::Table = text.parse().unwrap();
        let Some(bundle) = recipe.get("bundle").filter(|bundle| bundle.get("name").is_some()) else { continue };
        let releases = match bundle.get("releases") {
            Some(releases) => releases.as_array().unwrap().iter().map(|release| release.as_str().unwrap().to_owned()).collect(),
            None => BOTH.map(str::to_owned).into(),
        };
        shipped.push((entry.file_name().into_string().unwrap(), releases));
    }
    assert!(shipped.iter().any(|(name, releases)| name == "anonymity-modes" && *releases == BOTH), "{shipped:?}");
    shipped
}

/// The check of a shipped recipe.
fn check(recipe: &str, release: &str) -> String {
    format!("{recipe}-{}", release.replace('.', "_"))
}

/// `text` without the hashes in paths of the store.
fn without_hashes(text: &str) -> String {
    let mut parts = text.split("/nix/store/");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| format!("{text}/nix/store/[HASH]{}", &part[32..]))
}

#[test]
fn it_offers_what_it_promises_and_nothing_else() {
    let desk = Desk::new();
    let program = |name: &str| format!("{name}-{}", env!("CARGO_PKG_VERSION"));
    let mut checks = json!({ "halite": program("halite"), "halite-dom0": program("halite-dom0") });
    // A recipe that names no releases is for both; what is no recipe of its own has no bundle.
    desk.sandbox.write("halite/recipes/both/halite.toml", RECIPE.replace("releases =", "# releases ="));
    desk.sandbox.write("halite/recipes/common/halite.toml", "[bundle]\nreleases = [\"r4.3\"]\n");
    desk.sandbox.write("halite/recipes/bare/halite.toml", "");
    desk.sandbox.write("halite/recipes/README.md", "");
    let both = ("both".to_owned(), BOTH.map(str::to_owned).into());
    for (recipe, releases) in shipped().into_iter().chain([both]) {
        for release in releases {
            checks[check(&recipe, &release)] = json!("halite-bundle");
        }
    }
    let packages = json!({ "default": program("halite"), "halite": program("halite"), "halite-dom0": program("halite-dom0") });
    let shells = json!({ "default": "shell" });
    let everywhere = |value: &Value| SYSTEMS.iter().map(|system| (system.to_string(), value.clone())).collect::<Value>();
    let expected = json!({
        "checks": everywhere(&checks),
        "devShells": everywhere(&shells),
        "lib": { "mkBundle": { "halite": true, "recipe": false, "release": true, "root": true, "system": true } },
        "packages": everywhere(&packages),
    });
    assert_eq!(desk.value("user", "names"), expected);

    let halite = json!({
        "pname": "halite",
        "version": env!("CARGO_PKG_VERSION"),
        "buildNoDefaultFeatures": true,
        "buildFeatures": ["build"],
        "cargoBuildFlags": ["--bin", "halite"],
        "isStatic": false,
        "mainProgram": "halite",
    });
    let mut dom0 = halite.clone();
    for (attribute, value) in [
        ("pname", json!("halite-dom0")),
        ("buildFeatures", json!(["dom0"])),
        ("cargoBuildFlags", json!(["--bin", "halite-dom0"])),
        ("isStatic", json!(true)),
        ("mainProgram", json!("halite-dom0")),
    ] {
        dom0[attribute] = value;
    }
    let expected = json!({ "default": &halite, "halite": &halite, "halite-dom0": dom0 });
    assert_eq!(desk.value("user", "programs"), everywhere(&expected));
}

#[test]
fn nix_finds_no_fault_in_it() {
    let desk = Desk::new();
    desk.nix("halite", "flake check --no-build").succeeds();
    assert!(!desk.sandbox.path("nix/log").exists(), "nothing was built");
    desk.nix("halite", "flake check").succeeds();
    assert!(desk.sandbox.path("nix/log").exists(), "everything was built");
}

#[test]
fn shipped_recipes_come_to_the_bundles_that_cargo_builds() {
    let desk = Desk::new();
    for (recipe, releases) in shipped() {
        for release in releases {
            let built = desk.built("halite", &format!("checks.x86_64-linux.{}", check(&recipe, &release)));
            let expected = desk.expected(&format!("halite/recipes/{recipe}"), &release);
            assert!(desk.files(&built) == expected, "{recipe} {release}: {:?}", desk.files(&built).keys());
        }
    }
}

#[test]
fn bundles_of_users_come_out_the_same() {
    let desk = Desk::new();
    let [old, new] = ["r4.2", "r4.3"].map(|release| desk.expected("user/recipe", release));
    assert_ne!(old["id"], new["id"]);
    for (bundle, expected) in [("plain", &new), ("old", &old), ("elsewhere", &new)] {
        let path = desk.built("user", &format!("bundles.{bundle}"));
        assert!(desk.files(&path) == *expected, "{bundle}: {:?}", desk.files(&path).keys());
        // It needs nothing of what it was made with.
        let closure = desk.nix("user", "path-info --recursive").argument(desk.sandbox.path(&path)).succeeds().stdout;
        assert_eq!(closure, format!("[DIR]/{path}\n"));
    }
    assert_eq!(desk.value("user", "bundles.plain.system"), "x86_64-linux");
    assert_eq!(desk.value("user", "bundles.other.system"), "aarch64-linux");
}

#[test]
fn twice_built_is_the_same_bit_for_bit() {
    let desk = Desk::new();
    for bundle in ["plain", "old"] {
        desk.built("user", &format!("bundles.{bundle}"));
        desk.nix("user", "build --rebuild --no-link").argument(format!(".#bundles.{bundle}")).succeeds();
    }
    // Nix would notice.
    desk.built("user", "bundles.random");
    let log = desk.refused("--rebuild", "random");
    assert!(log.contains("may not be deterministic"), "{log}");
}

#[test]
fn a_bundle_that_knows_where_it_was_made_is_refused() {
    let desk = Desk::new();
    let log = desk.refused("", "telling");
    assert!(log.contains("is not allowed to refer to the following paths"), "{log}");
}

#[test]
fn faults_of_a_recipe_are_in_the_log() {
    let desk = Desk::new();
    let faulty = RECIPE.replace("mode = 1", "mode = 7").replace("template = \"quiet\"", "template = \"quite\"");
    desk.sandbox.write("user/faulty/halite.toml", &faulty);
    let here = desk.sandbox.halite("build user/faulty").exits(1);
    let log = without_hashes(&desk.refused("", "faulty")).replace("[DIR]/nix/store/[HASH]-recipe", "user/faulty");
    let log: String =
        log.lines().filter_map(|line| line.strip_prefix("halite-bundle> ")).map(|line| format!("{line}\n")).collect();
    // But for empty lines, which some versions of Nix leave out.
    let without_empty =
        |text: &str| text.lines().filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect::<String>();
    assert_eq!(without_empty(&log), without_empty(&here.stderr));
    for code in ["error[H0004]", "error[H0005]"] {
        assert!(log.contains(code), "{log}");
    }
}

#[test]
fn what_is_no_release_and_what_is_no_recipe_is_left_to_halite() {
    let desk = Desk::new();
    let log = desk.refused("", "impossible");
    assert!(log.contains("invalid value 'r5, or so' for '--release <RELEASE>'"), "{log}");
    desk.sandbox.write("user/empty/notes", "");
    let log = desk.refused("", "empty");
    assert!(log.contains("hint: a recipe is a folder with a `halite.toml`"), "{log}");
}

#[test]
fn recipes_of_several_files_come_out_the_same() {
    let desk = Desk::new();
    let (head, parts) = RECIPE.split_once("[identity.quiet]").unwrap();
    let (quiet, loud) = parts.split_once("[identity.loud]").unwrap();
    let head = head.replace("[bundle]", "[bundle]\ninclude = [\"parts/loud.toml\"]\nextends = [\"../common\"]");
    let staged = "[workstation.loud.files]\n\"/home/user/notes\" = \"files/notes\"\n";
    for (file, text) in [
        ("common/halite.toml", format!("[identity.quiet]{quiet}")),
        ("press/halite.toml", head),
        ("press/parts/loud.toml", format!("[identity.loud]{loud}{staged}")),
        ("press/files/notes", "notes".to_owned()),
    ] {
        desk.sandbox.write(&format!("user/recipes/{file}"), text);
    }
    let built = desk.built("user", "bundles.extending");
    assert!(desk.files(&built) == desk.expected("user/recipes/press", "r4.3"), "{:?}", desk.files(&built).keys());
    // Where the other recipe is left behind, it is missed.
    let log = desk.refused("", "rootless");
    assert!(log.contains("../common"), "{log}");
    let log = desk.refused("", "outside");
    assert!(log.contains("is not in its root"), "{log}");
}

/// Every user of the machine can read the store: what git ignores beside a recipe stays out of it, too.
#[test]
fn secrets_beside_a_recipe_are_not_taken() {
    let desk = Desk::new();
    let before = desk.value("user", "bundles.plain.drvPath");
    for other in ["author.key", "labels.toml", "parts/labels.toml", "parts/other.key"] {
        desk.sandbox.write(&format!("user/recipe/{other}"), "secret");
    }
    desk.built("user", "bundles.plain");
    let recipe = desk.value("user", "bundles.plain.recipe");
    let found =
        desk.sandbox.bash("cd \"$RECIPE\" && find . -type f").env("RECIPE", recipe.as_str().unwrap().replace("[DIR]/", ""));
    assert_eq!(found.succeeds().stdout, "./halite.toml\n");
    // And the recipe itself does matter.
    desk.sandbox.write("user/recipe/halite.toml", format!("{RECIPE}\n"));
    assert_ne!(desk.value("user", "bundles.plain.drvPath"), before);
}

/// The files of `src` that the compiler says it has read for what lies beside a program: its own package, whatever was built of it.
fn read_for(program: &Path) -> BTreeSet<String> {
    let mut read = BTreeSet::new();
    for entry in fs::read_dir(program.parent().unwrap().join("deps")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if !(name.starts_with("halite") && name.ends_with(".d")) {
            continue;
        }
        let told = fs::read_to_string(&path).unwrap();
        // Paths from the package's root, or whole ones, as the version of Cargo likes it.
        let own = told.split_whitespace().map(|path| path.strip_prefix(ROOT).map_or(path, |path| path.trim_start_matches('/')));
        // What lies outside is what tests within the package read.
        let of_src = own.filter(|path| path.starts_with("src/") && !path.contains("/../") && !path.ends_with(':'));
        read.extend(of_src.map(str::to_owned));
    }
    // Some of them may be of a build before something was renamed.
    read.retain(|path| Path::new(ROOT).join(path).is_file());
    read
}

/// The sources that the flake gives to Cargo are enough, and no more than it needs.
#[test]
fn what_cargo_gets_is_what_cargo_reads() {
    let desk = Desk::new();
    desk.built("halite", "halite");
    let source = desk.value("halite", "halite.src.outPath");
    let source = desk.sandbox.path(source.as_str().unwrap().strip_prefix("[DIR]/").unwrap());

    // Whatever the compiler has read of `src` for either program.
    for program in [Path::new(env!("CARGO_BIN_EXE_halite")), &dom0::built().program] {
        let read = read_for(program);
        assert!(read.len() > 50, "cargo tells in another way now what was read: {read:?}");
        for path in read {
            assert!(source.join(&path).is_file(), "{path} is needed for {}", program.display());
        }
    }

    // Whatever Cargo.toml names: Cargo refuses to build one program of a package another target of which is not there.
    let targets = |directory: &Path| -> BTreeSet<String> {
        let arguments = ["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path"];
        let output = Command::new(env!("CARGO")).args(arguments).arg(directory.join("Cargo.toml")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let targets = metadata["packages"][0]["targets"].as_array().unwrap();
        targets.iter().map(|target| format!("{} {}", target["kind"], target["name"])).collect()
    };
    assert_eq!(targets(&source), targets(Path::new(ROOT)));
}

#[test]
fn documentation_builds_nothing_again() {
    let desk = Desk::new();
    let programs = || ["halite", "halite-dom0"].map(|name| desk.value("halite", &format!("{name}.drvPath")));
    let before = programs();
    for file in [
        "README.md",
        "docs/nix.md",
        "docs/new.md",
        "recipes/anonymity-modes/halite.toml",
        "tests/nix/nixpkgs/new",
        "scripts/check",
    ] {
        desk.sandbox.write(&format!("halite/{file}"), "other");
        assert_eq!(programs(), before, "{file}");
    }
    for file in ["src/new.rs", "src/sim/stock-r4.3.json", "Cargo.lock"] {
        let before = programs();
        desk.sandbox.write(&format!("halite/{file}"), "other");
        let after = programs();
        assert!(before[0] != after[0] && before[1] != after[1], "{file}");
    }
}

/// The document's blocks in one language, section by section.
fn blocks(language: &str) -> BTreeMap<&'static str, Vec<String>> {
    let mut blocks: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for section in DOCUMENT.split("\n## ").collect::<Vec<_>>() {
        let title = section.lines().next().unwrap().trim_start_matches("# ");
        let (mut lines, mut found) = (section.lines(), Vec::new());
        while let Some(line) = lines.next() {
            if let Some(other) = line.strip_prefix("```") {
                let block: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
                assert!(["sh", "nix"].contains(&other), "a block that is neither `sh` nor `nix` is not tested: {block}");
                if other == language {
                    found.push(block);
                }
            }
        }
        if !found.is_empty() {
            blocks.insert(title, found);
        }
    }
    blocks
}

/// The document to the letter, but for where inputs come from.
#[test]
fn the_document_works() {
    let desk = Desk::new();
    let sandbox = &desk.sandbox;
    let run = |folder: &str, script: &str| {
        let inputs = desk.inputs();
        let script = format!("nix() {{ command nix \"$@\" {inputs}; }}\n{script}");
        desk.hermetic(sandbox.bash(&script)).within(folder).succeeds()
    };
    let sh = blocks("sh");
    let nix = blocks("nix");
    assert_eq!(sh.keys().copied().collect::<Vec<_>>(), ["A bundle", "Comparing", "Nix", "The programs"]);
    assert_eq!(nix.keys().copied().collect::<Vec<_>>(), ["A bundle"]);

    run("halite", &sh["Nix"][0]);
    let lock: Value = serde_json::from_slice(&sandbox.read("halite/flake.lock")).unwrap();
    assert_eq!(lock["nodes"]["root"]["inputs"], json!({ "nixpkgs": "nixpkgs" }));

    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(run("halite", &sh["The programs"][0]).stdout, format!("halite {version}\nhalite-dom0 {version}\n"));

    sandbox.write("mine/flake.nix", &nix["A bundle"][0]);
    sandbox.write("mine/my-recipe/halite.toml", RECIPE);
    fs::create_dir_all(sandbox.path("home")).unwrap();
    sandbox.halite("keygen -W home/author").succeeds();
    let [build, sign] = &sh["A bundle"][..] else { panic!("other blocks: {sh:?}") };
    let id = run("mine", build).stdout;
    assert_eq!(id.as_bytes(), desk.expected("mine/my-recipe", "r4.3")["id"]);
    run("mine", sign);
    sandbox.halite("verify --key home/author.pub").argument(format!("./mine/{}.halite", id.trim())).succeeds();

    run("halite", &sh["Comparing"][0]);
}
