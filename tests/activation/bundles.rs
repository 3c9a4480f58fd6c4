//! Bundles to switch to: the four modes, a small one, and edited forms of both.

use std::collections::BTreeSet;

use halite::base::QubeName;
use halite::bundle::{Sealed, Statement};
use halite::check::Finding;
use halite::compile;
use halite::model::Release;
use halite::plan::{State, wanted};
use halite::recipe::parse;

/// What `switch` needs of a bundle.
pub struct Bundle {
    pub sealed: Sealed,
    pub wanted: State,
}

impl Bundle {
    pub fn statement(&self) -> &Statement {
        self.sealed.statement()
    }
}

/// The four modes. How shipped recipes are switched to: `tests/shipped`.
pub const MODES: &str = include_str!("../support/modes.toml");

/// An identity behind Tor with disposables, one of them with a name of its own, and one in clear on a stock template.
pub const SMALL: &str = r#"
[bundle]
name = "small"
serial = 1
summary = "Two identities"

[identity.a]
mode = 1
gateway = "a-gw"
[gateway.a-gw]
upstream = "sys-firewall"
[workstation.a]
identity = "a"
template = "a"
memory = 1000
disposables = "a-dvm"
[disposable.a-dvm]
identity = "a"
template = "a"
[named-disposable.a-web]
template = "a-dvm"
label = "purple"
memory = 700
[template.a]
base = "whonix-workstation"
packages = ["onionshare"]

[identity.b]
mode = 4
upstream = "sys-firewall"
[workstation.b]
identity = "b"
template = "debian"
label = "orange"
memory = 500
"#;

/// What becomes of [`SMALL`]: `a` gets another template, a label, a larger volume and less of its own memory; its disposable
/// with a name gets other settings; `b` goes, `c` comes.
pub fn small_changed() -> String {
    let text = SMALL
        .replace("memory = 1000", "label = \"blue\"\nprivate = 8192")
        .replace("label = \"purple\"\nmemory = 700", "firewall = [\"action=accept\"]\nfeatures.x-colour = \"blue\"")
        .replace("[\"onionshare\"]", "[\"onionshare\", \"keepassxc\"]");
    let text = without(&text, &["identity.b", "workstation.b"]);
    text + "[identity.c]\nmode = 2\ngateway = \"c-gw\"\n[gateway.c-gw]\nupstream = \"sys-firewall\"\n\
            [workstation.c]\nidentity = \"c\"\ntemplate = \"whonix-workstation\"\n"
}

/// The qube `a` of [`SMALL`], now of another identity: its own, once the one of this name is gone.
pub fn small_reassigned() -> String {
    SMALL.replace("[identity.a]", "[identity.z]").replace("identity = \"a\"", "identity = \"z\"")
}

/// Forms of the four modes: as they are, and one edit each.
pub fn variants() -> Vec<(&'static str, String)> {
    vec![
        ("as they are", MODES.to_owned()),
        (
            "an identity dropped",
            without(MODES, &["identity.mode2", "gateway.mode2-gateway", "workstation.mode2", "template.mode2"]),
        ),
        ("a qube renamed", MODES.replace("[workstation.mode3]", "[workstation.third]")),
        ("label and memory changed", MODES.replace("\"purple\"", "\"green\"").replace("memory = 1500", "memory = 2000")),
        ("packages changed", MODES.replace("[\"onionshare\"]\n\n# Mode 2", "[\"onionshare\", \"keepassxc\"]\n\n# Mode 2")),
        ("a disposable with a name", MODES.to_owned() + "[named-disposable.mode1-once]\ntemplate = \"mode1-dvm\"\n"),
        ("prefs dropped", MODES.replace("memory = 500\n", "").replace("maxmem = 4000\n", "")),
    ]
}

/// `text` without these tables.
pub fn without(text: &str, tables: &[&str]) -> String {
    let mut is_kept = true;
    let mut kept = String::new();
    for line in text.lines() {
        if let Some(table) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            is_kept = !tables.contains(&table);
        }
        if is_kept {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    assert_ne!(text.lines().count(), kept.lines().count(), "nothing was left out");
    kept
}

/// Compiles a recipe, which must be free of errors.
#[track_caller]
pub fn bundle(text: &str, serial: u32, release: Release) -> Bundle {
    attempt(text, serial, release).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// Compiles a recipe, or says which rules it breaks.
pub fn attempt(text: &str, serial: u32, release: Release) -> Result<Bundle, Vec<Finding>> {
    let text = text.replacen("serial = 1\n", &format!("serial = {serial}\n"), 1);
    let source = parse(&text).expect("the recipe is right");
    let compiled = compile::desired(&source, release);
    let report = compiled.check(release);
    let errors: Vec<Finding> = report.errors().cloned().collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let unsealed = compile::compile(&source, release, compiled);
    let policy = unsealed.files.iter().find(|(path, _)| path.as_str() == "policy/32-halite.policy").expect("it has a policy").1;
    let policy = String::from_utf8(policy.clone()).unwrap();
    let wanted = wanted(&unsealed.desired, policy, release);
    Ok(Bundle { sealed: unsealed.seal().expect("it keeps the limits of the format"), wanted })
}

/// All names that a bundle has to do with.
pub fn names(bundles: &[&Bundle]) -> BTreeSet<QubeName> {
    bundles.iter().flat_map(|bundle| bundle.wanted.qubes.keys().cloned()).collect()
}
