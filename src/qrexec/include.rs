//! Following includes, however they are nested.
//!
//! Each file is read once, whatever includes it: a second time, its rules are taken over from the first. So the work grows with what is
//! written, and not with what it comes to, which can double from line to line.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/policy/parser.py`, `AbstractFileLoader` and `AbstractDirectoryLoader`.

use std::ops::Range;
use std::sync::Arc;

use super::directory::policy_files;
use super::fault::Why;
use super::line::{BadLine, Line, LineOfCall};
use super::loader::Loader;
use super::rule::{Call, Origin};
use super::source::Files;
use super::text::column;

/// How many calls of Python deep includes may be nested. Its own limit is 1000, for everything: the daemon that calls the parser, and
/// what the parser calls for a line, need the rest.
const DEEPEST: usize = 960;
/// How many calls of Python lead from a line that includes a file to the lines of that file.
const TO_FILE: usize = 2;
/// The same for a directory and the lines of its files.
const TO_DIRECTORY: usize = 3;

/// Something that can be included, and what its own includes are relative to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node<'a> {
    /// What it is read as.
    pub kind: Kind,
    /// Where it is.
    pub path: Arc<str>,
    /// What its own includes are relative to.
    pub base: &'a str,
}

/// What can be included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A policy file.
    Policy,
    /// A file with the rules of one call.
    OfCall,
    /// A directory of policy files.
    Directory,
    /// The old directory.
    Compat,
}

/// What became of a node.
#[derive(Debug)]
pub enum State {
    /// It is being read.
    Open,
    /// It was read.
    Done {
        /// Its rules, by their numbers.
        rules: Range<usize>,
        /// How many calls of Python deep what it includes is nested.
        depth: usize,
    },
}

/// A file whose lines are being read.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// As it is shown.
    pub file: Arc<str>,
    /// What its includes are relative to.
    pub base: &'a str,
    /// How many calls of Python deep it is nested.
    pub depth: usize,
}

/// How deep something is nested in calls of Python, with all that it includes; or why it cannot be included.
pub type Included = Result<usize, Why>;

impl<'a, F: Files> Loader<'a, F> {
    /// Reads a node if it was not read yet, and else takes over its rules; those of a call, for this `call`. `calls` of Python lead there.
    pub fn once(
        &mut self,
        node: Node<'a>,
        from: &Context<'a>,
        calls: usize,
        call: Option<&Arc<Call>>,
        read: impl FnOnce(&mut Self, usize) -> Included,
    ) -> Included {
        let depth = from.depth.saturating_add(calls);
        let inner = match self.known.get(&node) {
            Some(State::Open) => return Err(Why::Circle(node.path.to_string())),
            Some(State::Done { rules, depth: inner }) => {
                let (rules, inner) = (rules.clone(), *inner);
                if depth.saturating_add(inner) <= DEEPEST {
                    self.add_again(rules, call)?;
                }
                inner
            }
            None if depth > DEEPEST => 0,
            None => {
                self.known.insert(node.clone(), State::Open);
                let start = self.policy.rules.len();
                match read(self, depth) {
                    Ok(inner) => {
                        let rules = start..self.policy.rules.len();
                        self.known.insert(node.clone(), State::Done { rules, depth: inner });
                        inner
                    }
                    Err(why) => {
                        self.known.remove(&node);
                        return Err(why);
                    }
                }
            }
        };
        if depth.saturating_add(inner) > DEEPEST {
            return Err(Why::Depth(node.path.to_string()));
        }
        Ok(calls.saturating_add(inner))
    }

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
        let end: Arc<str> = self.paths.end(from.base, path).map_err(refused)?.into();
        let kind = if call.is_some() { Kind::OfCall } else { Kind::Policy };
        let node = Node { kind, path: end.clone(), base: from.base };
        self.once(node, from, TO_FILE, call, |loader, depth| {
            let contents = loader.files.read(&end).map_err(refused)?;
            let context = Context { file: loader.shown(&end), base: from.base, depth };
            Ok(match call {
                Some(call) => loader.file_of_call(&context, call, &contents),
                None => loader.file(&context, &contents),
            })
        })
    }

    /// The policy files of a directory.
    fn include_directory(&mut self, from: &Context<'a>, path: &str) -> Included {
        let refused = |why| Why::Include { path: path.to_owned(), why };
        let end: Arc<str> = self.paths.end(from.base, path).map_err(refused)?.into();
        if !self.files.is_directory(&end) {
            return Err(refused("it is not a directory".to_owned()));
        }
        let node = Node { kind: Kind::Directory, path: end.clone(), base: from.base };
        self.once(node, from, TO_DIRECTORY, None, |loader, depth| {
            let names = loader.files.list(&end).map_err(refused)?;
            let (names, bad) = policy_files(names);
            for name in bad {
                let file = loader.shown(&format!("{end}/{name}"));
                loader.fault(&file, None, Why::FileName);
            }
            let mut deepest = 0;
            for name in names {
                deepest = deepest.max(loader.file_of_directory(&end, &name, from.base, depth));
            }
            Ok(deepest)
        })
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
