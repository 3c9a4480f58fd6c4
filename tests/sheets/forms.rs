//! How each form looks: of the shipped recipes, whole, as files in `golden/`. `UPDATE_GOLDEN=1 cargo test --test sheets forms` writes them
//! anew; read what changed before you commit it.

use std::fs;
use std::path::PathBuf;

use crate::support::{RECIPE, Sandbox, shipped};

/// Each form, and the ending of its files.
const FORMS: [(&str, &str); 5] = [("", "txt"), ("--markdown", "md"), ("--json", "json"), ("--html", "html"), ("--map", "svg")];

fn golden(recipe: &str, ending: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sheets/golden")).join(format!("{recipe}.{ending}"))
}

/// A page without its stylesheet, which stands in one file of the sources. Its hash is in the page's policy, and so in what is compared.
fn without_style(page: &str) -> String {
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    format!("{before}<style></style>{after}")
}

#[test]
fn every_form_of_the_shipped_recipes_is_as_it_was_read() {
    let sandbox = Sandbox::new();
    let mut changed = Vec::new();
    for folder in shipped() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        for (form, ending) in FORMS {
            let report = sandbox.halite(&format!("report {} {form} --no-labels", folder.display())).succeeds().stdout;
            let report = if ending == "html" { without_style(&report) } else { report };
            let golden = golden(&name, ending);
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                fs::write(&golden, &report).unwrap();
            } else if fs::read_to_string(&golden).is_ok_and(|known| known == report) {
                continue;
            }
            changed.push(golden.display().to_string());
        }
    }
    assert!(changed.is_empty(), "these are not as they were: {changed:#?}");
}

#[test]
fn a_report_depends_on_nothing_but_its_input() {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", RECIPE);
    sandbox.write("else/where/halite.toml", RECIPE);
    for (form, _) in FORMS {
        let one = sandbox.halite(&format!("report recipe {form}")).succeeds().stdout;
        let other =
            sandbox.halite(&format!("report . {form}")).within("else/where").env("LANG", "de_DE.UTF-8").env("TZ", "Asia/Tokyo");
        assert_eq!(one, other.env("HOME", "/").succeeds().stdout, "{form}");
    }
}

#[test]
fn text_is_as_wide_as_the_terminal() {
    let sandbox = Sandbox::with_recipe();
    for columns in [40, 60, 100, 160] {
        let text = sandbox.halite("report recipe --sheet workstation-plan").env("COLUMNS", columns.to_string()).succeeds().stdout;
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= columns && widest * 2 > columns, "{widest} of {columns}:\n{text}");
    }
}

#[test]
fn a_sheet_can_be_had_alone() {
    let sandbox = Sandbox::with_recipe();
    insta::assert_snapshot!(sandbox.halite("report recipe --sheet flow-matrix").transcript(), @r"
    | `sample` r4.3, serial 1
    | =======================
    | One identity behind Tor, one in clear
    |
    |
    | 1  Flow matrix
    | --------------
    |
    | What may move from whom to whom, over any number of calls: data, or commands. The policy of the
    | bundle was evaluated together with the one that it comes into, for all pairs of qubes and all
    | services; what is not told here, no call does. dom0 itself, and its own clipboard, stand outside of
    | it.
    |
    | From the identity of the row to that of the column:
    |
    | From                      `loud`  `quiet`  the rest of dom0's qubes
    | ───────────────────────────────────────────────────────────────────
    | `loud`                    –       never    never
    | `quiet`                   never   –        never
    | the rest of dom0's qubes  never   never    –
    exit code 0
    ");
    insta::assert_snapshot!(sandbox.halite("report recipe --sheet flows").transcript(), @r"
    ! error: a report has no sheet `flows`
    ! hint: its sheets are: overview, map, boundaries, boundary-map, workstation-plan, bypass-review, compared-with-vpn, flow-matrix, situations, checks
    exit code 2
    ");
    // Nothing leads to what is not there.
    let report = sandbox.halite("report recipe --sheet boundaries --json").succeeds().stdout;
    assert!(!report.contains("\"link\""), "{report}");
}

#[test]
fn a_report_that_cannot_be_made_says_why() {
    let sandbox = Sandbox::with_recipe();
    for arguments in [
        "report none",
        "report sample@1",
        "report recipe --release r4.2",
        "report recipe --html --json",
        "report recipe --since none",
        "report recipe --against none.json",
        "report recipe --output none/report.txt",
        "report recipe --labels recipe/halite.toml",
    ] {
        let ended = sandbox.halite(arguments).end();
        assert!(ended.code == 1 || ended.code == 2, "{arguments}: {}", ended.transcript());
        assert!(ended.stderr.contains("error: ") && ended.stdout.is_empty(), "{arguments}: {}", ended.transcript());
    }
}

#[test]
fn what_people_write_is_text_in_every_form() {
    let sandbox = Sandbox::new();
    let hostile = "<script>alert(1)</script>\"'&`*_[x](y)|\u{202e}# <!-- ]]> \u{1b}[2J";
    let long = "x".repeat(10_000);
    sandbox.write("recipe/halite.toml", RECIPE);
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\u{1b}', "\\u001b"));
    sandbox.write("recipe/labels.toml", format!("[identities]\nquiet = {}\nloud = {}\n", quoted(hostile), quoted(&long)));
    for (form, _) in FORMS {
        let report = sandbox.halite(&format!("report recipe {form}")).succeeds().stdout;
        assert!(!report.contains('\u{202e}') && !report.contains('\u{1b}'), "{form}");
        assert!(report.contains("xxxxxxxxxx"), "{form}");
        match form {
            "--html" | "--map" => {
                assert!(!report.contains("<script>") && !report.contains("<!-- ]]"), "{form}");
                assert!(report.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{form}");
            }
            "--json" => assert!(report.contains("<script>alert(1)</script>\\\"'&"), "{form}"),
            "--markdown" => {
                // Between fences nothing is markup.
                let words: String = report.split("\n```").step_by(2).collect();
                assert!(words.len() > report.len() / 2 && !words.contains("<script>") && !words.contains("[x](y)"), "{words}");
            }
            _ => assert!(report.contains("<script>"), "{form}"),
        }
    }
}
