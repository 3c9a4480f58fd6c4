//! Where a path leads, by Python's lights: `..` takes back what stands before it, whether that is there or not, and a final `/` or `/.`
//! says nothing.
//!
//! Source: Python 3, `os.path.realpath` without `strict`, which `pathlib.Path.resolve` calls.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::source::Files;

/// The longest path that Linux takes; what lies at the end of a longer one is no link.
const LONGEST: usize = 4095;
/// How many links may lead from one to the next. Python has no number for it, and ends when it has used up its stack.
const LINKS: usize = 256;

/// Finds the ends of paths, and remembers what it asked for on the way.
#[derive(Debug)]
pub struct Paths<'a, F> {
    files: &'a F,
    /// What links say, by their paths; none for what is no link.
    links: BTreeMap<String, Option<String>>,
}

/// Where a path ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The absolute path without links, `.` and `..`.
    pub path: Arc<str>,
    /// How many links led from one to the next at most. For Python up to 3.12, each is a call deeper.
    pub links: usize,
}

/// How far a path was followed.
#[derive(Debug, Default)]
struct Way {
    /// Where it has come to; empty at the root.
    end: String,
    /// The links that are being followed.
    followed: BTreeSet<String>,
    /// How many there were at most.
    links: usize,
    /// It came to a link that leads back to itself. From there on, Python takes names as they are.
    is_lost: bool,
}

impl<'a, F: Files> Paths<'a, F> {
    /// Paths among these files.
    pub fn among(files: &'a F) -> Self {
        Self { files, links: BTreeMap::new() }
    }

    /// Where `path` ends, seen from the directory `base`.
    ///
    /// # Errors
    /// If too many links lead from one to the next, or no file can have such a name.
    pub fn end(&mut self, base: &str, path: &str) -> Result<End, String> {
        if path.contains('\0') {
            return Err("no file has a NUL in its name".to_owned());
        }
        let mut way = Way::default();
        for path in [base, path] {
            self.follow(&mut way, path)?;
        }
        let path = if way.end.is_empty() { "/" } else { &way.end };
        Ok(End { path: path.into(), links: way.links })
    }

    /// Goes on along `path` from where `way` has come to.
    fn follow(&mut self, way: &mut Way, path: &str) -> Result<(), String> {
        if path.starts_with('/') {
            way.end.clear();
        }
        for name in path.split('/').filter(|name| !matches!(*name, "" | ".")) {
            let before = way.end.len();
            if name == ".." {
                way.end.truncate(way.end.rfind('/').unwrap_or(0));
                continue;
            }
            way.end.push('/');
            way.end.push_str(name);
            if way.is_lost {
                continue;
            }
            let Some(link) = self.link(&way.end) else { continue };
            if way.followed.contains(&way.end) {
                way.is_lost = true;
                continue;
            }
            if way.followed.len() >= LINKS {
                return Err(format!("`{}` is a link at the end of too many others", way.end));
            }
            let at = way.end.clone();
            way.followed.insert(at.clone());
            way.links = way.links.max(way.followed.len());
            way.end.truncate(before);
            self.follow(way, &link)?;
            way.followed.remove(&at);
        }
        Ok(())
    }

    fn link(&mut self, path: &str) -> Option<String> {
        if path.len() > LONGEST {
            return None;
        }
        if let Some(known) = self.links.get(path) {
            return known.clone();
        }
        let link = self.files.link(path);
        self.links.insert(path.to_owned(), link.clone());
        link
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing but links.
    struct Links(&'static [(&'static str, &'static str)]);

    impl Files for Links {
        fn list(&self, _: &str) -> Result<Vec<String>, String> {
            unreachable!("paths lead nowhere but along links")
        }

        fn link(&self, path: &str) -> Option<String> {
            self.0.iter().find(|(at, _)| *at == path).map(|(_, to)| (*to).to_owned())
        }

        fn is_directory(&self, _: &str) -> bool {
            unreachable!("paths lead nowhere but along links")
        }

        fn read(&self, _: &str) -> Result<Vec<u8>, String> {
            unreachable!("paths lead nowhere but along links")
        }
    }

    #[test]
    fn paths_lead_where_they_lead_for_python() {
        let files = Links(&[("/p/up", ".."), ("/p/other", "/o/x"), ("/p/chain", "other/y"), ("/p/a", "b"), ("/p/b", "a")]);
        for (path, end) in [
            ("x", "/p/x"),
            ("x/", "/p/x"),
            ("./x/.", "/p/x"),
            ("nosuch/../x", "/p/x"),
            ("../../../x", "/x"),
            ("..", "/"),
            ("//x//y", "/x/y"),
            ("up/x", "/x"),
            ("other/../x", "/o/x"),
            ("chain", "/o/x/y"),
            ("a/../x", "/p/x"),
            ("a/../other", "/p/other"),
        ] {
            assert_eq!(&*Paths::among(&files).end("/p", path).unwrap().path, end, "{path}");
        }
        assert!(Paths::among(&files).end("/p", "x\0").is_err());
        assert_eq!(["x", "up", "chain/up"].map(|path| Paths::among(&files).end("/p", path).unwrap().links), [0, 1, 2]);
    }
}
