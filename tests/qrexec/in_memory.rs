//! Policy files that are nowhere but in a test.

use std::collections::BTreeMap;

use halite::qrexec::Files;

/// Files and links by their absolute paths. Directories are where something lies in them.
#[derive(Debug, Clone, Default)]
pub struct InMemory {
    /// What is in files.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What links say.
    pub links: BTreeMap<String, String>,
}

impl InMemory {
    /// Files of text.
    pub fn of<P: Into<String>, T: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        Self { files: files.into_iter().map(|(path, text)| (path.into(), text.into())).collect(), links: BTreeMap::new() }
    }

    /// The path that the kernel comes to, if its links lead anywhere.
    fn end(&self, path: &str, links: usize) -> Option<String> {
        let mut end = String::new();
        for name in path.split('/').filter(|name| !matches!(*name, "" | ".")) {
            if name == ".." {
                end.truncate(end.rfind('/').unwrap_or(0));
                continue;
            }
            let at = format!("{end}/{name}");
            end = match self.links.get(&at) {
                None => at,
                Some(_) if links == 0 => return None,
                Some(link) if link.starts_with('/') => self.end(link, links - 1)?,
                Some(link) => self.end(&format!("{end}/{link}"), links - 1)?,
            };
        }
        Some(end)
    }

    fn file(&self, path: &str) -> Option<&Vec<u8>> {
        self.files.get(&self.end(path, 40)?)
    }
}

impl Files for InMemory {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        let below = format!("{}/", self.end(directory, 40).ok_or("its links lead in a circle")?);
        let all = self.files.keys().chain(self.links.keys());
        let names = all.filter_map(|path| path.strip_prefix(&below)).filter(|name| !name.contains('/'));
        let names: Vec<String> = names.filter(|name| self.file(&format!("{below}{name}")).is_some()).map(str::to_owned).collect();
        if names.is_empty() && !self.is_directory(directory) { Err("it is not there".to_owned()) } else { Ok(names) }
    }

    fn link(&self, path: &str) -> Option<String> {
        let (directory, name) = path.rsplit_once('/')?;
        self.links.get(&format!("{}/{name}", self.end(directory, 40)?)).cloned()
    }

    fn is_directory(&self, path: &str) -> bool {
        let Some(end) = self.end(path, 40) else { return false };
        self.files.keys().chain(self.links.keys()).any(|file| file.starts_with(&format!("{end}/")))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.file(path).cloned().ok_or_else(|| "it is not a file".to_owned())
    }
}
