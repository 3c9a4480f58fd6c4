//! What a browser makes of the pages, looked at once for all tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use serde::Deserialize;

use crate::pages::Pages;
use crate::support::Sandbox;

/// What is found on a page. browser.mjs says what each part is.
#[derive(Debug, Deserialize)]
pub struct Found {
    pub path: String,
    pub requests: Vec<String>,
    pub complaints: Vec<String>,
    pub drawings: Vec<Drawing>,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub links: usize,
    #[serde(default)]
    pub dangling: Vec<String>,
    #[serde(default)]
    pub twice: Vec<String>,
    #[serde(default)]
    pub wide: BTreeMap<u32, Vec<String>>,
    #[serde(default)]
    pub violations: Vec<String>,
    #[serde(default)]
    pub tables: Vec<OnPaper>,
    /// The text of each sheet of paper.
    #[serde(skip)]
    pub paper: Vec<String>,
    pub pdf: Option<String>,
}

/// A drawing.
#[derive(Debug, Deserialize)]
pub struct Drawing {
    pub texts: usize,
    pub overlap: Vec<String>,
    pub cut: Vec<String>,
}

/// A table that is to be printed.
#[derive(Debug, Deserialize)]
pub struct OnPaper {
    /// Empty, where each cell says what it is.
    pub heading: String,
    pub rows: Vec<String>,
}

/// How long the browser may take for all of them, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(600);

/// The page on which everything is wrong.
pub const FAULTY: &str = "faulty.html";

impl Found {
    /// The name of its file.
    pub fn name(&self) -> &str {
        Path::new(&self.path).file_name().unwrap().to_str().unwrap()
    }
}

/// All pages and drawings.
fn found() -> &'static [Found] {
    static FOUND: OnceLock<Vec<Found>> = OnceLock::new();
    FOUND.get_or_init(|| look(&Pages::written()))
}

/// Those that are to be right.
pub fn written() -> impl Iterator<Item = &'static Found> {
    let written: Vec<&Found> = found().iter().filter(|page| page.name() != FAULTY).collect();
    assert!(written.len() > 15, "{written:?}");
    written.into_iter()
}

/// Those of them that are pages.
pub fn pages() -> impl Iterator<Item = &'static Found> {
    written().filter(|page| page.name().ends_with(".html"))
}

/// One of them.
pub fn page(name: &str) -> &'static Found {
    found().iter().find(|page| page.name() == name).unwrap_or_else(|| panic!("no page `{name}`"))
}

fn look(pages: &Pages) -> Vec<Found> {
    let root = env!("CARGO_MANIFEST_DIR");
    let sandbox = &pages.sandbox;
    let node = sandbox.run("node", &format!("{root}/tests/report/browser.mjs")).argument(sandbox.path("."));
    let paths = serde_json::to_string(&pages.files).unwrap();
    let ended = node.stdin(paths).at_most(PATIENCE).succeeds();
    let mut found: Vec<Found> = serde_json::from_slice(&ended.stdout_bytes).unwrap();
    let printed: Vec<&mut Found> = found.iter_mut().filter(|page| page.pdf.is_some()).collect();
    let mut read = python(sandbox, "paper.py");
    for page in &printed {
        read = read.argument(page.pdf.as_deref().unwrap());
    }
    let sheets: Vec<Vec<String>> = serde_json::from_slice(&read.succeeds().stdout_bytes).unwrap();
    assert_eq!(sheets.len(), printed.len());
    for (page, sheets) in printed.into_iter().zip(sheets) {
        page.paper = sheets;
    }
    found
}

/// A script beside the tests, with what scripts/python-tools installs.
pub fn python<'a>(sandbox: &'a Sandbox, script: &str) -> crate::support::Run<'a> {
    let root = env!("CARGO_MANIFEST_DIR");
    sandbox.run(format!("{root}/target/venv/bin/python"), "-I").argument(format!("{root}/tests/report/{script}"))
}
