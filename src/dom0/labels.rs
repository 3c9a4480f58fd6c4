//! `/etc/halite/labels.toml`: who stands behind the handles of what is in place here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::base::Handle;
use crate::disk::{self, DiskError};
use crate::model::Labels;

/// The largest file that is read, in bytes.
const MOST: u64 = 1 << 20;

/// Why the labels cannot be told.
#[derive(Debug, Error)]
pub enum BadLabels {
    /// The file cannot be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A line is none of those that such a file has.
    #[error("`{}`, line {line}: {why}", .file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

/// The labels in `file`; none if it is not there. Of TOML, it has what a file of labels needs, and no more: dom0 has no parser for the rest.
///
/// ```text
/// # a comment
/// [identities]          or [accounts], or [destinations]
/// HANDLE = "LABEL"      in which \" and \\ stand for " and \
/// ```
///
/// # Errors
/// If it cannot be read, or has any other line.
pub fn labels(file: &Path) -> Result<Labels, BadLabels> {
    let Some(bytes) = disk::read_if_there(file, MOST)? else { return Ok(Labels::default()) };
    let text = String::from_utf8_lossy(&bytes);
    let mut tables: BTreeMap<&str, BTreeMap<Handle, String>> = BTreeMap::new();
    let mut table: Option<&str> = None;
    for (at, line) in text.lines().enumerate() {
        let bad = |why: String| BadLabels::Line { file: file.to_owned(), line: at + 1, why };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with('[') {
            let name = heading(line).ok_or_else(|| bad(format!("expected {TABLES}")))?;
            if tables.insert(name, BTreeMap::new()).is_some() {
                return Err(bad(format!("[{name}] is there already")));
            }
            table = Some(name);
            continue;
        }
        let (handle, label) = entry(line).ok_or_else(|| bad("expected HANDLE = \"LABEL\"".to_owned()))?;
        let handle: Handle = handle.parse().map_err(|error| bad(format!("{error}")))?;
        let entries = table.and_then(|name| tables.get_mut(name));
        let entries = entries.ok_or_else(|| bad(format!("expected {TABLES} first")))?;
        if entries.insert(handle.clone(), label).is_some() {
            return Err(bad(format!("`{handle}` has a label already")));
        }
    }
    let mut of = |name: &str| tables.remove(name).unwrap_or_default();
    Ok(Labels { identities: of("identities"), accounts: of("accounts"), destinations: of("destinations") })
}

/// What a file may have.
const TABLES: &str = "[identities], [accounts] or [destinations]";

/// The name of a table.
fn heading(line: &str) -> Option<&str> {
    let (name, rest) = line.strip_prefix('[')?.split_once(']')?;
    let name = name.trim();
    (matches!(name, "identities" | "accounts" | "destinations") && is_nothing(rest)).then_some(name)
}

/// Whether what stands behind something is at most a comment.
fn is_nothing(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with('#')
}

/// A handle and its label.
fn entry(line: &str) -> Option<(&str, String)> {
    let (handle, value) = line.split_once('=')?;
    let mut characters = value.trim_start().strip_prefix('"')?.chars();
    let mut label = String::new();
    loop {
        match characters.next()? {
            '"' => break,
            '\\' => label.push(characters.next().filter(|escaped| matches!(escaped, '"' | '\\'))?),
            character => label.push(character),
        }
    }
    is_nothing(characters.as_str()).then_some((handle.trim_end(), label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_handle_and_a_label() {
        assert_eq!(entry(r#"alder = "nobody""#), Some(("alder", "nobody".to_owned())));
        assert_eq!(entry(r#"alder="a \"b\" \\ c" # note"#), Some(("alder", r#"a "b" \ c"#.to_owned())));
        for bad in ["alder", "alder = nobody", r#"alder = "nobody"#, r#"alder = "a\n""#, r#"alder = "a" b"#, r#"alder = "a\"#] {
            assert_eq!(entry(bad), None, "{bad}");
        }
    }
}
