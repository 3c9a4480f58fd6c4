//! A new folder with files in it, all of them or none.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::{DiskError, Mode, because, make_directory, parent, sync_directory, was_to_become};
use crate::base::BundlePath;

/// Makes the folder `path` with these files. It appears under its name when everything in it is written.
///
/// # Errors
/// If there is something of that name ([`DiskError::is_already_there`]), or it cannot be written; then there is none of it.
pub fn create_tree(path: &Path, files: &BTreeMap<BundlePath, Vec<u8>>, mode: Mode) -> Result<(), DiskError> {
    if fs::symlink_metadata(path).is_ok() {
        return because("make the folder", path, Err(io::Error::from(io::ErrorKind::AlreadyExists)));
    }
    make_directory(parent(path))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = NewTree(path.with_file_name(format!(".{name}.{}.new", rustix::process::getpid().as_raw_nonzero())));
    // What a killed process of the same number left behind is nobody's any more.
    let _ = fs::remove_dir_all(&new.0);
    make_directory(&new.0)?;
    for (file, contents) in files {
        let target = new.0.join(file.as_str());
        make_directory(parent(&target))?;
        let written = File::create_new(&target).and_then(|mut file| {
            file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode.bits()))?;
            file.write_all(contents)?;
            file.sync_all()
        });
        because("write", &path.join(file.as_str()), written)?;
    }
    let renamed = renameat_with(CWD, &new.0, CWD, path, RenameFlags::NOREPLACE);
    because("make the folder", path, renamed.map_err(Into::into))?;
    sync_directory(parent(path))
}

/// Removes a folder with all that is in it, durably, and what was to become it when a process was killed. One that is not there is no
/// error.
///
/// # Errors
/// If it is there and cannot be removed.
pub fn remove_tree(path: &Path) -> Result<(), DiskError> {
    let directory = parent(path);
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => because("read the directory", directory, entries)?,
    };
    let mut is_changed = false;
    for entry in entries {
        let found = because("read the directory", directory, entry)?.path();
        if found == path || was_to_become(&found.file_name().unwrap_or_default().to_string_lossy(), path) {
            because("remove", &found, fs::remove_dir_all(&found))?;
            is_changed = true;
        }
    }
    // Nobody looks for it again where nothing is under way, and what was in it would be shown to every qube.
    if is_changed { sync_directory(directory) } else { Ok(()) }
}

/// A folder in the making. Dropped before it was renamed, it is gone.
struct NewTree(PathBuf);

impl Drop for NewTree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_to_become_a_tree_goes_with_it() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["tree/x", ".tree.7.new/x", ".other.7.new/x", "trees/x"] {
            fs::create_dir_all(directory.path().join(name)).unwrap();
        }
        for _ in 0..2 {
            remove_tree(&directory.path().join("tree")).unwrap();
            let mut left: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            left.sort();
            assert_eq!(left, [".other.7.new", "trees"]);
        }
        remove_tree(&directory.path().join("none/tree")).unwrap();
    }

    #[test]
    fn a_tree_is_there_whole_or_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let files = |names: &[&str]| names.iter().map(|name| (name.parse().unwrap(), b"x".to_vec())).collect();
        let path = directory.path().join("a/new");
        create_tree(&path, &files(&["x/y", "z"]), Mode::Public).unwrap();
        assert_eq!(fs::read(path.join("x/y")).unwrap(), b"x");
        assert!(create_tree(&path, &files(&["w"]), Mode::Public).unwrap_err().is_already_there());
        assert!(!path.join("w").exists());
        // A file cannot be a directory, too: nothing is left of the attempt.
        assert!(create_tree(&directory.path().join("a/other"), &files(&["z", "z/y"]), Mode::Public).is_err());
        assert_eq!(fs::read_dir(directory.path().join("a")).unwrap().count(), 1);
    }
}
