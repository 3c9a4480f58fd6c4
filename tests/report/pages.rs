//! The pages that are looked at.

use std::path::{Path, PathBuf};

use crate::support::{FULL, RECIPE, Sandbox, shipped};

/// What somebody writes who wants to get out of a page: markup, quotes, marks that turn the direction of writing, and far too much of it.
pub fn hostile() -> Vec<String> {
    vec![
        "</text></svg><script>alert(1)</script><img src=x onerror=alert(2)> & \"double\" 'single' `tick`".to_owned(),
        "]]> --> </style></title></td></table> | [a](https://example.org) *b* _c_ # d &lt; &#60;".to_owned(),
        "start \u{202e}gnp.exe\u{202c} \u{2066}hidden\u{2069} \u{200b}end".to_owned(),
        "שלום עולם 123 العربية".to_owned(),
        "long ".repeat(2_000),
    ]
}

/// What is looked at: pages, and the map alone as drawings.
pub struct Pages {
    /// Where they lie.
    pub sandbox: Sandbox,
    /// Their files.
    pub files: Vec<PathBuf>,
}

impl Pages {
    /// Recipes, of which nothing is written yet.
    pub fn recipes() -> Self {
        let sandbox = Sandbox::new();
        for (name, recipe) in [
            ("full", FULL.to_owned()),
            ("hostile", with_hostile_texts()),
            ("ten", generated(10)),
            ("thirty", generated(30)),
            ("sixty", generated(60)),
        ] {
            sandbox.write(&format!("{name}/halite.toml"), recipe);
        }
        sandbox.write("hostile/labels.toml", labels());
        Self { sandbox, files: Vec::new() }
    }

    /// Lets `halite` write them.
    pub fn written() -> Self {
        let mut pages = Self::recipes();
        for folder in shipped() {
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            pages.write(&name, &folder, "--html");
            pages.write(&name, &folder, "--map");
        }
        for name in ["full", "hostile", "ten", "thirty", "sixty"] {
            pages.write(name, Path::new(name), "--map");
        }
        for name in ["hostile", "thirty"] {
            pages.write(name, Path::new(name), "--html");
        }
        pages.write("since", Path::new("full"), "--since ten --html");
        pages.files.push(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/report/faulty.html").into());
        pages
    }

    fn write(&mut self, name: &str, recipe: &Path, form: &str) {
        let file = format!("{name}.{}", if form.ends_with("--html") { "html" } else { "svg" });
        // What checks say of a recipe is not asked here.
        let ended = self.sandbox.halite(&format!("report {form} --output {file}")).argument(recipe).end();
        assert!(self.sandbox.path(&file).exists(), "{}", ended.transcript());
        self.files.push(self.sandbox.path(&file));
    }
}

/// The summary of the hostile recipe.
pub const SUMMARY: &str = "<b>\"bold\" & 'quoted'</b> | `tick` שלום";

fn with_hostile_texts() -> String {
    let edits = [
        ("\"One identity behind Tor, one in clear\"", toml::Value::String(SUMMARY.to_owned()).to_string()),
        ("mode = 1\n", "mode = 1\ndestinations = [\"d0\", \"d1\", \"d2\", \"d3\", \"d4\"]\n".to_owned()),
    ];
    edits.iter().fold(RECIPE.to_owned(), |recipe, (from, to)| {
        assert!(recipe.contains(from), "`{from}` is not in the sample");
        recipe.replacen(from, to, 1)
    })
}

fn labels() -> String {
    let hostile = hostile();
    let line = |(name, text): (String, &String)| format!("{name} = {}\n", toml::Value::String(text.clone()));
    let destinations: String = (0..).map(|at| format!("d{at}")).zip(&hostile).map(line).collect();
    let identities: String = ["quiet", "loud"].map(str::to_owned).into_iter().zip(&hostile).map(line).collect();
    format!("[identities]\n{identities}[destinations]\n{destinations}")
}

/// A recipe of so many qubes: identities of five, each with a gateway, and a flow to the next.
pub fn generated(qubes: usize) -> String {
    let mut recipe =
        "[bundle]\nname = \"generated\"\nserial = 1\nsummary = \"Many identities\"\nreleases = [\"r4.3\"]\n".to_owned();
    let identities = qubes / 5;
    for at in 0..identities {
        let mode = at % 3 + 1;
        recipe.push_str(&format!(
            "[identity.person{at}]\nmode = {mode}\ngateway = \"gateway{at}\"\nkeyboard = \"us++\"\naudio = false\n\
             [gateway.gateway{at}]\nupstream = \"sys-firewall\"\n\
             [disposable.dvm{at}]\nidentity = \"person{at}\"\ntemplate = \"mode{mode}\"\n\
             [vault.vault{at}]\nidentity = \"person{at}\"\ntemplate = \"mode{mode}\"\n"
        ));
        for work in 0..2 {
            recipe.push_str(&format!(
                "[workstation.a-rather-long-name-{at}-{work}]\nidentity = \"person{at}\"\ntemplate = \"mode{mode}\"\ndisposables = \"dvm{at}\"\n"
            ));
        }
        if at > 0 {
            recipe.push_str(&format!(
                "[flow.to{at}]\nfrom = \"vault{at}\"\nto = \"vault{}\"\nservices = [\"qubes.Filecopy\"]\naction = \"ask\"\nreason = \"To hand over\"\n",
                at - 1
            ));
        }
    }
    for mode in 1..=3.min(identities) {
        recipe.push_str(&format!("[template.mode{mode}]\nbase = \"whonix-workstation\"\n"));
    }
    recipe
}
