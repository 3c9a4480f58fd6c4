//! What a disk holds for certain of what a process asked of it, as POSIX has it: what was written to a file, once that is synced; the
//! names in a directory, once that is. Of everything else, any part may be lost with the power.

use std::collections::{BTreeMap, BTreeSet};

use crate::dom0::Files;
use crate::syscall::{End, Syscall};

/// The lock: who holds it is for the kernel to know, and the file is made again where it is missing.
const LOCK: &str = "/var/lib/halite/lock";

/// What Salt needs, as long as it works.
pub const SALT: &str = "/srv/salt/halite";

/// A disk below a root.
pub struct Disk<'a> {
    root: String,
    base: &'a Files,
    /// Which file has which name now, by the place of its making.
    names: BTreeMap<String, File>,
    changes: Vec<Change>,
}

/// A file, whatever its name: one that was there under this name, or one made by the change of this number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum File {
    Old(String),
    New(usize),
}

/// Something that was changed.
#[derive(Debug)]
pub struct Change {
    kind: Kind,
    is_durable: bool,
}

#[derive(Debug)]
enum Kind {
    Make {
        at: String,
        mode: u32,
    },
    Directory {
        at: String,
    },
    Write {
        file: File,
        bytes: Vec<u8>,
    },
    Mode {
        file: File,
        mode: u32,
    },
    Rename {
        from: String,
        to: String,
        file: File,
    },
    /// Of a file, or a directory.
    Remove {
        at: String,
    },
    /// Of a directory, with all that is in it.
    Move {
        from: String,
        to: String,
    },
}

/// Moves what has the name `from`, and all that is in it.
fn moved<T>(named: &mut BTreeMap<String, T>, from: &str, to: &str) {
    let is_one = |path: &String| path.strip_prefix(from).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let paths: Vec<String> = named.keys().filter(|path| is_one(path)).cloned().collect();
    for path in paths {
        let value = named.remove(&path).unwrap();
        named.insert(format!("{to}{}", &path[from.len()..]), value);
    }
}

impl<'a> Disk<'a> {
    /// One with these files, all of them durable.
    pub fn new(root: &str, base: &'a Files) -> Self {
        let files = base.iter().filter(|(_, (_, contents))| contents.is_some());
        let names = files.map(|(path, _)| (path.clone(), File::Old(path.clone()))).collect();
        Self { root: root.to_owned(), base, names, changes: Vec::new() }
    }

    /// The path of a file, if it lies here; of the root, an empty one.
    pub fn here(&self, path: &str) -> Option<String> {
        path.strip_prefix(&self.root).filter(|rest| rest.is_empty() || rest.starts_with('/')).map(str::to_owned)
    }

    /// Whether there is a file of this path now.
    pub fn has(&self, path: &str) -> bool {
        self.names.contains_key(path)
    }

    /// Does what a system call does.
    pub fn take(&mut self, call: &Syscall) {
        let path = match &*call.name {
            "unlinkat" => call.entry(),
            _ => call.file.clone().or_else(|| call.entry()),
        };
        let Some(at) = path.and_then(|path| self.here(&path)).filter(|_| call.end == End::Done) else { return };
        let mode = || u32::from_str_radix(call.arguments.rsplit(", 0").next().unwrap(), 8).unwrap();
        let file = self.names.get(&at).cloned();
        let kind = match (&*call.name, file) {
            ("openat", None) if call.creates() => {
                self.names.insert(at.clone(), File::New(self.changes.len()));
                // Less the usual umask.
                Kind::Make { at, mode: mode() & !0o022 }
            }
            ("openat" | "flock" | "copy_file_range", _) => return,
            // Whoever holds the lock says so in it, for people, and nothing reads that after a power loss.
            ("write" | "ftruncate", _) if at == LOCK => return,
            ("mkdir", _) => Kind::Directory { at },
            ("write", Some(file)) => Kind::Write { file, bytes: call.strings[0].clone() },
            ("fchmod", Some(file)) => Kind::Mode { file, mode: mode() },
            ("rename", Some(file)) => {
                let to = self.here(call.path(1)).unwrap();
                self.names.remove(&at);
                self.names.insert(to.clone(), file.clone());
                Kind::Rename { from: at, to, file }
            }
            ("unlink", Some(_)) | ("unlinkat" | "rmdir", _) => {
                self.names.remove(&at);
                Kind::Remove { at }
            }
            ("renameat2", None) => {
                let to = self.here(call.path(1)).unwrap();
                moved(&mut self.names, &at, &to);
                Kind::Move { from: at, to }
            }
            ("fsync" | "fdatasync", file) => return self.sync(&at, file, call.name == "fsync"),
            (other, _) => panic!("{other} is not known here: {}", call.what(&self.root)),
        };
        self.changes.push(Change { kind, is_durable: false });
    }

    /// Syncs a file, or the directory at `at`.
    fn sync(&mut self, at: &str, file: Option<File>, with_mode: bool) {
        let is_in = |path: &str| path.rsplit_once('/').is_some_and(|(directory, _)| directory == at);
        for change in &mut self.changes {
            change.is_durable |= match (&change.kind, &file) {
                (Kind::Write { file, .. }, Some(synced)) => file == synced,
                (Kind::Mode { file, .. }, Some(synced)) => with_mode && file == synced,
                (Kind::Make { at, .. } | Kind::Directory { at } | Kind::Remove { at }, None) => is_in(at),
                (Kind::Rename { from, to, .. } | Kind::Move { from, to }, None) => is_in(from) && is_in(to),
                _ => false,
            };
        }
    }

    /// What was written to a file that has this name now.
    pub fn contents(&self, path: &str) -> Option<Vec<u8>> {
        let file = self.names.get(path)?;
        let written = self.changes.iter().filter_map(|change| match &change.kind {
            Kind::Write { file: written, bytes } if written == file => Some(&bytes[..]),
            _ => None,
        });
        Some(written.collect::<Vec<_>>().concat())
    }

    /// The changes that may be lost.
    pub fn pending(&self) -> impl Iterator<Item = usize> {
        let is_lock = |kind: &Kind| matches!(kind, Kind::Make { at, .. } if at == LOCK);
        (0..self.changes.len()).filter(move |at| !self.changes[*at].is_durable && !is_lock(&self.changes[*at].kind))
    }

    /// Whether a pending change is one of what a file holds, other than its name.
    pub fn is_of_contents(&self, change: usize, path: &str) -> bool {
        match &self.changes[change].kind {
            Kind::Write { file, .. } | Kind::Mode { file, .. } => self.names.get(path) == Some(file),
            _ => false,
        }
    }

    /// Whether it is of what Salt needs, but not the removal of all that.
    pub fn is_of_salt(&self, change: usize) -> bool {
        let is_inside = |path: &str| path.strip_prefix(SALT).is_some_and(|rest| !rest.is_empty());
        match &self.changes[change].kind {
            Kind::Make { at, .. } | Kind::Directory { at } => at.starts_with("/srv"),
            Kind::Write { file: File::New(number), .. } | Kind::Mode { file: File::New(number), .. } => self.is_of_salt(*number),
            Kind::Move { to, .. } => to == SALT,
            Kind::Remove { at } => at.starts_with("/srv") && (is_inside(at) || at.contains("/.halite.")),
            _ => false,
        }
    }

    /// Whether it does not matter that a change may be lost: it is of a temporary file, which nobody looks at, or of what is there only
    /// as long as a process is.
    pub fn is_temporary(&self, change: usize) -> bool {
        if self.is_of_salt(change) {
            return true;
        }
        let is_one = |path: &str| path.rsplit('/').next().is_some_and(|name| name.starts_with('.') && name.ends_with(".new"));
        let made = |file: &File| match file {
            File::New(number) => match &self.changes[*number].kind {
                Kind::Make { at, .. } => is_one(at),
                _ => false,
            },
            File::Old(path) => is_one(path),
        };
        match &self.changes[change].kind {
            Kind::Make { at, .. } | Kind::Remove { at } => is_one(at),
            Kind::Write { file, .. } | Kind::Mode { file, .. } => {
                made(file) && self.names.iter().all(|(path, other)| other != file || is_one(path))
            }
            Kind::Directory { .. } | Kind::Rename { .. } | Kind::Move { .. } => false,
        }
    }

    /// A change, for people.
    pub fn shown(&self, change: usize) -> String {
        match &self.changes[change].kind {
            Kind::Make { at, .. } => format!("the making of `{at}`"),
            Kind::Directory { at } => format!("the making of the directory `{at}`"),
            Kind::Write { file, bytes } => format!("{} bytes written to {}", bytes.len(), self.name(file)),
            Kind::Mode { file, .. } => format!("the mode of {}", self.name(file)),
            Kind::Rename { from, to, .. } => format!("the renaming of `{from}` to `{to}`"),
            Kind::Remove { at } => format!("the removal of `{at}`"),
            Kind::Move { from, to } => format!("the moving of `{from}` to `{to}`"),
        }
    }

    fn name(&self, file: &File) -> String {
        let name = self.names.iter().find(|(_, other)| *other == file);
        name.map_or("a file without a name".to_owned(), |(path, _)| format!("`{path}`"))
    }

    /// What a pending change appends to the file of this path, if it does.
    pub fn appended(&self, change: usize, path: &str) -> Option<&[u8]> {
        match &self.changes[change].kind {
            Kind::Write { file, bytes } if self.names.get(path) == Some(file) => Some(bytes),
            _ => None,
        }
    }

    /// All files when these changes are lost.
    pub fn without(&self, lost: &BTreeSet<usize>) -> Files {
        let mut names: BTreeMap<String, Option<File>> = BTreeMap::new();
        let mut files: BTreeMap<File, (u32, Vec<u8>)> = BTreeMap::new();
        let mut modes: BTreeMap<String, u32> = BTreeMap::new();
        for (path, (mode, contents)) in self.base {
            let file = contents.as_ref().map(|_| File::Old(path.clone()));
            match (contents, &file) {
                (Some(bytes), Some(file)) => drop(files.insert(file.clone(), (*mode, bytes.clone()))),
                _ => drop(modes.insert(path.clone(), *mode)),
            }
            names.insert(path.clone(), file);
        }
        for (number, change) in self.changes.iter().enumerate() {
            if let Kind::Make { mode, .. } = &change.kind {
                // It may be found under a later name, though the first is lost.
                files.insert(File::New(number), (*mode, Vec::new()));
            }
            if lost.contains(&number) {
                continue;
            }
            match &change.kind {
                Kind::Make { at, .. } => drop(names.insert(at.clone(), Some(File::New(number)))),
                Kind::Directory { at } => {
                    modes.insert(at.clone(), 0o755);
                    names.insert(at.clone(), None);
                }
                Kind::Write { file, bytes } => files.get_mut(file).unwrap().1.extend(bytes),
                Kind::Mode { file, mode } => files.get_mut(file).unwrap().0 = *mode,
                Kind::Rename { from, to, file } => {
                    names.remove(from);
                    names.insert(to.clone(), Some(file.clone()));
                }
                Kind::Remove { at } => drop(names.remove(at)),
                Kind::Move { from, to } => {
                    moved(&mut names, from, to);
                    moved(&mut modes, from, to);
                }
            }
        }
        let has_directory = |path: &str| path.match_indices('/').skip(1).all(|(at, _)| names.contains_key(&path[..at]));
        let found = names.iter().filter(|(path, _)| has_directory(path)).map(|(path, file)| match file {
            None => (path.clone(), (modes[path], None)),
            Some(file) => (path.clone(), (files[file].0, Some(files[file].1.clone()))),
        });
        found.collect()
    }
}
