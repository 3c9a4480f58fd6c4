//! dom0's policy files as one value, so that they can be carried elsewhere, and so that a file can be in place there that dom0 does not
//! have yet.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::bundled::POLICY_FILE;
use super::load::{Directories, Policy};
use super::source::Files;
use crate::model::{Fact, Release};

/// Where policy files lie.
pub const POLICY_DIRECTORY: &str = "/etc/qubes/policy.d";
/// Where those lie that last until the next start (R4.3). They are read first, and mask later ones of the same name.
pub const RUNTIME_DIRECTORY: &str = "/run/qubes/policy.d";
/// Where policies lay before R4.1.
pub const OLD_DIRECTORY: &str = "/etc/qubes-rpc/policy";

/// Directories, and what lies in them, by paths as dom0 sees them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyTree {
    /// Those that are there.
    pub directories: BTreeSet<String>,
    /// Files, and links that lead to one, with what is in it.
    pub files: BTreeMap<String, Contents>,
    /// Links, and what they say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, String>,
}

/// What is in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Contents {
    /// Text.
    Text(String),
    /// Anything else, with which Qubes cannot read the file.
    Bytes(Vec<u8>),
}

impl From<Vec<u8>> for Contents {
    fn from(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(|error| Self::Bytes(error.into_bytes()), Self::Text)
    }
}

impl PolicyTree {
    /// All that is looked at where `directories` are read: what they include from elsewhere, too, and nothing that nobody reads.
    pub fn recorded(files: &impl Files, directories: &Directories) -> Self {
        let recorder = Recorder { files, tree: RefCell::default() };
        Policy::load(&recorder, directories);
        recorder.tree.into_inner()
    }

    /// The same with `text` as the bundle's file.
    #[must_use]
    pub fn with_bundled(mut self, text: &str) -> Self {
        let path = format!("{POLICY_DIRECTORY}/{POLICY_FILE}");
        self.directories.insert(POLICY_DIRECTORY.to_owned());
        self.links.remove(&path);
        self.files.insert(path, Contents::Text(text.to_owned()));
        self
    }

    /// The same without the bundle's file.
    #[must_use]
    pub fn without_bundled(mut self) -> Self {
        let path = format!("{POLICY_DIRECTORY}/{POLICY_FILE}");
        self.links.remove(&path);
        self.files.remove(&path);
        self
    }

    /// The directory with a file that is read instead of the bundle's, if there is one.
    pub fn masking(&self, release: Release) -> Option<&'static str> {
        let is_masked = self.files.contains_key(&format!("{RUNTIME_DIRECTORY}/{POLICY_FILE}"));
        (is_masked && release.has(Fact::RuntimePolicy)).then_some(RUNTIME_DIRECTORY)
    }

    /// The directories that a release reads, the masking ones first.
    pub fn read_by(&self, release: Release) -> Vec<String> {
        let runtime = release.has(Fact::RuntimePolicy).then_some(RUNTIME_DIRECTORY);
        // Where the one in /run is not there, nothing is masked.
        let runtime = runtime.filter(|directory| self.directories.contains(*directory));
        runtime.into_iter().chain([POLICY_DIRECTORY]).map(str::to_owned).collect()
    }

    /// The policy, as `release` reads it.
    pub fn load(&self, release: Release) -> Policy {
        Policy::load(self, &Directories { policy: self.read_by(release), compat: OLD_DIRECTORY.to_owned(), release })
    }
}

impl Files for PolicyTree {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        if !self.directories.contains(directory) {
            return Err(format!("there is no directory `{directory}`"));
        }
        let inside = format!("{directory}/");
        let names = self.files.keys().filter_map(|path| path.strip_prefix(&inside)).filter(|name| !name.contains('/'));
        Ok(names.map(str::to_owned).collect())
    }

    fn link(&self, path: &str) -> Option<String> {
        self.links.get(path).cloned()
    }

    fn is_directory(&self, path: &str) -> bool {
        self.directories.contains(path.trim_end_matches('/'))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match self.files.get(path) {
            Some(Contents::Text(text)) => Ok(text.clone().into_bytes()),
            Some(Contents::Bytes(bytes)) => Ok(bytes.clone()),
            None => Err(format!("there is no file `{path}`")),
        }
    }
}

/// Remembers what was asked for, and what there was.
struct Recorder<'a, F> {
    files: &'a F,
    tree: RefCell<PolicyTree>,
}

impl<F: Files> Files for Recorder<'_, F> {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        let names = self.files.list(directory)?;
        let mut tree = self.tree.borrow_mut();
        tree.directories.insert(directory.to_owned());
        // One that is never read is still one that is there, and its name can be a fault.
        for name in &names {
            tree.files.entry(format!("{directory}/{name}")).or_insert_with(|| Contents::Text(String::new()));
        }
        Ok(names)
    }

    fn link(&self, path: &str) -> Option<String> {
        let link = self.files.link(path)?;
        self.tree.borrow_mut().links.insert(path.to_owned(), link.clone());
        Some(link)
    }

    fn is_directory(&self, path: &str) -> bool {
        let is_directory = self.files.is_directory(path);
        if is_directory {
            self.tree.borrow_mut().directories.insert(path.trim_end_matches('/').to_owned());
        }
        is_directory
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let bytes = self.files.read(path)?;
        self.tree.borrow_mut().files.insert(path.to_owned(), bytes.clone().into());
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> PolicyTree {
        let mut tree = PolicyTree::default();
        for (path, text) in files {
            let (directory, _) = path.rsplit_once('/').unwrap();
            tree.directories.insert(directory.to_owned());
            tree.files.insert((*path).to_owned(), Contents::Text((*text).to_owned()));
        }
        tree
    }

    #[test]
    fn files_are_read_in_the_order_of_their_names_with_the_bundles_among_them() {
        let tree = tree(&[
            ("/etc/qubes/policy.d/90-last.policy", "a.B * @anyvm @anyvm deny"),
            ("/etc/qubes/policy.d/30-first.policy", "!include include/more"),
            ("/etc/qubes/policy.d/include/more", "a.B * x y ask"),
        ]);
        let policy = tree.with_bundled("a.B * @anyvm z allow").load(Release::R4_3);
        let origins: Vec<_> = policy.rules.iter().map(|rule| rule.clause.origin.to_string()).collect();
        assert!(!policy.is_void(), "{:?}", policy.faults);
        assert_eq!(origins, ["include/more:1", "32-halite.policy:1", "90-last.policy:1"]);
    }

    #[test]
    fn a_file_in_run_masks_the_bundles_where_the_release_reads_it() {
        let tree = tree(&[("/run/qubes/policy.d/32-halite.policy", "")]).with_bundled("a.B * @anyvm z allow");
        assert_eq!(tree.masking(Release::R4_3), Some(RUNTIME_DIRECTORY));
        assert_eq!(tree.load(Release::R4_3).rules.len(), 0);
        assert_eq!(tree.masking(Release::R4_2), None);
        assert_eq!(tree.load(Release::R4_2).rules.len(), 1);
    }

    #[test]
    fn what_was_recorded_is_read_as_it_was() {
        let tree = tree(&[
            ("/etc/qubes/policy.d/30-first.policy", "!include /elsewhere/more\n!include-dir sub"),
            ("/etc/qubes/policy.d/sub/50-x.policy", "a.B * x y ask"),
            ("/etc/qubes/policy.d/sub/README", "nobody reads this"),
            ("/elsewhere/more", "a.B * x z ask"),
            ("/elsewhere/other", "nobody reads this"),
            ("/run/qubes/policy.d/32-halite.policy", ""),
        ]);
        let directories =
            Directories { policy: tree.read_by(Release::R4_3), compat: OLD_DIRECTORY.to_owned(), release: Release::R4_3 };
        let recorded = PolicyTree::recorded(&tree, &directories);
        let texts = |tree: &PolicyTree| {
            let policy = tree.load(Release::R4_3);
            assert!(!policy.is_void(), "{:?}", policy.faults);
            policy.rules.iter().map(|rule| rule.clause.origin.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(texts(&recorded), texts(&tree));
        assert_eq!(texts(&recorded), ["/elsewhere/more:1", "sub/50-x.policy:1"]);
        assert_eq!(recorded.masking(Release::R4_3), Some(RUNTIME_DIRECTORY));
        assert!(!recorded.files.contains_key("/elsewhere/other"));
    }

    #[test]
    fn what_is_no_text_makes_the_policy_void() {
        let mut tree = tree(&[]).with_bundled("");
        tree.files.insert("/etc/qubes/policy.d/50-x.policy".to_owned(), vec![b'a', 0xff].into());
        assert!(tree.load(Release::R4_3).is_void());
    }
}
