//! Files: bounded reads, durable writes, locks. The only room that touches a file system.
//!
//! Everything that must survive a power loss goes through [`replace`]: a temporary file beside the target, written, synced, renamed
//! over it, and the directory synced. A reader sees the old file or the new one, whole.
//!
//! **Architecture invariant:** nothing here knows what a file means.

#![allow(clippy::disallowed_methods, reason = "this is the room for file systems")]

mod folder;
mod lock;
mod log;
mod together;
mod tree;

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use thiserror::Error;

pub use folder::{Folder, Kind};
pub use lock::Lock;
pub use log::Log;
pub use together::create_together;
pub use tree::{create_tree, remove_tree};

/// Something could not be done with a file.
#[derive(Debug, Error)]
#[error("cannot {action} `{}`: {why}", path.display())]
pub struct DiskError {
    action: &'static str,
    path: PathBuf,
    why: Why,
}

/// The reason behind a [`DiskError`].
#[derive(Debug, Error)]
enum Why {
    #[error("{0}")]
    Io(io::Error),
    #[error("it is larger than the {0} bytes allowed")]
    TooLarge(u64),
    #[error("it is not a regular file")]
    NotRegular,
    #[error("it is a link, or lies behind one, and no links are followed here")]
    Link,
    #[error("more than {0} files and directories lie in it")]
    TooMany(usize),
    #[error("it lies more than {0} directories deep")]
    TooDeep(usize),
    #[error("another process of halite is using it{0}")]
    Locked(String),
}

impl DiskError {
    /// Whether the reason is that the file is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(&self.why, Why::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }

    /// Whether the reason is that something of that name is there.
    pub fn is_already_there(&self) -> bool {
        matches!(&self.why, Why::Io(error) if error.kind() == io::ErrorKind::AlreadyExists)
    }

    /// Whether another process holds the lock.
    pub fn is_locked(&self) -> bool {
        matches!(self.why, Why::Locked(_))
    }
}

/// Says what was being done to which file when something failed.
fn because<T>(action: &'static str, path: &Path, result: io::Result<T>) -> Result<T, DiskError> {
    result.map_err(|error| DiskError { action, path: path.to_owned(), why: Why::Io(error) })
}

fn refuse<T>(action: &'static str, path: &Path, why: Why) -> Result<T, DiskError> {
    Err(DiskError { action, path: path.to_owned(), why })
}

/// Opens a regular file for reading. Anything else (a directory, a pipe, a device) is refused rather than waited for.
///
/// # Errors
/// If there is no such file, or it is not regular.
pub fn open(path: &Path) -> Result<File, DiskError> {
    // Without O_NONBLOCK, opening a pipe would wait for a writer for ever.
    let flags = rustix::fs::OFlags::NONBLOCK.bits() as i32;
    let file = because("read", path, OpenOptions::new().read(true).custom_flags(flags).open(path))?;
    if because("read", path, file.metadata())?.is_file() { Ok(file) } else { refuse("read", path, Why::NotRegular) }
}

/// The whole contents of a regular file of at most `most` bytes.
///
/// # Errors
/// If it cannot be read, is not regular, or is larger.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, DiskError> {
    read_from(open(path)?, path, most)
}

fn read_from(file: File, path: &Path, most: u64) -> Result<Vec<u8>, DiskError> {
    let mut bytes = Vec::new();
    because("read", path, file.take(most.saturating_add(1)).read_to_end(&mut bytes))?;
    if bytes.len() as u64 > most { refuse("read", path, Why::TooLarge(most)) } else { Ok(bytes) }
}

/// The first bytes of a regular file, at most `most`.
///
/// # Errors
/// If it cannot be read, or is not regular.
pub fn read_beginning(path: &Path, most: u64) -> Result<Vec<u8>, DiskError> {
    let mut bytes = Vec::new();
    because("read", path, open(path)?.take(most).read_to_end(&mut bytes))?;
    Ok(bytes)
}

/// As [`read`], but `None` where there is no such file.
///
/// # Errors
/// As [`read`].
pub fn read_if_there(path: &Path, most: u64) -> Result<Option<Vec<u8>>, DiskError> {
    match read(path, most) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes `path` hold `contents`, durably: whoever looks, now or after a power loss, sees the old file or the new one.
///
/// # Errors
/// If any step failed; the old file is then still there, and nothing else is. If only the last one failed, which syncs the directory, the
/// new file is there, and may be gone after a power loss.
pub fn replace(path: &Path, contents: &[u8], mode: Mode) -> Result<(), DiskError> {
    let mut new = NewFile::beside(path, mode)?;
    because("write", path, new.file.write_all(contents))?;
    new.commit()
}

/// Makes `path` hold `contents` without making it durable: for what may be lost with the power, such as a simulation's state.
///
/// # Errors
/// If it cannot; the old file is then still there.
pub fn replace_volatile(path: &Path, contents: &[u8]) -> Result<(), DiskError> {
    let mut new = NewFile::beside(path, Mode::Public)?;
    because("write", path, new.file.write_all(contents))?;
    because("write", path, fs::rename(&new.temporary, path))?;
    new.committed = true;
    Ok(())
}

/// Makes a new file, durably. One that is there already is left as it is, whenever it came, and even if it is a link to nothing.
///
/// # Errors
/// If there is one ([`DiskError::is_already_there`]), or it cannot be written; then there is none.
pub fn create(path: &Path, contents: &[u8], mode: Mode) -> Result<(), DiskError> {
    let mut file = because("write", path, OpenOptions::new().write(true).create_new(true).mode(mode.bits()).open(path))?;
    let permissions = Permissions::from_mode(mode.bits());
    let written = file.set_permissions(permissions).and_then(|()| file.write_all(contents)).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    because("write", path, written)?;
    sync_directory(parent(path))
}

/// Permissions of a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// 0644: for everybody to read.
    Public,
    /// 0600: for the owner only.
    Private,
    /// 0755: for everybody to run.
    Program,
    /// 0664, and the group of the directory: what the files of `/etc/qubes/policy.d` have, which is writable by the group `qubes`
    /// (qubes-core-admin, `rpm_spec/core-dom0.spec.in`).
    Policy,
}

impl Mode {
    fn bits(self) -> u32 {
        match self {
            Self::Public => 0o644,
            Self::Private => 0o600,
            Self::Program => 0o755,
            Self::Policy => 0o664,
        }
    }
}

/// A file in the making, under a temporary name that begins with a dot. Dropped without [`NewFile::commit`], it is gone.
#[derive(Debug)]
pub struct NewFile {
    file: File,
    temporary: PathBuf,
    target: PathBuf,
    committed: bool,
    /// What writing through [`Write`] failed with.
    failed: Option<io::Error>,
}

impl NewFile {
    /// Begins a file that will be `target`, in the same directory.
    ///
    /// # Errors
    /// If the directory does not let it.
    pub fn beside(target: &Path, mode: Mode) -> Result<Self, DiskError> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let temporary = target.with_file_name(format!(".{name}.{}.new", rustix::process::getpid().as_raw_nonzero()));
        // What a killed process of the same number left behind is nobody's any more.
        let _ = fs::remove_file(&temporary);
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(mode.bits()).open(&temporary);
        let file = because("write", target, file)?;
        let new = Self { file, temporary, target: target.to_owned(), committed: false, failed: None };
        // The mode is part of what is promised; the umask is not.
        because("write", target, new.file.set_permissions(Permissions::from_mode(mode.bits())))?;
        if mode == Mode::Policy {
            because("write", target, new.take_group())?;
        }
        Ok(new)
    }

    /// Gives the file the group of its directory, which it has already where that has the set-group-ID bit.
    fn take_group(&self) -> io::Result<()> {
        let group = fs::metadata(parent(&self.target))?.gid();
        if self.file.metadata()?.gid() == group {
            return Ok(());
        }
        match fchown(&self.file, None, Some(group)) {
            // Nobody but root gives a file to a group that they are not in; the rules hold all the same.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            taken => taken,
        }
    }

    /// The open file.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Whether everything that was written through [`Write`] arrived, for whoever cannot tell errors of writing from others.
    ///
    /// # Errors
    /// If it did not.
    pub fn is_written(&mut self) -> Result<(), DiskError> {
        because("write", &self.target, self.failed.take().map_or(Ok(()), Err))
    }

    /// Makes the file durable and puts it in the place of the target.
    ///
    /// # Errors
    /// If it cannot; the target is then what it was.
    pub fn commit(self) -> Result<(), DiskError> {
        let target = self.target.clone();
        self.commit_as(&target)
    }

    /// The same under another name in the same directory, which was not known when the file was begun.
    ///
    /// # Errors
    /// As [`NewFile::commit`].
    pub fn commit_as(mut self, target: &Path) -> Result<(), DiskError> {
        because("write", target, self.file.sync_all())?;
        because("write", target, fs::rename(&self.temporary, target))?;
        self.committed = true;
        sync_directory(parent(target))
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).inspect_err(|error| {
            let same = error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
            self.failed.get_or_insert(same);
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.committed {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Removes a file durably. One that is not there is no error.
///
/// # Errors
/// If it is there and cannot be removed.
pub fn remove(path: &Path) -> Result<(), DiskError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => {
            because("remove", path, result)?;
            sync_directory(parent(path))
        }
    }
}

/// Removes files of one directory, durably once all are gone. One that is not there is no error.
///
/// # Errors
/// If one is there and cannot be removed; those before it are gone then.
pub fn remove_all(directory: &Path, names: impl IntoIterator<Item = String>) -> Result<(), DiskError> {
    let mut removed = Ok(());
    for path in names.into_iter().map(|name| directory.join(name)) {
        removed = match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => because("remove", &path, result),
        };
        if removed.is_err() {
            break;
        }
    }
    if directory.is_dir() {
        sync_directory(directory)?;
    }
    removed
}

/// Makes a directory and those above it, durably, mode 0755 less the umask.
///
/// # Errors
/// If one of them cannot be made.
pub fn make_directory(path: &Path) -> Result<(), DiskError> {
    if path.is_dir() {
        return Ok(());
    }
    let missing = path.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.is_dir());
    let missing: Vec<&Path> = missing.collect();
    because("make the directory", path, DirBuilder::new().recursive(true).mode(0o755).create(path))?;
    // Each has its name in the one above it.
    missing.into_iter().rev().try_for_each(|made| sync_directory(parent(made)))
}

/// The names in a directory, sorted; those that begin with a dot are left out. A directory that is not there is empty.
///
/// # Errors
/// If it cannot be read.
pub fn list(path: &Path) -> Result<Vec<String>, DiskError> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => because("read the directory", path, entries)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = because("read the directory", path, entry)?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The names of regular files in a directory, and of links that lead to such, sorted. What is no file, or a link to nothing, is left out.
///
/// # Errors
/// If the directory is not there, or cannot be read.
pub fn list_files(path: &Path) -> Result<Vec<String>, DiskError> {
    let mut names = Vec::new();
    for entry in because("read the directory", path, fs::read_dir(path))? {
        let entry = because("read the directory", path, entry)?;
        if fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_file()) {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// A path without links, `.` and `..`.
///
/// # Errors
/// If it leads nowhere.
pub fn resolved(path: &Path) -> Result<PathBuf, DiskError> {
    because("find", path, fs::canonicalize(path))
}

/// The path of the regular file that will be replaced by a new one at `path`: where links lead, if there is anything.
///
/// # Errors
/// If there is something else, such as a directory or a device.
pub fn replaceable(path: &Path) -> Result<PathBuf, DiskError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => resolved(path),
        Ok(_) => refuse("write", path, Why::NotRegular),
        Err(_) => Ok(path.to_owned()),
    }
}

/// What a link says; none if there is no link.
pub fn link(path: &Path) -> Option<PathBuf> {
    fs::read_link(path).ok()
}

/// Whether there is a socket, and no link to one.
pub fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket())
}

/// Removes the files in a directory that [`NewFile`]s of killed processes left there. Only for who holds the lock of the directory.
///
/// # Errors
/// If one cannot be removed.
pub fn remove_leftovers(path: &Path) -> Result<(), DiskError> {
    remove_those(path, |name| name.starts_with('.') && name.ends_with(".new"))
}

/// The same beside `target` in a directory that others write in, too: only what was to become `target`.
///
/// # Errors
/// If one cannot be removed.
pub fn remove_leftovers_of(target: &Path) -> Result<(), DiskError> {
    remove_those(parent(target), |name| was_to_become(name, target))
}

/// Whether something of this name was to become `target`, beside which it stands.
fn was_to_become(name: &str, target: &Path) -> bool {
    let begin = format!(".{}.", target.file_name().unwrap_or_default().to_string_lossy());
    let process = name.strip_prefix(&begin).and_then(|rest| rest.strip_suffix(".new"));
    process.is_some_and(|number| number.parse::<u32>().is_ok())
}

fn remove_those(directory: &Path, is_one: impl Fn(&str) -> bool) -> Result<(), DiskError> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => because("read the directory", directory, entries)?,
    };
    for entry in entries {
        let entry = because("read the directory", directory, entry)?;
        if is_one(&entry.file_name().to_string_lossy()) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

fn sync_directory(path: &Path) -> Result<(), DiskError> {
    because("sync the directory", path, File::open(path).and_then(|directory| directory.sync_all()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_has_the_promised_mode_and_leaves_nothing_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        replace(&path, b"one", Mode::Public).unwrap();
        replace(&path, b"two", Mode::Policy).unwrap();
        assert_eq!(read(&path, 3).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o664);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_policy_has_the_group_of_its_directory() {
        for mode in [0o2775, 0o775] {
            let directory = tempfile::tempdir().unwrap();
            // Only root can give it to any group; others have it as it is.
            let is_root = rustix::process::geteuid().is_root();
            std::os::unix::fs::chown(directory.path(), None, is_root.then_some(4242)).unwrap();
            fs::set_permissions(directory.path(), Permissions::from_mode(mode)).unwrap();
            let path = directory.path().join("file");
            // A file that somebody made by hand is replaced, group and all.
            fs::write(&path, "").unwrap();
            replace(&path, b"rules", Mode::Policy).unwrap();
            let group = fs::metadata(directory.path()).unwrap().gid();
            let metadata = fs::metadata(&path).unwrap();
            assert_eq!((metadata.gid(), metadata.mode() & 0o7777), (group, 0o664));
            assert!(!is_root || group == 4242);
        }
    }

    #[test]
    fn a_file_that_was_not_committed_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        drop(NewFile::beside(&directory.path().join("file"), Mode::Public).unwrap());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn leftovers_are_removed_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        for name in [".import.halite.7.new", "kept", ".kept", "kept.new"] {
            fs::write(directory.path().join(name), "").unwrap();
        }
        remove_leftovers(directory.path()).unwrap();
        remove_leftovers(&directory.path().join("none")).unwrap();
        assert!(!directory.path().join(".import.halite.7.new").exists());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3);
    }

    #[test]
    fn files_are_removed_together_up_to_what_cannot_be() {
        let directory = tempfile::tempdir().unwrap();
        ["a", "b", "c"].iter().for_each(|name| fs::write(directory.path().join(name), "").unwrap());
        fs::create_dir(directory.path().join("d")).unwrap();
        let names = |all: &[&str]| all.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        remove_all(directory.path(), names(&["a", "none", "b"])).unwrap();
        assert_eq!(list(directory.path()).unwrap(), ["c", "d"]);
        assert!(remove_all(directory.path(), names(&["d", "c"])).is_err());
        assert_eq!(list(directory.path()).unwrap(), ["c", "d"]);
        remove_all(&directory.path().join("none"), names(&["a"])).unwrap();
    }

    #[test]
    fn where_others_write_only_ones_own_leftovers_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        for name in [".a.7.new", ".b.7.new", ".a.new", ".a.b.7.new", ".a.7.new~", "a.7.new", ".a.x.new"] {
            fs::write(directory.path().join(name), "").unwrap();
        }
        remove_leftovers_of(&directory.path().join("a")).unwrap();
        remove_leftovers_of(&directory.path().join("none/a")).unwrap();
        assert!(!directory.path().join(".a.7.new").exists());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 6);
    }

    #[test]
    fn only_regular_files_of_the_allowed_size_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        replace(&path, b"four", Mode::Public).unwrap();
        assert!(read(&path, 3).unwrap_err().to_string().ends_with("it is larger than the 3 bytes allowed"));
        assert_eq!(read_beginning(&path, 3).unwrap(), b"fou");
        assert!(read(directory.path(), 3).unwrap_err().to_string().ends_with("it is not a regular file"));
        assert!(read(&directory.path().join("none"), 3).unwrap_err().is_not_found());
        assert!(read_if_there(&directory.path().join("none"), 3).unwrap().is_none());
    }

    #[test]
    fn a_lock_is_for_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let lock = Lock::take(&path, "the first one, who says more").unwrap();
        let refused = Lock::take(&path, "me").unwrap_err();
        assert!(refused.is_locked());
        assert!(refused.to_string().ends_with("another process of halite is using it: the first one, who says more"));
        drop(lock);
        assert!(read(&path, 0).unwrap().is_empty(), "nobody has it");
        let _lock = Lock::take(&path, "another").unwrap();
        assert!(Lock::take(&path, "me").unwrap_err().to_string().ends_with("is using it: another"));
    }
}
