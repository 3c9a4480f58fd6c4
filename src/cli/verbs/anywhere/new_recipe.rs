//! What the verbs that begin a recipe have in common: how its folder is made, and what it is called.

use std::path::Path;

use super::draft::{Draft, IGNORED};
use crate::base::{BundleName, cleaned};
use crate::cli::Failure;
use crate::disk;
use crate::recipe::FILE;

/// Where nothing else can be called after the folder.
const NAME: &str = "my-modes";

/// The list of what version control leaves alone.
const IGNORE: &str = ".gitignore";

/// Makes the recipe `text` in `folder`, with a list of what version control leaves alone. Returns what is to be said about that list.
///
/// # Errors
/// If there is a recipe already, or it cannot be written.
pub fn write(folder: &Path, text: &str) -> Result<String, Failure> {
    let ignore = folder.join(IGNORE);
    let ignored = if folder.is_dir() { disk::read_if_there(&ignore, 1 << 20)? } else { None };
    let list = Draft::ignored();
    let files = [(IGNORE, list.as_str()), (FILE, text)];
    let new = files.get(usize::from(ignored.is_some())..).unwrap_or_default();
    disk::create_together(folder, new)
        .map_err(|error| if error.is_already_there() { exists(&folder.join(FILE)) } else { error.into() })?;
    match ignored.is_some_and(|text| !ignores(&text)) {
        true => Ok(format!("{} was there already; add to it: {}\n", shown(&ignore), IGNORED.join(", "))),
        false => Ok(String::new()),
    }
}

fn ignores(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    IGNORED.iter().all(|name| text.lines().any(|line| line.trim() == *name))
}

/// Refuses to make a recipe where one is.
///
/// # Errors
/// If there is one already.
pub fn must_be_new(folder: &Path) -> Result<(), Failure> {
    let path = folder.join(FILE);
    if path.symlink_metadata().is_ok() { Err(exists(&path)) } else { Ok(()) }
}

fn exists(path: &Path) -> Failure {
    Failure::new(format!("`{}` exists already", path.display()))
        .hint("a recipe is never overwritten; name another folder, or change that one")
}

/// The folder's name as far as it can be a bundle's.
pub fn called_after(folder: &Path) -> BundleName {
    let real = folder.canonicalize();
    let last = folder.file_name().or_else(|| real.as_ref().ok()?.file_name()).unwrap_or_default();
    let plain = last.to_string_lossy().to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let plain = plain.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let plain = words.join("-");
    // As much of it as a name may have.
    let name = (1..=plain.len()).rev().find_map(|end| plain.get(..end)?.trim_end_matches('-').parse().ok());
    name.unwrap_or_else(|| NAME.parse().expect("a literal in this file"))
}

/// A path as it may be shown.
pub fn shown(path: &Path) -> String {
    cleaned(&path.display().to_string())
}

/// A path as a shell takes it.
pub fn quoted(path: &Path) -> String {
    // What begins with `-` would be an option.
    let text = if path.to_string_lossy().starts_with('-') { format!("./{}", shown(path)) } else { shown(path) };
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._+-".contains(&byte));
    if plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
