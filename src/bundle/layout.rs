//! What a payload holds, and where. All of it but the recipe follows from the desired state, and is compared with it.

use std::collections::BTreeMap;

use super::manifest::File;
use crate::base::{BundlePath, Digest, FileMode};
use crate::model::Desired;
use crate::salt;

/// The bundle's qrexec policy.
pub const POLICY: &str = "policy/32-halite.policy";
/// The package lists of templates, `TEMPLATE.list`, one package a line.
pub const PACKAGES: &str = "packages";
/// The recipe, and those that it extends.
const RECIPES: [&str; 2] = ["recipe", "extended"];

/// The path of a template's package list.
pub fn package_list(template: &str) -> BundlePath {
    format!("{PACKAGES}/{template}.list").parse().expect("names of templates are plain, and short")
}

/// The first path at which `files` is not what `desired` asks for, and how.
pub fn first_difference(desired: &Desired, files: &BTreeMap<BundlePath, File>) -> Option<(BundlePath, &'static str)> {
    let expected = expected(desired, files);
    // What dom0 needs it renders itself. A bundle that asks for nothing of Salt's may come without the states for a dom0 without halite.
    let needs_salt = files.keys().any(|path| is_below(path, salt::ROOT)) || desired.files().next().is_some();
    for (path, file) in files {
        match expected.get(path) {
            Some(&digest) if file.blake3 != digest => return Some((path.clone(), "is not what its desired state asks for")),
            Some(_) if file.mode != FileMode::Plain => return Some((path.clone(), "is not of mode 0644")),
            Some(_) => {}
            None if path.as_str() == POLICY || RECIPES.iter().any(|directory| is_below(path, directory)) => {}
            None => return Some((path.clone(), "is nothing that its desired state asks for")),
        }
    }
    let is_missing = |path: &&BundlePath| !files.contains_key(*path) && (needs_salt || !is_below(path, salt::ROOT));
    expected.keys().find(is_missing).map(|path| (path.clone(), "is missing"))
}

/// The digests of all files that follow from the desired state and from the policy's digest.
fn expected(desired: &Desired, files: &BTreeMap<BundlePath, File>) -> BTreeMap<BundlePath, Digest> {
    let lists = desired.templates.iter().map(|(name, template)| (package_list(name.as_str()), template.package_list()));
    let policy = files.iter().find(|(path, _)| path.as_str() == POLICY).map(|(_, file)| file.blake3);
    let states = policy.map(|policy| salt::states(desired, policy)).unwrap_or_default();
    let texts = lists.chain(states).map(|(path, text)| (path, Digest::of(text.as_bytes())));
    let contents = desired.files().map(|(_, _, staged)| staged.blake3).chain(policy);
    texts.chain(contents.map(|digest| (salt::contents_path(digest), digest))).collect()
}

fn is_below(path: &BundlePath, directory: &str) -> bool {
    path.as_str().strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}
