//! Other names for the files of a policy, in the same order, and for all that paths lead through. What Qubes itself installs keeps its name.

use std::collections::{BTreeMap, BTreeSet};

use super::bundled::POLICY_FILE;
use super::compat::is_file_of_call;
use super::directory::policy_files;
use super::renamed::{Names, included};
use super::stock::stock_files;
use super::tree::{OLD_DIRECTORY, PolicyTree};
use crate::model::Release;

/// Policy files that Qubes installs for administrators to fill, besides those with rules (qubes-core-qrexec, `policy.d/`; qubes-mgmt-salt).
const EMPTY: [&str; 4] = ["30-qubesctl-salt.policy", "30-user.policy", "35-compat.policy", "50-config-splitgpg.policy"];
/// What paths of every system lead through, and files that stock policy includes.
const EVERYWHERE: [&str; 14] = [
    "",
    ".",
    "..",
    "etc",
    "run",
    "qubes",
    "qubes-rpc",
    "policy",
    "policy.d",
    "include",
    "admin-global-ro",
    "admin-global-rwx",
    "admin-local-ro",
    "admin-local-rwx",
];
/// The most digits that are an order rather than a number of something.
const DIGITS: usize = 3;

/// What each part of a path is called instead.
#[derive(Debug)]
pub struct FileNames(BTreeMap<String, String>);

impl FileNames {
    /// For a tree. Files of the old directory are called after the calls whose rules they hold.
    pub fn of(tree: &PolicyTree, release: Release, names: &mut dyn Names) -> Self {
        let paths = tree.directories.iter().chain(tree.files.keys()).chain(tree.links.keys()).chain(tree.links.values()).cloned();
        let paths = paths.chain(tree.files.values().flat_map(|contents| included(contents, release)));
        let parts: BTreeSet<String> = paths.flat_map(|path| path.split('/').map(str::to_owned).collect::<Vec<_>>()).collect();
        let old = format!("{OLD_DIRECTORY}/");
        let is_of_call = |part: &str| is_file_of_call(part) && tree.files.contains_key(&format!("{old}{part}"));
        let (good, bad) = policy_files(parts.iter().cloned());
        let mut called = in_order(&good);
        for (number, part) in (1..).zip(&parts) {
            let other = match part.as_str() {
                _ if good.contains(part) => continue,
                same if EVERYWHERE.contains(&same) => part.clone(),
                // With a character that no policy file may have, still.
                _ if bad.contains(part) => format!("FILE-{number}.policy"),
                call if is_of_call(call) => match call.find('+') {
                    Some(at) => format!("{}{}", names.service(&call[..at]), names.argument(&call[at..])),
                    None => names.service(call),
                },
                // Read nowhere but where something includes it, as before.
                _ => format!(".file-{number}"),
            };
            called.insert(part.clone(), other);
        }
        Self(called)
    }

    /// What a path of the tree is called instead.
    pub fn path(&self, path: &str) -> String {
        let part = |part| self.0.get(part).map_or("?", String::as_str);
        path.split('/').map(part).collect::<Vec<_>>().join("/")
    }
}

/// Other names for policy files, in the order of these.
fn in_order(names: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut stock: BTreeSet<String> = EMPTY.iter().chain([&POLICY_FILE]).map(|&name| name.to_owned()).collect();
    stock.extend(Release::ALL.into_iter().flat_map(stock_files).map(|(name, _)| name.to_owned()));
    let width = names.len().to_string().len();
    // The one before; and the last whose name owes nothing to that of another.
    let (mut last, mut own) = (String::new(), String::new());
    let mut called = BTreeMap::new();
    for (number, name) in (1..).zip(names) {
        let next = stock.range::<String, _>(name..).next();
        let file = format!("file-{number:0width$}.policy");
        let digits: String = name.chars().take_while(char::is_ascii_digit).take(DIGITS).collect();
        let wanted = match (stock.contains(name), digits.as_str()) {
            (true, _) => vec![name.clone()],
            (false, "") => vec![file.clone(), format!("z-{file}")],
            (false, digits) => vec![format!("{digits}-{file}"), format!("{digits}-0-{file}"), format!("{digits}z-{file}")],
        };
        let fits = |name: &String| last < *name && next.is_none_or(|next| name <= next);
        last = match wanted.into_iter().find(fits) {
            Some(wanted) => {
                own.clone_from(&wanted);
                wanted
            }
            // Before everything that Qubes installs; or right behind the one before, since no such name begins with that.
            None if own.is_empty() => format!("-{file}"),
            None => format!("{own}.{file}"),
        };
        called.insert(name.clone(), last.clone());
    }
    called
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_around_what_qubes_installs() {
        let names = [
            "00-a.policy",
            "30-a.policy",
            "300-x.policy",
            "30zeta.policy",
            "30-qubesctl-salt.policy",
            "30-zoo.policy",
            "30-zz.policy",
            "30-user.policy",
            "30.policy",
            "90-default-x.policy",
            "90-default.policy",
            "90-aaa.policy",
            "a.policy",
            "zz.policy",
            "zzz.policy",
            "-.policy",
            "..policy.policy",
            "_.policy",
            "20261224-x.policy",
            "85-admin-backup-restore.policy.policy",
        ];
        let names: BTreeSet<String> = names.map(str::to_owned).into();
        let called = in_order(&names);
        let others: Vec<&String> = called.values().collect();
        assert!(others.is_sorted_by(|a, b| a < b), "{called:#?}");
        assert_eq!(policy_files(others.iter().map(|&name| name.clone())).0.len(), names.len(), "each is read");
        let kept: Vec<&String> = called.iter().filter(|(name, other)| name == other).map(|(name, _)| name).collect();
        assert_eq!(kept, ["30-qubesctl-salt.policy", "30-user.policy", "90-default.policy"]);
        assert_eq!(called["00-a.policy"], "00-file-03.policy");
    }
}
