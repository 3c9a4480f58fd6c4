//! Who is behind the handles: where that is told, and where not.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::Sandbox;

const RECIPE: &str = r#"
[bundle]
name = "three"
serial = 1
summary = "An identity with an account and a server"
releases = ["r4.3"]

[identity.alder]
mode = 3
gateway = "alder-gateway"
accounts = ["alder-mail"]
destinations = ["forum"]
applications = ["thunderbird"]
keyboard = "us++"
audio = false

[gateway.alder-gateway]
upstream = "sys-firewall"

[workstation.alder]
identity = "alder"
template = "whonix-workstation"
label = "red"
"#;

const LABELS: &str = r#"
# who is who
[identities]
alder = "Nobody Special" # as they say
[accounts]
alder-mail = "nobody@example.org"
[destinations]
forum = "the \"forum\""
"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", RECIPE);
    sandbox.write("recipe/labels.toml", LABELS);
    sandbox
}

#[test]
fn a_recipe_has_its_labels_beside_it_and_a_bundle_where_it_is_said() {
    let sandbox = sandbox();
    sandbox.halite("build recipe").succeeds();
    let of_recipe = sandbox.halite("report recipe").succeeds().stdout;
    assert!(of_recipe.contains("Nobody Special") && of_recipe.contains("nobody@example.org"), "{of_recipe}");
    let of_bundle = sandbox.halite("report three@1 --labels recipe/labels.toml").succeeds().stdout;
    assert_eq!(of_bundle, of_recipe, "of a recipe and of its bundle, a report says the same");
}

#[test]
fn without_labels_nobody_is_named() {
    let sandbox = sandbox();
    sandbox.halite("build recipe").succeeds();
    for form in ["", "--markdown", "--json", "--html", "--map"] {
        let of_bundle = sandbox.halite(&format!("report three@1 {form}")).succeeds().stdout;
        let of_recipe = sandbox.halite(&format!("report recipe --no-labels {form}")).succeeds().stdout;
        assert_eq!(of_bundle, of_recipe, "{form}");
        let with_labels = sandbox.halite(&format!("report recipe {form}")).succeeds().stdout;
        for label in ["Nobody Special", "nobody@example.org"] {
            assert!(!of_recipe.contains(label), "{form}: {label}");
        }
        assert!(with_labels.contains("Nobody Special"), "{form}");
    }
}

#[test]
fn a_file_with_labels_in_it_is_for_its_owner_alone() {
    let sandbox = sandbox();
    let mode = |file: &str| fs::metadata(sandbox.path(file)).unwrap().permissions().mode() & 0o777;
    sandbox.halite("report recipe --html --output with.html").succeeds();
    sandbox.halite("report recipe --html --no-labels --output without.html").succeeds();
    assert_eq!((mode("with.html"), mode("without.html")), (0o600, 0o644));
    assert_eq!(sandbox.text("without.html"), sandbox.halite("report recipe --html --no-labels").succeeds().stdout);
}

#[test]
fn a_label_of_what_is_not_there_is_a_fault_at_its_place() {
    let sandbox = sandbox();
    sandbox.halite("build recipe").succeeds();
    sandbox.write("other.toml", "[identities]\naldr = \"somebody\"\n");
    insta::assert_snapshot!(sandbox.halite("report three@1 --labels other.toml").transcript(), @r#"
    ! error[H0005]: there is no `aldr` among the identities
    !  --> other.toml:2:1
    !   |
    ! 2 | aldr = "somebody"
    !   | ^^^^
    !   |
    !   = help: did you mean `alder`?
    !
    ! error: the labels have faults
    exit code 1
    "#);
    insta::assert_snapshot!(sandbox.halite("report three@1 --labels none.toml").transcript(), @r"
    ! error: cannot read `none.toml`: No such file or directory (os error 2)
    exit code 1
    ");
}

#[test]
fn dom0_reads_labels_as_any_reader_of_toml_does() {
    let sandbox = Sandbox::with_bundle();
    for command in ["trust add author.pub --role author", "import bundle.halite"] {
        sandbox.halite_dom0(&format!("--simulate dom0 {command}")).succeeds();
    }
    let file = "dom0/root/etc/halite/labels.toml";
    let read = |text: &str| {
        sandbox.write(file, text);
        sandbox.halite_dom0("--simulate dom0 report sample@1").env("COLUMNS", "400").end()
    };
    for text in [
        "",
        "# nothing\n",
        "[identities]\nquiet = \"Qu\\\"iet\\\\\"\n",
        " [identities] # who\n  quiet=\"x y\"   # is\n[accounts]\nmail = \"m@example.org\"\n",
        "[identities]\n\"quiet\" = \"x\"\n",
        "[identities]\nquiet = 'x'\n",
        "[identities]\nquiet = \"x\ty\"\n",
        "[identities]\nquiet = \"x\\ty\"\n",
        "[identities]\nquiet = \"x\" y\n",
        "[identities]\nquiet = \"x\"\nquiet = \"y\"\n",
        "[identities]\n[identities]\n",
        "[identities\nquiet = \"x\"\n",
        "[identities]]\nquiet = \"x\"\n",
        "[[identities]]\nquiet = \"x\"\n",
        "[people]\nquiet = \"x\"\n",
        "quiet = \"x\"\n",
        "[identities]\nquiet\n",
        "[identities]\nQuiet = \"x\"\n",
        "[identities]\nquiet = \"\u{202e}x\"\n",
    ] {
        let ended = read(text);
        let toml = text.parse::<toml::Table>();
        match (&toml, ended.code) {
            // What dom0 takes, TOML takes, and reads as the same.
            (Ok(table), 0) => {
                if let Some(label) = table.get("identities").and_then(|labels| labels.get("quiet")).and_then(toml::Value::as_str)
                {
                    let shown = halite::base::cleaned(label);
                    assert!(ended.stdout.contains(&shown), "{text:?}: {}", ended.stdout);
                }
            }
            (Err(error), 0) => panic!("dom0 takes what is no TOML: {text:?}: {error}"),
            (_, 1) => assert!(ended.stderr.contains("labels.toml`, line "), "{text:?}: {}", ended.stderr),
            (_, code) => panic!("{text:?}: exit code {code}"),
        }
    }
    assert_eq!(read("[identities]\nquiet = \"Somebody Else\"\n").code, 0);
    let without = sandbox.halite_dom0("--simulate dom0 report sample@1 --no-labels").succeeds().stdout;
    assert!(!without.contains("Somebody Else"));
}
