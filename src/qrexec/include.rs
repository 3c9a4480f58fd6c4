//! Following includes: files, files with the rules of one call, directories.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/policy/parser.py`, `AbstractFileLoader` and `AbstractDirectoryLoader`.

use std::sync::Arc;

use super::directory::policy_files;
use super::fault::Why;
use super::line::{BadLine, Line, LineOfCall};
use super::loader::{Context, Included, Kind, Loader, Node};
use super::rule::{Call, Origin};
use super::source::Files;
use super::text::column;

/// How many calls of Python lead from a line that includes a file to the lines of that file.
const TO_FILE: usize = 2;
/// The same for a directory and the lines of its files.
const TO_DIRECTORY: usize = 3;

impl<'a, F: Files> Loader<'a, F> {
    /// The lines of a policy file. How deep what it includes is nested.
    pub fn file(&mut self, context: &Context<'a>, contents: &[u8]) -> usize {
        let mut deepest = 0;
        self.lines(context, contents, |loader, text, origin| {
            let included = match Line::parse(text, origin, loader.directories.release)? {
                None => return Ok(()),
                Some(Line::Rule(rule)) => return loader.add(rule).map_err(|why| (column(text, 0), why)),
                Some(Line::Include(path)) => (loader.include(context, None, &path), 1),
                Some(Line::IncludeDirectory(path)) => (loader.include_directory(context, &path), 1),
                Some(Line::IncludeService(call, path)) => (loader.include(context, Some(&Arc::new(call)), &path), 3),
                Some(Line::Compat) => (loader.include_compat(context), 0),
            };
            let (included, word) = included;
            deepest = deepest.max(included.map_err(|why| (column(text, word), why))?);
            Ok(())
        });
        deepest
    }

    /// The lines of a file that holds the rules of one call. How deep what it includes is nested.
    pub fn file_of_call(&mut self, context: &Context<'a>, call: &Arc<Call>, contents: &[u8]) -> usize {
        let mut deepest = 0;
        self.lines(context, contents, |loader, text, origin| {
            match LineOfCall::parse(text, origin, loader.directories.release)? {
                None => {}
                Some(LineOfCall::Clause(clause)) => loader.add_clause(call, clause).map_err(|why| (column(text, 0), why))?,
                Some(LineOfCall::Include(path)) => {
                    let included = loader.include(context, Some(call), &path);
                    deepest = deepest.max(included.map_err(|why| (column(text, 1), why))?);
                }
            }
            Ok(())
        });
        deepest
    }

    /// Reads lines one by one. What is wrong with one does not end it.
    fn lines(
        &mut self,
        context: &Context<'a>,
        contents: &[u8],
        mut read: impl FnMut(&mut Self, &str, Origin) -> Result<(), BadLine>,
    ) {
        for (number, line) in super::text::lines(contents) {
            if self.is_over() {
                return;
            }
            let read = match std::str::from_utf8(line) {
                Ok(text) => read(self, text, Origin { file: context.file.clone(), line: Some(number) }),
                Err(error) => {
                    let text = String::from_utf8_lossy(line.get(..error.valid_up_to()).unwrap_or_default());
                    Err((text.chars().count() + 1, Why::NotText))
                }
            };
            if let Err((column, why)) = read {
                self.fault(&context.file, Some((number, column)), why);
            }
        }
    }

    /// A file: with the rules of a call, if there is one.
    fn include(&mut self, from: &Context<'a>, call: Option<&Arc<Call>>, path: &str) -> Included {
        let refused = |why| Why::Include { path: path.to_owned(), why };
        let end = self.paths.end(from.base, path).map_err(refused)?;
        let kind = if call.is_some() { Kind::OfCall } else { Kind::Policy };
        let node = Node { kind, path: end.path.clone(), base: from.base };
        let included = self.once(node, from, TO_FILE, call, |loader, depth| {
            let contents = loader.files.read(&end.path).map_err(refused)?;
            let context = Context { file: loader.shown(&end.path), base: from.base, depth };
            Ok(match call {
                Some(call) => loader.file_of_call(&context, call, &contents),
                None => loader.file(&context, &contents),
            })
        });
        from.over_links(&end, TO_FILE, included)
    }

    /// The policy files of a directory.
    fn include_directory(&mut self, from: &Context<'a>, path: &str) -> Included {
        let refused = |why| Why::Include { path: path.to_owned(), why };
        let end = self.paths.end(from.base, path).map_err(refused)?;
        let directory = &end.path;
        if !self.files.is_directory(directory) {
            return Err(refused("it is not a directory".to_owned()));
        }
        let node = Node { kind: Kind::Directory, path: directory.clone(), base: from.base };
        let included = self.once(node, from, TO_DIRECTORY, None, |loader, depth| {
            let (names, bad) = policy_files(loader.files.list(directory).map_err(refused)?);
            for name in bad {
                let file = loader.shown(&format!("{directory}/{name}"));
                loader.fault(&file, None, Why::FileName);
            }
            let depths = names.iter().map(|name| loader.file_of_directory(directory, name, from.base, depth));
            Ok(depths.max().unwrap_or_default())
        });
        from.over_links(&end, TO_DIRECTORY, included)
    }

    /// A policy file of a directory. How deep what it includes is nested.
    pub fn file_of_directory(&mut self, directory: &str, name: &str, base: &'a str, depth: usize) -> usize {
        let path: Arc<str> = format!("{directory}/{name}").into();
        let context = Context { file: self.shown(&path), base, depth };
        let node = Node { kind: Kind::Policy, path: path.clone(), base };
        let read = self.once(node, &context, 0, None, |loader, _| {
            let contents = loader.files.read(&path).map_err(Why::Unreadable)?;
            Ok(loader.file(&context, &contents))
        });
        read.unwrap_or_else(|why| {
            self.fault(&context.file, None, why);
            0
        })
    }
}
