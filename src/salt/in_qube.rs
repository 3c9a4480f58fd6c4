//! States that Salt applies inside a template or a qube: packages, and files.

use std::collections::BTreeMap;

use super::{contents_url, quoted};
use crate::base::{FileMode, FilePath};
use crate::model::{Qube, StagedFile, Template};

/// The state of a template; none where nothing is done in it.
pub fn template(template: &Template) -> Option<String> {
    let mut text = String::new();
    if !template.packages.is_empty() {
        text.push_str("\"packages\":\n  pkg.installed:\n    - refresh: true\n    - pkgs:\n");
        text.extend(template.packages.iter().map(|package| format!("      - {}\n", quoted(package.as_str()))));
    }
    state(text, &template.files)
}

/// The state of a qube; none where nothing is done in it.
pub fn qube(qube: &Qube) -> Option<String> {
    state(String::new(), &qube.files)
}

fn state(mut text: String, files: &BTreeMap<FilePath, StagedFile>) -> Option<String> {
    text.extend(files.iter().map(|(path, staged)| file(path, staged)));
    (!text.is_empty()).then(|| format!("#!yaml\n{text}"))
}

/// One file. What is in it stays out of Salt's log, since it may be a bridge.
fn file(path: &FilePath, staged: &StagedFile) -> String {
    // Whatever lies in the user's home is the user's.
    let owner = if path.is_below("/home/user") { "user" } else { "root" };
    let mode = match staged.mode {
        FileMode::Plain => "0644",
        FileMode::Executable => "0755",
    };
    format!(
        "{}:\n  file.managed:\n    - source: {}\n    - user: \"{owner}\"\n    - group: \"{owner}\"\n    - mode: \"{mode}\"\n    - makedirs: true\n    - show_changes: false\n",
        quoted(path.as_str()),
        quoted(&contents_url(staged.blake3)),
    )
}
