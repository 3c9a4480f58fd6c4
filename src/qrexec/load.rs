//! A whole policy, as dom0 reads it: directories, the order of files, includes, and every fault at once.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/policy/parser.py` (`AbstractFileSystemLoader` and what it builds on) and `parser_compat.py`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::rule::{self, BadRule, Call, Origin, Rule};
use super::source::Files;

/// What the names of policy files end with.
const SUFFIX: &str = ".policy";
/// Endings of files in the old directory that are passed by.
const IGNORED: [&str; 3] = [".rpmsave", ".rpmnew", ".swp"];
/// The most rules and faults of a policy. Includes can be nested so that a few lines stand for more than any memory holds.
const MOST: usize = 1 << 20;
/// How deep includes may be nested. Qubes' own limit is Python's, at some three hundred.
const DEPTH: usize = 64;

/// A policy as it was read.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Its rules, in the order in which they are tried.
    pub rules: Vec<Rule>,
    /// What is wrong with it, in the order in which it was read. If there is anything, Qubes denies every call of every qube.
    pub faults: Vec<PolicyFault>,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFault {
    /// The file, as it is shown.
    pub file: Arc<str>,
    /// The line, from 1; none if it is about the file as a whole.
    pub line: Option<usize>,
    /// The character of the line, from 1, where the word at fault begins.
    pub column: Option<usize>,
    /// What is wrong.
    pub why: Why,
}

/// What can be wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Why {
    /// A line that is no rule.
    #[error(transparent)]
    Rule(#[from] BadRule),
    /// A name that makes Qubes read nothing at all.
    #[error("the file's name has a character that is no digit, lower-case letter, `_`, `.` or `-`")]
    FileName,
    /// No directive.
    #[error("`{0}` is no directive; there are `!include`, `!include-dir`, `!include-service` and `!compat-4.0`")]
    Directive(String),
    /// Too few or too many words after a directive.
    #[error("`{0}` takes {1}")]
    Parameters(String, &'static str),
    /// A file that cannot be included.
    #[error("`{path}` cannot be included: {why}")]
    Include {
        /// As it was written.
        path: String,
        /// The reason.
        why: String,
    },
    /// A file or directory that cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// Not text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// Includes without an end.
    #[error("the includes are nested more than {DEPTH} deep; does a file include itself?")]
    Depth,
    /// Includes without measure.
    #[error("with all that it includes, the policy has more than {MOST} rules")]
    TooLarge,
    /// The old directory once more.
    #[error("`!compat-4.0` cannot stand in the old directory itself")]
    CompatAgain,
}

/// Which directories make up a policy.
#[derive(Debug, Clone)]
pub struct Directories {
    /// Where policy files lie. A file of an earlier directory masks one of the same name in a later one.
    pub policy: Vec<String>,
    /// The old directory, which `!compat-4.0` inserts.
    pub compat: String,
}

impl Policy {
    /// Reads all of `directories`.
    pub fn load(files: &impl Files, directories: &Directories) -> Self {
        let mut loader = Loader { files, compat: &directories.compat, policy: Self::default(), shown: BTreeMap::new() };
        loader.directories(&directories.policy);
        loader.policy
    }

    /// Whether Qubes would deny every call, because it cannot read the policy.
    pub fn is_void(&self) -> bool {
        !self.faults.is_empty()
    }
}

/// Where lines are read from, and what they may hold.
struct Context<'a> {
    /// As the file is shown.
    file: Arc<str>,
    /// What includes are relative to.
    base: &'a str,
    depth: usize,
}

struct Loader<'a, F> {
    files: &'a F,
    compat: &'a str,
    policy: Policy,
    /// How files are shown, by their resolved path: without the directory that their policy lies in.
    shown: BTreeMap<String, Arc<str>>,
}

impl<F: Files> Loader<'_, F> {
    fn directories(&mut self, directories: &[String]) {
        let mut chosen: BTreeMap<String, &String> = BTreeMap::new();
        for directory in directories {
            for name in self.policy_files(directory) {
                chosen.entry(name).or_insert(directory);
            }
        }
        // Names have ASCII characters only, so that their order is that of their bytes.
        for (name, directory) in chosen {
            let path = format!("{directory}/{name}");
            self.top(&path, Arc::from(name), directory, 0);
        }
    }

    /// The names of a directory's policy files. One that Qubes does not accept is a fault, and is not read.
    fn policy_files(&mut self, directory: &str) -> BTreeSet<String> {
        let names = match self.files.list(directory) {
            Ok(names) => names,
            Err(why) => {
                self.fault(&Arc::from(directory), None, None, Why::Unreadable(why));
                return BTreeSet::new();
            }
        };
        let policies: BTreeSet<String> =
            names.into_iter().filter(|name| name.ends_with(SUFFIX) && !name.starts_with('.')).collect();
        let (good, bad): (BTreeSet<String>, BTreeSet<String>) = policies.into_iter().partition(|name| is_file_name(name));
        for name in bad {
            self.fault(&Arc::from(name), None, None, Why::FileName);
        }
        good
    }

    /// A policy file of a directory.
    fn top(&mut self, path: &str, shown: Arc<str>, base: &str, depth: usize) {
        match self.files.read(path) {
            Ok((_, contents)) => self.file(&Context { file: shown, base, depth }, &contents),
            Err(why) => self.fault(&shown, None, None, Why::Unreadable(why)),
        }
    }

    fn file(&mut self, context: &Context, contents: &[u8]) {
        for (number, line) in self.lines(context, contents) {
            let mut words = line.split_whitespace();
            let first = words.next().unwrap_or_default();
            if !first.starts_with('!') {
                let origin = Origin { file: context.file.clone(), line: Some(number) };
                match Rule::parse(&line, origin) {
                    Ok(rule) => self.add(context, number, rule),
                    Err(why) => self.bad_rule(context, number, &line, why),
                }
                continue;
            }
            let parameters: Vec<&str> = words.collect();
            let fault = match (first, parameters.as_slice()) {
                ("!include", [path]) => self.include(context, None, path),
                ("!include-dir", [path]) => self.include_directory(context, path),
                ("!include-service", [service, argument, path]) => match rule::call(service, argument) {
                    Ok(call) => self.include(context, Some(call), path),
                    Err(why) => Some(why.into()),
                },
                ("!compat-4.0", []) => self.compat(context),
                ("!include" | "!include-dir", _) => Some(Why::Parameters(first.to_owned(), "one path")),
                ("!include-service", _) => Some(Why::Parameters(first.to_owned(), "a service, an argument and a path")),
                ("!compat-4.0", _) => Some(Why::Parameters(first.to_owned(), "nothing")),
                _ => Some(Why::Directive(first.to_owned())),
            };
            if let Some(why) = fault {
                self.fault(&context.file, Some(number), column(&line, first), why);
            }
        }
    }

    /// A file with the rules of one call.
    fn service_file(&mut self, context: &Context, call: &Call, contents: &[u8]) {
        for (number, line) in self.lines(context, contents) {
            // As in the policies of old.
            let line = line.replace("$include:", "!include ").replace('$', "@").replace(',', " ");
            let mut words = line.split_whitespace();
            let first = words.next().unwrap_or_default();
            if !first.starts_with('!') {
                let origin = Origin { file: context.file.clone(), line: Some(number) };
                match Rule::parse_of_call(call.clone(), &line, origin) {
                    Ok(rule) => self.add(context, number, rule),
                    Err(why) => self.bad_rule(context, number, &line, why),
                }
                continue;
            }
            let parameters: Vec<&str> = words.collect();
            let fault = match (first, parameters.as_slice()) {
                ("!include", [path]) => self.include(context, Some(call.clone()), path),
                ("!include", _) => Some(Why::Parameters(first.to_owned(), "one path")),
                _ => Some(Why::Directive(first.to_owned())),
            };
            if let Some(why) = fault {
                self.fault(&context.file, Some(number), column(&line, first), why);
            }
        }
    }

    /// The lines that hold something, with their numbers, stripped.
    fn lines(&mut self, context: &Context, contents: &[u8]) -> Vec<(usize, String)> {
        let Ok(text) = std::str::from_utf8(contents) else {
            self.fault(&context.file, None, None, Why::NotText);
            return Vec::new();
        };
        // Python reads all three line ends as one.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines = text.split('\n').enumerate().map(|(index, line)| (index + 1, line.trim().to_owned()));
        lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).collect()
    }

    fn include(&mut self, context: &Context, call: Option<Call>, path: &str) -> Option<Why> {
        if context.depth >= DEPTH {
            return Some(Why::Depth);
        }
        if self.is_full() {
            return None;
        }
        match self.files.read(&joined(context.base, path)) {
            Ok((resolved, contents)) => {
                let file = self.shown(&resolved, context.base);
                let inner = Context { file, base: context.base, depth: context.depth + 1 };
                match call {
                    None => self.file(&inner, &contents),
                    Some(call) => self.service_file(&inner, &call, &contents),
                }
                None
            }
            Err(why) => Some(Why::Include { path: path.to_owned(), why }),
        }
    }

    fn include_directory(&mut self, context: &Context, path: &str) -> Option<Why> {
        if context.depth >= DEPTH {
            return Some(Why::Depth);
        }
        let directory = match self.files.directory(&joined(context.base, path)) {
            Ok(directory) => directory,
            Err(why) => return Some(Why::Include { path: path.to_owned(), why }),
        };
        for name in self.policy_files(&directory) {
            let path = format!("{directory}/{name}");
            let shown = self.shown(&path, context.base);
            self.top(&path, shown, context.base, context.depth + 1);
        }
        None
    }

    /// The old directory: a file for each call, and after those of a certain argument what they once implied.
    fn compat(&mut self, context: &Context) -> Option<Why> {
        let directory = self.compat.to_owned();
        let names = match self.files.list(&directory) {
            Ok(names) => names,
            Err(why) => return Some(Why::Include { path: directory, why }),
        };
        let is_read = |name: &String| {
            let plain = name.chars().all(|character| rule::is_call_character(character) || character == '+');
            plain && !name.starts_with('.') && !IGNORED.iter().any(|suffix| name.ends_with(suffix) && name != suffix)
        };
        // The order: by service, and of one service the file without an argument last.
        let mut calls: BTreeMap<(String, bool, String), String> = BTreeMap::new();
        for name in names.into_iter().filter(is_read) {
            let (service, argument) = match name.split_once('+') {
                Some((service, argument)) => (service.to_owned(), format!("+{argument}")),
                None => (name.clone(), "*".to_owned()),
            };
            calls.insert((service, argument == "*", argument), name);
        }
        for ((service, is_last, argument), name) in calls {
            let file: Arc<str> = Arc::from(format!("{directory}/{name}"));
            let call = match rule::call(&service, &argument) {
                Ok(call) => call,
                Err(why) => {
                    self.fault(&file, None, None, why.into());
                    continue;
                }
            };
            match self.files.read(&file) {
                Ok((_, contents)) => {
                    let inner = Context { file: file.clone(), base: &directory, depth: context.depth + 1 };
                    self.service_file(&inner, &call, &contents);
                }
                Err(why) => self.fault(&file, None, None, Why::Unreadable(why)),
            }
            if !is_last {
                for line in ["@anyvm @anyvm deny", "@anyvm @adminvm deny"] {
                    let origin = Origin { file: file.clone(), line: None };
                    self.policy.rules.push(Rule::parse_of_call(call.clone(), line, origin).expect("a literal in this file"));
                }
            }
        }
        None
    }

    fn add(&mut self, context: &Context, number: usize, rule: Rule) {
        if self.is_full() {
            return;
        }
        self.policy.rules.push(rule);
        if self.is_full() {
            self.policy.faults.push(PolicyFault {
                file: context.file.clone(),
                line: Some(number),
                column: None,
                why: Why::TooLarge,
            });
        }
    }

    fn is_full(&self) -> bool {
        self.policy.rules.len().saturating_add(self.policy.faults.len()) >= MOST
    }

    fn bad_rule(&mut self, context: &Context, number: usize, line: &str, why: BadRule) {
        let column = why.word().and_then(|word| column(line, word));
        self.fault(&context.file, Some(number), column, why.into());
    }

    fn fault(&mut self, file: &Arc<str>, line: Option<usize>, column: Option<usize>, why: Why) {
        if !self.is_full() {
            self.policy.faults.push(PolicyFault { file: file.clone(), line, column, why });
        }
    }

    fn shown(&mut self, resolved: &str, base: &str) -> Arc<str> {
        let short = resolved.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')).unwrap_or(resolved);
        self.shown.entry(resolved.to_owned()).or_insert_with(|| Arc::from(short)).clone()
    }
}

/// Whether Qubes reads a policy file of this name.
pub fn is_file_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase() || b"_.-".contains(&byte))
}

/// Where an include leads, seen from a directory.
fn joined(base: &str, path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{base}/{path}") }
}

/// Where a word stands in a line, in characters from 1.
fn column(line: &str, word: &str) -> Option<usize> {
    let at = line.find(word)?;
    Some(line.get(..at)?.chars().count() + 1)
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.file)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        write!(f, ": {}", self.why)
    }
}
