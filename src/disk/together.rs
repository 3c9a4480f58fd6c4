//! New files that belong together: all of them, or none.

use std::fs;
use std::path::Path;

use super::{DiskError, Mode, create, make_directory, remove};

/// Makes new files in `folder`, each by its name and contents, and the folder itself and those above it where they are missing. If one
/// cannot be made, all are gone again. Nothing that is there already is changed.
///
/// # Errors
/// If there is one of that name ([`DiskError::is_already_there`]), or one cannot be written.
pub fn create_together(folder: &Path, files: &[(&str, &str)]) -> Result<(), DiskError> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
    let mut made = Vec::new();
    let all = make_directory(folder).and_then(|()| {
        files.iter().try_for_each(|(name, contents)| {
            let path = folder.join(name);
            create(&path, contents.as_bytes(), Mode::Public)?;
            made.push(path);
            Ok(())
        })
    });
    if all.is_err() {
        for path in &made {
            remove(path)?;
        }
        for folder in missing {
            // One in which somebody else put something meanwhile stays.
            let _ = fs::remove_dir(folder);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_are_made_or_none() {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("a/b");
        create_together(&folder, &[("one", "1"), ("two", "2")]).unwrap();
        assert_eq!(fs::read(folder.join("two")).unwrap(), b"2");
        // The third is there already, so neither of the others comes.
        assert!(create_together(&folder, &[("three", "3"), ("two", "4")]).unwrap_err().is_already_there());
        assert!(!folder.join("three").exists());
        assert_eq!(fs::read(folder.join("two")).unwrap(), b"2");
        // No folder stays behind, and none that was there goes.
        let deep = directory.path().join("c/d/e");
        assert!(create_together(&deep, &[("one", "1"), ("no/folder", "2")]).is_err());
        assert!(!directory.path().join("c").exists());
        assert!(directory.path().exists());
    }
}
