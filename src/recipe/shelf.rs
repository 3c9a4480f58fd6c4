//! Where a recipe's files come from: folders on a disk, or a text at hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::folder_path::FolderPath;
use super::language::FILE;
use crate::base::BundlePath;
use crate::disk::{DiskError, Folder};

/// Folders of recipes, each named by the way to it from the folder of the recipe that is loaded.
pub trait Shelf {
    /// The contents of a file, of at most `most` bytes.
    ///
    /// # Errors
    /// If there is none, it is no regular file in that folder, or it is larger.
    fn read(&mut self, folder: &FolderPath, file: &BundlePath, most: u64) -> Result<Vec<u8>, Unreadable>;

    /// A file as messages name it.
    fn shown(&self, folder: &FolderPath, file: &BundlePath) -> String;
}

/// Why a file cannot be read.
#[derive(Debug)]
pub enum Unreadable {
    /// The disk says so.
    Disk(DiskError),
    /// The folder is one that was already opened, by another way. A bundle could not tell the two apart.
    SameFolder(FolderPath),
    /// There are no other files beside a text.
    NoFiles,
}

/// Folders on the disk.
pub struct Disk {
    main: PathBuf,
    open: BTreeMap<FolderPath, Folder>,
}

impl Disk {
    /// The recipe in this folder, and those it leads to.
    pub fn at(main: &Path) -> Self {
        Self { main: main.to_owned(), open: BTreeMap::new() }
    }

    fn path(&self, folder: &FolderPath) -> PathBuf {
        if *folder == FolderPath::default() { self.main.clone() } else { self.main.join(folder.to_string()) }
    }

    fn folder(&mut self, at: &FolderPath) -> Result<&Folder, Unreadable> {
        if !self.open.contains_key(at) {
            let folder = Folder::open(&self.path(at)).map_err(Unreadable::Disk)?;
            if let Some((other, _)) = self.open.iter().find(|(_, other)| other.is_same(&folder)) {
                return Err(Unreadable::SameFolder(other.clone()));
            }
            self.open.insert(at.clone(), folder);
        }
        Ok(self.open.get(at).expect("it was opened above"))
    }
}

impl Shelf for Disk {
    fn read(&mut self, folder: &FolderPath, file: &BundlePath, most: u64) -> Result<Vec<u8>, Unreadable> {
        self.folder(folder)?.read(file, most).map_err(Unreadable::Disk)
    }

    fn shown(&self, folder: &FolderPath, file: &BundlePath) -> String {
        let path = self.path(folder).display().to_string();
        format!("{}/{file}", path.trim_end_matches('/'))
    }
}

/// A recipe that is one text, with no other files.
pub struct OneText(pub String);

impl Shelf for OneText {
    fn read(&mut self, folder: &FolderPath, file: &BundlePath, _: u64) -> Result<Vec<u8>, Unreadable> {
        match *folder == FolderPath::default() && file.as_str() == FILE {
            true => Ok(self.0.clone().into_bytes()),
            false => Err(Unreadable::NoFiles),
        }
    }

    fn shown(&self, folder: &FolderPath, file: &BundlePath) -> String {
        format!("{folder}{file}")
    }
}
