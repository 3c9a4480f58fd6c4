//! States that Salt applies inside a template or a qube: packages, and files.

use super::{contents_url, quoted};
use crate::base::{FileMode, FilePath};
use crate::model::{Inside, StagedFile};

/// Where Debian and Fedora keep what says where packages come from and whose signatures count. Files below these are there before
/// anything is installed; all others come after the packages, so that no package puts its own in their place.
const SOURCES_OF_PACKAGES: [&str; 6] =
    ["/etc/apt", "/etc/dnf", "/etc/pki", "/etc/yum.repos.d", "/usr/share/distribution-gpg-keys", "/usr/share/keyrings"];

/// The state of a template or a qube. Salt works it off from top to bottom.
pub fn state(inside: &Inside) -> String {
    let is_before = |path: &FilePath| SOURCES_OF_PACKAGES.iter().any(|directory| path.is_below(directory));
    let (before, after): (Vec<_>, Vec<_>) = inside.files.iter().partition(|(path, _)| is_before(path));
    let mut text = "#!yaml\n".to_owned();
    text.extend(before.into_iter().map(file));
    if !inside.packages.is_empty() {
        text.push_str("\"packages\":\n  pkg.installed:\n    - refresh: true\n    - pkgs:\n");
        text.extend(inside.packages.iter().map(|package| format!("      - {}\n", quoted(package.as_str()))));
    }
    text.extend(after.into_iter().map(file));
    text.extend(inside.absent.iter().map(absent));
    text
}

fn absent(path: &FilePath) -> String {
    format!("{}:\n  file.absent: []\n", quoted(path.as_str()))
}

/// One file. What is in it stays out of Salt's log, since it may be a bridge.
fn file((path, staged): (&FilePath, &StagedFile)) -> String {
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
