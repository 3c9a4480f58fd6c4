//! Which files of a directory are policy files.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/policy/parser.py`, `filter_filepaths`.

use std::collections::BTreeSet;

/// What the names of policy files end with.
const SUFFIX: &str = ".policy";

/// Names of policy files, in the order in which they are read; and names because of which Qubes reads nothing at all.
pub fn policy_files(names: impl IntoIterator<Item = String>) -> (BTreeSet<String>, BTreeSet<String>) {
    names.into_iter().filter(|name| name.ends_with(SUFFIX) && !name.starts_with('.')).partition(|name| is_file_name(name))
}

/// Whether Qubes reads a policy file of this name. Such names have ASCII characters only, so that their order is that of their bytes.
fn is_file_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase() || b"_.-".contains(&byte))
}
