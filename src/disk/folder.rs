//! A folder whose files are reached by relative paths that cannot leave it.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, openat2, statat};
use rustix::io::Errno;

use super::{DiskError, Why, because, read_from, refuse};
use crate::base::BundlePath;

/// What lies at a path below a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A link, which is not followed.
    Link,
    /// A pipe, a socket or a device.
    Other,
}

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

    /// All that lies below the folder, by relative path, sorted. No link is followed. What begins with a dot is left out.
    ///
    /// # Errors
    /// If a directory cannot be read, there is more than `most` of it, or it lies more than `deepest` directories down.
    pub fn below(&self, most: usize, deepest: usize) -> Result<Vec<(String, Kind)>, DiskError> {
        let (mut found, mut seen) = (Vec::new(), 0);
        let mut waiting = vec![(String::new(), 0)];
        while let Some((directory, depth)) = waiting.pop() {
            let path = self.path.join(&directory);
            let at = if directory.is_empty() { "." } else { directory.as_str() };
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
            let open = openat2(&self.directory, at, flags, Mode::empty(), resolve).and_then(Dir::new);
            let open = because("read the directory", &path, open.map_err(Into::into))?;
            // The names first: asking about each needs the directory, too.
            let names: Result<Vec<_>, _> = open.take(most.saturating_add(3)).collect();
            for entry in because("read the directory", &path, names.map_err(Into::into))? {
                let name = entry.file_name().to_string_lossy();
                if name == "." || name == ".." {
                    continue;
                }
                seen += 1;
                if seen > most {
                    return refuse("read", &self.path, Why::TooMany(most));
                }
                if name.starts_with('.') {
                    continue;
                }
                let relative = if directory.is_empty() { name.into_owned() } else { format!("{directory}/{name}") };
                let kind = statat(&self.directory, relative.as_str(), AtFlags::SYMLINK_NOFOLLOW);
                match FileType::from_raw_mode(because("read", &self.path.join(&relative), kind.map_err(Into::into))?.st_mode) {
                    FileType::Directory if depth == deepest => {
                        return refuse("read", &self.path.join(&relative), Why::TooDeep(deepest));
                    }
                    FileType::Directory => waiting.push((relative, depth + 1)),
                    FileType::RegularFile => found.push((relative, Kind::File)),
                    FileType::Symlink => found.push((relative, Kind::Link)),
                    _ => found.push((relative, Kind::Other)),
                }
            }
        }
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(found)
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

    #[test]
    fn all_that_lies_below_is_listed_and_no_link_followed() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(directory.path().join("a/b")).unwrap();
        for path in ["a/b/two", "one", ".hidden"] {
            std::fs::write(directory.path().join(path), "").unwrap();
        }
        std::os::unix::fs::symlink(directory.path(), directory.path().join("a/up")).unwrap();
        let folder = Folder::open(directory.path()).unwrap();
        let found = folder.below(6, 2).unwrap();
        let found: Vec<_> = found.iter().map(|(path, kind)| (path.as_str(), *kind)).collect();
        assert_eq!(found, [("a/b/two", Kind::File), ("a/up", Kind::Link), ("one", Kind::File)]);
        assert!(folder.below(5, 2).unwrap_err().to_string().ends_with("more than 5 files and directories lie in it"));
        assert!(folder.below(6, 1).unwrap_err().to_string().ends_with("it lies more than 1 directories deep"));
    }
}
