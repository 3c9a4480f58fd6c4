//! Faults as programs read them; `docs/recipes.md` describes the form.

use crate::*;

#[test]
fn no_faults() {
    let sandbox = Sandbox::with_recipe();
    assert_snapshot!(sandbox.halite("check recipe --json").transcript(), @r#"
    | {
    |   "format": 1,
    |   "faults": [],
    |   "more": 0
    | }
    ! sample: no faults for r4.3
    exit code 0
    "#);
}

#[test]
fn all_faults_at_once() {
    let recipe = edited(&[
        ("serial = 1", "serial = \"one\""),
        ("mode = 1", "mode = 7"),
        ("template = \"quiet\"", "templat = \"quiet\""),
        ("identity = \"loud\"", "identity = \"lout\""),
    ]);
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", recipe);
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0004]: `serial` is a whole number, not a string
     --> recipe/halite.toml:5:10
      |
    5 | serial = "one"
      |          ^^^^^

    error[H0004]: `mode` lies between 1 and 4
      --> recipe/halite.toml:10:8
       |
    10 | mode = 7
       |        ^

    error[H0003]: [workstation.quiet] lacks the key `template`
      --> recipe/halite.toml:18:14
       |
    18 | [workstation.quiet]
       |              ^^^^^

    error[H0002]: [workstation.quiet] has no key `templat`
      --> recipe/halite.toml:20:1
       |
    20 | templat = "quiet"
       | ^^^^^^^
       |
       = help: did you mean `template`?

    error[H0005]: there is no identity `lout` in this recipe
      --> recipe/halite.toml:36:12
       |
    36 | identity = "lout"
       |            ^^^^^^
       |
       = help: did you mean `loud`?
    "#);
    assert_snapshot!(sandbox.halite("check recipe --json").transcript(), @r#"
    | {
    |   "format": 1,
    |   "faults": [
    |     {
    |       "code": "H0004",
    |       "level": "error",
    |       "message": "`serial` is a whole number, not a string",
    |       "file": "recipe/halite.toml",
    |       "line": 5,
    |       "column": 10,
    |       "end_line": 5,
    |       "end_column": 15
    |     },
    |     {
    |       "code": "H0004",
    |       "level": "error",
    |       "message": "`mode` lies between 1 and 4",
    |       "file": "recipe/halite.toml",
    |       "line": 10,
    |       "column": 8,
    |       "end_line": 10,
    |       "end_column": 9
    |     },
    |     {
    |       "code": "H0003",
    |       "level": "error",
    |       "message": "[workstation.quiet] lacks the key `template`",
    |       "file": "recipe/halite.toml",
    |       "line": 18,
    |       "column": 14,
    |       "end_line": 18,
    |       "end_column": 19
    |     },
    |     {
    |       "code": "H0002",
    |       "level": "error",
    |       "message": "[workstation.quiet] has no key `templat`",
    |       "file": "recipe/halite.toml",
    |       "line": 20,
    |       "column": 1,
    |       "end_line": 20,
    |       "end_column": 8,
    |       "help": "did you mean `template`?"
    |     },
    |     {
    |       "code": "H0005",
    |       "level": "error",
    |       "message": "there is no identity `lout` in this recipe",
    |       "file": "recipe/halite.toml",
    |       "line": 36,
    |       "column": 12,
    |       "end_line": 36,
    |       "end_column": 18,
    |       "help": "did you mean `loud`?"
    |     }
    |   ],
    |   "more": 0
    | }
    ! error: the recipe has 5 faults; nothing was built
    exit code 1
    "#);
    let build = sandbox.halite("build recipe --json").exits(1);
    assert_eq!(build.stdout, sandbox.halite("check recipe --json").exits(1).stdout);
}

#[test]
fn another_place_to_see() {
    let base = "[identity.loud]\nmode = 4\nupstream = \"sys-firewall\"\n";
    let sandbox = folders("extends = [\"../base\"]", &[("base/halite.toml", base)]);
    assert_snapshot!(sandbox.halite("check recipe --json").transcript(), @r#"
    | {
    |   "format": 1,
    |   "faults": [
    |     {
    |       "code": "H0006",
    |       "level": "error",
    |       "message": "an extended recipe declares [identity.loud], too",
    |       "file": "recipe/halite.toml",
    |       "line": 32,
    |       "column": 11,
    |       "end_line": 32,
    |       "end_column": 15,
    |       "help": "to put this one in its place, say `replaces = true` in it; else choose another name",
    |       "see": {
    |         "message": "declared here",
    |         "file": "recipe/../base/halite.toml",
    |         "line": 1,
    |         "column": 11,
    |         "end_line": 1,
    |         "end_column": 15
    |       }
    |     }
    |   ],
    |   "more": 0
    | }
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
}

/// Columns count characters, and the end is behind the last one.
#[test]
fn places() {
    let sandbox = Sandbox::new();
    let place = |recipe: &str| {
        sandbox.write("recipe/halite.toml", recipe);
        let json = sandbox.halite("check recipe --json").exits(1).json();
        let fault = json["faults"][0].clone();
        ["line", "column", "end_line", "end_column"].map(|key| fault[key].as_u64().unwrap())
    };
    assert_eq!(place(""), [1, 1, 1, 1]);
    assert_eq!(place("[bundle]\n\"äöü\" = 1\n"), [1, 1, 1, 9]);
    assert_eq!(place(&edited(&[("serial = 1", "\"äöü\" = { x = 1 }\nserial = 1")])), [5, 1, 5, 6]);
    assert_eq!(place(&edited(&[("summary = \"One", "summary = \"\"\"\nä\n\"\"\" #")])), [6, 11, 8, 4]);
    // Behind the last line.
    assert_eq!(place("[bundle]\nname ="), [2, 7, 2, 7]);
}

#[test]
fn what_is_not_listed_is_counted() {
    let many: String = (0..5000).map(|n| format!("key{n} = {n}\n")).collect();
    let recipe = format!("{many}{RECIPE}");
    let drawn = refused(&recipe);
    assert_eq!(drawn.matches("error[H0002]").count(), 100);
    assert!(drawn.ends_with("\n\n… and 4900 more"), "{drawn}");
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", recipe);
    let ended = sandbox.halite("check recipe --json").exits(1);
    assert_eq!(ended.json()["faults"].as_array().unwrap().len(), 100);
    assert_eq!(ended.json()["more"], 4900);
    assert_eq!(ended.stderr, "error: the recipe has 5000 faults; nothing was built\n");
}
