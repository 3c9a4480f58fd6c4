//! A whole policy, as dom0 reads it: every file of its directories, with whatever they include, and every fault at once.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/policy/parser.py`, `AbstractFileSystemLoader`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::directory::policy_files;
use super::fault::{PolicyFault, Why};
use super::loader::Loader;
use super::rule::Rule;
use super::source::Files;
use crate::model::Release;

/// A policy as it was read.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Its rules, in the order in which they are tried.
    pub rules: Vec<Rule>,
    /// What is wrong with it, in the order in which it was read. If there is anything, Qubes denies every call of every qube.
    pub faults: Vec<PolicyFault>,
}

/// Which directories make up a policy. Paths are absolute, and without links.
#[derive(Debug, Clone)]
pub struct Directories {
    /// Where policy files lie. A file of an earlier directory masks one of the same name in a later one.
    pub policy: Vec<String>,
    /// The old directory, which `!compat-4.0` inserts.
    pub compat: String,
    /// Which release reads them.
    pub release: Release,
}

impl Policy {
    /// Reads all of `directories`.
    pub fn load(files: &impl Files, directories: &Directories) -> Self {
        let mut loader = Loader::new(files, directories);
        let mut chosen: BTreeMap<String, &String> = BTreeMap::new();
        for directory in &directories.policy {
            let names = files.list(directory).unwrap_or_else(|why| {
                loader.fault(&Arc::from(directory.as_str()), None, Why::Unreadable(why));
                Vec::new()
            });
            let (names, bad) = policy_files(names);
            for name in bad {
                loader.fault(&name.into(), None, Why::FileName);
            }
            for name in names {
                chosen.entry(name).or_insert(directory);
            }
        }
        for (name, directory) in chosen {
            loader.file_of_directory(directory, &name, directory, 0);
        }
        loader.policy
    }

    /// Whether Qubes would deny every call, because it cannot read the policy.
    pub fn is_void(&self) -> bool {
        !self.faults.is_empty()
    }
}
