//! `labels.toml`: whatever it names is nowhere else.

use crate::*;

/// The sample with a file in a qube and labels beside it.
#[track_caller]
fn labelled(labels: &str, edits: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut all = vec![("mode = 1", "mode = 1\naccounts = [\"mail\"]\ndestinations = [\"press\"]")];
    all.extend(edits);
    sandbox.write("recipe/halite.toml", edited(&all));
    sandbox.write("recipe/labels.toml", labels);
    sandbox
}

const LABELS: &str =
    "[identities]\nquiet = \"Ada Example\"\n[accounts]\nmail = \"ada@mail.example\"\n[destinations]\npress = \"山田新聞\"\n";

#[track_caller]
fn found(edits: &[(&str, &str)]) -> String {
    drawn(&labelled(LABELS, edits), "recipe")
}

#[test]
fn labels_that_stand_nowhere_else_change_nothing() {
    let with = labelled(LABELS, &[]);
    let without = labelled(LABELS, &[]);
    std::fs::remove_file(without.path("recipe/labels.toml")).unwrap();
    let id = |sandbox: &Sandbox| sandbox.halite("build recipe").succeeds().stdout;
    assert_eq!(id(&with), id(&without));
    // Nor is the file part of the bundle.
    let bytes = with.read(&format!("store/{}.halite", id(&with).trim()));
    let shown = with.halite("show --json").argument(id(&with).trim()).succeeds().stdout;
    assert!(!shown.contains("labels") && !bytes.windows(3).any(|bytes| bytes == b"Ada"));
}

#[test]
fn in_a_comment() {
    assert_snapshot!(found(&[("# A sample:", "# Made for ADA-EXAMPLE:")]), @r"
    error[H0402]: this is the label of the identity `quiet`, and all of a recipe, comments included, is packed into the bundle
     --> recipe/halite.toml:1:12
      |
    1 | # Made for ADA-EXAMPLE: one identity behind Tor, one in clear.
      |            ^^^^^^^^^^^
      |
      = help: write the handle; who that is stands in `labels.toml` alone, which is never packed
    ");
}

#[test]
fn in_names_tags_and_features() {
    assert_snapshot!(found(&[("[workstation.loud]", "[workstation.adaexample-desk]")]), @r"
    error[H0402]: this is the label of the identity `quiet`, and all of a recipe, comments included, is packed into the bundle
      --> recipe/halite.toml:37:14
       |
    37 | [workstation.adaexample-desk]
       |              ^^^^^^^^^^
       |
       = help: write the handle; who that is stands in `labels.toml` alone, which is never packed
    ");
    assert_snapshot!(found(&[("template = \"debian\"", "template = \"debian\"\ntags = [\"x-ada_example\"]")]), @r#"
    error[H0402]: this is the label of the identity `quiet`, and all of a recipe, comments included, is packed into the bundle
      --> recipe/halite.toml:40:12
       |
    40 | tags = ["x-ada_example"]
       |            ^^^^^^^^^^^
       |
       = help: write the handle; who that is stands in `labels.toml` alone, which is never packed
    "#);
    assert_snapshot!(found(&[("template = \"debian\"", "template = \"debian\"\nfeatures = { x-for = \"ada mail\", x-of = \"ada/mail/example\" }")]), @r#"
    error[H0402]: this is the label of the account `mail`, and all of a recipe, comments included, is packed into the bundle
      --> recipe/halite.toml:40:42
       |
    40 | features = { x-for = "ada mail", x-of = "ada/mail/example" }
       |                                          ^^^^^^^^^^^^^^^^
       |
       = help: write the handle; who that is stands in `labels.toml` alone, which is never packed
    "#);
}

#[test]
fn over_several_lines_and_in_another_script() {
    assert_snapshot!(found(&[("# A sample: one identity behind Tor,", "# See Ada\n# Example,")]), @r"
    error[H0402]: this is the label of the identity `quiet`, and all of a recipe, comments included, is packed into the bundle
     --> recipe/halite.toml:1:7
      |
    1 |   # See Ada
      |  _______^
    2 | | # Example, one in clear.
      | |_________^
      |
      = help: write the handle; who that is stands in `labels.toml` alone, which is never packed
    ");
    assert_snapshot!(found(&[("summary = \"One identity behind Tor, one in clear\"", "summary = \"朝の山田新聞へ\"")]), @r#"
    error[H0402]: this is the label of the destination `press`, and all of a recipe, comments included, is packed into the bundle
     --> recipe/halite.toml:6:12
      |
    6 | summary = "朝の山田新聞へ"
      |            ^^^^^^^^^^^^^^
      |
      = help: write the handle; who that is stands in `labels.toml` alone, which is never packed
    "#);
}

/// What is written in TOML's escapes reads otherwise in the bundle.
#[test]
fn in_escapes() {
    assert_snapshot!(found(&[("summary = \"One identity behind Tor, one in clear\"", "summary = \"For \\u0041da Example\"")]), @r"
    error[H0402]: this is the label of the identity `quiet`, and it would stand in `manifest.cbor` of the bundle
     --> recipe/halite.toml:1:1
      |
    1 | # A sample: one identity behind Tor, one in clear.
      | ^
      |
      = help: write the handle; who that is stands in `labels.toml` alone, which is never packed
    ");
    assert_snapshot!(found(&[("template = \"debian\"", "template = \"debian\"\ntags = [\"x-\\u0061da-example\"]")]), @r"
    error[H0402]: this is the label of the identity `quiet`, and it would stand in `manifest.cbor` of the bundle
     --> recipe/halite.toml:1:1
      |
    1 | # A sample: one identity behind Tor, one in clear.
      | ^
      |
      = help: write the handle; who that is stands in `labels.toml` alone, which is never packed

    error[H0402]: this is the label of the identity `quiet`, and it would stand in `salt/halite/qubes.sls` of the bundle
     --> recipe/halite.toml:1:1
      |
    1 | # A sample: one identity behind Tor, one in clear.
      | ^
      |
      = help: write the handle; who that is stands in `labels.toml` alone, which is never packed
    ");
}

#[test]
fn in_a_file_that_is_put_into_a_qube() {
    let sandbox = labelled(LABELS, &[("template = \"debian\"", "template = \"debian\"\nfiles = { \"/rw/a\" = \"files/a\" }")]);
    sandbox.write("recipe/files/a", "from = Ada Example <ada@mail.example>\n");
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0402]: this is the label of the identity `quiet`, and it stands in this file, which is packed into the bundle
      --> recipe/halite.toml:40:21
       |
    40 | files = { "/rw/a" = "files/a" }
       |                     ^^^^^^^^^
       |
       = help: write the handle; who that is stands in `labels.toml` alone, which is never packed

    error[H0402]: this is the label of the account `mail`, and it stands in this file, which is packed into the bundle
      --> recipe/halite.toml:40:21
       |
    40 | files = { "/rw/a" = "files/a" }
       |                     ^^^^^^^^^
       |
       = help: write the handle; who that is stands in `labels.toml` alone, which is never packed
    "#);
}

/// In a recipe that this one extends, and in its own words.
#[test]
fn in_another_recipe() {
    let sandbox = labelled(LABELS, &[("serial = 1", "serial = 1\nextends = [\"../base\"]")]);
    sandbox.write("base/halite.toml", "# For Ada Example, too\n");
    assert_snapshot!(drawn(&sandbox, "recipe"), @r"
    error[H0402]: this is the label of the identity `quiet`, and all of a recipe, comments included, is packed into the bundle
     --> recipe/../base/halite.toml:1:7
      |
    1 | # For Ada Example, too
      |       ^^^^^^^^^^^
      |
      = help: write the handle; who that is stands in `labels.toml` alone, which is never packed
    ");
}

/// A short name is found as a word, and not inside another one.
#[test]
fn short_names() {
    let short = |edits| labelled("[identities]\nquiet = \"Tor\"\n", edits);
    let sandbox =
        short(&[("One identity behind Tor, one", "One behind a storm, one"), ("one identity behind Tor,", "a factor,")]);
    sandbox.halite("check recipe").exits(1);
    let sandbox = labelled("[identities]\nquiet = \"Ann\"\n", &[("# A sample:", "# Planned annually:")]);
    sandbox.halite("check recipe").succeeds();
}

#[test]
fn faults_of_the_file_itself() {
    let faults = |labels: &str| drawn(&labelled(labels, &[]), "recipe");
    assert_snapshot!(faults("[identities]\nquite = \"Ada Example\"\n[accounts]\nother = \"x1\"\n"), @r#"
    error[H0005]: there is no `quite` among the identities
     --> recipe/labels.toml:2:1
      |
    2 | quite = "Ada Example"
      | ^^^^^
      |
      = help: did you mean `quiet`?

    error[H0005]: there is no `other` among the accounts
     --> recipe/labels.toml:4:1
      |
    4 | other = "x1"
      | ^^^^^
    "#);
    assert_snapshot!(faults("[identities]\nquiet = 3\nloud = \"!\"\n"), @r#"
    error[H0004]: a label is a string
     --> recipe/labels.toml:2:9
      |
    2 | quiet = 3
      |         ^

    error[H0004]: a label has at least one letter or digit
     --> recipe/labels.toml:3:8
      |
    3 | loud = "!"
      |        ^^^
    "#);
    assert_snapshot!(faults("[people]\nquiet = \"Ada\"\n"), @r"
    error[H0002]: labels.toml has no key `people`
     --> recipe/labels.toml:1:2
      |
    1 | [people]
      |  ^^^^^^
      |
      = help: expected one of `accounts`, `destinations`, `identities`
    ");
    assert_snapshot!(faults("identities = \"Ada\"\n"), @r#"
    error[H0004]: `identities` is a table, not a string
     --> recipe/labels.toml:1:14
      |
    1 | identities = "Ada"
      |              ^^^^^
    "#);
    assert_snapshot!(faults("[identities\n"), @r"
    error[H0001]: unclosed table, expected `]`
     --> recipe/labels.toml:1:12
      |
    1 | [identities
      |            ^
    ");
}

#[test]
fn a_file_that_cannot_be_read() {
    let sandbox = labelled("", &[]);
    std::fs::remove_file(sandbox.path("recipe/labels.toml")).unwrap();
    std::fs::create_dir(sandbox.path("recipe/labels.toml")).unwrap();
    assert_snapshot!(sandbox.halite("check recipe").transcript(), @r"
    ! error: cannot read `recipe/labels.toml`: it is not a regular file
    exit code 1
    ");
}

/// No recipe takes it for one of its files.
#[test]
fn the_file_itself_is_never_packed() {
    assert_snapshot!(found(&[("serial = 1", "serial = 1\ninclude = [\"labels.toml\"]")]), @r#"
    error[H0004]: `labels.toml` says who is behind the handles, and is part of no recipe
     --> recipe/halite.toml:6:12
      |
    6 | include = ["labels.toml"]
      |            ^^^^^^^^^^^^^
    "#);
    assert_snapshot!(found(&[("template = \"debian\"", "template = \"debian\"\nfiles = { \"/rw/a\" = \"old/Labels.TOML\" }")]), @r#"
    error[H0004]: `labels.toml` says who is behind the handles, and is part of no recipe
      --> recipe/halite.toml:40:21
       |
    40 | files = { "/rw/a" = "old/Labels.TOML" }
       |                     ^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn as_json() {
    let sandbox = labelled(LABELS, &[("# A sample:", "# Made for Ada Example:")]);
    let faults = sandbox.halite("check recipe --json").exits(1).json();
    assert_eq!((faults["faults"][0]["code"].as_str(), faults["faults"][0]["line"].as_u64()), (Some("H0402"), Some(1)));
}
