//! Recipes that build on others: what may be extended, and what stands in the place of what.

use std::os::unix::fs::symlink;

use crate::*;

const LOUD: &str = "[workstation.loud]\nidentity = \"loud\"\ntemplate = \"debian\"\n";

#[test]
fn what_may_be_extended() {
    assert_snapshot!(drawn(&folders("extends = [\"../gone\"]", &[]), "recipe"), @r#"
    error[H0007]: cannot open the folder `recipe/../gone`: No such file or directory (os error 2)
     --> recipe/halite.toml:6:12
      |
    6 | extends = ["../gone"]
      |            ^^^^^^^^^
    "#);
    assert_snapshot!(drawn(&folders("extends = [\"../base\"]", &[("base", "")]), "recipe"), @r#"
    error[H0007]: cannot open the folder `recipe/../base`: Not a directory (os error 20)
     --> recipe/halite.toml:6:12
      |
    6 | extends = ["../base"]
      |            ^^^^^^^^^
    "#);
    assert_snapshot!(drawn(&folders("extends = [\"../base\"]", &[("base/other.toml", "")]), "recipe"), @r#"
    error[H0007]: cannot read `recipe/../base/halite.toml`: No such file or directory (os error 2)
     --> recipe/halite.toml:6:12
      |
    6 | extends = ["../base"]
      |            ^^^^^^^^^
    "#);
    assert_snapshot!(drawn(&folders("extends = [\"../base\", \"../base\"]", &[("base/halite.toml", "")]), "recipe"), @r#"
    error[H0006]: this stands in `extends` twice
     --> recipe/halite.toml:6:23
      |
    6 | extends = ["../base", "../base"]
      |            ---------  ^^^^^^^^^
      |            |
      |            first here
    "#);
    // Ways that are short enough, one by one.
    let sandbox = folders("extends = [\"below\"]", &[("base/halite.toml", &extending(&format!("\"{}a\"", "../".repeat(8))))]);
    sandbox.write("recipe/below/halite.toml", extending("\"../../base\""));
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0007]: cannot open the folder `recipe/../../../../../../../../a`: No such file or directory (os error 2)
     --> recipe/../base/halite.toml:5:12
      |
    5 | extends = ["../../../../../../../../a"]
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    sandbox.write("deep/recipe/halite.toml", sandbox.text("recipe/halite.toml").replace("below", "../../base"));
    assert_snapshot!(drawn(&sandbox, "deep/recipe"), @r#"
    error[H0007]: an extended recipe lies at most 8 folders up
     --> deep/recipe/../../base/halite.toml:5:12
      |
    5 | extends = ["../../../../../../../../a"]
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn faults_in_an_extended_recipe() {
    let sandbox = folders("extends = [\"../base\"]", &[("base/halite.toml", "[identity.third]\nmode = 9\n")]);
    assert_snapshot!(drawn(&sandbox, "recipe"), @r"
    error[H0004]: `mode` lies between 1 and 4
     --> recipe/../base/halite.toml:2:8
      |
    2 | mode = 9
      |        ^
    ");
    assert_snapshot!(drawn(&sandbox, "./recipe/"), @r"
    error[H0004]: `mode` lies between 1 and 4
     --> ./recipe/../base/halite.toml:2:8
      |
    2 | mode = 9
      |        ^
    ");
    // By itself, it lacks more.
    sandbox.write("base/halite.toml", "[identity.third]\nmode = 4\nupstream = \"sys-net\"\n");
    sandbox.halite("check recipe").succeeds();
    assert_snapshot!(drawn(&sandbox, "base"), @r"
    error[H0003]: the recipe lacks the table `[bundle]`
     --> base/halite.toml:1:1
      |
    1 | [identity.third]
      | ^
    ");
    sandbox.write("base/halite.toml", "[bundle]\nname = \"base\"\n");
    assert_snapshot!(drawn(&sandbox, "recipe"), @r"
    error[H0003]: [bundle] lacks the key `serial`
     --> recipe/../base/halite.toml:1:1
      |
    1 | [bundle]
      | ^^^^^^^^

    error[H0003]: [bundle] lacks the key `summary`
     --> recipe/../base/halite.toml:1:1
      |
    1 | [bundle]
      | ^^^^^^^^
    ");
}

#[test]
fn releases() {
    let base = |releases: &str| format!("[bundle]\nname = \"base\"\nserial = 1\nsummary = \"base\"\nreleases = [{releases}]\n");
    let sandbox = folders("extends = [\"../base\"]", &[("base/halite.toml", &base("\"r4.2\""))]);
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0006]: `../base` is not for r4.3, and this recipe is
     --> recipe/halite.toml:6:12
      |
    6 | extends = ["../base"]
      |            ^^^^^^^^^
      |
      = help: a recipe is extended for releases that are among its own; name them in its `releases`
    "#);
    sandbox.write("base/halite.toml", base("\"r4.2\", \"r4.3\""));
    sandbox.halite("check recipe").succeeds();
    // A base for each release need not be known for those of the extended recipe alone.
    let template = "[template.base]\nbase = { \"r4.2\" = \"debian-12-xfce\", \"r4.3\" = \"debian-13-xfce\" }\n";
    sandbox.write("base/halite.toml", base("\"r4.2\", \"r4.3\"") + template);
    sandbox.halite("check recipe").succeeds();
    sandbox.write("base/halite.toml", "[template.base]\nbase = { \"r4.2\" = \"debian-12-xfce\" }\n");
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0003]: `base` lacks the key `r4.3`
     --> recipe/../base/halite.toml:2:8
      |
    2 | base = { "r4.2" = "debian-12-xfce" }
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn names_that_two_recipes_declare() {
    let sandbox = folders("extends = [\"../base\"]", &[("base/halite.toml", LOUD)]);
    assert_snapshot!(drawn(&sandbox, "recipe"), @r"
    error[H0006]: an extended recipe declares [workstation.loud], too
      --> recipe/halite.toml:36:14
       |
    36 | [workstation.loud]
       |              ^^^^
       |
      ::: recipe/../base/halite.toml:1:14
       |
     1 | [workstation.loud]
       |              ---- declared here
       |
       = help: to put this one in its place, say `replaces = true` in it; else choose another name
    ");
    // Two that know nothing of each other.
    let sandbox = folders("extends = [\"../b\", \"../c\"]", &[]);
    for base in ["b", "c"] {
        sandbox.write(&format!("{base}/halite.toml"), "[identity.third]\nmode = 4\nupstream = \"sys-net\"\n");
    }
    assert_snapshot!(drawn(&sandbox, "recipe"), @r"
    error[H0006]: [identity.third] is declared twice
     --> recipe/../c/halite.toml:1:11
      |
    1 | [identity.third]
      |           ^^^^^
      |
     ::: recipe/../b/halite.toml:1:11
      |
    1 | [identity.third]
      |           ----- first declared here
      |
      = help: choose another name; or declare it once more with `replaces = true`, in the recipe that extends both
    ");
    // In one recipe, there is nothing to replace.
    let twice = LOUD.replace("debian", "fedora") + "replaces = true\n";
    assert_snapshot!(drawn(&folders("include = [\"more.toml\"]", &[("recipe/more.toml", &twice)]), "recipe"), @r"
    error[H0006]: [workstation.loud] is declared twice
      --> recipe/more.toml:1:14
       |
     1 | [workstation.loud]
       |              ^^^^
       |
      ::: recipe/halite.toml:36:14
       |
    36 | [workstation.loud]
       |              ---- first declared here
    ");
    // The base replaces nothing of the recipe that extends it.
    let sandbox = folders("extends = [\"../base\"]", &[("base/halite.toml", &(LOUD.to_owned() + "replaces = true\n"))]);
    assert_snapshot!(drawn(&sandbox, "recipe"), @r"
    error[H0006]: an extended recipe declares [workstation.loud], too
      --> recipe/halite.toml:36:14
       |
    36 | [workstation.loud]
       |              ^^^^
       |
      ::: recipe/../base/halite.toml:1:14
       |
     1 | [workstation.loud]
       |              ---- declared here
       |
       = help: to put this one in its place, say `replaces = true` in it; else choose another name
    ");
}

#[test]
fn what_is_not_there_to_be_replaced() {
    let replaces = |kind: &str| fault("[identity.loud]", &format!("{kind}\nreplaces = true\n[identity.loud]"));
    assert_snapshot!(replaces("[identity.third]\nmode = 4\nupstream = \"sys-net\""), @r"
    error[H0006]: there is no [identity.third] in an extended recipe that this could replace
      --> recipe/halite.toml:34:12
       |
    34 | replaces = true
       |            ^^^^
       |
       = help: leave `replaces` out; or name it as what it is to replace
    ");
    assert_snapshot!(replaces("[template.third]\nbase = \"debian\""), @r"
    error[H0006]: there is no [template.third] in an extended recipe that this could replace
      --> recipe/halite.toml:33:12
       |
    33 | replaces = true
       |            ^^^^
       |
       = help: leave `replaces` out; or name it as what it is to replace
    ");
    // It may be in what cannot be read.
    let sandbox = folders("extends = [\"../gone\"]", &[]);
    let text = sandbox.text("recipe/halite.toml").replace("[workstation.loud]", "[workstation.loud]\nreplaces = true");
    sandbox.write("recipe/halite.toml", text);
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0007]: cannot open the folder `recipe/../gone`: No such file or directory (os error 2)
     --> recipe/halite.toml:6:12
      |
    6 | extends = ["../gone"]
      |            ^^^^^^^^^
    "#);
}

fn extending(ways: &str) -> String {
    format!("[bundle]\nname = \"base\"\nserial = 1\nsummary = \"base\"\nextends = [{ways}]\n")
}

#[test]
fn circles() {
    assert_snapshot!(drawn(&folders("extends = [\"../recipe\"]", &[]), "recipe"), @r#"
    error[H0006]: `../recipe` is this recipe itself, or extends it in turn
     --> recipe/halite.toml:6:12
      |
    6 | extends = ["../recipe"]
      |            ^^^^^^^^^^^
    "#);
    let two = folders("extends = [\"../b\"]", &[("b/halite.toml", &extending("\"../recipe\""))]);
    assert_snapshot!(drawn(&two, "recipe"), @r#"
    error[H0006]: `../recipe` is this recipe itself, or extends it in turn
     --> recipe/../b/halite.toml:5:12
      |
    5 | extends = ["../recipe"]
      |            ^^^^^^^^^^^
    "#);
    let b = extending("\"../c\"");
    let three = folders("extends = [\"../b\"]", &[("b/halite.toml", &b), ("c/halite.toml", &extending("\"../b\""))]);
    assert_snapshot!(drawn(&three, "recipe"), @r#"
    error[H0006]: `../b` is this recipe itself, or extends it in turn
     --> recipe/../c/halite.toml:5:12
      |
    5 | extends = ["../b"]
      |            ^^^^^^
    "#);
    let linked = folders("extends = [\"../b\"]", &[("b/halite.toml", &extending("\"../link\""))]);
    symlink("recipe", linked.path("link")).unwrap();
    assert_snapshot!(drawn(&linked, "recipe"), @r#"
    error[H0006]: `../link` is this recipe itself, or extends it in turn
     --> recipe/../b/halite.toml:5:12
      |
    5 | extends = ["../link"]
      |            ^^^^^^^^^
    "#);
}

/// A bundle could not tell two names of one folder apart.
#[test]
fn one_folder_by_two_names() {
    let sandbox = folders("extends = [\"../base\", \"../link\"]", &[("base/halite.toml", "")]);
    symlink("base", sandbox.path("link")).unwrap();
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0007]: this is the folder that is also named `../base`; name it in one way
     --> recipe/halite.toml:6:23
      |
    6 | extends = ["../base", "../link"]
      |                       ^^^^^^^^^
    "#);
    // A way that is only longer is the same way.
    let sandbox = folders(
        "extends = [\"../base\", \"below\"]",
        &[("base/halite.toml", ""), ("recipe/below/halite.toml", &extending("\"../../base\""))],
    );
    sandbox.halite("check recipe").succeeds();
}

#[test]
fn diamonds_and_chains() {
    let ends = "[identity.third]\nmode = 4\nupstream = \"sys-net\"\n";
    let sandbox = folders("extends = [\"../b\", \"../c\"]", &[("d/halite.toml", ends)]);
    for middle in ["b", "c"] {
        sandbox.write(&format!("{middle}/halite.toml"), extending("\"../d\""));
    }
    sandbox.halite("check recipe").succeeds();
    // Each of a layer extends both of the next one: 2 to the power of 15 ways through them.
    let layers = |count: usize| {
        let sandbox = folders("extends = [\"../a0\", \"../b0\"]", &[]);
        for layer in 0..count {
            let next = layer + 1;
            for side in ["a", "b"] {
                sandbox.write(&format!("{side}{layer}/halite.toml"), extending(&format!("\"../a{next}\", \"../b{next}\"")));
            }
        }
        for side in ["a", "b"] {
            let many: String = (0..2000).map(|n| format!("[identity.i{n}]\nmode = 4\nupstream = \"sys-net\"\n")).collect();
            sandbox.write(&format!("{side}{count}/halite.toml"), many);
        }
        sandbox
    };
    let drawn = drawn(&layers(15), "recipe");
    assert!(drawn.starts_with("error[H0006]: [identity.i0] is declared twice\n"), "{drawn}");
    assert!(drawn.ends_with("\n… and 1900 more"), "{drawn}");
}

#[test]
fn thirty_two_and_no_more() {
    let ways = |count: usize| (0..count).map(|n| format!("\"../b{n}\", ")).collect::<String>();
    let sandbox = folders(&format!("extends = [{}]", ways(32)), &[]);
    for n in 0..40 {
        sandbox.write(&format!("b{n}/halite.toml"), "");
    }
    sandbox.halite("check recipe").succeeds();
    sandbox.write("b31/halite.toml", extending("\"../b32\""));
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0007]: a recipe extends at most 32 others, those that they extend included
     --> recipe/../b31/halite.toml:5:12
      |
    5 | extends = ["../b32"]
      |            ^^^^^^^^
    "#);
    // One after the other, too.
    sandbox.write("recipe/halite.toml", folders("extends = [\"../b0\"]", &[]).text("recipe/halite.toml"));
    for n in 0..39 {
        sandbox.write(&format!("b{n}/halite.toml"), extending(&format!("\"../b{}\"", n + 1)));
    }
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0007]: a recipe extends at most 32 others, those that they extend included
     --> recipe/../b31/halite.toml:5:12
      |
    5 | extends = ["../b32"]
      |            ^^^^^^^^
    "#);
    sandbox.write("b31/halite.toml", "");
    sandbox.halite("check recipe").succeeds();
}
