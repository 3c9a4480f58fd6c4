//! A folder whose files are reached by relative paths that cannot leave it.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

use super::{DiskError, Why, because, read_from, refuse};
use crate::base::BundlePath;

/// An open directory.
#[derive(Debug)]
pub struct Folder {
    directory: File,
    path: PathBuf,
}

impl Folder {
    /// Opens the directory at `path`.
    ///
    /// # Errors
    /// If there is none.
    pub fn open(path: &Path) -> Result<Self, DiskError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = because(
            "open the folder",
            path,
            openat2(CWD, path, flags, Mode::empty(), ResolveFlags::empty()).map_err(Into::into),
        )?;
        Ok(Self { directory: directory.into(), path: path.to_owned() })
    }

    /// Whether both are one directory, whatever ways led to them.
    pub fn is_same(&self, other: &Self) -> bool {
        let identity = |folder: &Self| folder.directory.metadata().map(|metadata| (metadata.dev(), metadata.ino())).ok();
        identity(self).is_some_and(|this| identity(other) == Some(this))
    }

    /// The contents of the regular file at `relative`, of at most `most` bytes. No link is followed on the way, and no path leaves the
    /// folder.
    ///
    /// # Errors
    /// If there is no such file, or it is larger, not regular, or behind a link.
    pub fn read(&self, relative: &BundlePath, most: u64) -> Result<Vec<u8>, DiskError> {
        let path = self.path.join(relative.as_str());
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let file = openat2(&self.directory, relative.as_str(), flags, Mode::empty(), resolve);
        let file = match file {
            Err(Errno::LOOP) => return refuse("read", &path, Why::Link),
            // A socket, which cannot be opened.
            Err(Errno::NXIO) => return refuse("read", &path, Why::NotRegular),
            file => File::from(because("read", &path, file.map_err(Into::into))?),
        };
        if !because("read", &path, file.metadata())?.is_file() {
            return refuse("read", &path, Why::NotRegular);
        }
        read_from(file, &path, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_reads_its_own_files_and_follows_no_link() {
        let directory = tempfile::tempdir().unwrap();
        let outside = directory.path().join("secret");
        let inside = directory.path().join("recipe");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(&outside, "secret").unwrap();
        std::fs::write(inside.join("plain"), "plain").unwrap();
        std::os::unix::fs::symlink(&outside, inside.join("link")).unwrap();
        std::os::unix::fs::symlink(directory.path(), inside.join("up")).unwrap();
        let folder = Folder::open(&inside).unwrap();
        assert_eq!(folder.read(&"plain".parse().unwrap(), 5).unwrap(), b"plain");
        for path in ["link", "up/secret", "none"] {
            assert!(folder.read(&path.parse().unwrap(), 10).is_err(), "{path}");
        }
    }
}
