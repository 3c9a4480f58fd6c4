//! The same policy with other names: each rule says of neutral names what it said of the real ones. What cannot be read stays so.
//!
//! Comments go; every line keeps its number.

use std::fmt;

use super::action::{Action, Permission};
use super::file_names::FileNames;
use super::line::{Line, LineOfCall};
use super::rule::{Call, Clause, Origin};
use super::text;
use super::token::Token;
use super::tree::{Contents, PolicyTree};
use crate::model::Release;

/// What things are called instead. Different names must stay different, and one name be the same everywhere.
pub trait Names {
    /// A qube, or what a rule takes for the name of one, `uuid:…` included.
    fn qube(&mut self, name: &str) -> String;
    /// A tag.
    fn tag(&mut self, tag: &str) -> String;
    /// A class of qubes.
    fn class(&mut self, class: &str) -> String;
    /// A service of qrexec.
    fn service(&mut self, service: &str) -> String;
    /// An argument of one, with its `+`.
    fn argument(&mut self, argument: &str) -> String;
    /// A user inside a qube.
    fn user(&mut self, user: &str) -> String;
}

/// No rule, no directive, and no comment, in any kind of file: what Qubes cannot read is replaced by it.
const UNREADABLE: &str = "?";

impl PolicyTree {
    /// The same with `names`, as `release` reads it.
    #[must_use]
    pub fn renamed(&self, names: &mut dyn Names, release: Release) -> Self {
        let mut files = FileNames::of(self, release, names);
        Self {
            directories: self.directories.iter().map(|path| files.path(path)).collect(),
            files: (self.files.iter())
                .map(|(path, contents)| (files.path(path), Renaming { names, files: &mut files, release }.contents(contents)))
                .collect(),
            links: self.links.iter().map(|(path, end)| (files.path(path), files.path(end))).collect(),
        }
    }
}

/// The paths that a text includes as a policy file, and those that it includes as one with the rules of one call.
pub fn included(contents: &Contents, release: Release) -> Vec<String> {
    let Contents::Text(text) = contents else { return Vec::new() };
    let path = |line: &str| match read(line, release) {
        Readable::Line(Line::Include(path) | Line::IncludeDirectory(path) | Line::IncludeService(_, path)) => Some(path),
        Readable::LineOfCall(LineOfCall::Include(path)) => Some(path),
        _ => None,
    };
    texts(text).filter_map(path).collect()
}

/// What a line is. None is both a rule and one of a file with the rules of one call: the word that is the action of the one is a
/// parameter of the other, and has no `=`.
enum Readable {
    Nothing,
    Line(Line),
    LineOfCall(LineOfCall),
    Not,
}

fn read(line: &str, release: Release) -> Readable {
    match (Line::parse(line, Origin::nowhere(), release), LineOfCall::parse(line, Origin::nowhere(), release)) {
        (Ok(None), _) => Readable::Nothing,
        // No file has such a name.
        (Ok(Some(Line::Include(path) | Line::IncludeDirectory(path) | Line::IncludeService(_, path))), _)
        | (Err(_), Ok(Some(LineOfCall::Include(path))))
            if path.contains('\0') =>
        {
            Readable::Not
        }
        (Ok(Some(line)), _) => Readable::Line(line),
        (Err(_), Ok(Some(line))) => Readable::LineOfCall(line),
        (Err(_), _) => Readable::Not,
    }
}

fn texts(text: &str) -> impl Iterator<Item = &str> {
    text::lines(text.as_bytes()).map(|(_, line)| std::str::from_utf8(line).unwrap_or(UNREADABLE))
}

/// Writes lines anew.
struct Renaming<'a> {
    names: &'a mut dyn Names,
    files: &'a mut FileNames,
    release: Release,
}

impl Renaming<'_> {
    fn contents(&mut self, contents: &Contents) -> Contents {
        match contents {
            Contents::Text(text) => {
                let lines: Vec<String> = texts(text).map(|line| self.line(line)).collect();
                Contents::Text(lines.join("\n"))
            }
            // No UTF-8 either.
            Contents::Bytes(_) => Contents::Bytes(vec![0xff]),
        }
    }

    fn line(&mut self, line: &str) -> String {
        match read(line, self.release) {
            Readable::Nothing if text::stripped(line).is_empty() => String::new(),
            Readable::Nothing => "#".to_owned(),
            Readable::Line(Line::Rule(rule)) => {
                let (call, clause) = (self.call(&rule.call), self.clause(&rule.clause));
                format!("{call} {clause}")
            }
            Readable::Line(Line::Include(path)) | Readable::LineOfCall(LineOfCall::Include(path)) => {
                format!("!include {}", self.files.path(&path))
            }
            Readable::Line(Line::IncludeDirectory(path)) => format!("!include-dir {}", self.files.path(&path)),
            Readable::Line(Line::IncludeService(call, path)) => {
                format!("!include-service {} {}", self.call(&call), self.files.path(&path))
            }
            Readable::Line(Line::Compat) => "!compat-4.0".to_owned(),
            Readable::LineOfCall(LineOfCall::Clause(clause)) => self.clause(&clause).to_string(),
            Readable::Not => UNREADABLE.to_owned(),
        }
    }

    fn call(&mut self, call: &Call) -> Call {
        let service = call.service.as_deref().map(|service| self.names.service(service));
        Call { service, argument: call.argument.as_deref().map(|argument| self.names.argument(argument)) }
    }

    fn clause(&mut self, Clause { source, target, action, .. }: &Clause) -> Clause {
        let (source, target) = (self.token(source), self.token(target));
        let action = match action {
            Action::Allow(permission) => Action::Allow(self.permission(permission)),
            Action::Ask { permission, default_target } => {
                let permission = self.permission(permission);
                Action::Ask { permission, default_target: default_target.as_ref().map(|target| self.token(target)) }
            }
            Action::Deny { notify } => Action::Deny { notify: *notify },
        };
        Clause { source, target, action, origin: Origin::nowhere() }
    }

    fn permission(&mut self, permission: &Permission) -> Permission {
        let target = permission.target.as_ref().map(|target| self.token(target));
        let user = permission.user.as_deref().map(|user| self.names.user(user));
        Permission { target, user, ..permission.clone() }
    }

    fn token(&mut self, token: &Token) -> Token {
        match token {
            Token::Everybody | Token::AnyVm | Token::AdminVm | Token::Default | Token::Disposable => token.clone(),
            Token::DisposableFrom(name) => Token::DisposableFrom(self.names.qube(name)),
            Token::DisposableTagged(tag) => Token::DisposableTagged(self.names.tag(tag)),
            Token::Tag(tag) => Token::Tag(self.names.tag(tag)),
            Token::Type(class) => Token::Type(self.names.class(class)),
            Token::Qube(name) => Token::Qube(self.names.qube(name)),
        }
    }
}

/// As a rule begins, and as `!include-service` says it.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let [service, argument] = [&self.service, &self.argument].map(|word| word.as_deref().unwrap_or("*"));
        write!(f, "{service} {argument}")
    }
}

/// As a line of a file that holds the rules of one call.
impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {} {}", self.source, self.target, self.action)
    }
}
