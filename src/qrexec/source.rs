//! Where policy files come from, so that this room never touches a disk.

/// Directories and files by their paths, as dom0 sees them.
pub trait Files {
    /// The names of regular files, and of links to such, directly in a directory; in any order.
    ///
    /// # Errors
    /// If it cannot be listed.
    fn list(&self, directory: &str) -> Result<Vec<String>, String>;

    /// The path with every link and `..` resolved, if it is a directory.
    ///
    /// # Errors
    /// If it is none.
    fn directory(&self, path: &str) -> Result<String, String>;

    /// The path with every link and `..` resolved, and the contents, if it is a regular file.
    ///
    /// # Errors
    /// If it is none, or cannot be read.
    fn read(&self, path: &str) -> Result<(String, Vec<u8>), String>;
}
