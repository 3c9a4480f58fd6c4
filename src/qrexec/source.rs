//! Where policy files come from, so that this room never touches a disk.

/// Directories and files by their paths, as dom0 sees them.
pub trait Files {
    /// The names of regular files, and of links to such, directly in a directory; in any order.
    ///
    /// # Errors
    /// If it cannot be listed.
    fn list(&self, directory: &str) -> Result<Vec<String>, String>;

    /// What a link says; none if there is no link.
    fn link(&self, path: &str) -> Option<String>;

    /// Whether there is a directory, or a link to one.
    fn is_directory(&self, path: &str) -> bool;

    /// The contents of a regular file, or of one that a link leads to.
    ///
    /// # Errors
    /// If it is none, or cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
}
